"""Gemini by Google's own API: chat and embeddings, translated both ways."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from sightline.core import codec
from sightline.domain.gateway import Endpoint
from sightline.domain.generation import ApiType
from sightline.domain.upstream import BadAnswerError, Parsed, UpstreamError
from sightline.providers import _errors, _sends
from sightline.providers._google_stream import GeminiStream
from sightline.providers._table import quirks_of
from sightline.providers.base import Stream, UpstreamRequest
from sightline.wire.google import answers, embeddings
from sightline.wire.google.outbound import to_gemini
from sightline.wire.loose import as_dict, as_text, decoded, plain
from sightline.wire.openai import usage as usages


class GoogleDialect:
    """Options: `safety_settings`, as Gemini has them."""

    name = "google"
    native: frozenset[ApiType] = frozenset({"chat", "embeddings"})

    def apis(self, endpoint: Endpoint) -> frozenset[ApiType]:
        return self.native

    def request(
        self, endpoint: Endpoint, api: ApiType, body: Mapping[str, Any], *, stream: bool
    ) -> UpstreamRequest:
        base = (endpoint.base_url or quirks_of("gemini").base_url).rstrip("/")
        model = endpoint.upstream_model.removeprefix("models/")
        headers = {"content-type": "application/json"}
        if endpoint.api_key:
            headers |= quirks_of("gemini").credentials(endpoint.api_key.reveal())
        headers.update({name.lower(): value for name, value in endpoint.headers.items()})
        sent = plain(body)
        address = f"{base}/models/{quote(model, safe='')}"
        if api == "embeddings":
            data = codec.encode(embeddings.to_gemini(sent, model))
            return UpstreamRequest(url=f"{address}:batchEmbedContents", headers=headers, body=data)
        return UpstreamRequest(
            url=address + method(stream=stream), headers=headers, body=chat_body(endpoint, sent)
        )

    def drops(self, endpoint: Endpoint, api: ApiType, names: frozenset[str]) -> frozenset[str]:
        return frozenset() if api == "embeddings" else names - _sends.GOOGLE

    def answer(self, endpoint: Endpoint, api: ApiType, data: bytes) -> Parsed:
        return read_answer(api, data)

    def stream(self, endpoint: Endpoint, api: ApiType) -> Stream:
        return GeminiStream()

    def error(self, status: int, headers: Mapping[str, str], data: bytes) -> UpstreamError:
        return _errors.refusal(status, headers, data)


def method(*, stream: bool) -> str:
    """Return what follows the model in the address."""
    return ":streamGenerateContent?alt=sse" if stream else ":generateContent"


def chat_body(endpoint: Endpoint, body: dict[str, Any]) -> bytes:
    """Return the body of a chat request."""
    if settings := endpoint.options.get("safety_settings"):
        body = {"safety_settings": settings, **body}
    return codec.encode(to_gemini(body, endpoint.upstream_model))


def read_answer(api: ApiType, data: bytes) -> Parsed:
    """Read an answer of either api. Raises `BadAnswerError`."""
    try:
        value = decoded(data)
    except ValueError:
        raise _errors.no_answer("valid JSON") from None
    if error := _errors.in_answer(value):
        raise BadAnswerError(error)
    if api == "embeddings":
        try:
            told, usage = embeddings.from_google(value)
        except ValueError:
            raise _errors.no_answer() from None
        told["data"] = msgspec.Raw(codec.encode(told["data"]))
        return Parsed(value=told, usage=usage)
    response = as_dict(value)
    if not isinstance(response.get("candidates"), list) and not answers.blocked(response):
        raise _errors.no_answer()
    chat = answers.to_chat(response)
    usage = answers.usage_of(response)
    if usage is not None:
        chat["usage"] = usages.to_wire("chat", usage)
    first = chat["choices"][0]
    return Parsed(
        value=chat,
        usage=usage,
        finish_reason=first["finish_reason"],
        native_finish_reason=first["native_finish_reason"],
        upstream_id=as_text(response.get("responseId")) or None,
    )


DIALECT = GoogleDialect()
