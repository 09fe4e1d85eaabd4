"""Anthropic's own client in front of the gateway, before upstreams of three kinds."""

import pytest

from tests.contract.gateway_clients.conftest import Gateway, Said, failed, ok
from tests.contract.reading import until
from tests.fakes import anthropic_api, gemini_api, openai_api

PROJECT = "anthropic-client"
CASES = [
    ("on_anthropic", "claude", anthropic_api.TEXT, 12, 30, 1.8e-4),
    ("on_openai", "gpt-4o-mini", openai_api.TEXT, 12, 8, 7.8e-6),
    ("on_gemini", "gemini", gemini_api.TEXT, 10, 5, 2.815e-5),
]


@pytest.fixture(scope="module")
def said(gateway: Gateway) -> Said:
    """Make every call in one process of the client."""
    key = gateway.key("anthropic client", metadata={"opik": {"project_name": PROJECT}})
    found: Said = gateway.run("anthropic", "anthropic_calls.py", key)
    return found


@pytest.mark.parametrize(("case", "model", "text", "prompt", "cached", "cost"), CASES)
def test_messages_on_every_kind_of_upstream(
    said: Said, case: str, model: str, text: str, prompt: int, cached: int, cost: float
) -> None:
    found = ok(said, case)
    plain = found["plain"]
    assert (plain["type"], plain["role"], plain["model"]) == ("message", "assistant", model)
    assert (plain["content"][0]["text"], plain["stop_reason"]) == (text, "end_turn")
    for usage in (plain["usage"], found["streamed"]["usage"]):
        # Anthropic counts the cache beside the input.
        assert (usage["input_tokens"], usage["cache_read_input_tokens"]) == (prompt, cached)
    assert plain["usage"]["cost"] == pytest.approx(cost)
    assert found["streamed"]["content"][0]["text"] == text
    assert (found["kinds"][0], found["kinds"][-1]) == ("message_start", "message_stop")
    assert found["then"] == found["image"] == text


@pytest.mark.parametrize("case", [case[0] for case in CASES])
def test_tools_on_every_kind_of_upstream(said: Said, case: str) -> None:
    for name in ("first", "tools"):
        message = ok(said, case)[name]
        calls = [block for block in message["content"] if block["type"] == "tool_use"]
        assert [(call["name"], call["input"]) for call in calls] == [
            ("weather", {"city": "Oslo", "at": 0}),
            ("time", {"city": "Oslo", "at": 1}),
        ]
        assert message["stop_reason"] == "tool_use"


def test_anthropics_own_words_pass_through(said: Said, gateway: Gateway) -> None:
    thought, text = ok(said, "thinking")["content"]
    assert (thought["thinking"], thought["signature"]) == (anthropic_api.THOUGHT, "c2lnbmVk")
    assert text["text"] == anthropic_api.TEXT
    sent = [
        call.body
        for call in gateway.upstreams.anthropic.asked("claude-sonnet-4-5")
        if call.body.get("stop_sequences") == ["END"]
    ]
    assert sent[0]["system"][0]["cache_control"] == {"type": "ephemeral"}
    assert sent[0]["metadata"] == {"user_id": "user-1"}
    assert sent[0]["temperature"] == 0.2
    assert "session_id" not in sent[0]


def test_a_talk_goes_from_one_model_to_the_next(said: Said, gateway: Gateway) -> None:
    found = ok(said, "from_one_model_to_the_next")
    assert {"thinking", "redacted_thinking", "tool_use"} == set(found["kinds"])
    # Claude would refuse the thinking of others; Gemini gets its signatures back.
    assert found["told"] == {
        "claude": anthropic_api.TEXT,
        "gemini": gemini_api.TEXT,
        "gpt-4o-mini": openai_api.TEXT,
    }
    sent = [c.body for c in gateway.upstreams.gemini.calls if "functionResponse" in str(c.body)]
    parts = [part for turn in sent[-1]["contents"] for part in turn["parts"]]
    signed = [part.get("thoughtSignature") for part in parts if "functionCall" in part]
    assert signed == ["c2ln", "c2ln"]


def test_both_ways_to_say_the_key(said: Said) -> None:
    assert ok(said, "by_the_other_header") == anthropic_api.TEXT
    assert ok(said, "asynchronous") == anthropic_api.TEXT


@pytest.mark.parametrize(
    ("name", "error", "status", "kind"),
    [
        ("status_400", "BadRequestError", 400, "invalid_request_error"),
        ("status_401", "AuthenticationError", 401, "authentication_error"),
        ("status_404", "BadRequestError", 400, "invalid_request_error"),
        ("status_429", "RateLimitError", 429, "rate_limit_error"),
        ("status_529", "ServiceUnavailableError", 503, "overloaded_error"),
    ],
)
def test_errors_in_anthropics_shape(
    said: Said, name: str, error: str, status: int, kind: str
) -> None:
    assert failed(said, name) == (error, status)
    assert said[name]["body"]["type"] == "error"
    assert said[name]["body"]["error"]["type"] == kind


def test_the_client_tries_again(said: Said) -> None:
    assert ok(said, "retried") == anthropic_api.TEXT


def test_a_stream_that_breaks_off_raises(said: Said) -> None:
    assert "error" in said["cut"]
    assert said["cut"]["body"]["error"]["type"] == "api_error"


def test_closing_a_stream_ends_the_call(said: Said, gateway: Gateway) -> None:
    assert ok(said, "closed") == "closed"
    gone = gateway.upstreams.anthropic.hung_up
    until(lambda: "drip-anthropic" in gone, lambda: f"the upstream goes on; it knows of {gone}")
    until(
        lambda: "drip-anthropic" in gateway.cancelled(PROJECT),
        lambda: f"cancelled are {set(gateway.cancelled(PROJECT))}",
    )


def test_a_message_is_a_trace(said: Said, gateway: Gateway) -> None:
    id = ok(said, "on_anthropic")["plain"]["id"]
    traces = gateway.reader.traces(PROJECT)
    trace = next(t for t in traces if t["metadata"]["generation_id"] == id)
    assert (trace["name"], trace["thread_id"]) == ("Claude", "s-1")
    assert trace["input"]["messages"][0]["content"] == "How warm is it in Oslo?"
    assert trace["input"]["system"][0]["text"] == "Be short."
    assert trace["output"]["content"][0]["text"] == anthropic_api.TEXT
    assert trace["total_estimated_cost"] == pytest.approx(1.8e-4)
    assert trace["usage"]["total_tokens"] == 54


def test_upstreams_were_asked_as_they_want_it(said: Said, gateway: Gateway) -> None:
    assert gateway.upstreams.wrong == []
