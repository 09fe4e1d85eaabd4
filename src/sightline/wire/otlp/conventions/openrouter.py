"""OpenRouter's Broadcast: `trace.*` and `span.*` beside `gen_ai.*`, which genai.py reads.

Content is said up to three times: for the trace, for the span and as prompt or completion.
"""

from sightline.wire.otlp.convention import Convention, SpanType
from sightline.wire.otlp.field_rules import first_token, kind, trace_name, trace_whole
from sightline.wire.otlp.rules import every, keep, whole

_KINDS: dict[str, SpanType] = {
    "generation": "llm",
    "span": "general",
    "event": "general",
    "tool": "tool",
}

CONVENTION = Convention(
    priority=15,
    exact={
        "trace.name": trace_name(),
        "trace.input": trace_whole("input", unless="span.input"),
        "trace.output": trace_whole("output", unless="span.output"),
        "span.input": whole("input"),
        "span.output": whole("output"),
        "span.type": every(keep("metadata"), kind(_KINDS, 0)),
        "span.level": keep("metadata"),
        "span.status_message": keep("metadata"),
        "user.id": keep("metadata"),
        # OpenRouter's Broadcast and our own name the same thing.
        **{
            f"trace.metadata.{source}.first_token_ms": every(
                keep("metadata", name=f"{source}.first_token_ms"), first_token(scale_ms=1)
            )
            for source in ("openrouter", "sightline")
        },
    },
    prefix={
        "trace.metadata.": keep("metadata", short=True),
        "span.metadata.": keep("metadata", short=True),
    },
)
