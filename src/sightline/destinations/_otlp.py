"""OTLP over HTTP in JSON, the form that eight destinations take.

A call is a span of kind client named after `generation_name`, below it a span for each attempt at a
provider; `span_name` puts a span above it. Attributes are OpenTelemetry's GenAI names, and
`trace.*` and `span.*` as OpenRouter's Broadcast has them. Ids are in `_view`.
"""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any

import msgspec

from sightline import __version__
from sightline.core import codec
from sightline.destinations._cut import MAX_CHARACTERS
from sightline.destinations._requests import batched, json_array, json_request
from sightline.destinations._view import (
    View,
    is_failed,
    parent_hex,
    span_hex,
    trace_hex,
    view,
)
from sightline.destinations.base import Delivery, Extras, HttpRequest
from sightline.domain.generation import Attempt, Generation

SERVICE = "sightline"
EMPTY = b'{"resourceSpans":[]}'

_INTERNAL, _CLIENT_CALL, _SERVER = 1, 3, 2
_OK, _ERROR = 1, 2
_TOO_LARGE = 1 << 63
_REQUEST_PARAMETERS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "max_tokens": "max_tokens",
    "max_completion_tokens": "max_tokens",
    "max_output_tokens": "max_tokens",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "seed": "seed",
}

Attributes = dict[str, Any]
More = Callable[[View], Attributes]
"""What a destination adds to the attributes of the call's span."""


class _Span(msgspec.Struct, kw_only=True):
    name: str
    trace_id: str
    span_id: str
    parent_id: str | None
    kind: int
    start_us: int
    end_us: int
    attributes: Attributes
    error: tuple[str, str] | None = None
    """Type and message."""
    events: list[dict[str, Any]] = []


def otlp_deliveries(
    url: str,
    headers: Mapping[str, str],
    custom: Mapping[str, str] | None,
    batch: Sequence[Generation],
    extras: Extras,
    *,
    method: str = "POST",
    more: More | None = None,
    resource: Attributes | None = None,
    max_bytes: int = 4_000_000,
) -> list[Delivery]:
    """Return deliveries of the batch to an OTLP endpoint."""
    parts = [resource_spans(view(it, extras), more, resource) for it in batch]

    def make(group: list[bytes]) -> Sequence[HttpRequest]:
        body = json_array("resourceSpans", group)
        return (json_request(url, body, headers, custom, method=method),)

    return batched(parts, len, make, max_bytes=max_bytes)


def empty_request(
    url: str,
    headers: Mapping[str, str],
    custom: Mapping[str, str] | None,
    *,
    method: str = "POST",
) -> HttpRequest:
    """Return the request of a test: no spans, and a header that says so."""
    ours = {"X-Test-Connection": "true", **headers}
    return json_request(url, EMPTY, ours, custom, method=method)


def resource_spans(
    seen: View, more: More | None = None, resource: Attributes | None = None
) -> bytes:
    """Return the items of `resourceSpans` for a call: one for each of its spans, with commas."""
    named = {
        "service.name": SERVICE,
        "service.version": __version__,
        "sightline.trace.id": seen.generation.id,
        **(resource or {}),
    }
    found = {"attributes": _encoded(named)}
    return b",".join(
        codec.encode(
            {
                "resource": found,
                "scopeSpans": [{"scope": {"name": SERVICE}, "spans": [_span_json(span)]}],
            }
        )
        for span in _spans(seen, more)
    )


def _spans(seen: View, more: More | None) -> list[_Span]:
    call = seen.generation
    trace_id = trace_hex(call)
    parent_id = parent_hex(call)
    spans: list[_Span] = []
    if call.trace.span_name:
        group = _Span(
            name=call.trace.span_name,
            trace_id=trace_id,
            span_id=span_hex(call, "group"),
            parent_id=parent_id,
            kind=_INTERNAL,
            start_us=call.started_us,
            end_us=seen.ended_us,
            attributes={"span.type": "span", **_trace_attributes(seen)},
        )
        spans.append(group)
        parent_id = group.span_id
    attributes = call_attributes(seen)
    if more:
        attributes |= more(seen)
    root = _Span(
        name=seen.call_name,
        trace_id=trace_id,
        span_id=span_hex(call),
        parent_id=parent_id,
        kind=_CLIENT_CALL,
        start_us=call.started_us,
        end_us=seen.ended_us,
        attributes=attributes,
        error=(call.error.type, seen.error or "") if call.error else None,
    )
    if seen.cut_fields:
        root.events = [_event("sightline.trace_truncated", root.end_us, {})]
    spans.append(root)
    for at, attempt in enumerate(call.attempts):
        spans.append(_attempt_span(seen, at, attempt, root))
    return spans


