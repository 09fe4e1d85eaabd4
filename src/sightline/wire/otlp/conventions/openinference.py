"""OpenInference (Arize): flattened messages, token counts, documents, tool calls."""

from typing import Any

from sightline.wire.otlp import values
from sightline.wire.otlp.convention import Action, Convention, Rule, SpanType, Where
from sightline.wire.otlp.draft import Draft, merge
from sightline.wire.otlp.field_rules import cost, kind, model, provider, tags, thread, usage
from sightline.wire.otlp.rules import drop, every, keep, tree

_COUNTS = {
    "prompt": "prompt_tokens",
    "completion": "completion_tokens",
    "total": "total_tokens",
    "prompt_details.audio": "input_audio_tokens",
    "completion_details.audio": "output_audio_tokens",
    "completion_details.reasoning": "reasoning_tokens",
}
# OpenInference counts cached tokens inside the prompt. The second spelling says so, for prices;
# the first alone would be Anthropic's, beside the prompt.
_CACHE = (
    ("prompt_details.cache_read", "cache_read_input_tokens", "cached_tokens"),
    ("prompt_details.cache_input", "cache_read_input_tokens", "cached_tokens"),
    (
        "prompt_details.cache_write",
        "cache_creation_input_tokens",
        "prompt_tokens_details.cache_write_tokens",
    ),
)
_KINDS: dict[str, SpanType] = {"llm": "llm", "tool": "tool", "guardrail": "guardrail"}
_MESSAGE = {"message": None, "message_content": None, "tool_call": None, "contents": "content"}
_TEXT = {"prompt": None, "completion": None}
_TOOL = {"tool": None, "json_schema": None}
_DOCUMENT = {"document": None}
_EMBEDDING = {"embedding": None}


def _value(where: Where) -> Rule:
    """`input.value` or `output.value`: opened only where its mime type allows it.

    Beside flattened messages it is the raw request or answer, and stays apart from them.
    """

    mime_type, role = f"{where}.mime_type", f"llm.{where}_messages.0.message.role"

    def bind(key: str, rest: str) -> Action:
        def act(draft: Draft, value: Any) -> None:
            bucket: dict[str, Any] = getattr(draft, where)
            said = draft.attributes
            default = None if "openinference.span.kind" in said else "application/json"
            if said.get(mime_type, default) != "application/json":
                bucket["value"] = value
            elif role in said:
                bucket["value"] = values.opened(value)
            else:
                merge(bucket, value)

        return act

    return bind


CONVENTION = Convention(
    priority=30,
    exact={
        "openinference.span.kind": kind(_KINDS, 20, other="general"),
        "llm.model_name": model(1),
        "llm.request.model_name": model(2),
        "llm.response.model_name": model(0),
        "embedding.model_name": model(1),
        "reranker.model_name": model(1),
        "llm.provider": provider(1),
        "llm.system": provider(2),
        "llm.invocation_parameters": keep("input", "llm", name="invocation_parameters"),
        "embedding.invocation_parameters": keep("input", name="invocation_parameters"),
        "llm.finish_reason": keep("output", "llm", name="finish_reason"),
        "llm.function_call": keep("output", "llm", name="function_call"),
        "llm.cost.total": cost(1),
        **{
            f"llm.token_count.{said}": every(usage({}, name=name), usage({}, name=inside))
            for said, name, inside in _CACHE
        },
        "input.value": _value("input"),
        "output.value": _value("output"),
        "input.mime_type": drop(),
        "output.mime_type": drop(),
        "tool.name": keep("metadata", "tool"),
        "tool.description": keep("metadata", "tool"),
        "tool.id": keep("metadata", "tool"),
        "tool.parameters": keep("input", "tool"),
        "tool.output": keep("output", "tool"),
        "reranker.query": keep("input"),
        "reranker.top_k": keep("input"),
        "session.id": thread(),
        "user.id": keep("metadata"),
        "agent.name": keep("metadata"),
        "tag.tags": tags(),
        "metadata": keep("metadata", short=True),
    },
    prefix={
        "llm.token_count.": usage(_COUNTS),
        "llm.cost.": keep("metadata"),
        "llm.invocation_parameters.": tree("input", "invocation_parameters", "llm"),
        "llm.prompt_template.": tree("input", "prompt_template", "llm", opens=True),
        "llm.prompts.": tree("input", "prompts", "llm", parts=_TEXT),
        "llm.input_messages.": tree("input", "messages", "llm", parts=_MESSAGE),
        "llm.tools.": tree("input", "tools", "llm", parts=_TOOL, opens=True),
        "llm.output_messages.": tree("output", "messages", "llm", parts=_MESSAGE),
        "llm.choices.": tree("output", "choices", "llm", parts=_TEXT),
        "retrieval.documents.": tree("output", "documents", parts=_DOCUMENT),
        "reranker.input_documents.": tree("input", "documents", parts=_DOCUMENT),
        "reranker.output_documents.": tree("output", "documents", parts=_DOCUMENT),
        "embedding.embeddings.": tree("output", "embeddings", parts=_EMBEDDING),
        "graph.node.": keep("metadata"),
    },
)
