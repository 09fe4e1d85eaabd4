"""OpenTelemetry's GenAI semantic conventions, 1.27 to 1.40 and the repository of their own since.

Includes what is said under `gen_ai.` without being in them: cost, older spellings, content events.
"""

from collections.abc import Mapping
from typing import Any

from sightline.wire.otlp import values
from sightline.wire.otlp.convention import Convention, EventRule, SpanType
from sightline.wire.otlp.draft import Draft
from sightline.wire.otlp.field_rules import cost, first_token, kind, model, provider, thread, usage
from sightline.wire.otlp.rules import every, keep, keep_unless_said

# `cache_read.input_tokens` and `details.…` keep their spelling: it says that these tokens are
# inside the input, which prices depend on; `cache_read_input_tokens` is Anthropic's, beside it.
_INSIDE = "prompt_tokens_details."
_COUNTS = {
    "input_tokens": "prompt_tokens",
    "output_tokens": "completion_tokens",
    "cache_read_tokens": "cache_read_input_tokens",
    "cache_creation_tokens": "cache_creation_input_tokens",
    "reasoning.output_tokens": "reasoning_tokens",
    "audio.input_tokens": "input_audio_tokens",
    "audio.output_tokens": "output_audio_tokens",
    "image.input_tokens": f"{_INSIDE}image_tokens",
    # OpenRouter's
    "input_tokens.cached": "cached_tokens",
    "input_tokens.cache_write": f"{_INSIDE}cache_write_tokens",
    "input_tokens.cache_write_5m": (
        f"{_INSIDE}cache_creation_token_details.ephemeral_5m_input_tokens"
    ),
    "input_tokens.cache_write_1h": (
        f"{_INSIDE}cache_creation_token_details.ephemeral_1h_input_tokens"
    ),
    "output_tokens.reasoning": "reasoning_tokens",
}
_OPERATIONS: Mapping[str, SpanType] = {
    "invoke_agent": "general",
    "create_agent": "general",
    "invoke_workflow": "general",
    "execute_tool": "tool",
}


def _as_attributes(draft: Draft, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Content that instrumentations put on an event so as to keep it off the span."""
    return attributes


def _message(role: str) -> EventRule:
    def read(draft: Draft, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
        return _append(draft, "input", "messages", {"role": role}, attributes)

    return read


def _choice(draft: Draft, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    return _append(draft, "output", "choices", {}, attributes)


def _append(
    draft: Draft, where: str, name: str, item: dict[str, Any], attributes: Mapping[str, Any]
) -> Mapping[str, Any]:
    item |= {key: values.opened(value) for key, value in attributes.items()}
    if draft.trees is None:
        draft.trees = {}
    items = draft.trees.setdefault((where, name, f"{name}_events"), {})
    items[len(items)] = item
    return {}


CONVENTION = Convention(
    priority=20,
    exact={
        "gen_ai.prompt": keep_unless_said("input", "span.input", "trace.input"),
        "gen_ai.completion": keep_unless_said("output", "span.output", "trace.output"),
        "gen_ai.prompt.name": keep("metadata"),
        "gen_ai.request_model": model(1),
        "gen_ai.request.model": model(1),
        "gen_ai.response_model": model(0),
        "gen_ai.response.model": model(0),
        "gen_ai.request.temperature": keep("metadata", "llm"),
        "gen_ai.response.id": keep("metadata", "llm"),
        "gen_ai.response.finish_reason": keep("metadata"),
        "gen_ai.response.finish_reasons": keep("metadata"),
        "gen_ai.response.time_to_first_chunk": every(keep("metadata"), first_token(scale_ms=1000)),
        "gen_ai.operation.name": every(keep("metadata"), kind(_OPERATIONS, 50)),
        "gen_ai.token.type": keep("metadata"),
        "gen_ai.framework": keep("metadata"),
        "gen_ai.is_streaming": keep("metadata"),  # OpenLLMetry's
        "gen_ai.system": provider(0),
        "gen_ai.provider.name": provider(1),
        "gen_ai.usage.cost": cost(0),
        "gen_ai.usage.total_cost": cost(1),
        "gen_ai.usage.cost_usd": cost(2),
        "gen_ai.usage.input_cost": keep("metadata", "llm"),
        "gen_ai.usage.output_cost": keep("metadata", "llm"),
        "gen_ai.cost.total": every(keep("metadata"), cost(3)),
        "gen_ai.cost.total_cost": every(keep("metadata"), cost(3)),
        "gen_ai.system_instructions": keep("input", "llm"),
        "gen_ai.tool.call.arguments": keep("input", "tool"),
        "gen_ai.tool.call.result": keep("output", "tool"),
        "gen_ai.conversation.id": thread(),
        "gen_ai.retrieval.query.text": keep("input"),
        "gen_ai.retrieval.documents": keep("output"),
    },
    prefix={
        "gen_ai.agent.": keep("metadata"),
        "gen_ai.workflow.": keep("metadata"),
        "gen_ai.openai.": keep("metadata"),
        "gen_ai.embeddings.": keep("metadata"),
        "gen_ai.usage.": usage(_COUNTS),
        # An agent's sum over its model calls, which say the same themselves.
        "gen_ai.aggregated_usage.": keep("metadata"),
        "gen_ai.cost.": keep("metadata", "llm"),
        "gen_ai.input.": keep("input", "llm", short=True),
        "gen_ai.output.": keep("output", "llm", short=True),
        "gen_ai.tool.": keep("metadata"),
        "gen_ai.request.": keep("input"),
        "gen_ai.response": keep("output"),
    },
    events={
        "gen_ai.content.prompt": _as_attributes,
        "gen_ai.content.completion": _as_attributes,
        "gen_ai.client.inference.operation.details": _as_attributes,
        "gen_ai.system.message": _message("system"),
        "gen_ai.user.message": _message("user"),
        "gen_ai.assistant.message": _message("assistant"),
        "gen_ai.tool.message": _message("tool"),
        "gen_ai.choice": _choice,
    },
)
