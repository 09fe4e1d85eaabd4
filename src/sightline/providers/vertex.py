"""Google Vertex AI: Gemini, Anthropic's models, and others behind its OpenAI-compatible address.

Service accounts need the extra `sightline[vertex]`.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sightline.core import codec
from sightline.core.errors import ConfigurationError
from sightline.domain.gateway import Endpoint
from sightline.domain.generation import ApiType
from sightline.domain.upstream import Parsed, UpstreamError
from sightline.providers import _errors, _google_token
from sightline.providers._body import prepare
from sightline.providers._options import option
from sightline.providers._table import quirks_of
from sightline.providers.anthropic import DIALECT as ANTHROPIC
from sightline.providers.anthropic import AnthropicDialect, message_body
from sightline.providers.base import Stream, Token, UpstreamRequest
from sightline.providers.google import DIALECT as GOOGLE
from sightline.providers.google import GoogleDialect, chat_body, method
from sightline.providers.openai import DIALECT as OPENAI
from sightline.providers.openai import OpenAIDialect
from sightline.wire.google import embeddings
from sightline.wire.loose import plain

_ANTHROPIC_VERSION = "vertex-2023-10-16"
_LOCATION = "us-central1"


class VertexDialect:
    """Options: `vertex_project`, `vertex_location`, `vertex_credentials` (the key file's JSON)."""

    name = "vertex"
    native: frozenset[ApiType] = frozenset({"chat", "messages", "embeddings"})

    def apis(self, endpoint: Endpoint) -> frozenset[ApiType]:
        is_claude = "claude" in endpoint.upstream_model
        return frozenset({"chat", "messages"} if is_claude else {"chat", "embeddings"})

    def request(
        self, endpoint: Endpoint, api: ApiType, body: Mapping[str, Any], *, stream: bool
    ) -> UpstreamRequest:
        model = endpoint.upstream_model
        headers = {"content-type": "application/json"}
        if endpoint.api_key:
            key = endpoint.api_key.reveal()
            is_token = key.startswith("ya29.")
            name = "authorization" if is_token else "x-goog-api-key"
            headers[name] = f"Bearer {key}" if is_token else key
        headers.update({name.lower(): value for name, value in endpoint.headers.items()})
        base = _place(endpoint)
        if _inner(endpoint) is OPENAI:
            data = prepare(quirks_of("vertex_ai"), endpoint, api, body, stream=stream)
            url = f"{base}/endpoints/openapi/chat/completions"
        elif _inner(endpoint) is ANTHROPIC:
            sent = message_body(endpoint, api, body)
            del sent["model"]
            sent["anthropic_version"] = _ANTHROPIC_VERSION
            if stream:
                sent["stream"] = True
            data = codec.encode(sent)
            verb = "streamRawPredict" if stream else "rawPredict"
            url = f"{base}/publishers/anthropic/models/{quote(model, safe='@')}:{verb}"
        elif api == "embeddings":
            data = codec.encode(embeddings.to_vertex(plain(body)))
            url = f"{base}/publishers/google/models/{quote(model, safe='@')}:predict"
        else:
            data = chat_body(endpoint, plain(body))
            url = f"{base}/publishers/google/models/{quote(model, safe='@')}"
            url += method(stream=stream)
        return UpstreamRequest(url=url, headers=headers, body=data)

    def drops(self, endpoint: Endpoint, api: ApiType, names: frozenset[str]) -> frozenset[str]:
        return _inner(endpoint).drops(endpoint, api, names)

    def answer(self, endpoint: Endpoint, api: ApiType, data: bytes) -> Parsed:
        return _inner(endpoint).answer(endpoint, api, data)

    def stream(self, endpoint: Endpoint, api: ApiType) -> Stream:
        return _inner(endpoint).stream(endpoint, api)

    def error(self, status: int, headers: Mapping[str, str], data: bytes) -> UpstreamError:
        return _errors.refusal(status, headers, data)

    def token_request(self, endpoint: Endpoint, now_us: int) -> UpstreamRequest | None:
        return None if endpoint.api_key else _google_token.token_request(endpoint, now_us)

    def read_token(self, data: bytes) -> Token:
        return _google_token.read_token(data)


def _inner(endpoint: Endpoint) -> AnthropicDialect | OpenAIDialect | GoogleDialect:
    """Return the dialect of the model's maker."""
    if "claude" in endpoint.upstream_model:
        return ANTHROPIC
    return OPENAI if "/" in endpoint.upstream_model else GOOGLE


def _place(endpoint: Endpoint) -> str:
    """Return the address of the project in its location. Raises `ConfigurationError`."""
    location = option(endpoint, "vertex_location", "location", "region") or _LOCATION
    project = option(endpoint, "vertex_project", "project")
    if not project:
        project = str(_google_token.credentials_of(endpoint).get("project_id") or "")
    if not project:
        raise ConfigurationError(
            f"`{endpoint.model}`: Vertex needs `vertex_project`",
            hint="Give the id of the project in Google Cloud.",
        )
    prefix = "" if location == "global" else f"{location}-"
    base = endpoint.base_url.rstrip("/") or f"https://{prefix}aiplatform.googleapis.com"
    return f"{base.removesuffix('/v1')}/v1/projects/{project}/locations/{location}"


DIALECT = VertexDialect()
