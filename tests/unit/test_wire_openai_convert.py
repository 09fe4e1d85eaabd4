"""Responses, completions and Messages, served by an upstream that knows only chat."""

from typing import Any

import pytest

from sightline.core.errors import InvalidRequestError
from sightline.domain.generation import ApiType
from sightline.domain.upstream import StreamPart, UpstreamError
from sightline.providers.anthropic import DIALECT as ANTHROPIC
from sightline.providers.openai import DIALECT as OPENAI
from sightline.wire.openai import convert, texts
from tests.unit.provider_world import assembled, endpoint, read, sent, sse

ID = "gen-1790000000-abc"
USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 20,
    "total_tokens": 120,
    "prompt_tokens_details": {"cached_tokens": 30, "cache_write_tokens": 10},
    "completion_tokens_details": {"reasoning_tokens": 5},
    "cost": 0.5,
    "is_byok": True,
    "cost_details": {
        "upstream_inference_prompt_cost": 0.3,
        "upstream_inference_completions_cost": 0.2,
    },
}
CALLS = [
    {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}},
    {"id": "c2", "type": "function", "function": {"name": "g", "arguments": "{}"}},
]
DETAIL = {
    "type": "reasoning.text",
    "text": "Let me see",
    "signature": "sig",
    "format": "anthropic-claude-v1",
    "index": 0,
}
MESSAGE: dict[str, Any] = {
    "role": "assistant",
    "content": "Hello 🌍",
    "refusal": None,
    "reasoning": "Let me see",
    "reasoning_details": [DETAIL],
    "tool_calls": CALLS,
}


def answer(message: dict[str, Any], reason: str = "tool_calls") -> dict[str, Any]:
    return {
        "id": ID,
        "object": "chat.completion",
        "created": 7,
        "model": "m",
        "provider": "P",
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": reason,
                "native_finish_reason": reason,
                "logprobs": None,
            }
        ],
        "usage": USAGE,
    }


