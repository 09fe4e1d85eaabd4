"""Provider names as instrumentations spell them to the names that prices are kept under."""

import functools
from collections.abc import Mapping
from typing import NamedTuple

GOOGLE_AI = "google_ai"
GOOGLE_VERTEX = "google_vertexai"
ANTHROPIC_VERTEX = "anthropic_vertexai"

_ALIASES: Mapping[str, str] = {
    "vertex_ai": GOOGLE_VERTEX,
    "gcp.vertex_ai": GOOGLE_VERTEX,
    "google.vertex": GOOGLE_VERTEX,
    "gcp.gemini": GOOGLE_AI,
    "google_ai_gemini": GOOGLE_AI,
    "google.generative-ai": GOOGLE_AI,
    "aws.bedrock": "bedrock",
    "bedrock_converse": "bedrock",
    "amazon_bedrock": "bedrock",
    "amazon-bedrock": "bedrock",
    "az.ai.openai": "azure",
    "azure.ai.openai": "azure",
    "azure-openai": "azure",
    "mistral_ai": "mistral",
    "x_ai": "xai",
    "open_ai": "openai",
}
_BY_HOST: Mapping[str, str] = {
    "api.cerebras.ai": "cerebras",
    "api.x.ai": "xai",
    "api.fireworks.ai": "fireworks_ai",
}
_ELASTIC: Mapping[str, str] = {"jina": "jina_ai", "google": GOOGLE_AI, "microsoft": "azure"}
_BY_SERVER = frozenset({"google", "gcp.gen_ai"})
_VERTEX_HOST = "aiplatform.googleapis.com"
_APIS = frozenset({"chat", "responses", "completion", "messages", "embedding", "image"})
"""What the Vercel AI SDK hangs on a provider's name: `openai.responses`."""


class Named(NamedTuple):
    """A provider and a model, and what is to be kept in metadata of how they were written."""

    provider: str
    model: str | None
    metadata: Mapping[str, str] = {}


@functools.lru_cache(4096)
def clean(provider: str, model: str | None, host: str) -> Named:
    """Return the names to store; `host` is the span's `server.address`, possibly empty."""
    name = provider.lower()
    if name == "elastic" and model:
        return _elastic(provider, model)
    base, _, api = name.rpartition(".")
    if api in _APIS and base:
        provider = name = base
    if name == "google.vertex.anthropic" or name == "vertex.anthropic":
        return Named(ANTHROPIC_VERTEX, model)
    if name in _BY_SERVER:
        provider = GOOGLE_VERTEX if _VERTEX_HOST in host else GOOGLE_AI
    else:
        # One word in another case is the same provider; a display name is left as it is.
        plain = name if provider.isalnum() else provider
        provider = _ALIASES.get(name) or _BY_HOST.get(host) or plain
    if provider == GOOGLE_VERTEX and model and "claude" in model.lower():
        provider = ANTHROPIC_VERTEX
    return Named(provider, model)


def _elastic(provider: str, model: str) -> Named:
    """Elastic's inference service names the real provider in front of the model."""
    prefix, dash, rest = model.partition("-")
    if not dash or not rest:
        return Named(provider, model)
    metadata = {"eis_original_system": provider, "eis_original_model": model}
    # Jina's models carry its name themselves.
    return Named(_ELASTIC.get(prefix, prefix), model if prefix == "jina" else rest, metadata)