def _attempt_span(seen: View, at: int, attempt: Attempt, root: _Span) -> _Span:
    call = seen.generation
    return _Span(
        name=f"provider attempt {at + 1}: {attempt.provider}",
        trace_id=root.trace_id,
        span_id=span_hex(call, "attempt", str(at)),
        parent_id=root.span_id,
        kind=_SERVER,
        start_us=attempt.started_us or call.started_us,
        end_us=max(attempt.ended_us, attempt.started_us, call.started_us),
        attributes={
            "span.type": "span",
            "span.level": "ERROR" if is_failed(attempt) else "DEFAULT",
            "span.metadata.attempt_index": at,
            "span.metadata.status_code": attempt.status,
            "span.metadata.is_byok": attempt.is_byok,
            "span.metadata.endpoint_id": attempt.endpoint_id,
            "span.metadata.model_permaslug": attempt.model,
            "gen_ai.operation.name": seen.operation,
            "gen_ai.response.id": f"{call.id}:attempt-{at}",
            "trace.metadata.sightline.provider_name": attempt.provider,
        },
        error=("provider_error", attempt.error or f"status {attempt.status}")
        if is_failed(attempt)
        else None,
    )


def _trace_attributes(seen: View) -> Attributes:
    call = seen.generation
    found: Attributes = {
        "trace.name": call.trace_name,
        "user.id": call.user,
        "session.id": call.session_id,
    }
    for name, value in seen.custom.items():
        found[f"trace.metadata.{name}"] = value
    return found


def call_attributes(seen: View) -> Attributes:
    """Return the attributes of a call's span; None and empty values are left out later."""
    call = seen.generation
    found = {
        **_trace_attributes(seen),
        "span.type": "generation",
        "span.level": "ERROR" if call.error else "DEFAULT",
        "span.status_message": seen.error,
        "gen_ai.operation.name": seen.operation,
        "gen_ai.system": call.provider_slug or call.provider,
        "gen_ai.provider.name": call.provider_slug or call.provider,
        "gen_ai.request.model": call.model_requested or call.model,
        "gen_ai.response.model": seen.model,
        "gen_ai.response.id": call.id,
        "gen_ai.response.finish_reason": call.finish_reason,
        "gen_ai.response.finish_reasons": [call.finish_reason] if call.finish_reason else None,
        **_usage_attributes(call),
    }
    for name, value in seen.custom.items():
        found[f"span.metadata.{name}"] = value
    if seen.parameters:
        found["span.metadata.model_parameters"] = seen.parameters
        for name, target in _REQUEST_PARAMETERS.items():
            value = seen.parameters.get(name)
            if isinstance(value, int | float) and not isinstance(value, bool):
                found[f"gen_ai.request.{target}"] = value
    if seen.input is not None:
        for name in ("trace.input", "span.input", "gen_ai.prompt"):
            found[name] = seen.input
            found[f"{name}.truncated"] = "input" in seen.cut_fields or None
    if seen.answer is not None:
        for name in ("trace.output", "span.output", "gen_ai.completion"):
            found[name] = seen.answer
            found[f"{name}.truncated"] = "output" in seen.cut_fields or None
    return found | _routing_attributes(seen)


def _usage_attributes(call: Generation) -> Attributes:
    found: Attributes = {}
    if usage := call.usage:
        found = {
            "gen_ai.usage.input_tokens": usage.prompt_tokens,
            "gen_ai.usage.output_tokens": usage.completion_tokens,
            "gen_ai.usage.total_tokens": usage.total_tokens,
            "gen_ai.usage.input_tokens.cached": usage.cached_tokens,
            "gen_ai.usage.input_tokens.cache_write": usage.cache_write_tokens,
            "gen_ai.usage.input_tokens.cache_write_5m": usage.cache_write_5m_tokens or None,
            "gen_ai.usage.input_tokens.cache_write_1h": usage.cache_write_1h_tokens or None,
            "gen_ai.usage.output_tokens.reasoning": usage.reasoning_tokens,
        }
    if cost := call.cost:
        found |= {
            "gen_ai.usage.input_cost": float(cost.input),
            "gen_ai.usage.output_cost": float(cost.output),
            "gen_ai.usage.total_cost": float(cost.total),
        }
    return found


