"""A generation: one call that went through the gateway, or that a program reports by itself.

It is what the spool keeps, what a trace is made of, and what every destination maps from.
JSON fields hold JSON text. Money is USD, times are Unix microseconds.
"""

import string
import zlib
from decimal import Decimal
from functools import lru_cache
from typing import Literal

import msgspec

from sightline.core.ids import NIL, Id

ApiType = Literal["chat", "completions", "embeddings", "responses", "messages"]

KEY_PREFIX = "sk-sl-v1-"
"""How the gateway's own keys begin, which are random."""
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_TAIL = 20
# What a UUIDv7 holds beside its version and variant: 12 and 62 bits.
_RAND_A, _RAND_B = 12, 62
_BITS = 10 + _RAND_A + _RAND_B


class Usage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Tokens of a call. Details are inside `prompt_tokens` and `completion_tokens`."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    audio_input_tokens: int = 0
    video_tokens: int = 0
    reasoning_tokens: int = 0
    audio_output_tokens: int = 0
    image_tokens: int = 0
    is_estimated: bool = False


class Cost(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """USD. `total` is what the caller is charged; `upstream` is what a provider said by itself."""

    input: Decimal = Decimal(0)
    output: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    upstream: Decimal | None = None


class Attempt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One try of one endpoint. `status` is its HTTP status, 0 when no answer came."""

    provider: str
    provider_slug: str = ""
    endpoint_id: str = ""
    model: str = ""
    status: int = 0
    started_us: int = 0
    headers_us: int | None = None
    ended_us: int = 0
    is_byok: bool = False
    error: str | None = None
    """What went wrong, in words that hold neither prompt nor secret."""


class CallError(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Why a call failed; `type` is OpenRouter's error type (`rate_limit_exceeded`)."""

    type: str
    message: str
    code: int = 0


class TraceHints(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the request said in `trace` (OpenRouter, Broadcast); `custom` is a JSON object."""

    trace_id: str | None = None
    trace_name: str | None = None
    span_name: str | None = None
    generation_name: str | None = None
    parent_span_id: str | None = None
    environment: str | None = None
    release: str | None = None
    custom: str | None = None


class OpikHints(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What key, body and headers say for Opik, merged; `metadata` is a JSON object."""

    project_name: str | None = None
    tags: tuple[str, ...] = ()
    thread_id: str | None = None
    current_trace_id: str | None = None
    """With `current_span_id`: the caller's own span, under which the call hangs."""
    current_span_id: str | None = None
    metadata: str | None = None


class UsedKey(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The gateway key of a call; `hash` is the SHA-256 hex of its text."""

    hash: str = ""
    name: str = ""
    label: str = ""

    @property
    def public_hash(self) -> str:
        """The hash of a key that was made up at random; one that people chose could be guessed."""
        return self.hash if self.label.startswith(KEY_PREFIX) else ""


class UsedApp(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Which application called, as it said in its headers."""

    title: str = ""
    referer: str = ""
    categories: str = ""
    user_agent: str = ""


class Generation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One call, finished, failed or cancelled.

    `id` is `gen-<unix seconds>-<20 characters>` and holds `span_id` (see `generation_id`).
    `input` is `{"messages": […]}`, `{"prompt": …}` or `{"input": …}` as it was sent, with `system`
    and `instructions` where the request had them. `output` is the answer's `{"choices": […]}`
    (chat, completions), `{"output": […]}` (responses), `{"content": […]}` (messages) or, of
    embeddings, `{"embeddings": n, "dimensions": n}`; of a stream it is put together. `completion`,
    `reasoning` and `tool_calls` are read out of it once, for those who map.
    """

    id: str
    workspace_id: Id = NIL
    api_type: ApiType = "chat"
    model_requested: str = ""
    model: str = ""
    """The model that answered, as the gateway names it (`openai/gpt-4o`)."""
    upstream_model: str = ""
    provider: str = ""
    """Display name (`OpenAI`)."""
    provider_slug: str = ""
    """As prices and Opik name it (`openai`)."""
    started_us: int = 0
    ended_us: int = 0
    first_token_us: int | None = None
    streamed: bool = False
    cancelled: bool = False
    status: int = 200
    """The HTTP status that the caller got."""
    error: CallError | None = None
    finish_reason: str | None = None
    native_finish_reason: str | None = None
    input: str | None = None
    output: str | None = None
    completion: str | None = None
    reasoning: str | None = None
    tool_calls: str | None = None
    """JSON array in OpenAI's shape, null when the answer calls no tool."""
    parameters: str | None = None
    """JSON object of the request's other fields (`temperature`, `tools`, …)."""
    dropped_parameters: tuple[str, ...] = ()
    """Names of those that the endpoint did not get, since it cannot be told them."""
    has_tools: bool = False
    usage: Usage | None = None
    cost: Cost | None = None
    attempts: tuple[Attempt, ...] = ()
    strategy: str = "direct"
    preset: str | None = None
    user: str | None = None
    session_id: str | None = None
    trace: TraceHints = TraceHints()
    opik: OpikHints = OpikHints()
    metadata: str | None = None
    """JSON object: the request's `metadata` without `opik`."""
    key: UsedKey = UsedKey()
    app: UsedApp = UsedApp()
    upstream_id: str | None = None
    service_tier: str | None = None
    is_byok: bool = False
    cache_source_id: str | None = None
    """The generation that a cached answer came from."""
    source: str = "gateway"
    """`source` of its trace and spans: `playground` for calls that somebody only tries out."""

    @property
    def span_id(self) -> Id:
        """The id of the call's span, which the generation's id holds; NIL when it is foreign."""
        return _remembered(self.id) or NIL

    @property
    def trace_name(self) -> str:
        return self.trace.trace_name or self.trace.generation_name or self.model or "LLM call"

    @property
    def generation_name(self) -> str:
        return self.trace.generation_name or self.model or "LLM call"


def generation_id(span_id: Id) -> str:
    """Return the id under which callers know the call whose span has this UUIDv7."""
    milliseconds = int.from_bytes(span_id[:6], "big")
    high = int.from_bytes(span_id[6:8], "big") & ((1 << _RAND_A) - 1)
    low = int.from_bytes(span_id[8:], "big") & ((1 << _RAND_B) - 1)
    number = (milliseconds % 1000 << _RAND_A | high) << _RAND_B | low
    # Fills what is left of the twenty letters, and tells our ids from others'.
    number |= zlib.crc32(span_id) << _BITS
    letters = [""] * _TAIL
    for at in range(_TAIL - 1, -1, -1):
        number, digit = divmod(number, 62)
        letters[at] = _ALPHABET[digit]
    return f"gen-{milliseconds // 1000}-{''.join(letters)}"


def span_id_of(id: str) -> Id | None:
    """Return the span's UUIDv7 in a generation's id; None when it is not one of ours."""
    word, _, rest = id.partition("-")
    seconds, _, tail = rest.partition("-")
    if word != "gen" or not seconds.isascii() or not seconds.isdigit() or len(tail) != _TAIL:
        return None
    number = 0
    for letter in tail:
        value = _VALUES.get(letter)
        if value is None:
            return None
        number = number * 62 + value
    check, number = number >> _BITS, number & ((1 << _BITS) - 1)
    low = number & ((1 << _RAND_B) - 1)
    number >>= _RAND_B
    high = number & ((1 << _RAND_A) - 1)
    milliseconds = int(seconds[:14]) * 1000 + (number >> _RAND_A)
    if milliseconds >= 1 << 48:
        return None
    span_id = (
        milliseconds.to_bytes(6, "big")
        + (0x7000 | high).to_bytes(2, "big")
        + (1 << 63 | low).to_bytes(8, "big")
    )
    return span_id if zlib.crc32(span_id) == check else None


# A record's span is asked for by the trace, its place, and each destination, soon after another.
_remembered = lru_cache(2048)(span_id_of)
