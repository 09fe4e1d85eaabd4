"""Values, threads, tags and kinds: how what is said in OTLP attributes is kept."""

import json
from typing import Any

import pytest

from sightline.domain.writes import SpanWrite
from sightline.wire.otlp.export import Event
from tests.fixtures.otlp.requests import one

TEXT = "some text"


def stored(write: SpanWrite, where: str) -> dict[str, Any]:
    value = getattr(write, where)
    found = json.loads(value) if value else {}
    found.pop("integration", None)
    return found


# key, where it goes, under which name (None: the key itself), type of the span


@pytest.mark.parametrize(
    "key",
    [
        "gen_ai.conversation.id",
        "session.id",
        "thread_id",
        "langfuse.session.id",
        "ai.telemetry.metadata.sessionId",
    ],
)
def test_thread_id_is_kept_in_metadata_under_one_name(key: str) -> None:
    assert stored(one({key: "t1"}), "metadata")["thread_id"] == "t1"


def test_first_thread_id_wins() -> None:
    write = one({"session.id": "first", "thread_id": "second"})
    assert stored(write, "metadata")["thread_id"] == "first"


@pytest.mark.parametrize("value", ["a, b,a,", '["a", "b", "a"]', ["a", "b", "a"]])
def test_tags_come_as_comma_list_json_or_array(value: Any) -> None:
    assert one({"opik.tags": value}).tags == ["a", "b"]
    assert one({"tag.tags": value}).tags == ["a", "b"]


def test_last_matched_rule_with_a_type_decides_it() -> None:
    assert one({"prompt": TEXT, "tool.name": "x"}).type == "tool"
    assert one({"tool.name": "x", "prompt": TEXT}).type == "llm"


def test_agent_span_is_general_whatever_else_it_says() -> None:
    assert one({"gen_ai.request.model": "m", "gen_ai.operation.name": "invoke_agent"}).type == (
        "general"
    )
    assert one({"gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "m"}).type == (
        "general"
    )


@pytest.mark.parametrize(
    ("key", "value", "span_type"),
    [
        ("openinference.span.kind", "LLM", "llm"),
        ("openinference.span.kind", "TOOL", "tool"),
        ("openinference.span.kind", "GUARDRAIL", "guardrail"),
        ("openinference.span.kind", "CHAIN", "general"),
        ("span.type", "generation", "llm"),
        ("span.type", "span", "general"),
        ("langfuse.observation.type", "generation", "llm"),
        ("langfuse.observation.type", "agent", "general"),
        ("traceloop.span.kind", "tool", "tool"),
        ("ai.operationId", "ai.toolCall", "tool"),
        ("ai.operationId", "ai.streamText.doStream", "llm"),
        ("ai.operationId", "ai.streamText", "general"),
        ("gen_ai.operation.name", "execute_tool", "tool"),
    ],
)
def test_stated_kind_beats_what_other_attributes_suggest(
    key: str, value: str, span_type: str
) -> None:
    suggests = "prompt" if span_type == "tool" else "tool.name"
    assert one({key: value, suggests: TEXT}).type == span_type
    assert one({suggests: TEXT, key: value}).type == span_type


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('{"a": 1}', {"a": 1}),
        ("[1, 2]", [1, 2]),
        ('"quoted"', "quoted"),
        ('"{\\"a\\": 1}"', {"a": 1}),
        ("{broken", "{broken"),
        ('"broken', '"broken'),
        (" {", " {"),
        ("", ""),
        (5, 5),
        (0.5, 0.5),
        (False, False),
        (["x", 1], ["x", 1]),
        ({"k": {"l": [1]}}, {"k": {"l": [1]}}),
    ],
)
def test_values_are_stored_as_what_they_hold(value: Any, expected: Any) -> None:
    assert stored(one({"custom": value}), "input") == {"custom": expected}


def test_json_numbers_keep_their_digits() -> None:
    write = one({"custom": '{"n": 12345678901234567890123, "d": 1.10}'})
    assert write.input == '{"custom":{"n": 12345678901234567890123, "d": 1.10}}'


