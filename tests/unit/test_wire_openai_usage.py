"""Tokens are read from each provider's words and written in OpenRouter's."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.core import codec
from sightline.domain.generation import ApiType, Cost, Usage
from sightline.wire.openai import stamp, usage

FULL = {
    "prompt_tokens": 10,
    "completion_tokens": 15,
    "total_tokens": 25,
    "prompt_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 3, "audio_tokens": 1},
    "completion_tokens_details": {"reasoning_tokens": 5, "audio_tokens": 2, "image_tokens": 1},
}
NO_DETAILS = {
    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": None},
    "completion_tokens_details": {"reasoning_tokens": 0},
}


@pytest.mark.parametrize(
    ("told", "read"),
    [
        (
            FULL,
            Usage(
                prompt_tokens=10,
                completion_tokens=15,
                total_tokens=25,
                cached_tokens=2,
                cache_write_tokens=3,
                audio_input_tokens=1,
                reasoning_tokens=5,
                audio_output_tokens=2,
                image_tokens=1,
            ),
        ),
        (
            {"prompt_tokens": 3, "completion_tokens": 2},
            Usage(prompt_tokens=3, completion_tokens=2, total_tokens=5),
        ),
        # DeepSeek, Moonshot, xAI.
        (
            {"prompt_tokens": 9, "completion_tokens": 1, "prompt_cache_hit_tokens": 4},
            Usage(prompt_tokens=9, completion_tokens=1, total_tokens=10, cached_tokens=4),
        ),
        (
            {"prompt_tokens": 9, "completion_tokens": 1, "cached_tokens": 5},
            Usage(prompt_tokens=9, completion_tokens=1, total_tokens=10, cached_tokens=5),
        ),
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 1,
                "total_tokens": 110,
                "completion_tokens_details": {"reasoning_tokens": 100},
            },
            Usage(prompt_tokens=9, completion_tokens=101, total_tokens=110, reasoning_tokens=100),
        ),
        # Details that are all 0 say nothing; what stands beside them does.
        (
            {"prompt_tokens": 9, "completion_tokens": 1, "cached_tokens": 5, **NO_DETAILS},
            Usage(prompt_tokens=9, completion_tokens=1, total_tokens=10, cached_tokens=5),
        ),
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 1,
                "prompt_cache_hit_tokens": 4,
                **NO_DETAILS,
            },
            Usage(prompt_tokens=9, completion_tokens=1, total_tokens=10, cached_tokens=4),
        ),
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 1,
                "total_tokens": 110,
                "reasoning_tokens": 100,
                **NO_DETAILS,
            },
            Usage(prompt_tokens=9, completion_tokens=101, total_tokens=110, reasoning_tokens=100),
        ),
        ({"prompt_tokens": "9", "completion_tokens": -4, "total_tokens": None}, Usage()),
        ({}, None),
        (None, None),
    ],
)
def test_usage_is_read(told: Any, read: Usage | None) -> None:
    assert usage.read("chat", told) == read


COST = Cost(input=Decimal("0.0008"), output=Decimal("0.0004"), total=Decimal("0.0012"))


def test_usage_is_written_as_openrouter_does() -> None:
    counted = Usage(
        prompt_tokens=10, completion_tokens=15, total_tokens=25, cached_tokens=2, reasoning_tokens=5
    )
    assert codec.encode(usage.to_wire("chat", counted, COST)) == (
        b'{"prompt_tokens":10,"completion_tokens":15,"total_tokens":25,'
        b'"prompt_tokens_details":{"cached_tokens":2,"cache_write_tokens":0,"audio_tokens":0,'
        b'"video_tokens":0},"completion_tokens_details":{"reasoning_tokens":5,"audio_tokens":0,'
        b'"image_tokens":0},"cost":0.0012,"is_byok":false,"cost_details":{'
        b'"upstream_inference_cost":null,"upstream_inference_prompt_cost":0.0008,'
        b'"upstream_inference_completions_cost":0.0004}}'
    )


COUNTS = st.integers(0, 1000)


@given(COUNTS, COUNTS, st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))
def test_what_is_written_is_read_again(a: int, b: int, c: int, d: int, e: int) -> None:
    counted = Usage(
        prompt_tokens=a + c + d,
        completion_tokens=b + e,
        total_tokens=a + b + c + d + e,
        cached_tokens=c,
        cache_write_tokens=d,
        reasoning_tokens=e,
    )
    for api in ("chat", "responses"):
        told = usage.to_wire(api, counted, COST)
        assert usage.read(api, told) == (counted if counted.total_tokens else Usage())
    told = usage.to_wire("messages", counted)
    read = usage.read("messages", told)
    assert read == msgspec.structs.replace(counted, reasoning_tokens=0)


def test_an_estimate_is_said_to_be_one() -> None:
    body = {"messages": [{"role": "user", "content": "x" * 40}]}
    guessed = usage.estimate(body, "y" * 8)
    assert (guessed.prompt_tokens, guessed.completion_tokens) == (14, 2)
    assert guessed.is_estimated
    told = usage.to_wire("chat", guessed)
    assert told["is_estimated"] is True
    assert usage.read("chat", told) == guessed


@pytest.mark.parametrize(
    ("api", "value", "key"),
    [
        ("chat", {"id": "up", "model": "gpt"}, None),
        ("embeddings", {"data": []}, None),
        ("messages", {"type": "message", "id": "up"}, None),
        ("messages", {"type": "message_start", "message": {"id": "up"}}, "message"),
        ("responses", {"type": "response.created", "response": {"id": "resp"}}, "response"),
        ("responses", {"object": "response", "id": "resp"}, None),
    ],
)
def test_answers_are_labelled(api: ApiType, value: dict[str, Any], key: str | None) -> None:
    stamp.label(api, value, id="gen-1", model="a/m", provider="P", created=9)
    held = value[key] if key else value
    assert held["model"] == "a/m"
    # A caller may continue from a response by the upstream's own id.
    assert held["id"] == ("resp" if api == "responses" else "gen-1")


def test_usage_is_put_where_each_stream_has_it() -> None:
    values: list[tuple[ApiType, dict[str, Any], str | None]] = [
        ("chat", {"choices": []}, None),
        ("responses", {"type": "response.completed", "response": {}}, "response"),
        ("messages", {"type": "message_delta"}, None),
    ]
    for api, value, key in values:
        assert stamp.is_last(api, value)
        stamp.put_usage(api, value, {"n": 1})
        assert (value[key] if key else value)["usage"] == {"n": 1}
    assert not stamp.is_last("chat", {"choices": [{}]})
    assert not stamp.is_last("messages", {"type": "message_start"})


def test_a_failure_ends_a_stream_as_openrouter_does() -> None:
    error = {"code": 429, "message": "m", "metadata": {"error_type": "rate_limit_exceeded"}}
    name, value = stamp.failure("chat", error)
    assert name is None
    assert value["error"] == error
    assert value["choices"][0]["finish_reason"] == "error"
    assert stamp.failure("messages", error)[1]["error"]["type"] == "rate_limit_error"
    assert stamp.failure("responses", error)[0] == "response.failed"
