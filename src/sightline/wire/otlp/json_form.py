"""OTLP/JSON: the protobuf JSON mapping with hex ids (OTLP 1.x, "JSON Protobuf Encoding").

Looser than the specification wherever a client in the field is known to get it wrong.
"""

import base64
import contextlib
from typing import Any

import msgspec

from sightline.core import codec
from sightline.core.errors import InvalidRequestError
from sightline.wire.otlp.export import Event, ExportRequest, Link, ScopeSpans, Span

MAX_DEPTH = 30
"""How deep a value may nest; the protobuf parser stops at about the same depth by itself."""

_INT64 = range(-(2**63), 2**63)
_UINT64 = range(2**64)
_KINDS = {
    f"SPAN_KIND_{name}": number
    for number, name in enumerate(
        ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
    )
}
_STATUS = {"STATUS_CODE_UNSET": 0, "STATUS_CODE_OK": 1, "STATUS_CODE_ERROR": 2}

_Number = int | float | str | None
"""64-bit numbers come as strings by the specification and as numbers from many clients."""


class _Form(msgspec.Struct, rename="camel", gc=False):
    pass


class _Value(_Form):
    string_value: str | None = None
    bool_value: bool | None = None
    int_value: _Number = None
    double_value: _Number = None
    array_value: "_Array | None" = None
    kvlist_value: "_KeyValues | None" = None
    bytes_value: str | None = None


class _KeyValue(_Form):
    key: str = ""
    value: _Value | None = None


class _Array(_Form):
    values: list[_Value] | None = None


class _KeyValues(_Form):
    values: list[_KeyValue] | None = None


class _Event(_Form):
    name: str | None = None
    time_unix_nano: _Number = None
    attributes: list[_KeyValue] | None = None


class _Link(_Form):
    trace_id: str | None = None
    span_id: str | None = None
    attributes: list[_KeyValue] | None = None


class _Status(_Form):
    code: int | str | None = None
    message: str | None = None


class _Span(_Form):
    trace_id: str | None = None
    span_id: str | None = None
    parent_span_id: str | None = None
    name: str | None = None
    kind: int | str | None = None
    start_time_unix_nano: _Number = None
    end_time_unix_nano: _Number = None
    attributes: list[_KeyValue] | None = None
    events: list[_Event] | None = None
    links: list[_Link] | None = None
    status: _Status | None = None


class _Scope(_Form):
    name: str | None = None
    version: str | None = None


class _ScopeSpans(_Form):
    scope: _Scope | None = None
    spans: list[_Span] | None = None


class _Resource(_Form):
    attributes: list[_KeyValue] | None = None


class _ResourceSpans(_Form):
    resource: _Resource | None = None
    scope_spans: list[_ScopeSpans] | None = None


class _Request(_Form):
    resource_spans: list[_ResourceSpans] | None = None


class _WrongFieldError(ValueError):
    """A value that decodes as JSON and not as its field."""


_decoder = msgspec.json.Decoder(_Request)
_text_decoder = msgspec.json.Decoder(str)


def decode(body: bytes) -> ExportRequest:
    """Decode one body; ids are not checked for length here."""
    try:
        if body.lstrip()[:1] == b'"':
            body = _text_decoder.decode(body).encode()
        form = _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _invalid(str(error).replace("`$.", "`")) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        whole = codec.mended(body)
        if whole is not None:
            return decode(whole)
        raise codec.broken_json(error) from None
    return ExportRequest(
        [
            scope
            for at, resource_spans in enumerate(form.resource_spans or ())
            for scope in _scopes(resource_spans, f"resourceSpans[{at}]")
        ]
    )


def _invalid(what: str) -> InvalidRequestError:
    text = what.splitlines()[0][:300] if what else "broken"
    return InvalidRequestError(f"Unable to process JSON. {text}", fields=[text])


