"""OpenAI's client under three published instrumentations, each with conventions of its own."""

import pytest

from tests.contract.otlp.conftest import drive
from tests.contract.reading import Found, Reader
from tests.fakes.upstream import (
    ANSWER,
    CACHED_TOKENS,
    COMPLETION_TOKENS,
    PROMPT_TOKENS,
    Fault,
    Upstream,
)
from tests.live import LiveServer

INSTRUMENTATIONS = ["openinference", "official", "traceloop"]
CALLS = ["plain", "stream", "tool", "embedding", "failing"]


@pytest.fixture(scope="module")
def reader(server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    with Upstream() as upstream:
        upstream.plans["broken-429"] = [Fault(status=429)]
        given = {"endpoint": f"{server.url}/v1/traces", "upstream": upstream.base_url}
        drive("instrumentations", given, tmp_path_factory.mktemp("otel"))
    return Reader(server)


@pytest.fixture(params=INSTRUMENTATIONS)
def found(request: pytest.FixtureRequest, reader: Reader) -> Found:
    return reader.wait(f"otlp-{request.param}", traces=len(CALLS), spans=2 * len(CALLS))


def call_of(found: Found, name: str) -> dict:
    """Return the span of the call below the program's own span of that name."""
    (call,) = [s for s in found.spans if s.get("parent_span_id") == found.named(name)["id"]]
    return call


def trace_of(found: Found, name: str) -> dict:
    (trace,) = [trace for trace in found.traces if trace["name"] == name]
    return trace


@pytest.mark.parametrize("name", ["plain", "stream", "tool"])
def test_chat_is_an_llm_span_with_model_provider_usage_and_cost(found, name):
    call = call_of(found, name)
    assert (call["type"], call["model"], call["provider"]) == ("llm", "gpt-4o-mini", "openai")
    usage = call["usage"]
    assert usage["prompt_tokens"] == PROMPT_TOKENS
    assert usage["completion_tokens"] == COMPLETION_TOKENS
    assert usage["total_tokens"] == PROMPT_TOKENS + COMPLETION_TOKENS
    # The official one says nothing of cached tokens, which cost half.
    full, cached = 0.15e-6 * PROMPT_TOKENS, 0.075e-6 * CACHED_TOKENS
    saved = cached if any("cache" in key for key in usage) else 0
    wanted = full - saved + 0.6e-6 * COMPLETION_TOKENS
    assert call["total_estimated_cost"] == pytest.approx(wanted)
    assert trace_of(found, name)["total_estimated_cost"] == pytest.approx(wanted)
    assert trace_of(found, name)["usage"] == usage
    assert trace_of(found, name)["llm_span_count"] == 1


def test_what_was_asked_and_answered_is_input_and_output(found):
    for name in ("plain", "stream"):
        call = call_of(found, name)
        roles = [message["role"] for message in call["input"]["messages"]]
        assert roles == ["system", "user"]
        assert "Say hello" in str(call["input"]["messages"][1])
        (answered,) = call["output"]["messages"]
        assert ANSWER in str(answered)


def test_what_describes_a_call_is_not_its_input(found):
    for name in CALLS:
        asked = call_of(found, name).get("input") or {}
        assert not [key for key in asked if key.startswith("gen_ai.")], name


def test_tool_call_is_in_the_output(found):
    (message,) = call_of(found, "tool")["output"]["messages"]
    assert "weather" in str(message)
    assert "Oslo" in str(message)


def test_embedding_has_model_tokens_and_cost(found):
    call = call_of(found, "embedding")
    assert (call["model"], call["provider"]) == ("text-embedding-3-small", "openai")
    assert call["usage"]["prompt_tokens"] == PROMPT_TOKENS
    assert call["total_estimated_cost"] == pytest.approx(PROMPT_TOKENS * 2e-8)


def test_failed_call_has_its_error_and_no_cost(found):
    call = call_of(found, "failing")
    assert call["error_info"]["exception_type"].removeprefix("openai.") == "RateLimitError"
    assert "upstream says no" in call["error_info"]["message"]
    assert call.get("usage") in (None, {})
    assert call.get("total_estimated_cost") is None


def test_openinference_session_is_the_thread_and_tags_are_tags(reader):
    found = reader.wait("otlp-openinference", traces=len(CALLS), spans=2 * len(CALLS))
    assert {trace["thread_id"] for trace in found.traces} == {"session-1"}
    assert call_of(found, "plain")["tags"] == ["prod"]
