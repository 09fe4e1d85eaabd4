"""What is read back of a call: `/generation` and `/generation/content`, from what is stored."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from sightline.core.ids import new_id
from sightline.domain.generation import (
    Attempt,
    CallError,
    Cost,
    Generation,
    Usage,
    UsedApp,
    generation_id,
)
from sightline.services.gateway.record import own_place, to_writes
from sightline.wire.openrouter.generations import StoredCall, content_body, generation_body

START = 1_790_000_000_000_000


def stored(**more: Any) -> StoredCall:
    """Return a call as the store gives it back."""
    generation = Generation(
        **{
            "id": generation_id(new_id(START)),
            "model": "openai/gpt-4o",
            "model_requested": "openai/gpt-4o",
            "upstream_model": "gpt-4o",
            "provider": "OpenAI",
            "provider_slug": "openai",
            "started_us": START,
            "ended_us": START + 1_500_000,
            **more,
        }
    )
    _, spans = to_writes(generation, own_place(generation))
    span = spans[0]
    return StoredCall(
        id=generation.id,
        workspace_id="w",
        started_us=span.start_time_us or 0,
        ended_us=span.end_time_us,
        model=span.model,
        provider=span.provider,
        metadata=span.metadata,
        input=span.input,
        output=span.output,
        error_info=span.error_info,
        usage=span.usage or {},
        cost_usd=None if span.total_estimated_cost is None else float(span.total_estimated_cost),
        ttft_ms=span.ttft_ms,
    )


def test_figures_of_a_streamed_call():
    call = stored(
        streamed=True,
        first_token_us=START + 250_000,
        finish_reason="stop",
        native_finish_reason="end_turn",
        usage=Usage(
            prompt_tokens=10,
            completion_tokens=5,
            total_tokens=15,
            cached_tokens=4,
            reasoning_tokens=2,
        ),
        cost=Cost(total=Decimal("0.0012"), upstream=Decimal("0.001")),
        user="u",
        session_id="s",
        app=UsedApp(title="T", referer="https://app.example", user_agent="curl"),
        attempts=(
            Attempt(provider="Azure", status=429, error="busy", ended_us=1000),
            Attempt(provider="OpenAI", status=200),
        ),
        preset="nice",
        upstream_id="chatcmpl-1",
    )
    body = generation_body(call)
    assert (body["model"], body["provider_name"]) == ("openai/gpt-4o", "OpenAI")
    assert (body["tokens_prompt"], body["tokens_completion"]) == (10, 5)
    assert (body["native_tokens_cached"], body["native_tokens_reasoning"]) == (4, 2)
    assert (body["latency"], body["generation_time"]) == (250, 1500)
    assert (body["total_cost"], body["usage"]) == (0.0012, 0.0012)
    assert body["upstream_inference_cost"] == 0.001
    assert (body["streamed"], body["cancelled"], body["finish_reason"]) == (True, False, "stop")
    assert (body["external_user"], body["session_id"], body["preset_id"]) == ("u", "s", "nice")
    assert body["http_referer"] == "https://app.example"
    assert [a["status"] for a in body["provider_responses"]] == [429, 200]
    assert body["created_at"].endswith("Z")


@pytest.mark.parametrize(
    ("given", "output", "completion", "reasoning"),
    [
        (
            {"messages": [{"role": "user", "content": "hi"}]},
            {"choices": [{"message": {"content": "ho", "reasoning": "because"}}]},
            "ho",
            "because",
        ),
        ({"prompt": "hi"}, {"choices": [{"text": "ho"}]}, "ho", None),
        (
            {"messages": []},
            {"content": [{"type": "thinking", "thinking": "h"}, {"type": "text", "text": "ho"}]},
            "ho",
            "h",
        ),
        (
            {"input": "hi"},
            {"output": [{"type": "message", "content": [{"type": "output_text", "text": "ho"}]}]},
            "ho",
            None,
        ),
        ({"input": ["a", "b"]}, {"embeddings": 2, "dimensions": 3}, None, None),
    ],
)
def test_what_was_said_in_every_api(given, output, completion, reasoning):
    call = stored(
        input=msgspec.json.encode(given).decode(), output=msgspec.json.encode(output).decode()
    )
    body = content_body(call)
    assert body["output"] == {"completion": completion, "reasoning": reasoning}
    assert body["error"] is None
    assert set(body["input"]) <= {"messages", "prompt"}
    assert body["input"]


def test_why_a_call_failed():
    call = stored(
        status=503,
        error=CallError(type="provider_unavailable", message="All failed", code=503),
        attempts=(
            Attempt(provider="A", status=500, error="first"),
            Attempt(provider="B", status=503, error="second"),
        ),
    )
    error = content_body(call)["error"]
    assert (error["message"], error["status"], error["provider_name"]) == ("All failed", 503, "B")
    assert error["previous_errors"] == [
        {"code": 500, "message": "first", "provider_name": "A", "raw": None}
    ]


@pytest.mark.parametrize("text", [None, "", "[]", "{", '{"gateway": 1}', '{"gateway": {"app": 2}}'])
def test_a_span_that_the_gateway_did_not_write_is_read_with_good_will(text):
    call = msgspec.structs.replace(stored(), metadata=text, input=text, output=text)
    assert generation_body(call)["id"] == call.id
    assert content_body(call)["output"]["completion"] is None