def test_text_that_nests_too_deep_stays_text() -> None:
    deep = "[" * 50_000
    assert stored(one({"custom": deep}), "input") == {"custom": deep}


def test_shortened_key_never_takes_a_protected_place() -> None:
    write = one({"metadata.thread_id": "x", "metadata.integration": "y", "thread_id": "real"})
    found = json.loads(write.metadata or "")
    assert (found["thread_id"], found["integration"]) == ("real", "app")
    assert found["metadata.thread_id"] == "x"


def test_two_keys_that_shorten_to_one_are_both_kept() -> None:
    write = one({"input.messages": "plain", "gen_ai.input.messages": "semantic"})
    assert stored(write, "input") == {"messages": "plain", "gen_ai.input.messages": "semantic"}


def test_flattened_messages_with_a_huge_index_cost_nothing() -> None:
    write = one({"gen_ai.prompt.999999999.content": "far", "gen_ai.prompt.2.content": "near"})
    assert stored(write, "input") == {"messages": [{"content": "near"}, {"content": "far"}]}


def test_flattened_key_of_absurd_depth_stays_flat() -> None:
    rest = ".".join(["a"] * 5000)
    write = one({f"gen_ai.prompt.{rest}": "x"})
    assert stored(write, "input") == {"messages": {rest: "x"}}


def test_flattened_leaf_that_is_a_branch_too_is_not_lost() -> None:
    write = one({"gen_ai.prompt.0": "leaf", "gen_ai.prompt.0.content": "branch"})
    assert stored(write, "input") == {"messages": {"0": "leaf", "0.content": "branch"}}


def test_vercel_outer_span_repeats_the_usage_of_its_model_calls() -> None:
    said = {"ai.usage.promptTokens": 5, "ai.operationId": "ai.generateText"}
    assert one(said).usage is None
    assert one(said | {"ai.operationId": "ai.generateText.doGenerate"}).usage is not None


@pytest.mark.parametrize(
    ("said", "provider", "model"),
    [
        ({"gen_ai.system": "elastic", "gen_ai.request.model": "openai-gpt-4"}, "openai", "gpt-4"),
        ({"gen_ai.system": "elastic", "gen_ai.request.model": "jina-v3"}, "jina_ai", "jina-v3"),
        ({"gen_ai.system": "elastic", "gen_ai.request.model": "google-g"}, "google_ai", "g"),
        ({"gen_ai.system": "elastic", "gen_ai.request.model": "microsoft-m"}, "azure", "m"),
        ({"gen_ai.system": "elastic", "gen_ai.request.model": "plain"}, "elastic", "plain"),
        ({"gen_ai.system": "google"}, "google_ai", None),
        (
            {"gen_ai.system": "google", "server.address": "x-aiplatform.googleapis.com"},
            "google_vertexai",
            None,
        ),
        ({"gen_ai.system": "gcp.gen_ai"}, "google_ai", None),
        ({"gen_ai.system": "vertex_ai"}, "google_vertexai", None),
        (
            {"gen_ai.system": "gcp.vertex_ai", "gen_ai.request.model": "claude-3"},
            "anthropic_vertexai",
            "claude-3",
        ),
        ({"gen_ai.system": "gcp.gemini"}, "google_ai", None),
        ({"gen_ai.system": "aws.bedrock"}, "bedrock", None),
        ({"gen_ai.system": "az.ai.openai"}, "azure", None),
        ({"gen_ai.system": "mistral_ai"}, "mistral", None),
        ({"gen_ai.system": "x_ai"}, "xai", None),
        ({"gen_ai.system": "OpenAI"}, "openai", None),
        ({"gen_ai.system": "Amazon Bedrock"}, "Amazon Bedrock", None),
        ({"gen_ai.system": "openai", "server.address": "api.x.ai"}, "xai", None),
        ({"gen_ai.system": "openai.chat"}, "openai", None),
        ({"gen_ai.system": "google.vertex.chat"}, "google_vertexai", None),
    ],
)
def test_provider_names_are_cleaned_up(
    said: dict[str, Any], provider: str, model: str | None
) -> None:
    write = one(said)
    assert (write.provider, write.model) == (provider, model)


