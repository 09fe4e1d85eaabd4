"""What OpenRouter's client reads and changes beside calls.

management.py <base url> <key>: prints a JSON object, each step's value or its error.
"""

import json
import sys
from typing import Any

from openrouter import OpenRouter
from openrouter.utils import BackoffStrategy, RetryConfig

URL, KEY = sys.argv[1:3]
# Else the client repeats a 501 for an hour.
NO_RETRIES = RetryConfig("none", BackoffStrategy(1, 1, 1, 1), False)
client = OpenRouter(api_key=KEY, server_url=URL, retry_config=NO_RETRIES)
steps: dict[str, Any] = {}


def step(label: str, call: Any, **asked: Any) -> Any:
    try:
        found = call(**asked)
    except Exception as error:  # noqa: BLE001 - the error is what the test asks about
        steps[label] = {
            "error": type(error).__name__,
            "status": getattr(error, "status_code", None),
            "body": getattr(error, "body", None),
        }
        return None
    plain = getattr(found, "result", found)
    steps[label] = {"value": plain.model_dump(mode="json", by_alias=True)}
    return found


step("models", client.models.list)
step("count", client.models.count)
step("own models", client.models.list_for_user, security={"bearer": KEY})
step("model", client.models.get, author="sightline", slug="echo")
step("endpoints", client.endpoints.list, author="sightline", slug="echo")
step("zdr", client.endpoints.list_zdr_endpoints)
step("providers", client.providers.list)
step("key", client.api_keys.get_current_key_metadata)
step("credits", client.credits.get_credits)
step("activity", client.analytics.get_user_activity)
made = step("create", client.api_keys.create, name="made", limit=2.5, limit_reset="monthly")
if made is not None:
    hash_ = made.data.hash
    step("list", client.api_keys.list)
    step("get", client.api_keys.get, hash=hash_)
    step("update", client.api_keys.update, hash=hash_, name="new", limit=None, disabled=True)
    step("list enabled", client.api_keys.list)
    step("list all", client.api_keys.list, include_disabled=True)
    step("delete", client.api_keys.delete, hash=hash_)
    step("get deleted", client.api_keys.get, hash=hash_)
step(
    "save preset",
    client.presets.create_presets_chat_completions,
    slug="nice",
    model="sightline/echo",
    temperature=0.5,
    messages=[{"role": "system", "content": "Be nice"}, {"role": "user", "content": "x"}],
)
step("presets", client.presets.list)
step("preset", client.presets.get, slug="nice")
step("versions", client.presets.list_versions, slug="nice")
step("version", client.presets.get_version, slug="nice", version="1")
step("no preset", client.presets.get, slug="none")
step("no generation", client.generations.get_generation, id="gen-1-none")
step("rerank", client.rerank.rerank, model="m", query="q", documents=["d"])
print(json.dumps(steps))
