"""Writes into an answer what the gateway knows better than the upstream: id, model, usage."""

from typing import Any

from sightline.domain.generation import ApiType
from sightline.wire.openai import chunks

_RESPONSE_ENDS = frozenset({"response.completed", "response.incomplete", "response.failed"})
# OpenRouter's client refuses an answer without these; many upstreams leave some of them out.
_RESPONSE_FIELDS: dict[str, Any] = {
    **dict.fromkeys(
        "completed_at error frequency_penalty incomplete_details instructions metadata "
        "presence_penalty temperature top_p".split()
    ),
    "parallel_tool_calls": True,
    "tool_choice": "auto",
}


def label(
    api: ApiType, value: dict[str, Any], *, id: str, model: str, provider: str, created: int
) -> None:
    """Name the generation in an answer or a stream's value, in place. `created` is Unix seconds.

    A response keeps the upstream's own id, because a caller continues from it by
    `previous_response_id`.
    """
    if api == "responses":
        held = value.get("response", value if value.get("object") == "response" else None)
        if isinstance(held, dict):
            held["id"] = held.get("id") or id
            held["model"] = model
            held["created_at"] = held.get("created_at") or created
            for name, default in _RESPONSE_FIELDS.items():
                held.setdefault(name, default)
            for name in ("output", "tools"):
                held.setdefault(name, [])
        return
    if api == "messages":
        held = value.get("message", value if value.get("type") == "message" else None)
        if isinstance(held, dict):
            held["id"] = id
            held["model"] = model
        return
    value["id"] = id
    value["model"] = model
    value["provider"] = provider
    if api != "embeddings" and not value.get("created"):
        value["created"] = created
    if value.get("object") == "chat.completion":
        # As above, of chat.
        value.setdefault("system_fingerprint", None)


def is_last(api: ApiType, value: dict[str, Any]) -> bool:
    """Whether usage belongs in this value of a stream."""
    if api == "responses":
        return value.get("type") in _RESPONSE_ENDS
    if api == "messages":
        return value.get("type") == "message_delta"
    return not value.get("choices")


def put_usage(api: ApiType, value: dict[str, Any], usage: dict[str, Any]) -> None:
    """Set the usage of an answer or of the value of a stream that `is_last` tells, in place."""
    if api == "responses" and isinstance(held := value.get("response"), dict):
        held["usage"] = usage
    else:
        value["usage"] = usage


def usage_chunk(usage: dict[str, Any]) -> dict[str, Any]:
    """Return the last chunk of a chat or completions stream, to be labelled."""
    return {**chunks.usage_value(), "usage": usage}


def failure(
    api: ApiType, error: dict[str, Any], *, sequence_number: int = 0
) -> tuple[str | None, dict[str, Any]]:
    """Return `(event name, value)` that ends a stream with an error, to be labelled.

    `error` is OpenRouter's: `{"code": 429, "message": …, "metadata": {"error_type": …}}`.
    """
    kind = error.get("metadata", {}).get("error_type", "server")
    if api == "responses":
        response = {
            "object": "response",
            "status": "failed",
            "error": {"code": kind, "message": error["message"]},
            "output": [],
        }
        value = {
            "type": "response.failed",
            "sequence_number": sequence_number,
            "response": response,
        }
        return "response.failed", value
    if api == "messages":
        inner = {"type": _ANTHROPIC_TYPES.get(kind, "api_error"), "message": error["message"]}
        return "error", {"type": "error", "error": inner}
    delta = {"text": ""} if api == "completions" else {"delta": {"content": ""}}
    choice = {"index": 0, **delta, "finish_reason": "error", "native_finish_reason": None}
    kind = "text_completion" if api == "completions" else "chat.completion.chunk"
    return None, {"id": "", "object": kind, "created": 0, "error": error, "choices": [choice]}


_ANTHROPIC_TYPES = {
    "invalid_request": "invalid_request_error",
    "context_length_exceeded": "invalid_request_error",
    "content_policy_violation": "invalid_request_error",
    "authentication": "authentication_error",
    "payment_required": "billing_error",
    "permission_denied": "permission_error",
    "not_found": "not_found_error",
    "payload_too_large": "request_too_large",
    "rate_limit_exceeded": "rate_limit_error",
    "provider_overloaded": "overloaded_error",
    "timeout": "timeout_error",
}


def anthropic_type(error_type: str) -> str:
    """Return Anthropic's word for an error, for the envelope of `messages`."""
    return _ANTHROPIC_TYPES.get(error_type, "api_error")
