"""Chat and embeddings through Gemini's generateContent, both ways; and on Vertex."""

import json
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from sightline.core.errors import ConfigurationError, InvalidRequestError
from sightline.core.secret import Secret
from sightline.domain.generation import Usage
from sightline.domain.upstream import BadAnswerError
from sightline.providers.google import DIALECT
from sightline.providers.vertex import DIALECT as VERTEX
from sightline.wire.google.schema import cleaned
from sightline.wire.openai import texts
from tests.unit.provider_world import KEY, assembled, endpoint, read, sent, sse

GEMINI = endpoint("gemini", "gemini-2.5-pro")


def asked(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return sent(DIALECT, GEMINI, {"messages": list(messages), **fields})


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def test_a_conversation_with_tools_is_told_in_contents() -> None:
    got = asked(
        {"role": "system", "content": "Be brief"},
        user("Weather?"),
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "t1", "function": {"name": "weather", "arguments": '{"city":"Bern"}'}},
                {"id": "t2", "function": {"name": "now", "arguments": "{}"}},
            ],
            "reasoning_details": [
                {
                    "type": "reasoning.encrypted",
                    "data": "sig",
                    "id": "t1",
                    "format": "google-gemini-v1",
                    "index": 0,
                }
            ],
        },
        {"role": "tool", "tool_call_id": "t1", "content": '{"sky":"blue"}'},
        {"role": "tool", "tool_call_id": "t2", "content": "noon"},
        tools=[
            {
                "type": "function",
                "function": {
                    "name": "weather",
                    "parameters": {
                        "type": "object",
                        "properties": {"city": {"type": "string"}},
                        "additionalProperties": False,
                    },
                },
            },
            {
                "type": "function",
                "function": {"name": "now", "parameters": {"type": "object", "properties": {}}},
            },
        ],
        tool_choice={"type": "function", "function": {"name": "now"}},
        max_tokens=100,
        temperature=0.1,
        top_p=0.9,
        top_k=5,
        stop="END",
        seed=3,
        metadata={"private": 1},
    )
    assert got == {
        "systemInstruction": {"parts": [{"text": "Be brief"}]},
        "contents": [
            {"role": "user", "parts": [{"text": "Weather?"}]},
            {
                "role": "model",
                "parts": [
                    {
                        "functionCall": {"name": "weather", "args": {"city": "Bern"}},
                        "thoughtSignature": "sig",
                    },
                    {"functionCall": {"name": "now", "args": {}}},
                ],
            },
            {
                "role": "user",
                "parts": [
                    {"functionResponse": {"name": "weather", "response": {"sky": "blue"}}},
                    {"functionResponse": {"name": "now", "response": {"result": "noon"}}},
                ],
            },
        ],
        "tools": [
            {
                "functionDeclarations": [
                    {
                        "name": "weather",
                        "parameters": {
                            "type": "object",
                            "properties": {"city": {"type": "string"}},
                        },
                    },
                    {"name": "now"},
                ]
            }
        ],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["now"]}},
        "generationConfig": {
            "maxOutputTokens": 100,
            "temperature": 0.1,
            "topP": 0.9,
            "topK": 5,
            "stopSequences": ["END"],
            "seed": 3,
        },
    }


def test_media_go_inline_or_by_address() -> None:
    got = asked(
        user(
            [
                {"type": "image_url", "image_url": {"url": "data:image/webp;base64,AA"}},
                {"type": "image_url", "image_url": {"url": "https://x.example/a.png?x=1"}},
                {"type": "input_audio", "input_audio": {"data": "BB", "format": "mp3"}},
                {
                    "type": "file",
                    "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,CC"},
                },
                {"type": "video_url", "video_url": {"url": "https://youtu.be/xyz"}},
            ]
        )
    )
    assert got["contents"][0]["parts"] == [
        {"inlineData": {"mimeType": "image/webp", "data": "AA"}},
        {"fileData": {"fileUri": "https://x.example/a.png?x=1", "mimeType": "image/png"}},
        {"inlineData": {"mimeType": "audio/mp3", "data": "BB"}},
        {"inlineData": {"mimeType": "application/pdf", "data": "CC"}},
        {"fileData": {"fileUri": "https://youtu.be/xyz"}},
    ]
    with pytest.raises(InvalidRequestError, match=r"messages\[0\]\.content\[0\]\.type"):
        asked(user([{"type": "hologram"}]))


