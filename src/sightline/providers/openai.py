"""OpenAI and all that speak like it: bodies pass through, answers too."""

from collections.abc import Mapping
from typing import Any

import msgspec

from sightline.core.errors import ConfigurationError
from sightline.domain.gateway import Endpoint
from sightline.domain.generation import ApiType
from sightline.domain.upstream import BadAnswerError, Parsed, UpstreamError
from sightline.providers import _errors
from sightline.providers._body import prepare
from sightline.providers._openai_stream import (
    ChunkStream,
    ResponsesStream,
    responses_finish,
    settle_message,
)
from sightline.providers._table import quirks_of
from sightline.providers.base import Stream, UpstreamRequest
from sightline.wire.loose import as_text, decoded
from sightline.wire.openai import finish
from sightline.wire.openai import usage as usages

PATHS: dict[ApiType, str] = {
    "chat": "/chat/completions",
    "completions": "/completions",
    "embeddings": "/embeddings",
    "responses": "/responses",
    "messages": "/messages",
}
_embeddings = msgspec.json.Decoder(dict[str, msgspec.Raw])


class OpenAIDialect:
    """Options: `organization` and `project` (OpenAI's headers), `apis` (what it takes)."""

    name = "openai"
    native: frozenset[ApiType] = frozenset({"chat", "completions", "embeddings", "responses"})

    def apis(self, endpoint: Endpoint) -> frozenset[ApiType]:
        told = endpoint.options.get("apis")
        return self.native & frozenset(told or quirks_of(endpoint.provider).apis)

    def request(
        self, endpoint: Endpoint, api: ApiType, body: Mapping[str, Any], *, stream: bool
    ) -> UpstreamRequest:
        return UpstreamRequest(
            url=self._url(endpoint, api),
            headers=self._headers(endpoint),
            body=prepare(quirks_of(endpoint.provider), endpoint, api, body, stream=stream),
        )

    def drops(self, endpoint: Endpoint, api: ApiType, names: frozenset[str]) -> frozenset[str]:
        row = quirks_of(endpoint.provider)
        more = row.drops
        if row.reasoning == "none" and api == "chat":
            more = more | {"reasoning"}
        return names & more

    def answer(self, endpoint: Endpoint, api: ApiType, data: bytes) -> Parsed:
        if api == "embeddings":
            return _embedded(data)
        try:
            value = decoded(data)
        except ValueError:
            raise _errors.no_answer("valid JSON") from None
        if error := _errors.in_answer(value):
            raise BadAnswerError(error)
        return _response(value) if api == "responses" else _chosen(value)

    def stream(self, endpoint: Endpoint, api: ApiType) -> Stream:
        return ResponsesStream() if api == "responses" else ChunkStream(api == "completions")

    def error(self, status: int, headers: Mapping[str, str], data: bytes) -> UpstreamError:
        return _errors.refusal(status, headers, data)

    def _url(self, endpoint: Endpoint, api: ApiType) -> str:
        return base_url(endpoint) + PATHS[api]

    def _headers(self, endpoint: Endpoint) -> dict[str, str]:
        headers = {"content-type": "application/json"}
        if endpoint.api_key:
            headers |= quirks_of(endpoint.provider).credentials(endpoint.api_key.reveal())
        if organization := endpoint.options.get("organization"):
            headers["openai-organization"] = str(organization)
        if project := endpoint.options.get("project"):
            headers["openai-project"] = str(project)
        headers.update({name.lower(): value for name, value in endpoint.headers.items()})
        return headers


def base_url(endpoint: Endpoint) -> str:
    """Return the endpoint's address, or its provider's. Raises `ConfigurationError` for neither."""
    url = endpoint.base_url or quirks_of(endpoint.provider).base_url
    if not url:
        raise ConfigurationError(
            f"`{endpoint.model}`: the provider `{endpoint.provider}` has no address",
            hint="Set `api_base` to the address under which `/chat/completions` is found.",
        )
    return url.rstrip("/").removesuffix("/chat/completions")


def _chosen(value: Any) -> Parsed:
    choices = value.get("choices") if isinstance(value, dict) else None
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        raise _errors.no_answer()
    reason = native = None
    for choice in choices:
        if isinstance(message := choice.get("message"), dict):
            settle_message(message)
        ended = choice.get("finish_reason")
        choice["finish_reason"] = finish.normal(ended)
        choice["native_finish_reason"] = choice.get("native_finish_reason") or ended
        if reason is None:
            reason, native = (
                choice["finish_reason"],
                as_text(choice["native_finish_reason"]) or None,
            )
    return Parsed(
        value=value,
        usage=usages.read("chat", value.get("usage")),
        finish_reason=reason,
        native_finish_reason=native,
        upstream_id=as_text(value.get("id")) or None,
        upstream_cost=usages.charged(value.get("usage")),
    )


def _response(value: Any) -> Parsed:
    if not isinstance(value, dict) or not isinstance(value.get("output"), list):
        raise _errors.no_answer()
    reason, native = responses_finish(value)
    return Parsed(
        value=value,
        usage=usages.read("responses", value.get("usage")),
        finish_reason=reason,
        native_finish_reason=native,
        upstream_id=as_text(value.get("id")) or None,
        upstream_cost=usages.charged(value.get("usage")),
    )


def _embedded(data: bytes) -> Parsed:
    """Read all but the vectors, which are most of the bytes and of no interest here."""
    try:
        fields = _embeddings.decode(data)
        value = {
            name: raw if name == "data" else msgspec.json.decode(raw)
            for name, raw in fields.items()
        }
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _errors.no_answer("valid JSON") from None
    if error := _errors.in_answer(value):
        raise BadAnswerError(error)
    vectors = value.get("data")
    if vectors is None or not bytes(vectors).lstrip().startswith(b"["):
        raise _errors.no_answer()
    return Parsed(
        value=value,
        usage=usages.read("chat", value.get("usage")),
        upstream_id=as_text(value.get("id")) or None,
        upstream_cost=usages.charged(value.get("usage")),
    )


DIALECT = OpenAIDialect()
