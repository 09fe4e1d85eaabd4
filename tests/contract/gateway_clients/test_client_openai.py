"""OpenAI's own client in front of the gateway."""

from typing import Any

import pytest

from tests.contract.gateway_clients.conftest import Gateway, Said, failed, ok
from tests.contract.reading import until
from tests.fakes import anthropic_api, gemini_api
from tests.fakes.openai_api import STRUCTURED, TEXT, VECTOR


@pytest.fixture(scope="module")
def said(gateway: Gateway) -> Said:
    """Make every call in one process of the client."""
    key = gateway.key("openai client", metadata={"opik": {"project_name": "openai-client"}})
    poor = gateway.key("poor", limit=0)
    found: Said = gateway.run("openai", "openai_calls.py", key, poor)
    return found


def test_an_answer_is_openais_with_what_the_gateway_adds(said: Said) -> None:
    answer = ok(said, "plain")
    assert answer["id"].startswith("gen-")
    assert (answer["object"], answer["model"]) == ("chat.completion", "gpt-4o-mini")
    assert answer["provider"] == "OpenAI"
    assert answer["choices"][0]["message"]["content"] == TEXT
    assert answer["choices"][0]["native_finish_reason"] == "stop"
    usage = answer["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (20, 9)
    # 12 at 0.15, 8 of the cache at 0.075, 9 at 0.60 USD a million.
    assert usage["cost"] == pytest.approx(7.8e-6)
    headers = ok(said, "headers")
    assert headers["generation"] == headers["id"]


def test_every_base_url_that_people_write(said: Said) -> None:
    assert ok(said, "at_other_bases") == [TEXT, "model"] * 4


@pytest.mark.parametrize("name", ["stream", "stream_with_usage"])
def test_a_stream_is_one_generation_and_ends_with_its_usage(said: Said, name: str) -> None:
    found = ok(said, name)
    assert (found["text"], found["reason"], found["last"]) == (TEXT, "stop", 0)
    assert found["models"] == ["gpt-4o-mini"]
    assert len(found["ids"]) == 1
    assert found["usage"]["cost"] == pytest.approx(7.8e-6)
    assert found["count"] > 5


def test_the_clients_own_assembly_of_a_stream(said: Said) -> None:
    final = ok(said, "stream_helper")["final"]
    calls = final["choices"][0]["message"]["tool_calls"]
    assert [call["function"]["name"] for call in calls] == ["weather", "time"]
    assert final["choices"][0]["finish_reason"] == "tool_calls"
    assert final["usage"]["total_tokens"] == 29


def test_tools(said: Said) -> None:
    found = ok(said, "tools")
    assert [call["id"] for call in found["calls"]] == ["call_0", "call_1"]
    assert found["reason"] == "tool_calls"
    assert found["then"]["choices"][0]["message"]["content"] == TEXT
    assert len(ok(said, "one_tool")["choices"][0]["message"]["tool_calls"]) == 1
    assert ok(said, "tools_in_fragments") == [
        {"id": "call_0", "name": "weather", "arguments": '{"city": "Oslo", "at": 0}'},
        {"id": "call_1", "name": "time", "arguments": '{"city": "Oslo", "at": 1}'},
    ]


def test_what_passes_through(said: Said) -> None:
    assert ok(said, "structured") == STRUCTURED
    assert ok(said, "logprobs")["content"][0]["top_logprobs"][0]["logprob"] == -0.25
    assert ok(said, "several") == {"whole": [TEXT, TEXT], "stream": {"0": TEXT, "1": TEXT}}
    legacy = ok(said, "legacy")
    assert (legacy["whole"]["choices"][0]["text"], legacy["stream"]) == (TEXT, TEXT)
    assert legacy["whole"]["object"] == "text_completion"


def test_an_image_reaches_every_kind_of_upstream(said: Said, gateway: Gateway) -> None:
    assert ok(said, "image") == {
        "gpt-4o-mini": TEXT,
        "claude": anthropic_api.TEXT,
        "gemini": gemini_api.TEXT,
    }
    bodies = [str(call.body) for call in gateway.upstreams.gemini.calls]
    assert any("inlineData" in body and "iVBOR" in body for body in bodies)
    bodies = [str(call.body) for call in gateway.upstreams.anthropic.calls]
    assert any("'media_type': 'image/png'" in body for body in bodies)


@pytest.mark.parametrize(
    ("model", "api", "prompt", "completion", "cost"),
    [
        ("claude", anthropic_api, anthropic_api.PROMPT_TOKENS, 8, 1.8e-4),
        ("gemini", gemini_api, gemini_api.PROMPT_TOKENS, gemini_api.COMPLETION_TOKENS, 2.815e-5),
    ],
)
def test_other_dialects_read_like_openais(
    said: Said, model: str, api: Any, prompt: int, completion: int, cost: float
) -> None:
    found = ok(said, "translated")[model]
    message = found["whole"]["choices"][0]["message"]
    assert (message["content"], message["reasoning"]) == (api.TEXT, api.THOUGHT)
    calls = found["first"]["choices"][0]["message"]["tool_calls"]
    assert [call["function"]["name"] for call in calls] == ["weather", "time"]
    assert found["first"]["choices"][0]["finish_reason"] == "tool_calls"
    assert found["then"] == api.TEXT
    streamed = found["final"]["choices"][0]["message"]["tool_calls"]
    assert [call["function"]["name"] for call in streamed] == ["weather", "time"]
    assert [call["id"] for call in streamed] == [call["id"] for call in calls]
    assert (found["stream"]["text"], found["stream"]["reason"]) == (api.TEXT, "stop")
    for usage in (found["whole"]["usage"], found["stream"]["usage"]):
        assert (usage["prompt_tokens"], usage["completion_tokens"]) == (prompt, completion)
        assert usage["cost"] == pytest.approx(cost)


def test_legacy_completions_where_there_is_only_chat(said: Said) -> None:
    found = ok(said, "legacy_on_chat_only")
    assert found["whole"]["object"] == "text_completion"
    assert (found["whole"]["choices"][0]["text"], found["stream"]) == (TEXT, TEXT)


def test_embeddings(said: Said) -> None:
    found = ok(said, "embeddings")
    assert found["packed"] == [VECTOR, VECTOR]
    assert found["floats"] == found["raw"] == VECTOR
    assert found["usage"]["cost"] == pytest.approx(20 * 0.02e-6)


@pytest.mark.parametrize("name", ["responses", "responses_on_chat_only"])
def test_responses(said: Said, name: str) -> None:
    found = ok(said, name)
    assert found["text"] == found["then"] == TEXT
    assert found["structured"] == STRUCTURED
    assert found["whole"]["status"] == "completed"
    assert found["whole"]["usage"]["cost"] > 0
    kinds = found["kinds"]
    assert (kinds[0], kinds[-1]) == ("response.created", "response.completed")
    assert "response.output_text.delta" in kinds
    assert found["final"]["output"][0]["content"][0]["text"] == TEXT
    assert [call["name"] for call in found["calls"]] == ["weather", "time"]
    assert [item["name"] for item in found["streamed"]["output"]] == ["weather", "time"]


def test_models(said: Said) -> None:
    found = ok(said, "models")
    assert {"gpt-4o-mini", "claude", "sightline/echo"} <= set(found["listed"])
    # Patterns are no models.
    assert not [id for id in found["listed"] if "*" in id]
    assert (found["one"], found["object"], found["owner"]) == ("openai/gpt-4o", "model", "openai")
    assert failed(said, "unknown_model_in_list") == ("NotFoundError", 404)


@pytest.mark.parametrize(
    ("name", "error", "status"),
    [
        ("status_400", "BadRequestError", 400),
        ("status_401", "AuthenticationError", 401),
        ("status_402", "APIStatusError", 402),
        ("no_such_model", "BadRequestError", 400),
        ("status_429", "RateLimitError", 429),
        ("status_500", "InternalServerError", 502),
        ("upstream_key_is_wrong", "InternalServerError", 502),
        ("bad_body", "BadRequestError", 400),
        ("too_slow_for_the_gateway", "InternalServerError", 504),
    ],
)
def test_errors_are_those_that_the_client_knows(
    said: Said, name: str, error: str, status: int
) -> None:
    assert failed(said, name) == (error, status)


def test_what_an_error_says(said: Said) -> None:
    body = said["no_such_model"]["body"]
    assert body["availability"]["code"] == "model_not_found"
    assert body["metadata"]["error_type"] == "invalid_request"
    assert said["status_429"]["body"]["metadata"]["provider_name"] == "OpenAI"
    assert "OpenAI does not accept the gateway's key" in said["upstream_key_is_wrong"]["text"]


def test_the_client_waits_as_it_is_told_and_tries_again(said: Said, gateway: Gateway) -> None:
    found = ok(said, "retried")
    assert found["text"] == TEXT
    assert found["s"] >= 2  # `Retry-After: 1`, twice
    assert len(gateway.upstreams.openai.asked("fail-429-2")) == 3


def test_a_stream_that_breaks_off_raises(said: Said) -> None:
    found = ok(said, "cut")
    assert "".join(found["parts"]) == TEXT[:12]
    assert found["error"] == "APIError"


def test_closing_a_stream_ends_the_call_upstream(said: Said, gateway: Gateway) -> None:
    assert len(ok(said, "closed")) == 5
    gone = gateway.upstreams.openai.hung_up
    until(lambda: "drip-closed" in gone, lambda: f"the upstream goes on; it knows of {gone}")
    found = until(
        lambda: gateway.cancelled("openai-client").get("drip-closed"),
        lambda: f"cancelled are {set(gateway.cancelled('openai-client'))}",
    )
    assert found["output"]["choices"][0]["message"]["content"].startswith(TEXT[:6])
    assert found["usage"]["completion_tokens"] > 0
    assert found["metadata"]["gateway"]["usage_is_estimated"] is True


def test_a_client_that_gives_up_is_recorded(said: Said, gateway: Gateway) -> None:
    assert said["too_slow_for_the_client"]["error"] == "APITimeoutError"
    assert ok(said, "closed_before_the_first_byte") == "timed out"
    wanted = {"slow-client", "slow-stream"}
    until(
        lambda: wanted <= gateway.cancelled("openai-client").keys(),
        lambda: f"cancelled are {set(gateway.cancelled('openai-client'))}",
    )


def test_routing_of_the_file(said: Said) -> None:
    answer = ok(said, "fallback")
    assert (answer["model"], answer["provider"]) == ("claude", "Anthropic")
    assert answer["usage"]["cost"] == pytest.approx(1.8e-4)
    assert ok(said, "alias") == "gpt-4o-mini"
    assert ok(said, "standing_in") == TEXT


def test_the_asynchronous_client_in_parallel(said: Said) -> None:
    assert ok(said, "in_parallel") == [TEXT]


def test_upstreams_were_asked_as_they_want_it(said: Said, gateway: Gateway) -> None:
    assert gateway.upstreams.wrong == []
    sent = gateway.upstreams.openai.asked("gpt-4o-mini")[0].body
    assert (sent["temperature"], sent["user"]) == (0.2, "user-1")
    assert "trace" not in sent
