"""What is kept of a call: a trace and its spans, the same whenever they are made of one record.

    trace (`trace.trace_name`)
      └─ span (`trace.span_name`, where the call names one)
           └─ llm span (`trace.generation_name`): model, usage, cost
                └─ a span for each try of an endpoint, where there were several or none worked

A call that names the trace of others adds itself to it: of the trace the first call says the
input, the last one the output. One that hangs under a span of the caller's own writes no trace.
"""

import uuid
from typing import Any

import msgspec

from sightline.core import codec
from sightline.core.ids import Id, derived_id, time_ms
from sightline.domain.generation import CallError, Generation, Usage, UsedApp
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.wire.otlp.ids import id_in_trace

# Grows as time goes back, and is below any present time in µs: the first of several wins by it,
# and whoever writes to the trace by other ways wins over it.
_FIRST_WINS_US = 10**15
_NO_APP = UsedApp()
# What the block `gateway` of the metadata has as the record names it.
_NAMED = (
    "finish_reason native_finish_reason preset service_tier upstream_id upstream_model "
    "cache_source_id"
).split()


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a call's spans go. `is_joined`: other calls may have the same trace."""

    trace_id: Id
    parent_span_id: Id | None = None
    is_joined: bool = False
    has_trace: bool = True
    """False when the trace is the caller's own and says by itself what it is."""


def own_place(generation: Generation) -> Place:
    """Return the place of a call that names no trace."""
    return Place(trace_id=derived_id(_began_ms(generation), "trace", generation.id))


def callers_place(generation: Generation) -> Place | None:
    """Return the place under the caller's own span (`current_span_data`), if the call names one."""
    trace_id = uuid_of(generation.opik.current_trace_id)
    span_id = uuid_of(generation.opik.current_span_id)
    if trace_id is None or span_id is None:
        return None
    return Place(trace_id=trace_id, parent_span_id=span_id, is_joined=True, has_trace=False)


def joined_place(generation: Generation, trace_id: Id) -> Place:
    """Return the place in a trace that the call names (`trace.trace_id`)."""
    parent = parent_id(generation.trace.parent_span_id, trace_id)
    return Place(trace_id=trace_id, parent_span_id=parent, is_joined=True)


def uuid_of(text: str | None) -> Id | None:
    """Return the bytes of a UUID in its usual form, with dashes."""
    if text is None or len(text) != 36:
        return None
    try:
        return uuid.UUID(text).bytes
    except ValueError:
        return None


def parent_id(text: str | None, trace_id: Id) -> Id | None:
    """Return the span that a text names: a UUID, an OpenTelemetry id, or any name of its own."""
    if text is None:
        return None
    known = uuid_of(text)
    if known is not None:
        return known
    raw = hex_of(text, 8)
    return id_in_trace(raw if raw is not None else text.encode(), trace_id)


def hex_of(text: str, size: int) -> bytes | None:
    """Return the bytes of an OpenTelemetry id in hex, None for any other text."""
    if len(text) != 2 * size:
        return None
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        return None
    return raw if len(raw) == size and any(raw) else None


def to_writes(generation: Generation, place: Place) -> tuple[list[TraceWrite], list[SpanWrite]]:
    """Return the messages that store a call."""
    facts = _Facts(generation)
    spans = [_llm_span(generation, place, facts)]
    if generation.trace.span_name:
        # Between the place and the call.
        between = derived_id(_began_ms(generation), "step", generation.id)
        spans[0].parent_span_id = between
        spans.append(_step_span(generation, place, facts, between))
    if len(generation.attempts) > 1 or (generation.error and generation.attempts):
        spans += _attempt_spans(generation, place, facts)
    return (_traces(generation, place, facts) if place.has_trace else []), spans


