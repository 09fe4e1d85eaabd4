"""The Vercel AI SDK: `ai.*`, on an outer span per call and an inner one per model request."""

from typing import Any

from sightline.wire.otlp import values
from sightline.wire.otlp.convention import Action, Convention, Rule, SpanType, Where
from sightline.wire.otlp.draft import Draft
from sightline.wire.otlp.field_rules import first_token, kind, model, provider, thread, usage
from sightline.wire.otlp.rules import every, keep, whole

_COUNTS = {
    "promptTokens": "prompt_tokens",
    "inputTokens": "prompt_tokens",
    "completionTokens": "completion_tokens",
    "outputTokens": "completion_tokens",
    "totalTokens": "total_tokens",
    "tokens": "prompt_tokens",
    "reasoningTokens": "reasoning_tokens",
    "cachedInputTokens": "cached_tokens",
    "inputTokenDetails.cacheReadTokens": "cached_tokens",
    "inputTokenDetails.cacheWriteTokens": "prompt_tokens_details.cache_write_tokens",
    "outputTokenDetails.reasoningTokens": "reasoning_tokens",
}
_OUTER = (
    "ai.generateText",
    "ai.streamText",
    "ai.generateObject",
    "ai.streamObject",
    "ai.embed",
    "ai.embedMany",
    "ai.rerank",
)
_INNER = ("doGenerate", "doStream", "doEmbed", "doRerank")
_KINDS: dict[str, SpanType] = {
    "ai.toolcall": "tool",
    **{outer.lower(): "general" for outer in _OUTER},
    **{f"{outer}.{inner}".lower(): "llm" for outer in _OUTER for inner in _INNER},
}


def _repeats() -> Rule:
    """The outer span says the sum of what its inner ones say: it must not count twice."""

    def bind(key: str, rest: str) -> Action:
        def act(draft: Draft, value: Any) -> None:
            draft.repeats_usage = draft.repeats_usage or value in _OUTER

        return act

    return bind


def _json_items(where: Where, name: str) -> Rule:
    """An array whose items are JSON text each."""

    def bind(key: str, rest: str) -> Action:
        def act(draft: Draft, value: Any) -> None:
            items = values.as_list(value)
            getattr(draft, where)[name] = (
                values.opened(value) if items is None else [values.opened(item) for item in items]
            )

        return act

    return bind


CONVENTION = Convention(
    priority=35,
    exact={
        "ai.operationId": every(keep("metadata"), kind(_KINDS, 40), _repeats()),
        "ai.prompt": whole("input"),
        "ai.prompt.messages": keep("input", name="messages"),
        "ai.prompt.tools": _json_items("input", "tools"),
        "ai.prompt.toolChoice": keep("input", name="tool_choice"),
        "ai.prompt.format": keep("metadata"),
        "ai.value": keep("input", name="value"),
        "ai.values": _json_items("input", "values"),
        "ai.schema": keep("input", name="schema"),
        "ai.response.text": keep("output", name="text"),
        "ai.response.object": keep("output", name="object"),
        "ai.response.toolCalls": keep("output", name="tool_calls"),
        "ai.response.reasoning": keep("output", name="reasoning"),
        "ai.response.files": keep("output", name="files"),
        # Spelled so before 4.0.
        "ai.result.text": keep("output", name="text"),
        "ai.result.object": keep("output", name="object"),
        "ai.result.toolCalls": keep("output", name="tool_calls"),
        "ai.embedding": keep("output", name="embedding"),
        "ai.embeddings": _json_items("output", "embeddings"),
        "ai.toolCall.args": keep("input", "tool", name="args"),
        "ai.toolCall.result": keep("output", "tool", name="result"),
        "ai.toolCall.name": keep("metadata", "tool"),
        "ai.toolCall.id": keep("metadata", "tool"),
        "ai.model.id": model(1),
        "ai.response.model": model(0),
        "ai.model.provider": provider(2),
        "ai.response.msToFirstChunk": every(keep("metadata"), first_token(scale_ms=1)),
        "ai.stream.msToFirstChunk": every(keep("metadata"), first_token(scale_ms=1)),
        "ai.telemetry.metadata.threadId": thread(),
        "ai.telemetry.metadata.sessionId": thread(),
        "ai.telemetry.metadata.conversationId": thread(),
        "operation.name": keep("metadata"),
        "resource.name": keep("metadata"),
    },
    prefix={
        "ai.usage.": usage(_COUNTS),
        "ai.telemetry.metadata.": keep("metadata", short=True),
        "ai.": keep("metadata"),
    },
)