def test_elastic_originals_stay_readable() -> None:
    write = one({"gen_ai.system": "elastic", "gen_ai.request.model": "openai-gpt-4"})
    found = stored(write, "metadata")
    assert found["eis_original_system"] == "elastic"
    assert found["eis_original_model"] == "openai-gpt-4"


def test_first_of_several_ways_to_state_a_kind_is_the_most_exact() -> None:
    write = one({"span.type": "span", "openinference.span.kind": "LLM", "prompt": TEXT})
    assert write.type == "general"


@pytest.mark.parametrize(
    ("said", "expected_ms"),
    [
        ({"langfuse.observation.completion_start_time": "2026-09-21T14:13:20.250Z"}, 250.0),
        ({"langfuse.observation.completion_start_time": "2026-09-21T14:13:20.250"}, 250.0),
        ({"langfuse.observation.completion_start_time": "2020-01-01T00:00:00Z"}, None),
        ({"langfuse.observation.completion_start_time": "soon"}, None),
        ({"gen_ai.response.time_to_first_chunk": 0.25}, 250.0),
        ({"ai.response.msToFirstChunk": 250}, 250.0),
        ({"trace.metadata.openrouter.first_token_ms": "250"}, 250.0),
        ({"trace.metadata.sightline.first_token_ms": "250"}, 250.0),
        ({"ai.response.msToFirstChunk": "soon"}, None),
    ],
)
def test_time_to_first_token_is_read_in_its_own_unit(
    said: dict[str, Any], expected_ms: float | None
) -> None:
    assert one(said).ttft_ms == expected_ms


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('["\\"a\\"", 2]', ['"a"', 2]),
        (['{"n": 1}', "x"], [{"n": 1}, "x"]),
        ("[broken", "[broken"),
        ("plain", "plain"),
    ],
)
def test_vercel_tools_are_opened_one_by_one(value: Any, expected: Any) -> None:
    assert stored(one({"ai.prompt.tools": value}), "input") == {"tools": expected}


def test_whole_value_that_is_broken_json_is_kept_as_text() -> None:
    assert stored(one({"span.input": "{broken"}), "input") == {"value": "{broken"}


def test_whole_list_of_messages_goes_under_messages() -> None:
    said = {"traceloop.entity.input": '[{"role": "user", "content": "hi"}]'}
    assert stored(one(said), "input") == {"messages": [{"role": "user", "content": "hi"}]}


def test_whole_key_value_list_is_the_input_itself() -> None:
    assert stored(one({"langfuse.observation.input": {"a": 1}}), "input") == {"a": 1}


def test_vertex_model_of_anthropic_has_a_provider_of_its_own() -> None:
    assert one({"ai.model.provider": "google.vertex.anthropic.messages"}).provider == (
        "anthropic_vertexai"
    )


def test_claude_code_tool_output_event_is_output() -> None:
    events = [Event("tool.output", 0, {"output": '{"n": 1}', "bytes": 4})]
    write = one({}, name="claude_code.tool", events=events)
    assert stored(write, "output") == {"output": {"n": 1}}
    assert stored(write, "metadata") == {"bytes": 4}


def test_tool_output_event_of_another_sender_stays_an_event() -> None:
    write = one({}, events=[Event("tool.output", 0, {"output": "x"})])
    assert write.output is None
    assert stored(write, "metadata")["opentelemetry.events"][0]["name"] == "tool.output"


def test_metadata_that_is_no_object_keeps_its_key() -> None:
    assert stored(one({"opik.metadata": "words"}), "metadata") == {"opik.metadata": "words"}


def test_attribute_without_a_value_is_not_stored() -> None:
    write = one({"custom": None, "gen_ai.request.model": None})
    assert (write.input, write.model, write.type) == (None, None, "general")
