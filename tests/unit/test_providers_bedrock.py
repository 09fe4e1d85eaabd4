"""Chat through Bedrock's Converse API and its event streams."""

import struct
import zlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.core.errors import ConfigurationError, InvalidRequestError
from sightline.core.secret import Secret
from sightline.domain.generation import Usage
from sightline.domain.upstream import BadAnswerError
from sightline.providers.bedrock import DIALECT
from tests.unit.provider_world import KEY, assembled, endpoint, read, sent

MODEL = "anthropic.claude-sonnet-4-5-20250929-v1:0"
BEDROCK = endpoint("bedrock", MODEL, options={"aws_region_name": "eu-west-1"})


def frame(name: str, value: Any, kind: str = "event") -> bytes:
    """Return a message as Amazon frames it."""
    payload = msgspec.json.encode(value)
    headers = b""
    for key, text in ((f":{kind}-type", name), (":message-type", kind)):
        headers += bytes([len(key)]) + key.encode() + b"\x07"
        headers += struct.pack(">H", len(text)) + text.encode()
    head = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    message = head + struct.pack(">I", zlib.crc32(head)) + headers + payload
    return message + struct.pack(">I", zlib.crc32(message))


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def test_a_conversation_with_tools_is_told_in_turns() -> None:
    got = sent(
        DIALECT,
        BEDROCK,
        {
            "messages": [
                {
                    "role": "system",
                    "content": [
                        {"type": "text", "text": "Be brief", "cache_control": {"type": "ephemeral"}}
                    ],
                },
                user(
                    [
                        {"type": "text", "text": "See"},
                        {"type": "image_url", "image_url": {"url": "data:image/jpg;base64,AA"}},
                        {
                            "type": "file",
                            "file": {
                                "filename": "my.report.pdf",
                                "file_data": "data:application/pdf;base64,BB",
                            },
                        },
                    ]
                ),
                {
                    "role": "assistant",
                    "content": None,
                    "reasoning_details": [
                        {"type": "reasoning.text", "text": "hm", "signature": "s"}
                    ],
                    "tool_calls": [{"id": "t1", "function": {"name": "f", "arguments": '{"a":1}'}}],
                },
                {"role": "tool", "tool_call_id": "t1", "content": "done"},
                user("thanks"),
            ],
            "tools": [
                {
                    "type": "function",
                    "function": {"name": "f", "description": "d", "parameters": {"type": "object"}},
                }
            ],
            "tool_choice": "required",
            "max_tokens": 50,
            "temperature": 0.2,
            "top_p": 0.5,
            "top_k": 7,
            "stop": ["END"],
        },
    )
    assert got == {
        "system": [{"text": "Be brief"}, {"cachePoint": {"type": "default"}}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"text": "See"},
                    {"image": {"format": "jpeg", "source": {"bytes": "AA"}}},
                    {
                        "document": {
                            "format": "pdf",
                            "name": "my report pdf",
                            "source": {"bytes": "BB"},
                        }
                    },
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}},
                    {"toolUse": {"toolUseId": "t1", "name": "f", "input": {"a": 1}}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"toolResult": {"toolUseId": "t1", "content": [{"text": "done"}]}},
                    {"text": "thanks"},
                ],
            },
        ],
        "toolConfig": {
            "tools": [
                {
                    "toolSpec": {
                        "name": "f",
                        "description": "d",
                        "inputSchema": {"json": {"type": "object"}},
                    }
                }
            ],
            "toolChoice": {"any": {}},
        },
        "inferenceConfig": {
            "maxTokens": 50,
            "temperature": 0.2,
            "topP": 0.5,
            "stopSequences": ["END"],
        },
        "additionalModelRequestFields": {"top_k": 7},
    }


def test_it_fetches_no_pictures() -> None:
    part = {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}}
    with pytest.raises(InvalidRequestError, match=r"messages\[0\]\.content\[0\]"):
        sent(DIALECT, BEDROCK, {"messages": [user([part])]})


def test_a_key_needs_no_signature() -> None:
    request = DIALECT.request(BEDROCK, "chat", {"messages": [user("a")]}, stream=True)
    assert request.url == (
        "https://bedrock-runtime.eu-west-1.amazonaws.com/model/"
        "anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream"
    )
    assert request.headers["authorization"] == f"Bearer {KEY}"


def test_what_is_missing_is_named() -> None:
    at = endpoint("bedrock", MODEL, api_key=None)
    with pytest.raises(ConfigurationError, match="aws_access_key_id"):
        DIALECT.request(at, "chat", {"messages": [user("a")]}, stream=False)


