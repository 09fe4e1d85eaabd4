"""What clients of OpenAI, Anthropic and LiteLLM may ask for and is not built: 501 by name.

Outside the web framework, since some of these paths are below what the screens have. Only what is
named here is refused; a workspace's pages (`/team/redirect/…`) go on.
"""

import functools
import re
from collections.abc import Mapping

from sightline.api.openrouter.not_built import operations
from sightline.core.errors import NotBuiltError

_OPENAI: Mapping[str, str] = {
    "audio": "Audio (speech, transcriptions, translations)",
    "images": "Images",
    "moderations": "Moderations",
    "files": "Files",
    "uploads": "Uploads",
    "batches": "Batches",
    "fine_tuning": "Fine-tuning",
    "assistants": "Assistants",
    "threads": "Threads",
    "vector_stores": "Vector stores",
    "conversations": "Conversations",
    "containers": "Containers",
    "evals": "Evals",
    "realtime": "Realtime",
    "videos": "Videos",
}
_KEYS_HINT = "Gateway keys are managed at `/api/v1/keys`"
_LITELLM: Mapping[str, tuple[str, str]] = {
    "key": ("LiteLLM's management of keys", _KEYS_HINT),
    "user": ("LiteLLM's management of users", _KEYS_HINT),
    "team": ("LiteLLM's management of teams", _KEYS_HINT),
    "model": ("LiteLLM's management of models", "Models are listed at `/api/v1/models`"),
    "spend": ("LiteLLM's reports of spending", "What calls cost is at `/api/v1/activity`"),
    "health": ("LiteLLM's checks of health", "Whether the server is alive is at `/health`"),
}
_BELOW = re.compile(r"(?P<base>/api/v1|/v1)/(?P<what>[a-z_]+)(?:/.*)?")
_RESPONSE = re.compile(r"(?:/api)?/v1/responses/[^/]+(?:/(?:cancel|input_items))?")
_MESSAGE_BATCHES = re.compile(r"(?:/api)?/v1/messages/batches(?:/.*)?")
_MANAGEMENT = re.compile(
    r"(?:/v1)?/(?P<what>(?:key|user|team|model|spend)(?=/(?!redirect/).)|health(?=/(?:live|ready|read|serv|hist)))/.+"
)


def refused(method: str, path: str) -> NotBuiltError | None:
    """Return the error for a path that is known and not built, None for any other."""
    if method == "OPTIONS":
        return None
    path = path.rstrip("/")
    if _RESPONSE.fullmatch(path):
        return NotBuiltError(
            "Stored responses are not built", hint="Send all earlier items in `input`"
        )
    if _MESSAGE_BATCHES.fullmatch(path):
        return NotBuiltError("Batches of messages are not built")
    below = _BELOW.fullmatch(path)
    if below is not None and (name := _OPENAI.get(below["what"])) is not None:
        # OpenRouter's own operations are refused, or one day served, by their own names.
        is_named = below["base"] == "/api/v1" and _named().fullmatch(path) is not None
        return None if is_named else NotBuiltError(f"{name}: not built")
    managed = _MANAGEMENT.fullmatch(path)
    if managed is None:
        return None
    name, hint = _LITELLM[managed["what"]]
    return NotBuiltError(f"{name} is not built", hint=hint)


@functools.cache
def _named() -> re.Pattern[str]:
    """Return what matches the path of any of OpenRouter's operations."""
    templates = {request.partition(" ")[2] for request in operations()}
    steps = (re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(template)) for template in templates)
    return re.compile("/api/v1(?:" + "|".join(steps) + ")")
