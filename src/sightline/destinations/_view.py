"""A generation as those who map read it: JSON decoded, media left out, cut, ids worked out.

All ids follow from the generation, so that what is delivered twice is the same twice.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from sightline.core.ids import NIL, derived_id, format_id
from sightline.destinations._cut import MAX_CHARACTERS, cut
from sightline.destinations._texts import chat_input, chat_output, without_media
from sightline.domain.broadcast import Extras
from sightline.domain.generation import Attempt, Generation

_HEX_32 = re.compile(r"[0-9a-f]{32}")
_HEX_16 = re.compile(r"[0-9a-f]{16}")
OPERATIONS = {"completions": "text_completion", "embeddings": "embeddings"}


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What destinations map from.

    `input` and `output` are decoded JSON (None: there is none, or it must not leave). `custom` is
    the caller's own metadata: `metadata`, over it `trace`, then environment, release and the extra
    blocks under `sightline_generation`.
    """

    generation: Generation
    input: Any = None
    output: Any = None
    completion: str | None = None
    reasoning: str | None = None
    tool_calls: Any = None
    parameters: dict[str, Any] = {}
    custom: dict[str, Any] = {}
    opik_metadata: dict[str, Any] = {}
    """What the caller said for Opik alone."""
    cut_fields: frozenset[str] = frozenset()
    """Of `input`, `output`, `custom` and the others: those that were too large."""

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The input as chat messages."""
        return chat_input(self.input)

    @property
    def answers(self) -> list[dict[str, Any]]:
        """The output as chat messages."""
        return chat_output(self.output, self.completion, self.reasoning, self.tool_calls)

    @property
    def answer(self) -> dict[str, Any] | None:
        """The output as OpenRouter's traces have it."""
        if self.completion is None and self.reasoning is None and not self.tool_calls:
            return self.output if isinstance(self.output, dict) else None
        return {
            "completion": self.completion,
            "reasoning": self.reasoning,
            "toolCalls": self.tool_calls or [],
        }

    @property
    def operation(self) -> str:
        return OPERATIONS.get(self.generation.api_type, "chat")

    @property
    def error(self) -> str | None:
        found = self.generation.error
        return (found.message or found.type) if found else None

    @property
    def model(self) -> str:
        return self.generation.model or self.generation.model_requested

    @property
    def call_name(self) -> str:
        return self.generation.trace.generation_name or "LLM Generation"

    @property
    def first_token_ms(self) -> float | None:
        at = self.generation.first_token_us
        return None if at is None else max(at - self.generation.started_us, 0) / 1000

    @property
    def ended_us(self) -> int:
        return max(self.generation.ended_us, self.generation.started_us)

    @property
    def duration_us(self) -> int:
        return self.ended_us - self.generation.started_us

    @property
    def trace_key(self) -> str:
        """The caller's trace id, else the generation's."""
        return self.generation.trace.trace_id or self.generation.id


def view(generation: Generation, extras: Extras, limit: int = MAX_CHARACTERS) -> View:
    """Return the generation as it is mapped; each of its values has `limit` characters at most."""
    cut_fields: set[str] = set()

    def read(name: str, text: str | None) -> Any:
        if text is None:
            return None
        value = without_media(_decoded(text))
        if len(text) > limit:
            value, is_cut = cut(value, limit)
            if is_cut:
                cut_fields.add(name)
        return value

    def read_text(text: str | None) -> str | None:
        if text is None:
            return None
        plain: str = without_media(text)
        if len(plain) > limit:
            cut_fields.add("output")
        return plain[:limit]

    parameters = read("parameters", generation.parameters)
    opik_metadata = read("custom", generation.opik.metadata)
    return View(
        generation=generation,
        input=read("input", generation.input),
        output=read("output", generation.output),
        completion=read_text(generation.completion),
        reasoning=read_text(generation.reasoning),
        tool_calls=read("output", generation.tool_calls),
        parameters=parameters if isinstance(parameters, dict) else {},
        custom=_custom(generation, extras, read),
        opik_metadata=opik_metadata if isinstance(opik_metadata, dict) else {},
        cut_fields=frozenset(cut_fields),
    )


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text


