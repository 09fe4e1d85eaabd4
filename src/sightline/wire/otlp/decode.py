"""OTLP/HTTP bodies to the neutral form: protobuf here, JSON through `json_form`."""

import base64
from functools import cache
from typing import Any

from sightline.core.errors import InvalidRequestError
from sightline.wire.otlp import json_form
from sightline.wire.otlp.export import Event, ExportRequest, Link, ScopeSpans, Span

__all__ = ["decode_json", "decode_protobuf"]

_NO_PARENT = bytes(8)
_NO_TRACE = bytes(16)
_SCALARS = frozenset({"string_value", "int_value", "double_value", "bool_value"})


def decode_protobuf(body: bytes) -> ExportRequest:
    """Decode an `ExportTraceServiceRequest` (OTLP 1.x, opentelemetry-proto).

    Raises `InvalidRequestError` for anything that is not one, naming the field where there is one.
    """
    messages, decode_error = _library()
    message = messages.ExportTraceServiceRequest()
    try:
        message.ParseFromString(body)
    except decode_error:
        raise InvalidRequestError(
            "Unable to process protobuf. The body is not an ExportTraceServiceRequest",
            hint="Send `application/x-protobuf` for protobuf and `application/json` for JSON",
        ) from None
    return _checked(
        ExportRequest(
            [
                ScopeSpans(
                    resource,
                    group.scope.name,
                    group.scope.version,
                    [_span(span) for span in group.spans],
                )
                for resource_spans in message.resource_spans
                for resource in (_attributes(resource_spans.resource.attributes),)
                for group in resource_spans.scope_spans
            ]
        )
    )


@cache
def _library() -> tuple[Any, type[Exception]]:
    """Return the messages and the error of what cannot be parsed; loads them once, in 25 ms."""
    from google.protobuf.message import DecodeError  # noqa: PLC0415
    from opentelemetry.proto.collector.trace.v1 import trace_service_pb2  # noqa: PLC0415

    return trace_service_pb2, DecodeError


def prepare() -> None:
    """Load what the first protobuf body would load; from any thread."""
    _library()


def decode_json(body: bytes) -> ExportRequest:
    """Decode OTLP/JSON: hex ids, 64-bit numbers as numbers or strings, unknown fields ignored.

    Takes base64 ids and a body that is JSON inside a JSON string too. Raises
    `InvalidRequestError` that names the field.
    """
    return _checked(json_form.decode(body))


def _checked(request: ExportRequest) -> ExportRequest:
    for at, scope in enumerate(request.scopes):
        for number, span in enumerate(scope.spans):
            if len(span.trace_id) != 16 or span.trace_id == _NO_TRACE:
                raise _wrong_id(at, number, "traceId", 16)
            if len(span.span_id) != 8 or span.span_id == _NO_PARENT:
                raise _wrong_id(at, number, "spanId", 8)
            if span.parent_span_id:
                if span.parent_span_id == _NO_PARENT:
                    span.parent_span_id = b""
                elif len(span.parent_span_id) != 8:
                    raise _wrong_id(at, number, "parentSpanId", 8)
    return request


def _wrong_id(scope: int, span: int, field: str, size: int) -> InvalidRequestError:
    text = f"scopeSpans[{scope}].spans[{span}].{field} must be {size} bytes that are not all zero"
    return InvalidRequestError(text, fields=[text])


def _span(span: Any) -> Span:
    status = span.status
    return Span(
        span.trace_id,
        span.span_id,
        span.parent_span_id,
        span.name,
        span.kind,
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        _attributes(span.attributes),
        _events(span.events) if span.events else (),
        _links(span.links) if span.links else (),
        status.code,
        status.message,
    )


def _events(events: Any) -> list[Event]:
    return [Event(e.name, e.time_unix_nano, _attributes(e.attributes)) for e in events]


def _links(links: Any) -> list[Link]:
    return [Link(li.trace_id, li.span_id, _attributes(li.attributes)) for li in links]


def _attributes(pairs: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in pairs:
        value = pair.value
        # Nearly all values are text or ints: asking for them first saves a `WhichOneof` each.
        found[pair.key] = value.string_value or value.int_value or _value(value)
    return found


def _value(value: Any) -> Any:
    # Recursion is bounded by the parser, which refuses messages nested deeper than 100.
    which = value.WhichOneof("value")
    if which in _SCALARS:
        return getattr(value, which)
    if which == "array_value":
        return [_value(item) for item in value.array_value.values]
    if which == "kvlist_value":
        return {pair.key: _value(pair.value) for pair in value.kvlist_value.values}
    if which == "bytes_value":
        return base64.b64encode(value.bytes_value).decode()
    return None