def chunk(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    return {
        "id": ID,
        "object": "chat.completion.chunk",
        "created": 7,
        "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
    }


DELTAS = [
    {"role": "assistant", "content": ""},
    {
        "reasoning": "Let me ",
        "reasoning_details": [{**DETAIL, "text": "Let me ", "signature": None}],
    },
    {"reasoning": "see", "reasoning_details": [{**DETAIL, "text": "see", "signature": None}]},
    {"reasoning_details": [{**DETAIL, "text": ""}]},
    {"content": "Hello "},
    {"content": "🌍"},
    {
        "tool_calls": [
            {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": ""}}
        ]
    },
    {"tool_calls": [{"index": 0, "function": {"arguments": '{"a"'}}]},
    {"tool_calls": [{"index": 0, "function": {"arguments": ":1}"}}]},
    {
        "tool_calls": [
            {
                "index": 1,
                "id": "c2",
                "type": "function",
                "function": {"name": "g", "arguments": "{}"},
            }
        ]
    },
]


def streamed(api: ApiType, deltas: list[dict[str, Any]], reason: str) -> list[StreamPart]:
    usage_chunk = {**chunk({}), "choices": [], "usage": USAGE}
    data = sse(*map(chunk, deltas), chunk({}, reason), usage_chunk, done=True)
    to = convert.ChatStreamTo(api, {}, "a/m", id=ID, created=7)
    return [out for part in read(OPENAI, endpoint(), data) for out in to.feed(part)]


@pytest.mark.parametrize("api", ["responses", "messages", "completions"])
@pytest.mark.parametrize(
    ("deltas", "message", "reason"),
    [
        (DELTAS, MESSAGE, "tool_calls"),
        (DELTAS[4:6], {"role": "assistant", "content": "Hello 🌍"}, "length"),
        (
            [{"refusal": "I will "}, {"refusal": "not"}],
            {"role": "assistant", "content": "", "refusal": "I will not"},
            "content_filter",
        ),
        (DELTAS[6:], {"role": "assistant", "content": None, "tool_calls": CALLS}, "tool_calls"),
    ],
)
def test_a_stream_says_what_the_answer_says(
    api: ApiType, deltas: list[dict[str, Any]], message: dict[str, Any], reason: str
) -> None:
    parts = streamed(api, deltas, reason)
    whole = convert.from_chat(api, answer(message, reason), "a/m", {})
    got = assembled(parts, api)
    key = {"responses": "output", "messages": "content", "completions": "choices"}[api]
    if api == "completions":
        whole[key][0].pop("reasoning", None)
    if api == "messages":
        # The id and the usage of a message are told at two ends of its stream.
        assert got["stop_reason"] == whole["stop_reason"]
    assert got[key] == whole[key]
    assert got["usage"] == whole["usage"]
    assert parts[-1].is_end
    assert texts.read(api, got) == texts.read(api, whole)


def test_a_response_has_its_items_usage_and_cost() -> None:
    told = convert.from_chat("responses", answer(MESSAGE), "a/m", {"temperature": 0.5})
    assert [item["type"] for item in told["output"]] == [
        "reasoning",
        "message",
        "function_call",
        "function_call",
    ]
    assert (told["id"], told["status"], told["temperature"]) == (ID, "completed", 0.5)
    assert told["usage"] == {
        "input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 30, "cache_write_tokens": 10},
        "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 5},
        "total_tokens": 120,
        "cost": 0.5,
        "is_byok": True,
        "cost_details": {
            "upstream_inference_input_cost": 0.3,
            "upstream_inference_output_cost": 0.2,
        },
    }
    cut = convert.from_chat("responses", answer(MESSAGE, "length"), "a/m", {})
    assert cut["status"] == "incomplete"
    assert cut["incomplete_details"] == {"reason": "max_output_tokens"}


def test_the_events_of_a_response_are_numbered_and_close_what_they_open() -> None:
    values = [part.value for part in streamed("responses", DELTAS, "tool_calls") if part.value]
    assert [value["sequence_number"] for value in values] == list(range(len(values)))
    kinds = [value["type"] for value in values]
    assert kinds[:3] == ["response.created", "response.in_progress", "response.output_item.added"]
    assert kinds[-1] == "response.completed"
    assert kinds.count("response.output_item.added") == 4
    assert kinds.count("response.output_item.done") == 4
    spoken = "".join(v["delta"] for v in values if v["type"] == "response.output_text.delta")
    assert spoken == "Hello 🌍"
    done = [v["arguments"] for v in values if v["type"].endswith("arguments.done")]
    assert done == ['{"a":1}', "{}"]


def test_the_events_of_a_message_are_in_anthropics_order() -> None:
    values = [part.value for part in streamed("messages", DELTAS, "tool_calls") if part.value]
    kinds = [value["type"] for value in values]
    assert kinds[0] == "message_start"
    assert kinds[-2:] == ["message_delta", "message_stop"]
    opened = 0
    for kind in kinds:
        opened += (kind == "content_block_start") - (kind == "content_block_stop")
        assert 0 <= opened <= 1
        assert opened == 1 or kind != "content_block_delta"
    assert values[-2]["usage"]["input_tokens"] == 60
    assert values[-2]["usage"]["cost"] == 0.5


@pytest.mark.parametrize("api", ["responses", "messages", "completions"])
def test_an_error_within_a_stream_is_told_in_its_own_words(api: ApiType) -> None:
    to = convert.ChatStreamTo(api, {}, "a/m", id=ID, created=7)
    to.feed(StreamPart(value=chunk({"content": "a"})))
    error = UpstreamError(type="rate_limit_exceeded", message="slow down", status=429)
    last = to.feed(StreamPart(error=error))[-1]
    assert last.error == error
    assert last.value
    if api == "responses":
        assert last.value["type"] == "response.failed"
        assert last.value["response"]["error"]["message"] == "slow down"
    elif api == "completions":
        assert last.value["object"] == "text_completion"
        assert last.value["error"]["code"] == 429
        assert last.value["choices"][0]["finish_reason"] == "error"
    else:
        assert last.value["error"] == {"type": "rate_limit_error", "message": "slow down"}


def test_a_response_request_is_told_in_chat() -> None:
    body = {
        "model": "a/m",
        "instructions": "Be brief",
        "input": [
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "See"},
                    {"type": "input_image", "image_url": "https://x/a.png", "detail": "low"},
                    {"type": "input_file", "filename": "a.pdf", "file_data": "data:x"},
                ],
            },
            {"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": "hm"}]},
            {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
            {"type": "function_call", "call_id": "c2", "name": "g", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "one"},
            {
                "type": "function_call_output",
                "call_id": "c2",
                "output": [{"type": "input_text", "text": "two"}],
            },
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "There"}],
            },
        ],
        "tools": [{"type": "function", "name": "f", "parameters": {}, "strict": True}],
        "tool_choice": {"type": "function", "name": "f"},
        "text": {"format": {"type": "json_schema", "name": "n", "schema": {}}},
        "max_output_tokens": 9,
        "reasoning": {"effort": "low"},
        "store": True,
        "provider": {"only": ["x"]},
    }
    assert convert.to_chat("responses", body) == {
        "model": "a/m",
        "messages": [
            {"role": "system", "content": "Be brief"},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "See"},
                    {"type": "image_url", "image_url": {"url": "https://x/a.png", "detail": "low"}},
                    {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:x"}},
                ],
            },
            {
                "role": "assistant",
                "content": None,
                "reasoning_details": [{"type": "reasoning.summary", "summary": "hm", "id": "rs"}],
                "tool_calls": [
                    {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}},
                    {"id": "c2", "type": "function", "function": {"name": "g", "arguments": "{}"}},
                ],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "one"},
            {"role": "tool", "tool_call_id": "c2", "content": [{"type": "text", "text": "two"}]},
            {"role": "assistant", "content": [{"type": "text", "text": "There"}]},
        ],
        "tools": [
            {"type": "function", "function": {"name": "f", "parameters": {}, "strict": True}}
        ],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}},
        "max_completion_tokens": 9,
        "reasoning": {"effort": "low"},
        "provider": {"only": ["x"]},
    }


