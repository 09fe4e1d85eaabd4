"""OpenRouter's own client in front of the gateway."""

from typing import Any

import pytest

from tests.contract.gateway_clients.conftest import Gateway, Said, failed, ok
from tests.fakes import anthropic_api
from tests.fakes.openai_api import TEXT, VECTOR
from tests.modes import of_one_process

PROJECT = "openrouter-client"


@pytest.fixture(scope="module")
def said(gateway: Gateway) -> Said:
    """Make every call in one process of the client."""
    key = gateway.key("openrouter client", metadata={"opik": {"project_name": PROJECT}})
    found: Said = gateway.run("openrouter", "openrouter_calls.py", key, gateway.master)
    return found


def text_of(answer: Any) -> str:
    text: str = answer["choices"][0]["message"]["content"]
    return text


def test_answers(said: Said) -> None:
    plain = ok(said, "plain")
    assert (text_of(plain), plain["usage"]["cost"]) == (TEXT, pytest.approx(7.8e-6))
    stream = ok(said, "stream")
    assert (stream["text"], len(stream["ids"])) == (TEXT, 1)
    assert stream["last"]["choices"] == []
    assert stream["last"]["usage"]["cost"] == pytest.approx(7.8e-6)
    assert ok(said, "tools")[0]["function"]["name"] == "weather"
    assert ok(said, "asynchronous") == anthropic_api.TEXT


def test_models_that_stand_in(said: Said) -> None:
    answer = ok(said, "fallbacks")
    assert (answer["model"], text_of(answer)) == ("claude", anthropic_api.TEXT)
    # What answered is billed.
    assert answer["usage"]["cost"] == pytest.approx(1.8e-4)
    told = answer["openrouter_metadata"]
    assert (told["strategy"], told["attempt"], told["requested"]) == ("fallback", 2, "up/fail-503")
    assert [attempt["status"] for attempt in told["attempts"]] == [503, 200]
    assert [e["selected"] for e in told["endpoints"]["available"]] == [False, True, False]
    assert ok(said, "metadata")["strategy"] == "direct"


def test_provider_preferences(said: Said) -> None:
    assert ok(said, "preferences") == {"only": "Groq", "order": TEXT}
    assert failed(said, "nobody_is_left") == ("NotFoundResponseError", 404)
    assert failed(said, "no_second_try") == ("BadGatewayResponseError", 502)


@of_one_process
def test_the_cache_answers_again_for_nothing(said: Said) -> None:
    found = ok(said, "cached")
    assert text_of(found["first"]) == text_of(found["second"]) == TEXT
    assert found["first"]["id"] != found["second"]["id"]
    assert found["second"]["usage"]["total_tokens"] == found["second"]["usage"]["cost"] == 0
    first, second = found["headers"]
    assert (first["status"], first["ttl"]) == ("MISS", "60")
    assert second["status"] == "HIT"
    assert second["source"] == found["first"]["id"]
    assert int(second["age"]) + int(second["ttl"]) == 60
    again = ok(said, "generation_of_the_cache")
    assert again["response_cache_source_id"] == found["first"]["id"]
    assert again["total_cost"] == 0


def test_a_call_is_looked_up(said: Said) -> None:
    found = ok(said, "generation")
    data = found["data"]
    assert data["id"] == ok(said, "plain")["id"]
    assert (data["model"], data["provider_name"]) == ("gpt-4o-mini", "OpenAI")
    assert (data["external_user"], data["session_id"]) == ("user-1", "session-1")
    assert (data["tokens_prompt"], data["native_tokens_cached"]) == (20, 8)
    assert data["native_tokens_reasoning"] == 3
    assert data["total_cost"] == data["usage"] == pytest.approx(7.8e-6)
    assert data["http_referer"] == "https://app.example"
    assert (data["streamed"], found["stream"]["streamed"]) == (False, True)
    assert data["provider_responses"][0]["status"] == 200
    assert found["content"]["input"]["messages"][0]["content"] == "How warm is it in Oslo?"
    assert found["content"]["output"]["completion"] == TEXT
    tries = ok(said, "generation_of_fallbacks")["provider_responses"]
    assert [one["status"] for one in tries] == [503, 200]
    assert failed(said, "generation_of_nobody") == ("NotFoundResponseError", 404)