class _Facts:
    """What several messages of one call share, made once."""

    def __init__(self, generation: Generation) -> None:
        self.version_us = generation.ended_us or generation.started_us
        self.project_name = generation.opik.project_name
        self.metadata = _metadata(generation)
        self.tags = list(generation.opik.tags) or None
        self.error_info = None if generation.error is None else _error_info(generation.error)
        self.environment = generation.trace.environment
        first = generation.first_token_us
        # Of an answer that came as a whole there is no first token to speak of.
        self.ttft_ms = (
            (first - generation.started_us) / 1000
            if first is not None and generation.streamed
            else None
        )


def _traces(generation: Generation, place: Place, facts: _Facts) -> list[TraceWrite]:
    last = TraceWrite(
        id=place.trace_id,
        version_us=facts.version_us,
        project_name=facts.project_name,
        end_time_us=generation.ended_us,
        output=generation.output,
        metadata=facts.metadata,
        tags=facts.tags,
        error_info=facts.error_info,
        thread_id=generation.opik.thread_id or generation.session_id,
        ttft_ms=facts.ttft_ms,
        source=generation.source,
        environment=facts.environment,
    )
    first = last
    if place.is_joined:
        first = TraceWrite(
            id=place.trace_id,
            version_us=max(_FIRST_WINS_US - generation.started_us // 4, 1),
            project_name=facts.project_name,
        )
    first.start_time_us = generation.started_us
    first.input = generation.input
    first.name = generation.trace_name
    if place.is_joined and generation.trace.trace_name:
        last.name = generation.trace.trace_name
    return [last] if first is last else [first, last]


def _llm_span(generation: Generation, place: Place, facts: _Facts) -> SpanWrite:
    return SpanWrite(
        id=generation.span_id,
        trace_id=place.trace_id,
        version_us=facts.version_us,
        project_name=facts.project_name,
        parent_span_id=place.parent_span_id,
        name=generation.generation_name,
        type="llm",
        start_time_us=generation.started_us,
        end_time_us=generation.ended_us,
        input=generation.input,
        output=generation.output,
        metadata=facts.metadata,
        tags=facts.tags,
        error_info=facts.error_info,
        model=generation.upstream_model or generation.model or None,
        provider=generation.provider_slug or None,
        usage=None if generation.usage is None else flat_usage(generation.usage),
        total_estimated_cost=None if generation.cost is None else generation.cost.total,
        ttft_ms=facts.ttft_ms,
        source=generation.source,
        environment=facts.environment,
    )


def _step_span(generation: Generation, place: Place, facts: _Facts, id: Id) -> SpanWrite:
    return SpanWrite(
        id=id,
        trace_id=place.trace_id,
        version_us=facts.version_us,
        project_name=facts.project_name,
        parent_span_id=place.parent_span_id,
        name=generation.trace.span_name,
        type="general",
        start_time_us=generation.started_us,
        end_time_us=generation.ended_us,
        input=generation.input,
        output=generation.output,
        error_info=facts.error_info,
        source=generation.source,
        environment=facts.environment,
    )


def _attempt_spans(generation: Generation, place: Place, facts: _Facts) -> list[SpanWrite]:
    spans = []
    for at, attempt in enumerate(generation.attempts):
        error = None
        if attempt.error is not None:
            kind = "timeout" if attempt.status == 504 else "provider_error"
            error = _error_info(CallError(type=kind, message=attempt.error))
        spans.append(
            SpanWrite(
                id=derived_id(attempt.started_us // 1000, "attempt", generation.id, str(at)),
                trace_id=place.trace_id,
                version_us=facts.version_us,
                project_name=facts.project_name,
                parent_span_id=generation.span_id,
                name=f"attempt {at + 1}: {attempt.provider}",
                type="general",
                start_time_us=attempt.started_us,
                end_time_us=attempt.ended_us,
                metadata=codec.encode_text(
                    {
                        "provider": attempt.provider_slug or attempt.provider,
                        "model": attempt.model,
                        "status": attempt.status,
                    }
                ),
                error_info=error,
                source=generation.source,
                environment=facts.environment,
            )
        )
    return spans


def flat_usage(usage: Usage) -> dict[str, int]:
    """Return a span's usage: the totals, and the details under names that price them rightly."""
    flat = {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
        # Says that the cache's tokens are inside the prompt, whoever the provider is.
        "original_usage.prompt_token_count": usage.prompt_tokens,
    }
    for name, count in (
        ("prompt_tokens_details.cached_tokens", usage.cached_tokens),
        ("prompt_tokens_details.cache_write_tokens", usage.cache_write_tokens),
        (
            "prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens",
            usage.cache_write_1h_tokens,
        ),
        ("prompt_tokens_details.audio_tokens", usage.audio_input_tokens),
        ("completion_tokens_details.reasoning_tokens", usage.reasoning_tokens),
        ("completion_tokens_details.audio_tokens", usage.audio_output_tokens),
        ("completion_tokens_details.image_tokens", usage.image_tokens),
    ):
        if count:
            flat[f"original_usage.{name}"] = count
    return flat


def _metadata(generation: Generation) -> str:
    """Return the caller's own metadata with ours; where names meet, ours say what was."""
    merged: dict[str, Any] = {}
    for text in (generation.metadata, generation.trace.custom, generation.opik.metadata):
        if text is not None:
            merged.update(msgspec.json.decode(text))
    merged["generation_id"] = generation.id
    merged["model_requested"] = generation.model_requested
    merged["model"] = generation.model
    merged["provider"] = generation.provider
    merged["api_type"] = generation.api_type
    for name, said in (
        ("user", generation.user),
        ("session_id", generation.session_id),
        ("release", generation.trace.release),
        ("environment", generation.trace.environment),
        # What the call named where the trace has an id of ours.
        ("trace_id", generation.trace.trace_id),
    ):
        if said is not None:
            merged[name] = said
    if generation.parameters is not None:
        merged["parameters"] = msgspec.Raw(generation.parameters.encode())
    merged["gateway"] = _gateway_block(generation)
    return codec.encode_text(merged)


def _gateway_block(generation: Generation) -> dict[str, Any]:
    block: dict[str, Any] = {
        "strategy": generation.strategy,
        "status": generation.status,
        "streamed": generation.streamed,
        "latency_ms": (generation.ended_us - generation.started_us) / 1000,
        "attempts": [
            {
                "provider": attempt.provider,
                "model": attempt.model,
                "status": attempt.status,
                "ms": (attempt.ended_us - attempt.started_us) / 1000,
                **({"error": attempt.error} if attempt.error is not None else {}),
            }
            for attempt in generation.attempts
        ],
    }
    if generation.first_token_us is not None:
        block["ttft_ms"] = (generation.first_token_us - generation.started_us) / 1000
    if generation.cost is not None:
        cost = generation.cost
        block["cost"] = {"input": cost.input, "output": cost.output, "total": cost.total}
        if cost.upstream is not None:
            block["cost"]["upstream"] = cost.upstream
    if generation.key.name or generation.key.label:
        block["key"] = {"name": generation.key.name, "label": generation.key.label}
        if generation.key.public_hash:
            block["key"]["hash"] = generation.key.public_hash
    if generation.app != _NO_APP:
        app = msgspec.structs.asdict(generation.app)
        block["app"] = {name: value for name, value in app.items() if value}
    for name in _NAMED:
        if said := getattr(generation, name):
            block[name] = said
    if generation.dropped_parameters:
        block["dropped_parameters"] = list(generation.dropped_parameters)
    if generation.cancelled:
        block["cancelled"] = True
    if generation.is_byok:
        block["is_byok"] = True
    if generation.usage is not None and generation.usage.is_estimated:
        block["usage_is_estimated"] = True
    return block


def _error_info(error: CallError) -> str:
    return codec.encode_text(
        {"exception_type": error.type, "message": error.message, "traceback": error.message}
    )


def _began_ms(generation: Generation) -> int:
    told = time_ms(generation.span_id)
    return generation.started_us // 1000 if told is None else told
