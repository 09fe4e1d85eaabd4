"""`GET /generation` and `/generation/content`, read back from the call's span.

What the gateway writes is in the span's metadata: `generation_id`, `model`, `provider`,
`api_type`, …, and the block `gateway`. A field that is not there is null.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from sightline.core.clock import format_us

# OpenRouter's words for kinds of calls: all that answer with text are `completions`.
_API_TYPES = {"embeddings": "embeddings"}
_DETAILS = "original_usage.prompt_tokens_details."
_OUT_DETAILS = "original_usage.completion_tokens_details."


class StoredCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call's span: times are Unix µs, JSON columns texts, `usage` the flat map."""

    id: str
    workspace_id: str
    started_us: int
    ended_us: int | None
    model: str | None
    provider: str | None
    metadata: str | None
    input: str | None
    output: str | None
    error_info: str | None
    usage: Mapping[str, int]
    cost_usd: float | None
    ttft_ms: float | None


def generation_body(call: StoredCall) -> dict[str, Any]:
    """Return the figures of a call."""
    said = _object(call.metadata)
    gateway = _part(said, "gateway")
    app, cost = _part(gateway, "app"), _part(gateway, "cost")
    is_byok = gateway.get("is_byok") is True
    total = call.cost_usd if call.cost_usd is not None else cost.get("total") or 0
    took_ms = None if call.ended_us is None else (call.ended_us - call.started_us) / 1000
    first_ms = _number(gateway.get("ttft_ms"), call.ttft_ms)
    prompt, completion = call.usage.get("prompt_tokens"), call.usage.get("completion_tokens")
    return {
        "id": call.id,
        "created_at": format_us(call.started_us),
        "model": said.get("model") or call.model or "",
        "provider_name": said.get("provider") or call.provider,
        "api_type": _API_TYPES.get(str(said.get("api_type")), "completions"),
        "app_id": None,
        "origin": app.get("referer") or "",
        "http_referer": app.get("referer"),
        "user_agent": app.get("user_agent"),
        "external_user": _text(said.get("user")),
        "session_id": _text(said.get("session_id")),
        "request_id": None,
        "preset_id": _text(gateway.get("preset")),
        "router": None,
        "streamed": bool(gateway.get("streamed")),
        "cancelled": bool(gateway.get("cancelled")),
        "finish_reason": _text(gateway.get("finish_reason")),
        "native_finish_reason": _text(gateway.get("native_finish_reason")),
        "latency": first_ms if first_ms is not None else took_ms,
        "generation_time": took_ms,
        "moderation_latency": None,
        "tokens_prompt": prompt,
        "tokens_completion": completion,
        "native_tokens_prompt": prompt,
        "native_tokens_completion": completion,
        "native_tokens_completion_images": call.usage.get(f"{_OUT_DETAILS}image_tokens"),
        "native_tokens_reasoning": call.usage.get(f"{_OUT_DETAILS}reasoning_tokens"),
        "native_tokens_cached": call.usage.get(f"{_DETAILS}cached_tokens"),
        "num_media_prompt": None,
        "num_media_completion": None,
        "num_input_audio_prompt": None,
        "num_search_results": None,
        "num_fetches": None,
        "web_search_engine": None,
        "total_cost": total,
        "usage": 0 if is_byok else total,
        "cache_discount": None,
        "upstream_inference_cost": cost.get("upstream"),
        "upstream_id": _text(gateway.get("upstream_id")),
        "is_byok": is_byok,
        "service_tier": _text(gateway.get("service_tier")),
        "data_region": "global",
        "provider_responses": _attempts(gateway, is_byok=is_byok),
        "response_cache_source_id": _text(gateway.get("cache_source_id")),
        "workspace_id": call.workspace_id,
    }


def content_body(call: StoredCall) -> dict[str, Any]:
    """Return what was said to the model and by it."""
    given = _object(call.input)
    said = _object(call.output)
    completion, reasoning = _said(said)
    asked: dict[str, Any] = {}
    for name in ("messages", "prompt", "input"):
        if name in given:
            asked = {"messages": given[name]} if name == "messages" else {"prompt": given[name]}
            break
    prompt = asked.get("prompt")
    if "prompt" in asked and not isinstance(prompt, str):
        asked = {"messages": prompt if isinstance(prompt, list) else [prompt]}
    return {
        "input": asked or {"messages": []},
        "output": {"completion": completion, "reasoning": reasoning},
        "error": _error(call),
    }


def _said(output: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return text and reasoning of an answer in any of the gateway's shapes."""
    choices = output.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        message = _part(choices[0], "message")
        text = message.get("content", choices[0].get("text"))
        return _joined(text), _text(message.get("reasoning"))
    content = output.get("content")
    if isinstance(content, list):
        return _joined(content), _of_type(content, "thinking", "thinking")
    items = output.get("output")
    if isinstance(items, list):
        parts = [
            part
            for item in items
            if isinstance(item, dict) and item.get("type") == "message"
            for part in item.get("content") or ()
        ]
        summaries = [
            part
            for item in items
            if isinstance(item, dict) and item.get("type") == "reasoning"
            for part in item.get("summary") or ()
        ]
        return _joined(parts), _joined(summaries)
    return None, None


def _error(call: StoredCall) -> dict[str, Any] | None:
    if not call.error_info:
        return None
    info = _object(call.error_info)
    gateway = _part(_object(call.metadata), "gateway")
    attempts = gateway.get("attempts")
    tries = [a for a in attempts if isinstance(a, dict)] if isinstance(attempts, list) else []
    failed = [attempt for attempt in tries if attempt.get("error")]
    status = gateway.get("status")
    return {
        "message": _text(info.get("message")),
        "status": status if isinstance(status, int) else None,
        "provider_name": _text(failed[-1].get("provider")) if failed else None,
        "raw": None,
        "previous_errors": [
            {
                "code": attempt.get("status") or 0,
                "message": str(attempt["error"]),
                "provider_name": _text(attempt.get("provider")),
                "raw": None,
            }
            for attempt in failed[:-1]
        ],
    }


def _attempts(gateway: Mapping[str, Any], *, is_byok: bool) -> list[dict[str, Any]]:
    found = gateway.get("attempts")
    return [
        {
            "provider_name": attempt.get("provider"),
            "status": attempt.get("status"),
            "latency": attempt.get("ms"),
            "model_permaslug": str(attempt.get("model") or ""),
            "is_byok": is_byok,
        }
        for attempt in (found if isinstance(found, list) else [])
        if isinstance(attempt, dict)
    ]


def _object(text: str | None) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(text) if text else None
    except (msgspec.DecodeError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {}


def _part(value: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(*values: Any) -> float | None:
    return next((v for v in values if isinstance(v, (int, float)) and v is not True), None)


def _joined(content: Any) -> str | None:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return None
    parts = (part.get("text") for part in content if isinstance(part, dict))
    return "".join(part for part in parts if isinstance(part, str)) or None


def _of_type(content: list[Any], type_: str, field: str) -> str | None:
    found = (p.get(field) for p in content if isinstance(p, dict) and p.get("type") == type_)
    return "".join(text for text in found if isinstance(text, str)) or None
