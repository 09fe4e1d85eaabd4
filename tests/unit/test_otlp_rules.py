"""The rule table, row by row: which attribute goes where, and what type it gives the span."""

import json
from decimal import Decimal
from typing import Any

import pytest

from sightline.domain.writes import SpanWrite
from tests.fixtures.otlp.requests import one

TEXT = "some text"


def stored(write: SpanWrite, where: str) -> dict[str, Any]:
    value = getattr(write, where)
    found = json.loads(value) if value else {}
    found.pop("integration", None)
    return found


# key, where it goes, under which name (None: the key itself), type of the span
CONTENT_ROWS: list[tuple[str, str, str | None, str]] = [
    # Logfire
    ("agent_name", "metadata", None, "general"),
    ("model_name", "metadata", None, "general"),
    ("all_messages", "input", None, "general"),
    ("params", "input", None, "general"),
    ("tools", "input", None, "general"),
    ("tool_arguments", "input", None, "general"),
    ("prompt", "input", None, "llm"),
    ("response", "output", None, "general"),
    ("result", "output", None, "general"),
    ("tool_responses", "output", None, "general"),
    ("tool_response", "output", None, "general"),
    ("final_result", "output", None, "general"),
    # GenAI
    ("gen_ai.prompt", "input", None, "general"),
    ("gen_ai.completion", "output", None, "general"),
    ("gen_ai.request.temperature", "metadata", None, "llm"),
    ("gen_ai.response.id", "metadata", None, "llm"),
    ("gen_ai.response.finish_reasons", "metadata", None, "general"),
    ("gen_ai.operation.name", "metadata", None, "general"),
    ("gen_ai.token.type", "metadata", None, "general"),
    ("gen_ai.framework", "metadata", None, "general"),
    ("gen_ai.agent.name", "metadata", None, "general"),
    ("gen_ai.agent.id", "metadata", None, "general"),
    ("gen_ai.input.messages", "input", "messages", "llm"),
    ("gen_ai.system_instructions", "input", None, "llm"),
    ("gen_ai.output.messages", "output", "messages", "llm"),
    ("gen_ai.cost.currency", "metadata", None, "llm"),
    ("gen_ai.tool.call.arguments", "input", None, "tool"),
    ("gen_ai.tool.call.result", "output", None, "tool"),
    ("gen_ai.tool.name", "metadata", None, "general"),
    ("gen_ai.tool.definitions", "metadata", None, "general"),
    ("gen_ai.request.max_tokens", "input", None, "general"),
    ("gen_ai.response.service_tier", "output", None, "general"),
    # OpenInference
    ("tool.name", "metadata", None, "tool"),
    ("tool.description", "metadata", None, "tool"),
    ("tool.parameters", "input", None, "tool"),
    ("tool.output", "output", None, "tool"),
    ("input.value", "input", "value", "general"),
    ("output.value", "output", "value", "general"),
    ("llm.invocation_parameters", "input", "invocation_parameters", "llm"),
    ("user.id", "metadata", None, "general"),
    # LiveKit
    *(
        (f"lk.{key}", "input", None, "general")
        for key in ("input_text", "chat_ctx", "function_tools", "user_input", "user_transcript")
    ),
    ("lk.response.text", "output", None, "general"),
    ("lk.response.function_calls", "output", None, "general"),
    ("lk.function_tool.arguments", "input", None, "tool"),
    ("lk.function_tool.output", "output", None, "tool"),
    ("lk.function_tool.name", "metadata", None, "tool"),
    ("lk.function_tool.is_error", "metadata", None, "tool"),
    ("livekit.session.id", "metadata", None, "general"),
    *(
        (f"lk.{key}", "metadata", None, "general")
        for key in (
            "agent_label",
            "speech_id",
            "interrupted",
            "retry_count",
            "llm_metrics",
            "tts_metrics",
            "tts.streaming",
            "tts.label",
            "transcript_confidence",
            "transcription_delay",
            "end_of_turn_delay",
            "eou.probability",
            "eou.unlikely_threshold",
            "eou.endpointing_delay",
            "eou.language",
        )
    ),
    # Pydantic
    ("logfire.msg", "metadata", None, "general"),
    ("code.function", "metadata", None, "general"),
    # LiteLLM
    ("llm.is_streaming", "metadata", None, "general"),
    ("llm.request.type", "metadata", None, "general"),
    ("llm.response.ms", "metadata", None, "general"),
    ("llm.user", "metadata", None, "general"),
    ("hidden_params", "metadata", None, "general"),
    ("metadata.team", "metadata", "team", "general"),
    # General
    ("input", "input", None, "general"),
    ("input.question", "input", "question", "general"),
    ("input_question", "input", None, "general"),
    ("output.answer", "output", "answer", "general"),
    ("server.address", "metadata", None, "general"),
    ("opik.metadata.team", "metadata", "team", "general"),
    # Smolagents
    ("smolagents.max_steps", "metadata", None, "general"),
    # Langfuse
    ("langfuse.observation.input", "input", "value", "general"),
    ("langfuse.observation.output", "output", "value", "general"),
    ("langfuse.observation.metadata.step", "metadata", "step", "general"),
    ("langfuse.observation.completion_start_time", "metadata", None, "llm"),
    # OpenRouter
    ("trace.metadata.team", "metadata", "team", "general"),
    ("span.metadata.attempt", "metadata", "attempt", "general"),
    ("trace.input", "input", "value", "general"),
    ("trace.output", "output", "value", "general"),
    ("span.input", "input", "value", "general"),
    ("span.output", "output", "value", "general"),
    ("span.level", "metadata", None, "general"),
    # Vercel
    ("ai.prompt.messages", "input", "messages", "general"),
    ("ai.response.text", "output", "text", "general"),
    ("ai.response.toolCalls", "output", "tool_calls", "general"),
    ("ai.toolCall.args", "input", "args", "tool"),
    ("ai.toolCall.result", "output", "result", "tool"),
    ("ai.toolCall.name", "metadata", None, "tool"),
    ("ai.telemetry.metadata.team", "metadata", "team", "general"),
    # OpenLLMetry
    ("traceloop.entity.input", "input", "value", "general"),
    ("traceloop.entity.output", "output", "value", "general"),
    ("traceloop.association.properties.team", "metadata", "team", "general"),
    # no rule
    ("http.method", "input", None, "general"),
]


