"""Run by LiteLLM's Python: one call, logged to two servers by callbacks that are made by hand.

by_hand.py <JSON of: upstream, slashed_api, project, keyed_api, key>
"""

import json
import sys

import litellm
from litellm.integrations.opik.opik import OpikLogger

GIVEN = json.loads(sys.argv[1])

litellm.suppress_debug_info = True
litellm.callbacks = [
    OpikLogger(url=GIVEN["slashed_api"], project_name=GIVEN["project"]),
    OpikLogger(url=GIVEN["keyed_api"], api_key=GIVEN["key"], workspace="team", project_name="p"),
]
litellm.completion(
    model="openai/gpt-4o-mini",
    messages=[{"role": "user", "content": "Say hello"}],
    api_base=GIVEN["upstream"],
    api_key="any",
)
