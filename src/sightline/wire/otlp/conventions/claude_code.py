"""Claude Code's spans, `claude_code.*`: plain names, read only on spans so named."""

from collections.abc import Mapping
from typing import Any

from sightline.wire.otlp import values
from sightline.wire.otlp.convention import Action, Convention, Rule
from sightline.wire.otlp.draft import Draft
from sightline.wire.otlp.field_rules import model, provider, thread, usage
from sightline.wire.otlp.rules import every, keep

_COUNTS = {
    "input_tokens": "prompt_tokens",
    "output_tokens": "completion_tokens",
    "cache_read_tokens": "cache_read_input_tokens",
    "cache_creation_tokens": "cache_creation_input_tokens",
}


def _new_context() -> Rule:
    """The prompt's addition: input of a model call, elsewhere a remark about the span."""

    def bind(key: str, rest: str) -> Action:
        def act(draft: Draft, value: Any) -> None:
            is_call = draft.name == "claude_code.llm_request"
            (draft.input if is_call else draft.metadata)[key] = values.opened(value)

        return act

    return bind


def _tool_output(draft: Draft, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    rest = dict(attributes)
    for key in ("output", "content"):
        if key in rest:
            draft.output[key] = values.opened(rest.pop(key))
    return rest


CONVENTION = Convention(
    priority=0,
    span_prefix="claude_code.",
    unmatched="metadata",
    exact={
        "user_prompt": keep("input"),
        "hook_event": keep("input"),
        "hook_name": keep("input"),
        "hook_definitions": keep("input"),
        "tool_input": keep("input", "tool"),
        "system_prompt_preview": keep("input", "llm"),
        "model": every(model(), provider(fixed="anthropic")),
        "response.model_output": keep("output", "llm"),
        "stop_reason": keep("output", "llm"),
        "response.has_tool_call": keep("output", "llm"),
        **{name: usage(_COUNTS, name=name) for name in _COUNTS},
        "session.id": thread(),
        "new_context": _new_context(),
    },
    events={"tool.output": _tool_output},
)