def test_access_keys_sign() -> None:
    options = {
        "aws_access_key_id": "AKIDEXAMPLE",
        "aws_secret_access_key": Secret("s3cr3t"),
        "aws_session_token": "tok",
        "aws_region_name": "eu-west-1",
    }
    at = endpoint("bedrock", MODEL, api_key=None, options=options)
    try:
        request = DIALECT.request(at, "chat", {"messages": [user("a")]}, stream=False)
    except ConfigurationError as error:
        assert "sightline[bedrock]" in (error.hint or "")
        return
    signed = request.headers["authorization"]
    assert signed.startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert "/eu-west-1/bedrock/aws4_request" in signed
    assert request.headers["x-amz-security-token"] == "tok"
    assert "s3cr3t" not in str(request.headers)


USAGE = {
    "inputTokens": 10,
    "outputTokens": 4,
    "totalTokens": 34,
    "cacheReadInputTokens": 15,
    "cacheWriteInputTokens": 5,
}
COUNTED = Usage(
    prompt_tokens=30, completion_tokens=4, total_tokens=34, cached_tokens=15, cache_write_tokens=5
)
WHOLE = {
    "output": {
        "message": {
            "role": "assistant",
            "content": [
                {"reasoningContent": {"reasoningText": {"text": "Let me see", "signature": "sig"}}},
                {"text": "Sun 🌍"},
                {"toolUse": {"toolUseId": "t1", "name": "f", "input": {"a": 1}}},
                {"toolUse": {"toolUseId": "t2", "name": "g", "input": {}}},
            ],
        }
    },
    "stopReason": "tool_use",
    "usage": USAGE,
}


def delta(at: int, value: dict[str, Any]) -> bytes:
    return frame("contentBlockDelta", {"contentBlockIndex": at, "delta": value})


def stop(at: int) -> bytes:
    return frame("contentBlockStop", {"contentBlockIndex": at})


def tool(at: int, id: str, name: str) -> bytes:
    start = {"toolUse": {"toolUseId": id, "name": name}}
    return frame("contentBlockStart", {"contentBlockIndex": at, "start": start})


STREAM = b"".join(
    (
        frame("messageStart", {"role": "assistant"}),
        delta(0, {"reasoningContent": {"text": "Let me "}}),
        delta(0, {"reasoningContent": {"text": "see"}}),
        delta(0, {"reasoningContent": {"signature": "sig"}}),
        stop(0),
        delta(1, {"text": "Sun "}),
        delta(1, {"text": "🌍"}),
        stop(1),
        tool(2, "t1", "f"),
        delta(2, {"toolUse": {"input": '{"a"'}}),
        delta(2, {"toolUse": {"input": ":1}"}}),
        stop(2),
        tool(3, "t2", "g"),
        stop(3),
        frame("messageStop", {"stopReason": "tool_use"}),
        frame("metadata", {"usage": USAGE, "metrics": {"latencyMs": 1}}),
    )
)


@pytest.mark.parametrize("piece", [1, 13, 100_000])
def test_its_stream_says_the_same_as_its_answer(piece: int) -> None:
    whole = DIALECT.answer(BEDROCK, "chat", msgspec.json.encode(WHOLE))
    assert whole.usage == COUNTED
    assert whole.finish_reason == "tool_calls"
    parts = read(DIALECT, BEDROCK, STREAM, piece=piece)
    assert assembled(parts)["choices"] == whole.value["choices"]
    assert [part.usage for part in parts if part.usage] == [COUNTED]
    assert parts[-1].is_end


def test_an_exception_within_a_stream_is_an_error() -> None:
    told = frame("throttlingException", {"message": "Too many requests"}, "exception")
    parts = read(
        DIALECT, BEDROCK, STREAM[: len(frame("messageStart", {"role": "assistant"}))] + told
    )
    assert parts[-1].error
    assert parts[-1].error.type == "rate_limit_exceeded"


def test_a_broken_or_cut_stream_is_an_error() -> None:
    broken = bytearray(STREAM)
    broken[150] ^= 0xFF
    assert read(DIALECT, BEDROCK, bytes(broken))[-1].error
    assert read(DIALECT, BEDROCK, STREAM[:-400])[-1].error


@given(st.binary(max_size=80), st.integers(0, len(STREAM)))
def test_garbage_never_raises(data: bytes, at: int) -> None:
    assembled(read(DIALECT, BEDROCK, STREAM[:at] + data))
    with pytest.raises(BadAnswerError):
        DIALECT.answer(BEDROCK, "chat", data)


@given(
    st.sampled_from("contentBlockStart contentBlockDelta metadata messageStop !x".split()),
    st.dictionaries(
        st.sampled_from(["delta", "start", "usage", "stopReason"]),
        st.none()
        | st.dictionaries(
            st.sampled_from(["text", "toolUse", "reasoningContent"]),
            st.none() | st.text(max_size=3) | st.just({}),
        ),
    ),
)
def test_odd_events_never_raise(name: str, value: Any) -> None:
    assembled(read(DIALECT, BEDROCK, frame(name, value)))