@pytest.mark.parametrize(
    ("model", "fields", "told"),
    [
        (
            "gemini-2.5-pro",
            {"reasoning": {"max_tokens": 500}},
            {"includeThoughts": True, "thinkingBudget": 500},
        ),
        (
            "gemini-2.5-pro",
            {"reasoning": {"effort": "high", "exclude": True}, "max_tokens": 10_000},
            {"includeThoughts": False, "thinkingBudget": 8000},
        ),
        ("gemini-2.5-flash", {"reasoning_effort": "none"}, {"thinkingBudget": 0}),
        (
            "gemini-3-pro-preview",
            {"reasoning_effort": "low"},
            {"includeThoughts": True, "thinkingLevel": "low"},
        ),
    ],
)
def test_thinking(model: str, fields: dict[str, Any], told: dict[str, Any]) -> None:
    got = sent(DIALECT, endpoint("gemini", model), {"messages": [user("a")], **fields})
    assert got["generationConfig"]["thinkingConfig"] == told


def test_a_call_without_a_signature_is_let_pass_by_the_newest_models() -> None:
    call = {"id": "t", "function": {"name": "f", "arguments": "{}"}}
    body = {"messages": [user("a"), {"role": "assistant", "tool_calls": [call]}]}
    got = sent(DIALECT, endpoint("gemini", "gemini-3-pro"), body)
    assert got["contents"][1]["parts"][0]["thoughtSignature"] == "skip_thought_signature_validator"
    assert "thoughtSignature" not in sent(DIALECT, GEMINI, body)["contents"][1]["parts"][0]


def test_schemas_are_cleaned() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {
            "Node": {
                "type": "object",
                "properties": {
                    "next": {"$ref": "#/$defs/Node"},
                    "id": {"type": "string", "format": "uuid"},
                },
            },
            "Color": {"enum": ["red", "blue"]},
        },
        "type": "object",
        "additionalProperties": False,
        "required": ["color", "gone"],
        "properties": {
            "color": {"$ref": "#/$defs/Color", "description": "which"},
            "maybe": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "either": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
            "nullable": {"type": ["string", "null"], "format": "date-time"},
            "one": {"const": "x"},
            "level": {"type": "integer", "enum": [1, 2]},
            "list": {"type": "array"},
            "both": {
                "allOf": [
                    {"type": "object", "properties": {"a": {"type": "string"}}},
                    {"properties": {"b": {"type": "string"}}},
                ]
            },
        },
    }
    assert cleaned(schema) == {
        "type": "object",
        "required": ["color"],
        "properties": {
            "color": {"type": "string", "enum": ["red", "blue"], "description": "which"},
            "maybe": {"type": "integer", "nullable": True},
            "either": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
            "nullable": {"type": "string", "nullable": True, "format": "date-time"},
            "one": {"type": "string", "enum": ["x"]},
            "level": {"type": "integer"},
            "list": {"type": "array", "items": {"type": "string"}},
            "both": {
                "type": "object",
                "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
            },
        },
    }
    endless = cleaned({**schema["$defs"]["Node"], "$defs": schema["$defs"]})  # type: ignore[index]
    assert len(json.dumps(endless)) < 10_000


def test_headers_and_addresses() -> None:
    request = DIALECT.request(GEMINI, "chat", {"messages": [user("a")]}, stream=True)
    assert request.url == (
        "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro"
        ":streamGenerateContent?alt=sse"
    )
    assert request.headers["x-goog-api-key"] == KEY


USAGE = {
    "promptTokenCount": 20,
    "cachedContentTokenCount": 4,
    "candidatesTokenCount": 6,
    "thoughtsTokenCount": 9,
    "totalTokenCount": 35,
    "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 5}],
    "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 2}],
}
COUNTED = Usage(
    prompt_tokens=20,
    completion_tokens=15,
    total_tokens=35,
    cached_tokens=4,
    audio_input_tokens=5,
    reasoning_tokens=9,
    image_tokens=2,
)
PARTS: list[dict[str, Any]] = [
    {"text": "I look", "thought": True},
    {"text": " it up", "thought": True},
    {"text": "Sun "},
    {"text": "🌍"},
    {"inlineData": {"mimeType": "image/png", "data": "AA"}},
    {"functionCall": {"name": "weather", "args": {"city": "Bern"}}, "thoughtSignature": "sig"},
    {"functionCall": {"name": "now", "args": {}}},
]


