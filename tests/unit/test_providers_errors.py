"""Refusals of all providers become one vocabulary, and hold no key."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.providers.openai import DIALECT as OPENAI


def refused(status: int, body: Any, **headers: str) -> tuple[str, str]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    error = OPENAI.error(status, named, data)
    assert error.status == status
    return error.type, error.message


def openai(message: str, code: str | None = None, kind: str = "invalid_request_error") -> Any:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, openai("too long", "context_length_exceeded"), "context_length_exceeded"),
        (
            400,
            openai("This model's maximum context length is 8192 tokens."),
            "context_length_exceeded",
        ),
        (
            400,
            {
                "type": "error",
                "error": {
                    "type": "invalid_request_error",
                    "message": "prompt is too long: 250000 tokens > 200000 maximum",
                },
            },
            "context_length_exceeded",
        ),
        (
            400,
            {
                "error": {
                    "code": 400,
                    "status": "INVALID_ARGUMENT",
                    "message": "The input token count (1100000) exceeds the maximum number of"
                    " tokens allowed (1048576).",
                }
            },
            "context_length_exceeded",
        ),
        (
            400,
            {"message": "Input is too long for requested model."},
            "context_length_exceeded",
        ),
        (
            400,
            {
                "error": {
                    "message": "The response was filtered",
                    "code": "content_filter",
                    "innererror": {"code": "ResponsibleAIPolicyViolation"},
                }
            },
            "content_policy_violation",
        ),
        (400, openai("Invalid value for 'temperature'", "invalid_value"), "invalid_request"),
        (400, openai("Bad prompt", "invalid_prompt"), "invalid_prompt"),
        (400, openai("bad", "invalid_image_format"), "invalid_image"),
        (401, openai("Incorrect API key provided", "invalid_api_key"), "authentication"),
        (
            400,
            [
                {
                    "error": {
                        "code": 400,
                        "message": "API key not valid. Please pass a valid API key.",
                        "status": "INVALID_ARGUMENT",
                    }
                }
            ],
            "authentication",
        ),
        (402, {"error": "Insufficient Balance"}, "payment_required"),
        (429, openai("You exceeded your current quota", "insufficient_quota"), "payment_required"),
        (
            400,
            {
                "type": "error",
                "error": {
                    "type": "invalid_request_error",
                    "message": "Your credit balance is too low to access the Anthropic API.",
                },
            },
            "payment_required",
        ),
        (403, openai("no access"), "permission_denied"),
        (404, openai("The model `x` does not exist", "model_not_found"), "not_found"),
        (408, b"", "timeout"),
        (
            413,
            {"type": "error", "error": {"type": "request_too_large", "message": "m"}},
            "payload_too_large",
        ),
        (422, {"detail": [{"loc": ["body", "n"], "msg": "not an integer"}]}, "unprocessable"),
        (429, openai("Rate limit reached", "rate_limit_exceeded", "tokens"), "rate_limit_exceeded"),
        (
            429,
            {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Quota"}},
            "rate_limit_exceeded",
        ),
        (500, openai("The server had an error", None, "server_error"), "provider_unavailable"),
        (502, b"<html>Bad gateway</html>", "provider_unavailable"),
        (503, b"no healthy upstream", "provider_overloaded"),
        (504, b"", "timeout"),
        (
            529,
            {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
            "provider_overloaded",
        ),
    ],
)
def test_errors_are_told_in_openrouters_words(status: int, body: Any, expected: str) -> None:
    assert refused(status, body)[0] == expected


def test_amazons_errors_are_known_by_their_header() -> None:
    kind, message = refused(
        400, {"message": "Too many"}, x_amzn_errortype="ThrottlingException:http://x"
    )
    assert (kind, message) == ("rate_limit_exceeded", "Too many")


def test_messages_are_read_from_all_shapes() -> None:
    assert refused(422, {"detail": [{"loc": ["body", "n"], "msg": "no"}]})[1] == "body.n: no"
    assert refused(400, {"error": "just words"})[1] == "just words"
    assert refused(400, b"plain words")[1] == "plain words"
    assert refused(502, b"<html><b>nginx</b></html>")[1] == (
        "The provider answered with status 502"
    )
    assert refused(500, b"")[1] == "The provider answered with status 500"


@pytest.mark.parametrize(
    "secret",
    [
        "sk-proj-abcDEF123_-xyz9876543210",
        "sk-ant-api03-AAAA_bbbb-cccc",
        "sk-12ab",
        "gsk_abcdefghijklmnop123",
        "AIzaSyA-1234567890abcdefghij_klm",
        "xai-abcdefghijklmnop",
        "hf_abcdefghijklmnopqrst",
        "AKIAIOSFODNN7EXAMPLE",
        "0123456789abcdef0123456789abcdef",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
    ],
)
def test_no_key_is_in_a_message(secret: str) -> None:
    for text in (f"Incorrect API key provided: {secret}.", f"bad ({secret})", f"key={secret}&a=b"):
        _, message = refused(401, openai(text))
        assert secret not in message
    assert "[key]" in message


def test_plain_words_are_not_taken_for_keys() -> None:
    text = "The model gpt-4o-mini-2024-07-18 does not support response_format json_schema"
    assert refused(400, openai(text))[1] == text


def test_a_long_message_is_cut() -> None:
    assert len(refused(400, openai("word " * 10_000))[1]) == 2000


@given(st.integers(300, 599), st.binary(max_size=200) | st.text(max_size=80).map(json.dumps))
def test_anything_is_an_error_with_words(status: int, body: bytes | str) -> None:
    error = OPENAI.error(status, {}, body.encode() if isinstance(body, str) else body)
    assert error.type
    assert error.message.strip()
