"""Langfuse's SDKs (v3 and later), which send OTLP: `langfuse.trace.*`, `langfuse.observation.*`."""

from sightline.wire.otlp.convention import Convention, SpanType
from sightline.wire.otlp.field_rules import (
    cost,
    environment,
    first_token_at,
    kind,
    model,
    thread,
    trace_metadata,
    trace_name,
    trace_tags,
    trace_whole,
    usage,
)
from sightline.wire.otlp.rules import drop, every, keep, whole

_COUNTS = {
    "input": "prompt_tokens",
    "output": "completion_tokens",
    "total": "total_tokens",
    "input_cached_tokens": "cache_read_input_tokens",
    "input_cache_creation": "cache_creation_input_tokens",
    "output_reasoning_tokens": "reasoning_tokens",
}
_KINDS: dict[str, SpanType] = {
    "generation": "llm",
    "embedding": "llm",
    "tool": "tool",
    "guardrail": "guardrail",
}
_OBSERVATION = "langfuse.observation."

CONVENTION = Convention(
    priority=90,
    exact={
        f"{_OBSERVATION}type": kind(_KINDS, 10, other="general"),
        f"{_OBSERVATION}input": whole("input"),
        f"{_OBSERVATION}output": whole("output"),
        f"{_OBSERVATION}model.name": model(),
        f"{_OBSERVATION}model.parameters": keep("metadata", name="model_parameters"),
        f"{_OBSERVATION}usage_details": usage(_COUNTS),
        f"{_OBSERVATION}cost_details": every(
            keep("metadata", name="cost_details"), cost(1, member="total")
        ),
        f"{_OBSERVATION}completion_start_time": every(keep("metadata", "llm"), first_token_at()),
        "langfuse.trace.name": trace_name(),
        "langfuse.trace.input": trace_whole("input"),
        "langfuse.trace.output": trace_whole("output"),
        "langfuse.trace.tags": trace_tags(),
        "langfuse.session.id": thread(),
        "langfuse.environment": environment(),
        "langfuse.internal.as_root": drop(),
    },
    prefix={
        f"{_OBSERVATION}metadata": keep("metadata", short=True),
        "langfuse.trace.metadata": trace_metadata(),
        "langfuse.": keep("metadata"),
    },
)