@pytest.mark.parametrize(("key", "where", "name", "span_type"), CONTENT_ROWS)
def test_content_goes_where_its_rule_says(
    key: str, where: str, name: str | None, span_type: str
) -> None:
    write = one({key: TEXT})
    assert stored(write, where) == {name or key: TEXT}
    others = {"input", "output", "metadata"} - {where}
    assert all(stored(write, other) == {} for other in others)
    assert write.type == span_type


CLAUDE_ROWS = [
    ("user_prompt", "input", "general"),
    ("hook_event", "input", "general"),
    ("hook_name", "input", "general"),
    ("hook_definitions", "input", "general"),
    ("tool_input", "input", "tool"),
    ("system_prompt_preview", "input", "llm"),
    ("response.model_output", "output", "llm"),
    ("stop_reason", "output", "llm"),
    ("response.has_tool_call", "output", "llm"),
    ("new_context", "metadata", "general"),
    ("no_rule_at_all", "metadata", "general"),
]


@pytest.mark.parametrize(("key", "where", "span_type"), CLAUDE_ROWS)
def test_claude_code_names_are_read_on_its_own_spans(key: str, where: str, span_type: str) -> None:
    write = one({key: TEXT}, name="claude_code.interaction")
    assert stored(write, where) == {key: TEXT}
    assert write.type == span_type


def test_claude_code_names_mean_nothing_on_other_spans() -> None:
    write = one({"stop_reason": TEXT, "model": "gpt-4o"}, name="my.claude_code.copy")
    assert stored(write, "input") == {"stop_reason": TEXT, "model": "gpt-4o"}
    assert write.model is None


def test_new_context_is_input_of_a_claude_code_model_call() -> None:
    write = one({"new_context": TEXT}, name="claude_code.llm_request")
    assert stored(write, "input") == {"new_context": TEXT}


def test_claude_code_model_is_always_of_anthropic() -> None:
    write = one({"model": "claude-x"}, name="claude_code.llm_request")
    assert (write.model, write.provider, write.type) == ("claude-x", "anthropic", "llm")


@pytest.mark.parametrize(
    "key",
    [
        "logfire.span_type",
        "logfire.metrics",
        "logfire.msg_template",
        "logfire.json_schema",
        "logfire.level_num",
        "input.mime_type",
        "output.mime_type",
    ],
)
def test_bookkeeping_is_dropped(key: str) -> None:
    write = one({key: TEXT})
    assert (write.input, write.output, stored(write, "metadata")) == (None, None, {})


@pytest.mark.parametrize(
    "key",
    [
        "gen_ai.request_model",
        "gen_ai.request.model",
        "gen_ai.response_model",
        "gen_ai.response.model",
        "llm.model_name",
        "ai.model.id",
        "langfuse.observation.model.name",
    ],
)
def test_model_attributes_name_the_model_and_make_an_llm_span(key: str) -> None:
    write = one({key: "gpt-4o"})
    assert (write.model, write.type, write.input) == ("gpt-4o", "llm", None)


