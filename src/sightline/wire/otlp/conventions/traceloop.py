"""OpenLLMetry (Traceloop): flattened prompts and completions, workflow and task entities."""

from sightline.wire.otlp.convention import Convention, SpanType
from sightline.wire.otlp.field_rules import kind, thread, usage
from sightline.wire.otlp.rules import every, keep, tree, whole

_COUNTS = {
    "input_tokens": "prompt_tokens",
    "output_tokens": "completion_tokens",
}
_KINDS: dict[str, SpanType] = {
    "tool": "tool",
    "workflow": "general",
    "task": "general",
    "agent": "general",
}
_PROPERTIES = "traceloop.association.properties."

CONVENTION = Convention(
    priority=55,
    exact={
        "traceloop.span.kind": every(keep("metadata"), kind(_KINDS, 30)),
        "traceloop.entity.input": whole("input"),
        "traceloop.entity.output": whole("output"),
        "traceloop.prompt.template_variables": keep("input"),
        "llm.usage.token_type": keep("metadata"),
        "llm.headers": keep("metadata"),
        **{
            f"{_PROPERTIES}{name}": every(keep("metadata", name=name), thread())
            for name in ("session_id", "thread_id", "conversation_id", "chat_id")
        },
    },
    prefix={
        _PROPERTIES: keep("metadata", short=True),
        "traceloop.": keep("metadata"),
        "gen_ai.prompt.": tree("input", "messages", "llm"),
        "gen_ai.completion.": tree("output", "messages", "llm"),
        "llm.request.functions.": tree("input", "tools", "llm", opens=True),
        "llm.usage.": usage(_COUNTS),
    },
)
