"""What a dialect is: pure translation between OpenAI's shapes and what an upstream speaks.

The engine's own tongue is OpenAI's: a decoded body, an answer as `chat.completion`,
`text_completion`, `list` (embeddings), a stream as chunks. How a call goes:

    dialect = dialects[endpoint.dialect]
    asked = api if api in dialect.apis(endpoint) else "chat"      # embeddings: 404 if not native
    body = body if asked == api else convert.to_chat(api, body)
    request = dialect.request(endpoint, asked, body, stream=…)    # gateway fields are taken out
    parsed = dialect.answer(endpoint, asked, data)     or     stream.feed(data), …, stream.close()
    stamp.label(asked, value, id=…, model=…, provider=…); stamp.put_usage(asked, value, usage dict)
    value = convert.from_chat(api, value, model)       or     ChatStreamTo(api).feed(part)

A `LocalDialect` gives the bytes itself, a `TokenDialect` may need a call for a token before, a
`CountingDialect` is asked for the tokens of a request, a `PartialDialect` says what it leaves out.
`convert`, `stamp`, `usage`, `texts`, `assemble` are in `sightline.wire.openai`, `sse` in `wire`:

    check(api, body)                                   requests: raises InvalidRequestError
    convert.to_chat(api, body) -> dict                 responses, completions, messages -> chat
    convert.from_chat(api, answer, model) -> dict
    convert.ChatStreamTo(api, body, model, id=, created=)   .feed(part) -> list[StreamPart]
    stamp.label(api, value, id=, model=, provider=, created=)    in place, answer or stream value
    stamp.put_usage(api, value, usage_dict)            in place
    stamp.is_last(api, value)                          whether put_usage belongs in this value
    usage.to_wire(api, usage, cost, is_byok=) -> dict  OpenRouter's usage object of that api
    usage.estimate(body, answer_text) -> Usage         when an upstream tells none
    stamp.usage_chunk(api, usage_dict)                 the chunk for it
    assemble.Assembler(api): .add(value), .answer()    a stream put together for the trace
    texts.read(api, answer) -> Texts(completion, reasoning, tool_calls)
    texts.parameters(body) -> str | None; texts.input_of(body) -> str; texts.output_of(api, answer)
    sse.event(data, name=None) -> bytes; sse.DONE; sse.comment(text)
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import msgspec

from sightline.domain.gateway import Endpoint
from sightline.domain.generation import ApiType
from sightline.domain.upstream import Parsed, StreamPart, UpstreamError

__all__ = [
    "CountingDialect",
    "Dialect",
    "LocalDialect",
    "Parsed",
    "PartialDialect",
    "Stream",
    "StreamPart",
    "Token",
    "TokenDialect",
    "UpstreamError",
    "UpstreamRequest",
]


class UpstreamRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The request to send to an endpoint. `headers` hold secrets: never log them."""

    method: str = "POST"
    url: str
    headers: dict[str, str]
    body: bytes


class Stream(Protocol):
    """Reads an upstream's stream piece by piece; holds the state of one answer."""

    def feed(self, data: bytes) -> Sequence[StreamPart]:
        """Return the parts that are whole now. Raises nothing: garbage is an `error` part."""
        ...

    def close(self) -> Sequence[StreamPart]:
        """Return what is left when the upstream ended; an `error` part if it ended too early."""
        ...


@runtime_checkable
class Dialect(Protocol):
    """How to speak to one family of upstreams.

    `native` are the apis that it may take as they are, `apis` those of one endpoint. For another
    api the engine first turns the request into chat (`sightline.wire.openai`) and the answer back.
    """

    name: str
    native: frozenset[ApiType]

    def apis(self, endpoint: Endpoint) -> frozenset[ApiType]:
        """Return what this endpoint takes; its `options.apis` says so over the provider's row."""
        ...

    def request(
        self, endpoint: Endpoint, api: ApiType, body: Mapping[str, Any], *, stream: bool
    ) -> UpstreamRequest:
        """Build the call. `body` is not changed; what only the gateway reads is left out.

        Values of `body` may be `msgspec.Raw`, so that what is passed on need not be decoded. Raises
        `InvalidRequestError` for what the dialect cannot say, `ConfigurationError` for an endpoint
        that lacks an option or a library.
        """
        ...

    def answer(self, endpoint: Endpoint, api: ApiType, data: bytes) -> Parsed:
        """Raises `ValueError` when the bytes are no answer."""
        ...

    def stream(self, endpoint: Endpoint, api: ApiType) -> Stream: ...

    def error(self, status: int, headers: Mapping[str, str], data: bytes) -> UpstreamError: ...


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A passing credential: `headers` go over those of each request until it runs out."""

    headers: dict[str, str]
    expires_in_s: float


@runtime_checkable
class TokenDialect(Protocol):
    """A dialect whose endpoints may need a token that a call fetches first (Vertex).

    The engine sends the request like any other, keeps the token by endpoint id until a minute
    before it runs out, and lays its headers over those of `Dialect.request`. Building it may take
    milliseconds (a signature), so it is done in a thread.
    """

    def token_request(self, endpoint: Endpoint, now_us: int) -> UpstreamRequest | None:
        """None when the endpoint's own key is enough. Raises `ConfigurationError`."""
        ...

    def read_token(self, data: bytes) -> Token:
        """Raises `ValueError` when the answer holds no token."""
        ...


@runtime_checkable
class PartialDialect(Protocol):
    """A dialect that leaves out what it cannot say."""

    def drops(self, endpoint: Endpoint, api: ApiType, names: frozenset[str]) -> frozenset[str]:
        """Return those of a request's fields that the endpoint would not get, asked in `api`."""
        ...


@runtime_checkable
class CountingDialect(Protocol):
    """A dialect whose upstream counts the tokens of a messages request (Anthropic)."""

    def count_request(self, endpoint: Endpoint, body: Mapping[str, Any]) -> UpstreamRequest:
        """Build the question for a body of the api `messages`. Raises as `Dialect.request`."""
        ...

    def read_count(self, data: bytes) -> int:
        """Raises `ValueError` when the bytes hold no count."""
        ...


@runtime_checkable
class LocalDialect(Protocol):
    """A dialect that answers by itself, without any network (`sightline/echo`)."""

    def reply(
        self, endpoint: Endpoint, api: ApiType, body: Mapping[str, Any], *, stream: bool
    ) -> Sequence[bytes]:
        """Return what an upstream would have sent: one body for `answer`, or pieces for `feed`."""
        ...
