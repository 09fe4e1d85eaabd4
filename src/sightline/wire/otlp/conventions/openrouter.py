"""OpenRouter's Broadcast: `trace.*` and `span.*` beside `gen_ai.*`, content said up to three times.

Token and cost attributes are under `gen_ai.usage.` and read there.
"""

from typing import Any

from sightline.wire.otlp import values
from sightline.wire.otlp.convention import Action, Convention, Rule, SpanType
from sightline.wire.otlp.draft import Draft
from sightline.wire.otlp.field_rules import first_token, kind, trace_name, trace_whole
from sightline.wire.otlp.rules import every, keep, whole

_KINDS: dict[str, SpanType] = {
    "generation": "llm",
    "span": "general",
    "event": "general",
    "tool": "tool",
}
_TWINS = {"gen_ai.prompt": "input", "gen_ai.completion": "output"}


def _unless_said() -> Rule:
    """Prompt or completion: kept under its key unless `span.…` or `trace.…` says the same."""

    def bind(key: str, rest: str) -> Action:
        where = _TWINS[key]

        def act(draft: Draft, value: Any) -> None:
            said = draft.attributes
            if value not in (said.get(f"span.{where}"), said.get(f"trace.{where}")):
                getattr(draft, where)[key] = values.opened(value)

        return act

    return bind


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
        "trace.metadata.openrouter.first_token_ms": every(
            keep("metadata", name="openrouter.first_token_ms"), first_token(scale_ms=1)
        ),
        **{key: _unless_said() for key in _TWINS},
    },
    prefix={
        "trace.metadata.": keep("metadata", short=True),
        "span.metadata.": keep("metadata", short=True),
    },
)