def _routing_attributes(seen: View) -> Attributes:
    call = seen.generation
    last = call.attempts[-1] if call.attempts else None
    first = call.attempts[0] if call.attempts else None
    times: Attributes = {"first_token_ms": seen.first_token_ms}
    if first and first.started_us:
        times["router_latency_ms"] = _ms(first.started_us - call.started_us)
    if last and last.started_us:
        times["provider_request_ms"] = _ms(last.started_us - call.started_us)
        if last.headers_us is not None:
            times["provider_headers_ms"] = _ms(last.headers_us - last.started_us)
        times["provider_body_end_ms"] = _ms(last.ended_us - last.started_us)
        if call.first_token_us is not None:
            times["provider_time_to_first_token_ms"] = _ms(call.first_token_us - last.started_us)
    usage, cost = call.usage, call.cost
    if usage and usage.completion_tokens > 1 and call.first_token_us is not None:
        streaming_us = max(seen.ended_us - call.first_token_us, 0)
        times["inter_token_latency_ms"] = _ms(streaming_us / (usage.completion_tokens - 1))
    prices: Attributes = {}
    if usage and cost and usage.prompt_tokens:
        prices["input_unit_price"] = float(cost.input / usage.prompt_tokens)
    if usage and cost and usage.completion_tokens:
        prices["output_unit_price"] = float(cost.output / usage.completion_tokens)
    named = {
        "source": "gateway" if call.attempts else "exporter",
        "api_key_name": call.key.name,
        "provider_name": call.provider,
        "provider_slug": call.provider_slug,
        "finish_reason": call.finish_reason,
        "streamed": call.streamed,
        "cancelled": call.cancelled or None,
        **times,
        **prices,
    }
    found = {f"trace.metadata.sightline.{name}": value for name, value in named.items()}
    if call.attempts:
        found["trace.metadata.provider_responses"] = [
            {
                "provider_name": it.provider,
                "endpoint_id": it.endpoint_id,
                "model_permaslug": it.model,
                "is_byok": it.is_byok,
                "status": it.status,
                "latency": _ms(it.ended_us - it.started_us),
                **({"error": it.error} if it.error else {}),
            }
            for it in call.attempts
        ]
    return found


def _ms(value_us: float) -> float:
    return round(max(value_us, 0) / 1000, 3)


def _span_json(span: _Span) -> dict[str, Any]:
    status: dict[str, Any] = {"code": _OK}
    events = list(span.events)
    if span.error:
        kind, message = span.error
        status = {"code": _ERROR, "message": message}
        what = {"exception.type": kind, "exception.message": message}
        events.append(_event("exception", span.end_us, what))
    found = {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "name": span.name,
        "kind": span.kind,
        "startTimeUnixNano": str(span.start_us * 1000),
        "endTimeUnixNano": str(span.end_us * 1000),
        "status": status,
        "attributes": _encoded(span.attributes),
    }
    if span.parent_id:
        found["parentSpanId"] = span.parent_id
    if events:
        found["events"] = events
    return found


def _event(name: str, at_us: int, attributes: Attributes) -> dict[str, Any]:
    return {
        "timeUnixNano": str(at_us * 1000),
        "name": name,
        "attributes": _encoded(attributes),
    }


def _encoded(attributes: Attributes) -> list[dict[str, Any]]:
    """Return attributes in OTLP's form, empty ones left out and those too long cut."""
    found: list[dict[str, Any]] = []
    for name, value in attributes.items():
        if value is None or value == "":
            continue
        if isinstance(value, bool):
            typed: dict[str, Any] = {"boolValue": value}
        elif isinstance(value, int) and abs(value) < _TOO_LARGE:
            typed = {"intValue": value}
        elif isinstance(value, float) and isfinite(value):
            typed = {"doubleValue": value}
        else:
            text = value if isinstance(value, str) else codec.encode_text(value)
            # The structure inside was cut before; encoding may add some.
            if len(text) > MAX_CHARACTERS and isinstance(value, str):
                text = text[:MAX_CHARACTERS]
                found.append({"key": f"{name}.truncated", "value": {"boolValue": True}})
            typed = {"stringValue": text}
        found.append({"key": name, "value": typed})
    return found
