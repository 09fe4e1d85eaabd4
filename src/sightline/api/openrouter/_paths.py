"""Which call a path is, in the forms that clients of OpenAI, OpenRouter and others use."""

import re
from urllib.parse import unquote

import msgspec

from sightline.domain.generation import ApiType

_APIS: dict[str, ApiType] = {
    "chat/completions": "chat",
    "completions": "completions",
    "embeddings": "embeddings",
    "responses": "responses",
    "messages": "messages",
}
_PREFIXES = ("/api/v1/", "/v1/", "/")
_SLASHES = re.compile(r"/{2,}")
# Azure's clients, and OpenAI's old ones, name the model in the path.
_MODEL = re.compile(
    r"(?:/api)?(?:/v1)?(?:/openai/deployments|/engines)/(?P<model>.+?)"
    r"/(?P<api>chat/completions|completions|embeddings)"
)

# For the OpenAPI document; the other spellings do the same.
CALLS = {
    "/api/v1/chat/completions": "Call a model as OpenAI's chat completions",
    "/api/v1/completions": "Call a model as OpenAI's completions",
    "/api/v1/embeddings": "Call a model as OpenAI's embeddings",
    "/api/v1/responses": "Call a model as OpenAI's responses",
    "/api/v1/messages": "Call a model as Anthropic's messages",
    "/api/v1/messages/count_tokens": "Count the tokens of Anthropic's messages",
}


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What a path asks for."""

    api: ApiType
    model: str | None = None
    counts: bool = False
    """Whether only the tokens of the call are asked for."""


_KNOWN = {prefix + path: Target(api=api) for path, api in _APIS.items() for prefix in _PREFIXES} | {
    f"{prefix}messages/count_tokens": Target(api="messages", counts=True) for prefix in _PREFIXES
}
_ENDS = ("completions", "embeddings", "responses", "messages", "count_tokens")


def target_of(path: str) -> Target | None:
    """Return what a path asks for, None when it is no call."""
    known = _KNOWN.get(path)
    if known is not None or not path.endswith(_ENDS):
        return known
    path = _SLASHES.sub("/", path)
    if (known := _KNOWN.get(path)) is not None:
        return known
    if match := _MODEL.fullmatch(path):
        return Target(api=_APIS[match["api"]], model=unquote(match["model"]))
    return None


_OTHERS = ("/api/v1/private", "/api/v1/session", "/v1/traces", "/v1/metrics", "/v1/logs")


def is_openrouter(path: str) -> bool:
    """Say whether errors at a path are told as OpenRouter and OpenAI tell them."""
    if path.startswith(_OTHERS):
        return False
    return path.startswith(("/api/v1/", "/v1/", "/models")) or target_of(path) is not None