def _scopes(form: _ResourceSpans, path: str) -> list[ScopeSpans]:
    try:
        resource = _attributes(form.resource.attributes if form.resource else None)
    except _WrongFieldError as error:
        raise _invalid(f"{path}.resource.{error}") from None
    return [
        ScopeSpans(
            resource,
            (group.scope.name or "") if group.scope else "",
            (group.scope.version or "") if group.scope else "",
            _spans(group.spans or [], f"{path}.scopeSpans[{at}]"),
        )
        for at, group in enumerate(form.scope_spans or ())
    ]


def _spans(forms: list[_Span], path: str) -> list[Span]:
    spans = []
    for at, form in enumerate(forms):
        try:
            spans.append(_span(form))
        except _WrongFieldError as error:
            raise _invalid(f"{path}.spans[{at}].{error}") from None
    return spans


def _span(form: _Span) -> Span:
    status = form.status
    return Span(
        _id(form.trace_id, 16, "traceId"),
        _id(form.span_id, 8, "spanId"),
        _id(form.parent_span_id, 8, "parentSpanId"),
        form.name or "",
        _enum(form.kind, _KINDS),
        _whole(form.start_time_unix_nano or 0, _UINT64, "startTimeUnixNano"),
        _whole(form.end_time_unix_nano or 0, _UINT64, "endTimeUnixNano"),
        _attributes(form.attributes),
        [_event(event) for event in form.events] if form.events else (),
        [_link(link) for link in form.links] if form.links else (),
        _enum(status.code, _STATUS) if status else 0,
        (status.message or "") if status else "",
    )


def _event(form: _Event) -> Event:
    return Event(
        form.name or "",
        _whole(form.time_unix_nano or 0, _UINT64, "events.timeUnixNano"),
        _attributes(form.attributes),
    )


def _link(form: _Link) -> Link:
    return Link(
        _id(form.trace_id, 16, "links.traceId"),
        _id(form.span_id, 8, "links.spanId"),
        _attributes(form.attributes),
    )


def _id(text: str | None, size: int, field: str) -> bytes:
    if not text:
        return b""
    raw = b""
    with contextlib.suppress(ValueError):  # binascii.Error is one
        if len(text) == size * 2:
            raw = bytes.fromhex(text)
        else:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    if len(raw) != size:
        raise _WrongFieldError(f"{field} must be {size * 2} hexadecimal characters")
    return raw


def _enum(value: int | str | None, names: dict[str, int]) -> int:
    return names.get(value, 0) if isinstance(value, str) else value or 0


def _whole(value: int | float | str, allowed: range, field: str) -> int:
    try:
        number = int(value)
    except (ValueError, OverflowError):
        raise _WrongFieldError(f"{field} must be a whole number") from None
    if number not in allowed:
        raise _WrongFieldError(f"{field} does not fit 64 bits")
    return number


def _attributes(pairs: list[_KeyValue] | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in pairs or ():
        value = pair.value
        if value is None:
            found[pair.key] = None
        elif value.string_value is not None:
            found[pair.key] = value.string_value
        else:
            try:
                found[pair.key] = _value(value, 1)
            except _WrongFieldError as error:
                raise _WrongFieldError(f"attributes[`{pair.key[:100]}`].{error}") from None
    return found


def _value(value: _Value, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise _WrongFieldError(f"value nests deeper than {MAX_DEPTH}")
    if value.string_value is not None:
        return value.string_value
    if value.int_value is not None:
        return _whole(value.int_value, _INT64, "intValue")
    if value.bool_value is not None:
        return value.bool_value
    if value.double_value is not None:
        try:
            return float(value.double_value)
        except (ValueError, OverflowError):
            raise _WrongFieldError("doubleValue must be a number") from None
    if value.array_value is not None:
        return [_value(item, depth + 1) for item in value.array_value.values or ()]
    if value.kvlist_value is not None:
        return {
            pair.key: _value(pair.value, depth + 1) if pair.value else None
            for pair in value.kvlist_value.values or ()
        }
    return value.bytes_value
