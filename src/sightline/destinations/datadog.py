"""Datadog LLM Observability: spans of an ML application."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec

from sightline.core import codec
from sightline.destinations._config import Config, key
from sightline.destinations._requests import batched, below, get_request, json_request
from sightline.destinations._texts import words
from sightline.destinations._view import View, span_hex, trace_hex, view
from sightline.destinations.base import Delivery, Destination, Extras, HttpRequest
from sightline.domain.generation import Generation


class DatadogConfig(Config, frozen=True, kw_only=True):
    api_key: Annotated[str, key("API key", secret=True, required=True)]
    ml_app: Annotated[str, key("ML app", "The application's name.", required=True)]
    url: Annotated[str, key("API URL", "That of your site.", url=True)] = (
        "https://api.us5.datadoghq.com"
    )


def _headers(config: DatadogConfig) -> dict[str, str]:
    return {"DD-API-KEY": config.api_key}


def deliveries(
    config: DatadogConfig, batch: Sequence[Generation], extras: Extras
) -> list[Delivery]:
    url = below(config.url, "/api/intake/llm-obs/v1/trace/spans")
    parts = [
        b",".join(codec.encode(span) for span in _spans(view(it, extras), config.ml_app))
        for it in batch
    ]

    def make(group: list[bytes]) -> Sequence[HttpRequest]:
        spans = msgspec.Raw(b"[" + b",".join(group) + b"]")
        attributes = {"ml_app": config.ml_app, "tags": [_service(config.ml_app)], "spans": spans}
        body = {"data": {"type": "span", "attributes": attributes}}
        return (json_request(url, body, _headers(config), config.headers),)

    return batched(parts, len, make)


def test(config: DatadogConfig) -> HttpRequest:
    return get_request(below(config.url, "/api/v1/validate"), _headers(config), config.headers)


def _service(ml_app: str) -> str:
    return f"service:{ml_app}"


def _spans(seen: View, ml_app: str) -> list[dict[str, Any]]:
    call = seen.generation
    tags = [_service(ml_app)]
    if call.user:
        tags.append(f"user_id:{call.user}")
    tags += call.opik.tags
    parent = call.trace.parent_span_id or "undefined"

    def span(id: str, name: str, meta: dict[str, Any]) -> dict[str, Any]:
        found = {
            "trace_id": trace_hex(call),
            "span_id": id,
            "parent_id": parent,
            "name": name,
            "start_ns": call.started_us * 1000,
            "duration": seen.duration_us * 1000,
            "status": "error" if call.error else "ok",
            "tags": tags,
            "meta": {name: value for name, value in meta.items() if value is not None},
        }
        if call.session_id:
            found["session_id"] = call.session_id
        return found

    spans: list[dict[str, Any]] = []
    if call.trace.span_name:
        group_id = span_hex(call, "group")
        metadata = seen.custom or None
        spans.append(
            span(group_id, call.trace.span_name, {"kind": "workflow", "metadata": metadata})
        )
        parent = group_id
    last = span(span_hex(call), seen.call_name, _meta(seen))
    last["metrics"] = _metrics(seen)
    return [*spans, last]


def _meta(seen: View) -> dict[str, Any]:
    call = seen.generation
    is_embedding = call.api_type == "embeddings"
    found: dict[str, Any] = {
        "kind": "embedding" if is_embedding else "llm",
        "model_name": seen.model,
        "model_provider": call.provider_slug or call.provider,
        "metadata": {
            **seen.parameters,
            **seen.custom,
            "trace_name": call.trace_name,
            "finish_reason": call.finish_reason,
            "sightline_observation_id": call.id,
        },
    }
    if seen.input is not None:
        if is_embedding:
            found["input"] = {"documents": [{"text": _text(m)} for m in seen.messages]}
        else:
            found["input"] = {"messages": [_message(m) for m in seen.messages]}
    if seen.answer is not None:
        if is_embedding:
            found["output"] = {"value": codec.encode_text(seen.answer)}
        else:
            found["output"] = {"messages": [_message(m) for m in seen.answers]}
    if call.error:
        found["error"] = {"type": call.error.type, "message": seen.error}
    return found


def _text(message: Mapping[str, Any]) -> str:
    return words(message.get("content", dict(message)))


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"role": str(message.get("role", "user")), "content": _text(message)}
    calls = message.get("tool_calls")
    named = []
    for call in calls if isinstance(calls, list) else []:
        function = call.get("function") if isinstance(call, Mapping) else None
        if isinstance(function, Mapping):
            named.append(
                {
                    "name": function.get("name"),
                    "arguments": _arguments(function.get("arguments")),
                    "tool_id": call.get("id"),
                    "type": call.get("type", "function"),
                }
            )
    if named:
        found["tool_calls"] = named
    return found


def _arguments(value: Any) -> dict[str, Any]:
    """Return a tool's arguments as the object that the API wants."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return {"text": value}
    return value if isinstance(value, dict) else {"value": value}


def _metrics(seen: View) -> dict[str, float]:
    call = seen.generation
    found: dict[str, float] = {}
    if usage := call.usage:
        found = {
            "input_tokens": usage.prompt_tokens,
            "output_tokens": usage.completion_tokens,
            "total_tokens": usage.total_tokens,
            "cache_read_input_tokens": usage.cached_tokens,
            "cache_write_input_tokens": usage.cache_write_tokens,
            "reasoning_output_tokens": usage.reasoning_tokens,
        }
    if cost := call.cost:
        found |= {
            "input_cost": float(cost.input),
            "output_cost": float(cost.output),
            "total_cost": float(cost.total),
        }
    if seen.first_token_ms is not None:
        found["time_to_first_token"] = seen.first_token_ms / 1000
    return found


DESTINATION = Destination(
    type="datadog",
    title="Datadog",
    config=DatadogConfig,
    deliveries=deliveries,
    test=test,
    docs_url="https://docs.datadoghq.com/llm_observability/",
)
