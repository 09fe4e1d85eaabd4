"""Chat through Anthropic's Messages API, both ways; and `messages` passed through."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.core.errors import InvalidRequestError
from sightline.domain.generation import Usage
from sightline.domain.upstream import BadAnswerError
from sightline.providers.anthropic import DIALECT
from sightline.wire.openai import texts
from tests.unit.provider_world import KEY, assembled, endpoint, read, sent, sse

CLAUDE = endpoint("anthropic", "claude-sonnet-4-5")
EPHEMERAL = {"type": "ephemeral"}
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tell the weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def asked(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return sent(DIALECT, CLAUDE, {"messages": list(messages), **fields})


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def test_a_conversation_with_tools_is_told_in_turns() -> None:
    got = asked(
        {"role": "system", "content": "Be brief"},
        user("Weather in Bern and Basel?"),
        {
            "role": "assistant",
            "content": "Let me look.",
            "reasoning_details": [
                {
                    "type": "reasoning.text",
                    "text": "hm",
                    "signature": "sig",
                    "format": "anthropic-claude-v1",
                    "index": 0,
                },
                {
                    "type": "reasoning.encrypted",
                    "data": "opaque",
                    "format": "anthropic-claude-v1",
                    "index": 1,
                },
            ],
            "tool_calls": [
                {
                    "id": "t1",
                    "type": "function",
                    "function": {"name": "weather", "arguments": '{"city":"Bern"}'},
                },
                {"id": "t2", "type": "function", "function": {"name": "weather", "arguments": ""}},
            ],
        },
        {"role": "tool", "tool_call_id": "t1", "content": "sunny"},
        {"role": "tool", "tool_call_id": "t2", "content": [{"type": "text", "text": "rain"}]},
        user("And now?"),
        tools=[TOOL],
        tool_choice="required",
        parallel_tool_calls=False,
        stop=["END", "\n"],
        temperature=1.7,
        user="u-1",
        metadata={"private": True},
        provider={"order": ["x"]},
    )
    assert got == {
        "model": "claude-sonnet-4-5",
        "max_tokens": 4096,
        "system": [{"type": "text", "text": "Be brief"}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Weather in Bern and Basel?"}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "hm", "signature": "sig"},
                    {"type": "redacted_thinking", "data": "opaque"},
                    {"type": "text", "text": "Let me look."},
                    {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Bern"}},
                    {"type": "tool_use", "id": "t2", "name": "weather", "input": {}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "t1",
                        "content": [{"type": "text", "text": "sunny"}],
                    },
                    {
                        "type": "tool_result",
                        "tool_use_id": "t2",
                        "content": [{"type": "text", "text": "rain"}],
                    },
                    {"type": "text", "text": "And now?"},
                ],
            },
        ],
        "tools": [
            {
                "name": "weather",
                "description": "Tell the weather",
                "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
            }
        ],
        "tool_choice": {"type": "any", "disable_parallel_tool_use": True},
        "stop_sequences": ["END"],
        "temperature": 1,
        "metadata": {"user_id": "u-1"},
    }


def test_pictures_and_files_keep_their_cache_marks() -> None:
    got = asked(
        user(
            [
                {"type": "text", "text": "See"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                {
                    "type": "image_url",
                    "image_url": {"url": "https://x.example/a.jpg"},
                    "cache_control": EPHEMERAL,
                },
                {
                    "type": "file",
                    "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,BBBB"},
                },
            ]
        ),
        cache_control=EPHEMERAL,
    )
    assert got["cache_control"] == EPHEMERAL
    assert got["messages"][0]["content"] == [
        {"type": "text", "text": "See"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
        {
            "type": "image",
            "source": {"type": "url", "url": "https://x.example/a.jpg"},
            "cache_control": EPHEMERAL,
        },
        {
            "type": "document",
            "title": "a.pdf",
            "source": {"type": "base64", "media_type": "application/pdf", "data": "BBBB"},
        },
    ]


def test_what_cannot_be_said_names_the_field() -> None:
    sound = {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}}
    with pytest.raises(InvalidRequestError, match=r"messages\[0\]\.content\[0\]\.type"):
        asked(user([sound]))
    call = {"id": "t", "function": {"name": "f", "arguments": "{broken"}}
    with pytest.raises(InvalidRequestError, match=r"messages\[1\]\.tool_calls\[0\]"):
        asked(user("a"), {"role": "assistant", "tool_calls": [call]})


@pytest.mark.parametrize(
    ("fields", "budget", "limit"),
    [
        ({"reasoning": {"max_tokens": 2000}, "max_tokens": 8000}, 2000, 8000),
        ({"reasoning": {"effort": "high"}, "max_tokens": 10_000}, 8000, 10_000),
        ({"reasoning_effort": "low", "max_completion_tokens": 1000}, 1024, 2024),
    ],
)
def test_thinking_has_a_budget_within_the_limit(
    fields: dict[str, Any], budget: int, limit: int
) -> None:
    got = asked(user("a"), temperature=0.5, top_k=3, **fields)
    assert got["thinking"] == {"type": "enabled", "budget_tokens": budget}
    assert got["max_tokens"] == limit
    assert "temperature" not in got
    assert "top_k" not in got


def test_the_newest_models_think_as_much_as_they_find_right() -> None:
    at = endpoint("anthropic", "claude-opus-4-6")
    body = {"messages": [user("a")], "reasoning": {"effort": "high"}}
    got = sent(DIALECT, at, body)
    assert got["thinking"] == {"type": "adaptive"}
    assert got["output_config"] == {"effort": "high"}
    assert "thinking" not in sent(DIALECT, at, {**body, "reasoning": {"effort": "none"}})


FORM = {
    "type": "json_schema",
    "json_schema": {
        "name": "person",
        "schema": {"type": "object", "properties": {"age": {"type": "integer"}}},
    },
}


def test_structured_output_is_native_where_the_model_has_it() -> None:
    told = asked(user("a"), response_format=FORM)["output_config"]["format"]
    assert told == {
        "type": "json_schema",
        "schema": {
            "type": "object",
            "properties": {"age": {"type": "integer"}},
            "additionalProperties": False,
        },
    }


def test_structured_output_is_a_tool_where_it_has_not() -> None:
    at = endpoint("anthropic", "claude-3-5-haiku-20241022")
    got = sent(DIALECT, at, {"messages": [user("a")], "response_format": FORM})
    assert got["tool_choice"] == {"type": "tool", "name": "json_answer"}
    assert got["tools"][0]["input_schema"]["properties"] == {"age": {"type": "integer"}}
    answer = {
        "id": "m",
        "type": "message",
        "stop_reason": "tool_use",
        "content": [{"type": "tool_use", "id": "t", "name": "json_answer", "input": {"age": 7}}],
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }
    parsed = DIALECT.answer(at, "chat", msgspec.json.encode(answer))
    choice = parsed.value["choices"][0]
    assert choice["message"]["content"] == '{"age":7}'
    assert "tool_calls" not in choice["message"]
    assert choice["finish_reason"] == "stop"


def test_two_ways_to_sample_are_not_sent_to_models_that_refuse_both() -> None:
    body = {"messages": [user("a")], "temperature": 0.5, "top_p": 0.9}
    assert "top_p" not in sent(DIALECT, CLAUDE, body)
    assert sent(DIALECT, endpoint("anthropic", "claude-3-opus"), body)["top_p"] == 0.9


def test_headers() -> None:
    at = endpoint(
        "anthropic",
        "c",
        options={"anthropic_beta": ["a", "b"]},
        base_url="https://proxy.example/v1/messages",
    )
    request = DIALECT.request(at, "chat", {"messages": [user("a")]}, stream=True)
    assert request.url == "https://proxy.example/v1/messages"
    assert request.headers["x-api-key"] == KEY
    assert request.headers["anthropic-version"] == "2023-06-01"
    assert request.headers["anthropic-beta"] == "a,b"
    assert json.loads(request.body)["stream"] is True


USAGE = {
    "input_tokens": 10,
    "cache_read_input_tokens": 100,
    "cache_creation_input_tokens": 50,
    "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 30},
    "output_tokens": 7,
}
COUNTED = Usage(
    prompt_tokens=160,
    completion_tokens=7,
    total_tokens=167,
    cached_tokens=100,
    cache_write_tokens=50,
    cache_write_5m_tokens=20,
    cache_write_1h_tokens=30,
)
CITED = {"type": "web_search_result_location", "url": "https://x", "title": "X", "cited_text": "c"}
MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5",
    "content": [
        {"type": "thinking", "thinking": "Let me think", "signature": "sig+1"},
        {"type": "redacted_thinking", "data": "opaque"},
        {"type": "text", "text": "Sunny 🌍", "citations": [CITED]},
        {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Bern"}},
        {"type": "tool_use", "id": "t2", "name": "now", "input": {}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": USAGE,
}


def block(index: int, begin: dict[str, Any], *deltas: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": begin},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


EVENTS = [
    {
        "type": "message_start",
        "message": {
            **MESSAGE,
            "content": [],
            "stop_reason": None,
            "usage": {**USAGE, "output_tokens": 1},
        },
    },
    {"type": "ping"},
    *block(
        0,
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking_delta", "thinking": "Let me "},
        {"type": "thinking_delta", "thinking": "think"},
        {"type": "signature_delta", "signature": "sig+1"},
    ),
    *block(1, {"type": "redacted_thinking", "data": "opaque"}),
    *block(
        2,
        {"type": "text", "text": ""},
        {"type": "text_delta", "text": "Sunny "},
        {"type": "text_delta", "text": "🌍"},
        {"type": "citations_delta", "citation": CITED},
    ),
    *block(
        3,
        {"type": "tool_use", "id": "t1", "name": "weather", "input": {}},
        {"type": "input_json_delta", "partial_json": ""},
        {"type": "input_json_delta", "partial_json": '{"ci'},
        {"type": "input_json_delta", "partial_json": 'ty":"Bern"}'},
    ),
    *block(4, {"type": "tool_use", "id": "t2", "name": "now", "input": {}}),
    {
        "type": "message_delta",
        "delta": {"stop_reason": "tool_use", "stop_sequence": None},
        "usage": {"output_tokens": 7},
    },
    {"type": "message_stop"},
]
STREAM = sse(*EVENTS, named=True)


def test_an_answer_is_told_in_chat() -> None:
    parsed = DIALECT.answer(CLAUDE, "chat", msgspec.json.encode(MESSAGE))
    choice = parsed.value["choices"][0]
    assert parsed.usage == COUNTED
    assert (choice["finish_reason"], choice["native_finish_reason"]) == ("tool_calls", "tool_use")
    message = choice["message"]
    assert message["content"] == "Sunny 🌍"
    assert message["reasoning"] == "Let me think"
    assert message["annotations"][0]["url_citation"]["url"] == "https://x"
    assert [call["function"] for call in message["tool_calls"]] == [
        {"name": "weather", "arguments": '{"city":"Bern"}'},
        {"name": "now", "arguments": "{}"},
    ]


def test_its_thoughts_go_back_as_they_came() -> None:
    message = DIALECT.answer(CLAUDE, "chat", msgspec.json.encode(MESSAGE)).value["choices"][0][
        "message"
    ]
    got = asked(user("a"), message)
    blocks = [dict(item) for item in MESSAGE["content"]]
    del blocks[2]["citations"]
    assert got["messages"][1]["content"] == blocks


@pytest.mark.parametrize("piece", [1, 11, 100_000])
def test_its_stream_says_the_same(piece: int) -> None:
    parts = read(DIALECT, CLAUDE, STREAM, piece=piece)
    whole = DIALECT.answer(CLAUDE, "chat", msgspec.json.encode(MESSAGE))
    assert assembled(parts)["choices"] == whole.value["choices"]
    assert [part.usage for part in parts if part.usage] == [COUNTED]
    assert parts[0].upstream_id == "msg_1"
    assert not parts[0].has_content
    assert parts[1].has_content
    assert parts[-1].is_end


def test_messages_pass_through() -> None:
    body = {
        "model": "x",
        "max_tokens": 9,
        "messages": [user("a")],
        "system": [{"type": "text", "text": "s", "cache_control": EPHEMERAL}],
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "metadata": {"user_id": "u", "opik": {"tags": []}},
        "provider": {},
    }
    got = sent(DIALECT, CLAUDE, body, "messages", stream=True)
    assert got == {
        "model": "claude-sonnet-4-5",
        "max_tokens": 9,
        "messages": [user("a")],
        "system": body["system"],
        "thinking": body["thinking"],
        "metadata": {"user_id": "u"},
        "stream": True,
    }
    parts = read(DIALECT, CLAUDE, STREAM, "messages", piece=13)
    assert [part.value for part in parts] == EVENTS
    assert [part.usage for part in parts if part.usage] == [COUNTED]
    assert parts[-1].is_end
    assert parts[-2].finish_reason == "tool_calls"
    answer = assembled(parts, "messages")
    assert answer["content"] == MESSAGE["content"]
    assert answer["stop_reason"] == "tool_use"
    parsed = DIALECT.answer(CLAUDE, "messages", msgspec.json.encode(MESSAGE))
    assert parsed.value == MESSAGE
    assert texts.read("messages", answer) == texts.read("messages", MESSAGE)


def test_overload_in_the_middle_is_an_error() -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    for api in ("chat", "messages"):
        parts = read(DIALECT, CLAUDE, sse(*EVENTS[:5], error, named=True), api)
        assert parts[-1].error
        assert parts[-1].error.type == "provider_overloaded"


def test_a_stream_that_is_cut_is_an_error() -> None:
    cut = STREAM[: STREAM.index(b'"content_block_stop"')]
    assert read(DIALECT, CLAUDE, cut)[-1].error
    assert read(DIALECT, CLAUDE, b"")[-1].error


@pytest.mark.parametrize(
    ("native", "reason"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("refusal", "content_filter"),
        ("model_context_window_exceeded", "length"),
    ],
)
def test_finish_reasons(native: str, reason: str) -> None:
    answer = {**MESSAGE, "content": [], "stop_reason": native}
    assert DIALECT.answer(CLAUDE, "chat", msgspec.json.encode(answer)).finish_reason == reason


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "type index delta message content content_block usage text input id name error"
                " citations thinking".split()
            ),
            inner
            | st.sampled_from(
                "message_start content_block_start content_block_delta content_block_stop"
                " message_delta tool_use text thinking text_delta input_json_delta".split()
            ),
            max_size=5,
        )
    ),
    max_leaves=14,
)


@given(st.lists(JSON, max_size=4))
def test_garbage_never_raises(values: list[Any]) -> None:
    for api in ("chat", "messages"):
        assembled(read(DIALECT, CLAUDE, sse(*values), api), api)
        for value in values:
            try:
                texts.read(api, DIALECT.answer(CLAUDE, api, msgspec.json.encode(value)).value)
            except BadAnswerError as error:
                assert error.error.type
