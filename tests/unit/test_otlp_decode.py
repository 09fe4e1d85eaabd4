"""OTLP bodies: both encodings, clients that get it wrong, and bodies that are nothing."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from sightline.core.errors import InvalidRequestError
from sightline.wire.otlp.build import build
from sightline.wire.otlp.decode import decode_json, decode_protobuf
from sightline.wire.otlp.export import ExportRequest, Link, Span
from tests.fixtures.otlp.golden import NOW_US, request_files, trace_ids
from tests.fixtures.otlp.requests import START_NS, make_request, make_span, to_protobuf

TRACE_HEX = "5b8efff798038103d269b633813fc60c"
SPAN_HEX = "eee19b7ec3c1b174"


def json_body(*values: dict[str, Any], **fields: Any) -> bytes:
    """Return a body with one span whose attributes are `a0`, `a1` … with these values."""
    span = {
        "traceId": TRACE_HEX,
        "spanId": SPAN_HEX,
        "name": "step",
        "attributes": [{"key": f"a{n}", "value": value} for n, value in enumerate(values)],
    } | fields
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()


def only_span(request: ExportRequest) -> Span:
    (scope,) = request.scopes
    (span,) = scope.spans
    return span


def test_protobuf_span_keeps_ids_times_and_values() -> None:
    said = {"s": "x", "i": -5, "d": 0.5, "b": True, "l": ["x", 1], "o": {"k": {"n": 1}}, "e": ""}
    span = make_span(7, said, parent=3)
    decoded = only_span(decode_protobuf(to_protobuf(make_request(span))))
    assert (decoded.span_id, decoded.parent_span_id) == (span.span_id, span.parent_span_id)
    assert (decoded.start_unix_nano, decoded.end_unix_nano) == (START_NS, START_NS + 10**9)
    assert decoded.attributes == said


def test_bytes_values_become_base64_in_both_encodings() -> None:
    message = ExportTraceServiceRequest()
    span = message.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id = bytes.fromhex(TRACE_HEX), bytes.fromhex(SPAN_HEX)
    span.attributes.add(key="a0").value.bytes_value = b"\x00\xff"
    body = json_body({"bytesValue": base64.b64encode(b"\x00\xff").decode()})
    for decoded in (decode_protobuf(message.SerializeToString()), decode_json(body)):
        assert only_span(decoded).attributes == {"a0": "AP8="}


def test_empty_request_has_no_spans() -> None:
    assert decode_protobuf(b"").scopes == []
    assert decode_json(b"{}").scopes == []
    assert decode_json(b'{"resourceSpans": null}').scopes == []


@pytest.mark.parametrize(
    "trace_id", [TRACE_HEX, TRACE_HEX.upper(), base64.b64encode(bytes.fromhex(TRACE_HEX)).decode()]
)
def test_json_ids_are_hex_and_base64_is_understood(trace_id: str) -> None:
    span_id = base64.b64encode(bytes.fromhex(SPAN_HEX)).decode().rstrip("=")
    span = only_span(decode_json(json_body(traceId=trace_id, spanId=span_id)))
    assert span.trace_id.hex() == TRACE_HEX
    assert span.span_id.hex() == SPAN_HEX


@pytest.mark.parametrize("value", [14, "14", 14.0])
def test_json_ints_are_numbers_or_strings(value: Any) -> None:
    assert only_span(decode_json(json_body({"intValue": value}))).attributes == {"a0": 14}


@pytest.mark.parametrize("value", [START_NS, str(START_NS)])
def test_json_times_are_numbers_or_strings(value: Any) -> None:
    span = only_span(decode_json(json_body(startTimeUnixNano=value)))
    assert span.start_unix_nano == START_NS


@pytest.mark.parametrize(("value", "expected"), [(0.5, 0.5), (3, 3.0), ("0.5", 0.5)])
def test_json_doubles_are_numbers_or_strings(value: Any, expected: float) -> None:
    found = only_span(decode_json(json_body({"doubleValue": value}))).attributes["a0"]
    assert isinstance(found, float)
    assert found == expected


def test_json_nested_values_are_read() -> None:
    value = {
        "kvlistValue": {
            "values": [
                {"key": "l", "value": {"arrayValue": {"values": [{"intValue": "1"}, {}]}}},
                {"key": "n"},
            ]
        }
    }
    span = only_span(decode_json(json_body(value, {"boolValue": False}, {"stringValue": ""})))
    assert span.attributes == {"a0": {"l": [1, None], "n": None}, "a1": False, "a2": ""}


def test_attribute_without_a_value_is_none_in_both_encodings() -> None:
    body = json_body(attributes=[{"key": "a0"}, {"key": "a1", "value": {}}])
    from_protobuf = decode_protobuf(to_protobuf(make_request(make_span(1, {"a0": None}))))
    assert only_span(decode_json(body)).attributes == {"a0": None, "a1": None}
    assert only_span(from_protobuf).attributes == {"a0": None}


def test_json_enums_are_numbers_or_names() -> None:
    named = only_span(decode_json(json_body(status={"code": "STATUS_CODE_ERROR"})))
    numbered = only_span(decode_json(json_body(status={"code": 2}, kind="SPAN_KIND_CLIENT")))
    assert named.status_code == numbered.status_code == 2
    assert numbered.kind == 3


def test_json_unknown_fields_are_ignored() -> None:
    body = json_body({"stringValue": "x", "newValue": 1}, flags=257, droppedThings={"a": [1]})
    assert only_span(decode_json(body)).attributes == {"a0": "x"}


def test_json_inside_a_json_string_is_unwrapped() -> None:
    wrapped = json.dumps(json_body({"stringValue": "x"}).decode()).encode()
    assert only_span(decode_json(wrapped)).attributes == {"a0": "x"}


@pytest.mark.parametrize("parent", ["", "0000000000000000", None])
def test_span_without_a_parent_is_a_root_however_that_is_said(parent: str | None) -> None:
    assert only_span(decode_json(json_body(parentSpanId=parent))).parent_span_id == b""


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (json_body(traceId="xyz"), "traceId"),
        (json_body(traceId=""), "traceId"),
        (json_body(traceId="0" * 32), "traceId"),
        (json_body(spanId="0" * 16), "spanId"),
        (json_body(spanId=TRACE_HEX), "spanId"),
        (json_body(spanId=5), "spanId"),
        (json_body(parentSpanId="!!"), "parentSpanId"),
        (json_body(startTimeUnixNano="soon"), "startTimeUnixNano"),
        (json_body(endTimeUnixNano=-1), "endTimeUnixNano"),
        (json_body(startTimeUnixNano=2**64), "startTimeUnixNano"),
        (json_body({"intValue": "many"}), "intValue"),
        (json_body({"intValue": 2**63}), "intValue"),
        (json_body({"doubleValue": "x"}), "doubleValue"),
        (json_body({"boolValue": "yes"}), "boolValue"),
        (json_body(attributes={"a": 1}), "attributes"),
        (json_body(name=[]), "name"),
        (b'{"resourceSpans": 5}', "resourceSpans"),
        (b'{"resourceSpans":[{"resource":{"attributes":[{"value":{"intValue":"x"}}]}}]}', "intV"),
    ],
)
def test_broken_json_field_is_named(body: bytes, named: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        decode_json(body)
    assert named in caught.value.message


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"5", b'"', b'"x"', b"\xff", b"{}{}"])
def test_body_that_is_no_otlp_json_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequestError, match="Unable to process JSON"):
        decode_json(body)


def test_links_are_decoded_alike() -> None:
    span = make_span(1)
    span.links = [Link(bytes.fromhex(TRACE_HEX), bytes.fromhex(SPAN_HEX), {"why": "batch"})]
    body = json_body(
        links=[
            {
                "traceId": TRACE_HEX,
                "spanId": SPAN_HEX,
                "attributes": [{"key": "why", "value": {"stringValue": "batch"}}],
            }
        ]
    )
    from_protobuf = only_span(decode_protobuf(to_protobuf(make_request(span))))
    assert list(only_span(decode_json(body)).links) == list(from_protobuf.links) == span.links


def test_protobuf_ids_of_a_wrong_size_are_named() -> None:
    wrong_trace = make_request(make_span(trace=b"short"))
    with pytest.raises(InvalidRequestError, match="traceId must be 16 bytes"):
        decode_protobuf(to_protobuf(wrong_trace))
    wrong_parent = make_span(1, parent=1)
    wrong_parent.parent_span_id = b"short"
    with pytest.raises(InvalidRequestError, match="parentSpanId must be 8 bytes"):
        decode_protobuf(to_protobuf(make_request(wrong_parent)))
    no_span_id = make_request(make_span(0))
    with pytest.raises(InvalidRequestError, match="spanId must be 8 bytes"):
        decode_protobuf(to_protobuf(no_span_id))


def test_json_sent_as_protobuf_is_refused_with_a_hint() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        decode_protobuf(json_body({"stringValue": "x"}))
    assert "application/json" in (caught.value.hint or "")


@pytest.mark.parametrize("depth", [31, 200, 100_000])
def test_json_value_that_nests_too_deep_is_refused(depth: int) -> None:
    inner = '{"arrayValue":{"values":[' * depth + "]}}" * depth
    body = json_body({"stringValue": "@"}).replace(b'{"stringValue": "@"}', inner.encode())
    with pytest.raises(InvalidRequestError):
        decode_json(body)


def test_protobuf_value_that_nests_too_deep_is_refused() -> None:
    value: Any = "x"
    for _ in range(90):
        value = [value]
    with pytest.raises(InvalidRequestError):
        decode_protobuf(to_protobuf(make_request(make_span(1, {"deep": value}))))


def survives(decode: Any, body: bytes) -> None:
    """Decode and build; nothing but `InvalidRequestError` may come out of it."""
    try:
        request = decode(body)
    except InvalidRequestError as error:
        assert error.message
        return
    build(request, trace_ids(request), NOW_US, "p")


GOOD_PROTOBUF = to_protobuf(
    make_request(
        make_span(1, {"gen_ai.usage.input_tokens": 5, "opik.tags": ["a"], "o": {"k": [1]}}),
        make_span(2, {"gen_ai.prompt.0.content": "hi", "usage": '{"a": 1}'}, parent=1),
    )
)
GOOD_JSON = request_files()[0].read_bytes()

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([TRACE_HEX, SPAN_HEX, "1790000000000000000", '{"a":1}', "[", '"x"']),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                "resourceSpans scopeSpans spans resource scope attributes key value name traceId "
                "spanId parentSpanId startTimeUnixNano endTimeUnixNano status code message events "
                "links stringValue intValue doubleValue boolValue arrayValue kvlistValue "
                "bytesValue values".split()
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@given(st.binary(max_size=400))
@settings(deadline=None)
def test_random_bytes_never_break_the_decoders(body: bytes) -> None:
    survives(decode_protobuf, body)
    survives(decode_json, body)


@given(st.integers(0, len(GOOD_PROTOBUF) - 1), st.binary(max_size=6), st.integers(0, 6))
@settings(max_examples=400, deadline=None)
def test_mutated_protobuf_never_breaks_the_decoder(at: int, put: bytes, cut: int) -> None:
    survives(decode_protobuf, GOOD_PROTOBUF[:at] + put + GOOD_PROTOBUF[at + cut :])


@given(st.integers(0, len(GOOD_JSON) - 1), st.binary(max_size=6), st.integers(0, 6))
@settings(max_examples=200, deadline=None)
def test_mutated_json_never_breaks_the_decoder(at: int, put: bytes, cut: int) -> None:
    survives(decode_json, GOOD_JSON[:at] + put + GOOD_JSON[at + cut :])


@given(json_values)
@settings(max_examples=300, deadline=None)
def test_json_of_any_shape_never_breaks_the_decoder(value: Any) -> None:
    survives(decode_json, json.dumps({"resourceSpans": [value]}).encode())
    span = {"resourceSpans": [{"scopeSpans": [{"spans": [value]}]}]}
    survives(decode_json, json.dumps(span).encode())


RULED_KEYS = [
    "gen_ai.usage.cost",
    "gen_ai.usage.input_tokens",
    "usage",
    "gen_ai.request.model",
    "gen_ai.system",
    "gen_ai.operation.name",
    "gen_ai.prompt.0.role",
    "gen_ai.prompt.x.y.0",
    "gen_ai.prompt.0",
    "llm.input_messages.0.message.content",
    "llm.input_messages.",
    "input.value",
    "input.mime_type",
    "input",
    "metadata",
    "metadata.",
    "tag.tags",
    "opik.tags",
    "opik.metadata",
    "opik.trace_id",
    "opik.span_id",
    "opik.parent_span_id",
    "session.id",
    "thread_id",
    "server.address",
    "trace.name",
    "trace.input",
    "span.input",
    "span.type",
    "ai.operationId",
    "ai.prompt",
    "ai.prompt.tools",
    "ai.response.msToFirstChunk",
    "langfuse.observation.usage_details",
    "langfuse.observation.cost_details",
    "langfuse.observation.completion_start_time",
    "langfuse.trace.metadata",
    "langfuse.trace.metadata.x",
    "langfuse.trace.tags",
    "langfuse.trace.input",
    "langfuse.environment",
    "model",
    "new_context",
    "",
]
plain_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text(st.characters(codec="utf-8"), max_size=20)
    | st.sampled_from(['{"a": 1e999}', '{"input": -1}', "1e400", "[]", '"\\ud800"', "9" * 5000]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.dictionaries(st.sampled_from(RULED_KEYS), plain_values, max_size=8),
    st.sampled_from(["step", "claude_code.llm_request"]),
    st.integers(0, 2**64 - 1),
)
@settings(max_examples=500, deadline=None)
def test_no_attribute_value_breaks_a_rule(said: dict[str, Any], name: str, start_ns: int) -> None:
    span = make_span(1, said, name=name, start_ns=start_ns)
    survives(decode_protobuf, to_protobuf(make_request(span)))
