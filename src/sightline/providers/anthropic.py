"""Anthropic's Messages API: chat translated both ways, `messages` passed through."""

from collections.abc import Mapping
from typing import Any

from sightline.core import codec
from sightline.domain.gateway import Endpoint
from sightline.domain.generation import ApiType
from sightline.domain.upstream import BadAnswerError, Parsed, UpstreamError
from sightline.providers import _errors, _sends
from sightline.providers._anthropic_stream import ChatStream, MessagesStream
from sightline.providers._body import GATEWAY_FIELDS
from sightline.providers._table import quirks_of
from sightline.providers.base import Stream, UpstreamRequest
from sightline.wire.anthropic import answers
from sightline.wire.anthropic.outbound import own_thoughts, to_messages
from sightline.wire.loose import as_dict, as_text, decoded, plain
from sightline.wire.openai import usage as usages

VERSION = "2023-06-01"
# Unlike in chat these are Anthropic's own: a cache mark, and who the caller's user is.
_KEPT = frozenset({"cache_control", "metadata"})
# What has to do with the size of a request: other fields are refused where it is only counted.
_COUNTED = frozenset(
    "model messages system tools tool_choice thinking output_config output_format mcp_servers "
    "cache_control context_management".split()
)


class AnthropicDialect:
    """Options: `anthropic_version`, `anthropic_beta` (a text or a list)."""

    name = "anthropic"
    native: frozenset[ApiType] = frozenset({"chat", "messages"})

    def apis(self, endpoint: Endpoint) -> frozenset[ApiType]:
        told = endpoint.options.get("apis")
        return self.native & frozenset(told) if told else self.native

    def request(
        self, endpoint: Endpoint, api: ApiType, body: Mapping[str, Any], *, stream: bool
    ) -> UpstreamRequest:
        sent = message_body(endpoint, api, body)
        if stream:
            sent["stream"] = True
        return self._request(endpoint, "", sent)

    def count_request(self, endpoint: Endpoint, body: Mapping[str, Any]) -> UpstreamRequest:
        sent = message_body(endpoint, "messages", body)
        told = {name: value for name, value in sent.items() if name in _COUNTED}
        return self._request(endpoint, "/count_tokens", told)

    def read_count(self, data: bytes) -> int:
        count = as_dict(decoded(data)).get("input_tokens")
        if count.__class__ is not int:
            raise ValueError("no count of tokens")
        return int(count)

    def _request(self, endpoint: Endpoint, path: str, sent: dict[str, Any]) -> UpstreamRequest:
        base = (endpoint.base_url or quirks_of("anthropic").base_url).rstrip("/")
        base = base.removesuffix("/messages").removesuffix("/v1")
        headers = {"content-type": "application/json"}
        headers["anthropic-version"] = str(endpoint.options.get("anthropic_version") or VERSION)
        if beta := endpoint.options.get("anthropic_beta"):
            headers["anthropic-beta"] = beta if isinstance(beta, str) else ",".join(beta)
        if endpoint.api_key:
            headers |= quirks_of("anthropic").credentials(endpoint.api_key.reveal())
        headers.update({name.lower(): value for name, value in endpoint.headers.items()})
        return UpstreamRequest(
            url=f"{base}/v1/messages{path}", headers=headers, body=codec.encode(sent)
        )

    def drops(self, endpoint: Endpoint, api: ApiType, names: frozenset[str]) -> frozenset[str]:
        return frozenset() if api == "messages" else names - _sends.ANTHROPIC

    def answer(self, endpoint: Endpoint, api: ApiType, data: bytes) -> Parsed:
        try:
            value = decoded(data)
        except ValueError:
            raise _errors.no_answer("valid JSON") from None
        if error := _errors.in_answer(value):
            raise BadAnswerError(error)
        if not isinstance(value, dict) or not isinstance(value.get("content"), list):
            raise _errors.no_answer()
        usage = usages.read("messages", value.get("usage"))
        native = as_text(value.get("stop_reason")) or None
        chat = answers.to_chat(value)
        if usage is not None:
            chat["usage"] = usages.to_wire("chat", usage)
        return Parsed(
            value=value if api == "messages" else chat,
            usage=usage,
            finish_reason=chat["choices"][0]["finish_reason"],
            native_finish_reason=native,
            upstream_id=as_text(value.get("id")) or None,
        )

    def stream(self, endpoint: Endpoint, api: ApiType) -> Stream:
        return MessagesStream() if api == "messages" else ChatStream()

    def error(self, status: int, headers: Mapping[str, str], data: bytes) -> UpstreamError:
        return _errors.refusal(status, headers, data)


def message_body(endpoint: Endpoint, api: ApiType, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Messages body of a request of either api, without `stream`."""
    if api != "messages":
        return to_messages(plain(body), endpoint.upstream_model, endpoint.max_completion_tokens)
    sent = {
        key: value
        for key, value in body.items()
        if key in _KEPT or (key not in GATEWAY_FIELDS and key not in ("stream", "user"))
    }
    sent["model"] = endpoint.upstream_model
    sent["messages"] = own_thoughts(plain({"messages": sent.get("messages")})["messages"])
    sent.setdefault("max_tokens", endpoint.max_completion_tokens or 4096)
    user = as_dict(plain({"metadata": sent.pop("metadata", None)})["metadata"]).get("user_id")
    user = user or body.get("user")
    if isinstance(user, str):
        sent["metadata"] = {"user_id": user}
    return sent


DIALECT = AnthropicDialect()
