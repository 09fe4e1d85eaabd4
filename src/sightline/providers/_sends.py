"""Which fields of a chat request a dialect that translates can say; others are left out.

What a request asks is in `messages`, and the gateway's own fields are none of the provider's.
"""

from collections.abc import Mapping
from typing import Any

from sightline.providers._body import GATEWAY_FIELDS

_COMMON = frozenset(
    "temperature top_p top_k stop max_tokens max_completion_tokens tools tool_choice "
    "reasoning reasoning_effort".split()
)
ANTHROPIC = _COMMON | frozenset(
    "container mcp_servers service_tier parallel_tool_calls response_format".split()
)
GOOGLE = _COMMON | frozenset(
    "seed n presence_penalty frequency_penalty logprobs top_logprobs response_format modalities "
    "safety_settings labels".split()
)
CONVERSE = _COMMON

# What is asked, and what is no parameter of the answer.
_BESIDE = GATEWAY_FIELDS | frozenset(
    "model messages prompt input system instructions stream stream_options user".split()
)
# These say nothing that is not so anyway.
_NOTHING: tuple[tuple[str, Any], ...] = (
    ("n", 1),
    ("logprobs", False),
    ("store", False),
    ("parallel_tool_calls", True),
    ("background", False),
)


def parameters(body: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of a request's fields that ask a provider for something."""
    names = {
        name
        for name, value in body.items()
        if value is not None and value != [] and value != {} and name not in _BESIDE
    }
    if names:
        names -= {name for name, value in _NOTHING if name in names and body[name] == value}
    return frozenset(names)