def test_other_apis(said: Said) -> None:
    found = ok(said, "embeddings")
    assert [one["embedding"] for one in found["data"]] == [VECTOR, VECTOR]
    assert found["usage"]["cost"] == pytest.approx(4e-7)
    responses = ok(said, "responses")
    for whole in (responses["whole"], responses["translated"]):
        assert (whole["object"], whole["status"]) == ("response", "completed")
    assert responses["whole"]["output"][0]["content"][0]["text"] == TEXT
    assert responses["translated"]["output"][0]["content"][0]["text"] == anthropic_api.TEXT
    assert responses["kinds"][-1] == "response.completed"


def test_presets(said: Said, gateway: Gateway) -> None:
    found = ok(said, "presets")
    assert found["saved"]["slug"] == "terse"
    version = found["saved"]["designated_version"]
    assert version["config"] == {"model": "gpt-4o-mini", "temperature": 0.3}
    assert version["system_prompt"] == "Be terse."
    assert "terse" in found["listed"]
    assert (found["read"], found["used"], found["over"]) == ("terse", "gpt-4o-mini", "claude")
    sent = [
        call.body
        for call in gateway.upstreams.openai.asked("gpt-4o-mini")
        if call.body.get("temperature") == 0.3
    ]
    assert sent[0]["messages"][0] == {"role": "system", "content": "Be terse."}
    assert failed(said, "no_such_preset") == ("NotFoundResponseError", 404)


def test_models_and_their_endpoints(said: Said) -> None:
    found = ok(said, "models")
    assert {"gpt-4o-mini", "openai/gpt-4o", "sightline/echo"} <= set(found["listed"])
    assert found["count"] == len(found["listed"])
    (endpoint,) = found["endpoints"]["endpoints"]
    assert endpoint["provider_name"] == "OpenAI"
    assert endpoint["pricing"]["prompt"] == "0.0000025"
    assert {"openai", "anthropic", "gemini", "groq"} <= set(found["providers"])


def test_keys_and_what_they_spent(said: Said) -> None:
    own = ok(said, "own_key")
    assert own["label"].startswith("sk-sl-v1-")
    assert own["usage"] == own["usage_daily"] > 0
    found = ok(said, "keys")
    assert found["poor"][:2] == ["PaymentRequiredResponseError", 402]
    assert found["off"] == ["UnauthorizedResponseError", 401]
    assert (found["disabled"], found["listed"], found["read"]) == (True, True, "By the client")
    assert found["deleted"] == {"deleted": True}
    assert failed(said, "keys_by_who_may_not") == ("ForbiddenResponseError", 403)
    assert ok(said, "credits")["total_usage"] >= own["usage"]
    models = {row["model"]: row for row in ok(said, "activity")["data"]}
    assert models["openai/gpt-4o-mini"]["requests"] > 0
    assert "" not in models


@pytest.mark.parametrize(
    ("name", "error", "status"),
    [
        ("status_400", "BadRequestResponseError", 400),
        ("status_401", "UnauthorizedResponseError", 401),
        ("status_429", "TooManyRequestsResponseError", 429),
        ("status_502", "BadGatewayResponseError", 502),
        ("not_built", "OpenRouterDefaultError", 501),
    ],
)
def test_errors(said: Said, name: str, error: str, status: int) -> None:
    assert failed(said, name) == (error, status)


def test_bad_days(said: Said) -> None:
    assert ok(said, "retried") == TEXT
    last = ok(said, "cut")["last"]
    assert last["choices"][0]["finish_reason"] == "error"
    assert (last["error"]["code"], last["error"]["metadata"]["error_type"]) == (
        502,
        "provider_unavailable",
    )


def test_upstreams_were_asked_as_they_want_it(said: Said, gateway: Gateway) -> None:
    assert gateway.upstreams.wrong == []