def _custom(
    generation: Generation, extras: Extras, read: Callable[[str, str | None], Any]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for text in (generation.metadata, generation.trace.custom):
        value = read("custom", text)
        if isinstance(value, Mapping):
            found.update(value)
    trace = generation.trace
    if trace.environment:
        found["environment"] = trace.environment
    if trace.release:
        found["release"] = trace.release
    blocks = extra_blocks(generation, extras)
    if blocks:
        found["sightline_generation"] = blocks
    return found


def extra_blocks(generation: Generation, extras: Extras) -> dict[str, Any]:
    """Return what is sent only when asked for: cost, identity, request context."""
    found: dict[str, Any] = {}
    usage, cost, app = generation.usage, generation.cost, generation.app
    if extras.generation_cost:
        found |= {"is_byok": generation.is_byok}
        if cost:
            found |= {"usage": cost.total, "usage_upstream": cost.upstream}
            if generation.is_byok:
                found["byok_usage_inference"] = cost.upstream
        if usage:
            found |= {
                "tokens_prompt": usage.prompt_tokens,
                "tokens_completion": usage.completion_tokens,
                "cache_write_tokens": usage.cache_write_tokens,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": usage.cache_write_5m_tokens,
                    "ephemeral_1h_input_tokens": usage.cache_write_1h_tokens,
                },
                "usage_is_estimated": usage.is_estimated,
            }
    if extras.generation_identity:
        found |= {
            "id": generation.id,
            "upstream_id": generation.upstream_id,
            "api_key": {"name": generation.key.name, "hash": generation.key.public_hash},
            "app": {"title": app.title, "referer": app.referer, "categories": app.categories},
        }
    if extras.generation_request_context:
        found |= {
            "api_type": generation.api_type,
            "model_requested": generation.model_requested,
            "streamed": generation.streamed,
            "cancelled": generation.cancelled,
            "strategy": generation.strategy,
            "preset": generation.preset,
            "service_tier": generation.service_tier,
            "cache_source_id": generation.cache_source_id,
            "native_finish_reason": generation.native_finish_reason,
            "user_agent": app.user_agent,
        }
    return {name: value for name, value in found.items() if value is not None}


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def trace_hex(generation: Generation) -> str:
    """Return 32 hex digits: the caller's trace id where it is such or a UUID, else a hash of it."""
    said = generation.trace.trace_id
    if said:
        plain = said.lower().replace("-", "")
        if _HEX_32.fullmatch(plain) and plain.strip("0"):
            return plain
        return _digest("trace", said)[:32]
    if generation.span_id != NIL:
        return generation.span_id.hex()
    return _digest("generation", generation.id)[:32]


def span_hex(generation: Generation, *part: str) -> str:
    """Return the 16 hex digits of the call's span, or of a part of it."""
    return _digest("span", generation.id, *part)[:16]


def parent_hex(generation: Generation) -> str | None:
    """Return the span of the caller's own tracing as 16 hex digits, hashed when it is not such."""
    said = generation.trace.parent_span_id
    if not said:
        return None
    plain = said.lower()
    return plain if _HEX_16.fullmatch(plain) and plain.strip("0") else _digest("span", said)[:16]


def uuid_text(generation: Generation, *part: str) -> str:
    """Return the UUIDv7 of the call's span, or of a part of it (`"trace"`)."""
    if not part and generation.span_id != NIL:
        return format_id(generation.span_id)
    return format_id(derived_id(max(generation.started_us, 0) // 1000, generation.id, *part))


def is_failed(attempt: Attempt) -> bool:
    return attempt.error is not None or not 200 <= attempt.status < 400