def test_a_response_goes_back_as_input_with_its_signed_thoughts() -> None:
    told = convert.from_chat("responses", answer(MESSAGE), "a/m", {})
    again = convert.to_chat(
        "responses", {"input": [*told["output"], {"role": "user", "content": "go on"}]}
    )
    back = again["messages"][0]
    assert back["reasoning_details"] == [DETAIL]
    assert back["tool_calls"] == CALLS
    assert texts.text_of(back["content"]) == "Hello 🌍"
    claude = sent(ANTHROPIC, endpoint("anthropic", "claude-sonnet-4-5"), again)
    assert claude["messages"][0]["content"][0]["signature"] == "sig"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"input": "a", "previous_response_id": "r"}, "previous_response_id"),
        ({"input": [{"type": "item_reference", "id": "x"}]}, r"input\[0\]\.type"),
        ({"input": "a", "tools": [{"type": "web_search"}]}, r"tools\[0\]\.type"),
        (
            {"input": [{"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}]},
            r"input\[0\]\.content\[0\]\.image_url",
        ),
    ],
)
def test_what_a_response_cannot_be_without_its_maker_is_named(
    body: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidRequestError, match=field):
        convert.to_chat("responses", body)


CLAUDES = {
    "model": "a/m",
    "max_tokens": 99,
    "system": [{"type": "text", "text": "Be brief", "cache_control": {"type": "ephemeral"}}],
    "messages": [
        {"role": "user", "content": "Hi"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "s"},
                {"type": "text", "text": "Let me look"},
                {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "t1",
                    "content": [{"type": "text", "text": "found"}],
                },
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/png", "data": "AA"},
                },
                {"type": "text", "text": "and?"},
            ],
        },
    ],
    "tools": [{"name": "f", "description": "d", "input_schema": {"type": "object"}}],
    "tool_choice": {"type": "any", "disable_parallel_tool_use": True},
    "stop_sequences": ["END"],
    "thinking": {"type": "enabled", "budget_tokens": 2000},
    "metadata": {"user_id": "u"},
    "temperature": 0.5,
}