def answer(parts: list[dict[str, Any]], reason: str | None = None, **more: Any) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": parts}, "index": 0}
    if reason:
        candidate["finishReason"] = reason
    return {"candidates": [candidate], "responseId": "r1", "modelVersion": "gemini-2.5-pro", **more}


WHOLE = answer(PARTS, "STOP", usageMetadata=USAGE)
STREAM = sse(
    *(answer([part], usageMetadata={**USAGE, "candidatesTokenCount": 1}) for part in PARTS[:-1]),
    answer(PARTS[-1:], "STOP", usageMetadata=USAGE),
)


def test_an_answer_is_told_in_chat() -> None:
    parsed = DIALECT.answer(GEMINI, "chat", msgspec.json.encode(WHOLE))
    assert parsed.usage == COUNTED
    assert (parsed.finish_reason, parsed.native_finish_reason) == ("tool_calls", "STOP")
    message = parsed.value["choices"][0]["message"]
    assert message["content"] == "Sun 🌍"
    assert message["reasoning"] == "I look it up"
    assert message["images"][0]["image_url"]["url"] == "data:image/png;base64,AA"
    assert [call["function"]["name"] for call in message["tool_calls"]] == ["weather", "now"]
    back = asked(user("a"), message)["contents"][1]["parts"]
    assert back[1] == PARTS[5]


@pytest.mark.parametrize("piece", [1, 17, 100_000])
def test_its_stream_says_the_same(piece: int) -> None:
    parts = read(DIALECT, GEMINI, STREAM, piece=piece)
    whole = DIALECT.answer(GEMINI, "chat", msgspec.json.encode(WHOLE))
    assert assembled(parts)["choices"] == whole.value["choices"]
    assert [part.usage for part in parts if part.usage] == [COUNTED]
    assert parts[0].upstream_id == "r1"
    assert parts[-1].is_end


@pytest.mark.parametrize("reason", ["SAFETY", "PROHIBITED_CONTENT", "RECITATION", "IMAGE_SAFETY"])
def test_what_its_filters_stop_is_told(reason: str) -> None:
    parsed = DIALECT.answer(GEMINI, "chat", msgspec.json.encode(answer([], reason)))
    assert (parsed.finish_reason, parsed.native_finish_reason) == ("content_filter", reason)


def test_a_refused_prompt_is_told() -> None:
    blocked = {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": USAGE}
    parsed = DIALECT.answer(GEMINI, "chat", msgspec.json.encode(blocked))
    assert parsed.finish_reason == "content_filter"
    parts = read(DIALECT, GEMINI, sse(blocked))
    assert [part.finish_reason for part in parts if part.finish_reason] == ["content_filter"]
    assert parts[-1].is_end


def test_cut_streams_and_errors_within() -> None:
    assert read(DIALECT, GEMINI, sse(answer(PARTS[:1])))[-1].error
    error = {"error": {"code": 503, "status": "UNAVAILABLE", "message": "overloaded"}}
    parts = read(DIALECT, GEMINI, sse(answer(PARTS[:1]), error))
    assert parts[-1].error
    assert parts[-1].error.type == "provider_overloaded"


def test_embeddings() -> None:
    got = sent(DIALECT, GEMINI, {"input": ["a", "b"], "dimensions": 2}, "embeddings")
    assert got["requests"][1] == {
        "model": "models/gemini-2.5-pro",
        "content": {"parts": [{"text": "b"}]},
        "outputDimensionality": 2,
    }
    data = msgspec.json.encode({"embeddings": [{"values": [0.5, 1]}, {"values": [2, 3]}]})
    parsed = DIALECT.answer(GEMINI, "embeddings", data)
    assert msgspec.json.decode(parsed.value["data"])[1]["embedding"] == [2, 3]
    with pytest.raises(InvalidRequestError, match=r"input\[0\]"):
        sent(DIALECT, GEMINI, {"input": [[1, 2]]}, "embeddings")


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "candidates content parts text thought functionCall inlineData error finishReason"
                " usageMetadata promptFeedback blockReason groundingMetadata embeddings $ref anyOf"
                " properties items enum type allOf required".split()
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=14,
)