def test_answering_model_wins_over_the_requested_one_in_either_order() -> None:
    said = {"gen_ai.response.model": "answered", "gen_ai.request.model": "requested"}
    assert one(said).model == "answered"
    assert one(dict(reversed(said.items()))).model == "answered"


@pytest.mark.parametrize(
    "key", ["gen_ai.system", "gen_ai.provider.name", "llm.provider", "ai.model.provider"]
)
def test_provider_attributes_name_the_provider(key: str) -> None:
    write = one({key: "mistral"})
    assert (write.provider, write.type) == ("mistral", "llm")


def test_gen_ai_system_stays_authoritative_over_the_newer_provider_name() -> None:
    assert one({"gen_ai.provider.name": "groq", "gen_ai.system": "cohere"}).provider == "cohere"


@pytest.mark.parametrize(
    "key",
    [
        "gen_ai.usage.cost",
        "gen_ai.usage.total_cost",
        "llm.cost.total",
        "gen_ai.cost.total_cost",
        "litellm.cost.total",
    ],
)
@pytest.mark.parametrize(("value", "expected"), [(0.25, "0.25"), (2, "2"), ("0.031", "0.031")])
def test_cost_is_read_from_a_double_an_int_or_a_numeric_string(
    key: str, value: Any, expected: str
) -> None:
    assert one({key: value}).total_estimated_cost == Decimal(expected)


def test_gen_ai_usage_cost_is_authoritative() -> None:
    said = {"llm.cost.total": 3.0, "gen_ai.usage.cost": 1.0, "gen_ai.usage.total_cost": 2.0}
    assert one(said).total_estimated_cost == Decimal(1)


@pytest.mark.parametrize("value", ["much", -1.0, float("nan"), float("inf"), 1e12])
def test_cost_that_is_no_amount_stays_readable_and_counts_nothing(value: Any) -> None:
    write = one({"gen_ai.usage.cost": value})
    assert write.total_estimated_cost is None
    assert "gen_ai.usage.cost" in stored(write, "metadata")


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("gen_ai.usage.input_tokens", "prompt_tokens"),
        ("gen_ai.usage.output_tokens", "completion_tokens"),
        ("gen_ai.usage.prompt_tokens", "prompt_tokens"),
        ("gen_ai.usage.cache_read_tokens", "cache_read_input_tokens"),
        ("gen_ai.usage.cache_creation_tokens", "cache_creation_input_tokens"),
        ("gen_ai.usage.cache_read.input_tokens", "cache_read.input_tokens"),
        ("gen_ai.usage.input_tokens.cached", "cached_tokens"),
        ("gen_ai.usage.output_tokens.reasoning", "reasoning_tokens"),
        ("gen_ai.usage.anything_else", "anything_else"),
        ("llm.token_count.prompt", "prompt_tokens"),
        ("llm.token_count.completion", "completion_tokens"),
        ("llm.token_count.total", "total_tokens"),
        ("llm.token_count.prompt_details.cache_read", "cache_read_input_tokens"),
        ("llm.token_count.prompt_details.cache_write", "cache_creation_input_tokens"),
        ("llm.token_count.prompt_details.audio", "input_audio_tokens"),
        ("llm.token_count.completion_details.audio", "output_audio_tokens"),
        ("llm.token_count.completion_details.reasoning", "reasoning_tokens"),
        ("llm.usage.total_tokens", "total_tokens"),
        ("ai.usage.promptTokens", "prompt_tokens"),
        ("ai.usage.inputTokens", "prompt_tokens"),
        ("ai.usage.completionTokens", "completion_tokens"),
        ("ai.usage.outputTokens", "completion_tokens"),
    ],
)
@pytest.mark.parametrize("value", [7, "7", 7.0])
def test_tokens_are_counted_from_ints_numeric_strings_and_whole_doubles(
    key: str, name: str, value: Any
) -> None:
    write = one({key: value})
    assert (write.usage or {})[name] == 7
    assert write.type == "llm"


@pytest.mark.parametrize("value", [1.5, "many", -3, 10**15, True])
def test_usage_that_is_no_count_stays_in_metadata(value: Any) -> None:
    write = one({"gen_ai.usage.input_tokens": value})
    assert write.usage is None
    assert stored(write, "metadata") == {"gen_ai.usage.input_tokens": value}


def test_usage_object_gives_its_numbers_only() -> None:
    said = {"usage": '{"input_tokens": 3, "output_tokens": 4, "model": "x", "details": {"a": 1}}'}
    assert one(said).usage == {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


def test_total_tokens_are_added_when_missing_and_kept_when_said() -> None:
    assert (one({"gen_ai.usage.input_tokens": 2}).usage or {})["total_tokens"] == 2
    said = {"gen_ai.usage.input_tokens": 2, "gen_ai.usage.total_tokens": 9}
    assert (one(said).usage or {})["total_tokens"] == 9