def test_a_message_request_is_told_in_chat() -> None:
    assert convert.to_chat("messages", CLAUDES) == {
        "model": "a/m",
        "max_tokens": 99,
        "messages": [
            {
                "role": "system",
                "content": [
                    {"type": "text", "text": "Be brief", "cache_control": {"type": "ephemeral"}}
                ],
            },
            {"role": "user", "content": "Hi"},
            {
                "role": "assistant",
                "content": "Let me look",
                "tool_calls": [
                    {
                        "id": "t1",
                        "type": "function",
                        "function": {"name": "f", "arguments": '{"a":1}'},
                    }
                ],
                "reasoning_details": [
                    {
                        "type": "reasoning.text",
                        "text": "hm",
                        "signature": "s",
                        "format": "anthropic-claude-v1",
                        "index": 0,
                    }
                ],
            },
            {"role": "tool", "tool_call_id": "t1", "content": [{"type": "text", "text": "found"}]},
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}},
                    {"type": "text", "text": "and?"},
                ],
            },
        ],
        "tools": [
            {
                "type": "function",
                "function": {"name": "f", "description": "d", "parameters": {"type": "object"}},
            }
        ],
        "tool_choice": "required",
        "parallel_tool_calls": False,
        "stop": ["END"],
        "reasoning": {"max_tokens": 2000},
        "user": "u",
        "metadata": {"user_id": "u"},
        "temperature": 0.5,
    }


def test_a_message_request_comes_back_from_chat_as_it_was() -> None:
    chat = convert.to_chat("messages", CLAUDES)
    got = sent(ANTHROPIC, endpoint("anthropic", "claude-sonnet-4-5"), chat)
    assert got["messages"][1:] == CLAUDES["messages"][1:]  # type: ignore[index]
    for name in ("system", "tools", "tool_choice", "stop_sequences", "metadata"):
        expected = CLAUDES[name]
        if name == "tool_choice":  # Who thinks cannot be forced.
            expected = {"type": "auto", "disable_parallel_tool_use": True}
        assert got[name] == expected
    assert got["thinking"] == CLAUDES["thinking"]


def test_a_message_has_anthropics_usage() -> None:
    told = convert.from_chat("messages", answer(MESSAGE), "a/m")
    assert told["stop_reason"] == "tool_use"
    assert told["content"][0] == {"type": "thinking", "thinking": "Let me see", "signature": "sig"}
    assert told["usage"]["input_tokens"] == 60
    assert told["usage"]["cache_read_input_tokens"] == 30
    assert told["usage"]["cache_creation_input_tokens"] == 10


def test_a_prompt_is_what_the_user_says() -> None:
    got = convert.to_chat("completions", {"prompt": ["Once"], "max_tokens": 3, "logprobs": 2})
    assert got == {
        "messages": [{"role": "user", "content": "Once"}],
        "max_tokens": 3,
        "logprobs": True,
        "top_logprobs": 2,
    }
    told = convert.from_chat("completions", answer(MESSAGE), "a/m")
    assert told["object"] == "text_completion"
    assert told["choices"][0]["text"] == "Hello 🌍"
    with pytest.raises(InvalidRequestError, match="prompt"):
        convert.to_chat("completions", {"prompt": ["a", "b"]})