@given(st.lists(JSON, max_size=4))
def test_garbage_never_raises(values: list[Any]) -> None:
    assembled(read(DIALECT, GEMINI, sse(*values)))
    for value in values:
        cleaned(value)
        for api in ("chat", "embeddings"):
            try:
                texts.read(api, DIALECT.answer(GEMINI, api, msgspec.json.encode(value)).value)
            except BadAnswerError as error:
                assert error.error.type


def vertex(model: str, **options: Any) -> Any:
    told = {"vertex_project": "p1", "vertex_location": "europe-west4", **options}
    return endpoint("vertex_ai", model, api_key=None, dialect="vertex", options=told)


@pytest.mark.parametrize(
    ("model", "api", "stream", "tail"),
    [
        (
            "gemini-2.5-pro",
            "chat",
            False,
            "publishers/google/models/gemini-2.5-pro:generateContent",
        ),
        (
            "gemini-2.5-pro",
            "chat",
            True,
            "publishers/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
        ),
        (
            "claude-sonnet-4-5@20250929",
            "messages",
            True,
            "publishers/anthropic/models/claude-sonnet-4-5@20250929:streamRawPredict",
        ),
        ("meta/llama-4-maas", "chat", False, "endpoints/openapi/chat/completions"),
        (
            "text-embedding-005",
            "embeddings",
            False,
            "publishers/google/models/text-embedding-005:predict",
        ),
    ],
)
def test_vertex_addresses(model: str, api: Any, stream: bool, tail: str) -> None:
    body = {"messages": [user("a")], "input": "a"}
    request = VERTEX.request(vertex(model), api, body, stream=stream)
    assert request.url == (
        "https://europe-west4-aiplatform.googleapis.com/v1/projects/p1/locations/europe-west4/"
        + tail
    )


def test_claude_on_vertex_is_named_in_the_address_only() -> None:
    at = vertex("claude-sonnet-4-5")
    got = sent(VERTEX, at, {"messages": [user("a")]})
    assert got["anthropic_version"] == "vertex-2023-10-16"
    assert "model" not in got


def test_vertex_embeddings_are_read() -> None:
    data = {"predictions": [{"embeddings": {"values": [1, 2], "statistics": {"token_count": 3}}}]}
    parsed = VERTEX.answer(vertex("text-embedding-005"), "embeddings", msgspec.json.encode(data))
    assert parsed.usage == Usage(prompt_tokens=3, total_tokens=3)


def test_a_users_token_is_fetched_from_google_only() -> None:
    held = {
        "type": "authorized_user",
        "client_id": "id",
        "client_secret": "s",
        "refresh_token": "r",
        "token_uri": "http://169.254.169.254/",
    }
    at = vertex("gemini-2.5-pro", vertex_credentials=Secret(json.dumps(held)))
    request = VERTEX.token_request(at, 0)
    assert request
    assert request.url == "https://oauth2.googleapis.com/token"
    assert b"refresh_token=r" in request.body
    token = VERTEX.read_token(b'{"access_token":"ya29.x","expires_in":99}')
    assert token.headers == {"authorization": "Bearer ya29.x"}
    assert token.expires_in_s == 99
    with pytest.raises(ValueError, match="no token"):
        VERTEX.read_token(b"{}")


def test_a_service_account_signs_for_its_token() -> None:
    jwt = pytest.importorskip("google.auth.jwt")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    held = {
        "type": "service_account",
        "client_email": "a@p",
        "private_key": pem,
        "private_key_id": "k",
        "token_uri": "https://evil.example",
    }
    request = VERTEX.token_request(vertex("gemini-2.5-pro", vertex_credentials=held), 5_000_000)
    assert request
    claims = jwt.decode(request.body.decode().partition("assertion=")[2], verify=False)
    assert claims["iss"] == "a@p"
    assert claims["aud"] == "https://oauth2.googleapis.com/token"
    assert (claims["iat"], claims["exp"]) == (5, 3605)


def test_without_credentials_only_the_operators_endpoint_asks_the_machine() -> None:
    with pytest.raises(ConfigurationError, match="vertex_credentials"):
        VERTEX.token_request(vertex("gemini-2.5-pro"), 0)
    at = msgspec.structs.replace(vertex("gemini-2.5-pro"), allows_private=True)
    request = VERTEX.token_request(at, 0)
    assert request
    assert request.url.startswith("http://metadata.google.internal/")
    assert VERTEX.token_request(endpoint("vertex_ai", "g", options={}), 0) is None
