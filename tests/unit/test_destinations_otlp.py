"""OTLP payloads: the tree of spans, ids, types of values, and what is too large."""

import json
from typing import Any
from uuid import UUID

import pytest
from google.protobuf import json_format
from msgspec.structs import replace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from sightline.destinations._cut import MAX_CHARACTERS, cut
from sightline.destinations._texts import without_media
from sightline.destinations.base import Extras, decode_config, find_destination
from sightline.domain.generation import CallError, TraceHints
from tests.unit.golden.destinations.cases import STARTED_US, plain_generation, rich_generation

DESTINATION = find_destination("otel-collector")
CONFIG = decode_config(DESTINATION, {"endpoint": "https://otel.example/v1/traces"})


def spans_of(*generations: Any, extras: Extras | None = None) -> list[dict[str, Any]]:
    """Return all spans sent, with attributes as an object."""
    found = []
    for delivery in DESTINATION.deliveries(CONFIG, generations, extras or Extras()):
        for item in json.loads(delivery.requests[0].body)["resourceSpans"]:
            for span in item["scopeSpans"][0]["spans"]:
                values = {a["key"]: next(iter(a["value"].values())) for a in span["attributes"]}
                found.append({**span, "attributes": values})
    return found


def test_tree_of_a_call() -> None:
    group, root, first, second = spans_of(rich_generation())
    assert [s["name"] for s in (group, root, first, second)] == [
        "Step 2",
        "Summarise",
        "provider attempt 1: Azure",
        "provider attempt 2: OpenAI",
    ]
    assert group["parentSpanId"] == "00f067aa0ba902b7"
    assert root["parentSpanId"] == group["spanId"]
    assert first["parentSpanId"] == second["parentSpanId"] == root["spanId"]
    assert len({s["traceId"] for s in (group, root, first, second)}) == 1
    assert len({s["spanId"] for s in (group, root, first, second)}) == 4
    assert root["kind"] == 3
    assert root["startTimeUnixNano"] == str(STARTED_US * 1000)
    assert root["status"] == {"code": 1}
    assert first["status"] == {"code": 2, "message": "rate limited"}
    assert first["events"][0]["name"] == "exception"


def test_a_call_without_hints_is_a_root_of_its_own() -> None:
    (root,) = spans_of(plain_generation())
    assert root["name"] == "LLM Generation"
    assert "parentSpanId" not in root
    assert root["attributes"]["trace.name"] == "openai/gpt-4o"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("0AF7651916CD43DD8448EB211C80319C", "0af7651916cd43dd8448eb211c80319c"),
        ("0af76519-16cd-43dd-8448-eb211c80319c", "0af7651916cd43dd8448eb211c80319c"),
        ("00000000000000000000000000000000", None),
        ("workflow 7", None),
    ],
)
def test_trace_id_of_the_caller_joins_calls(said: str, expected: str | None) -> None:
    hints = TraceHints(trace_id=said)
    one, other = spans_of(plain_generation(trace=hints), plain_generation(id="gen-2", trace=hints))
    assert one["traceId"] == other["traceId"]
    assert one["spanId"] != other["spanId"]
    assert len(one["traceId"]) == 32
    assert expected is None or one["traceId"] == expected
    assert one["traceId"].strip("0")


def test_parent_that_is_no_span_id_is_hashed() -> None:
    (root,) = spans_of(plain_generation(trace=TraceHints(parent_span_id="my span")))
    assert len(bytes.fromhex(root["parentSpanId"])) == 8


def test_trace_id_of_a_call_is_that_of_its_span_in_sightline() -> None:
    call = plain_generation()
    assert UUID(spans_of(call)[0]["traceId"]).bytes == call.span_id


def test_errors_are_told_as_a_receiver_expects() -> None:
    error = CallError(type="rate_limit_exceeded", message="slow down", code=429)
    (root,) = spans_of(plain_generation(error=error, status=429))
    assert root["status"] == {"code": 2, "message": "slow down"}
    event = root["events"][0]
    assert {a["key"]: a["value"]["stringValue"] for a in event["attributes"]} == {
        "exception.type": "rate_limit_exceeded",
        "exception.message": "slow down",
    }
    assert root["attributes"]["span.level"] == "ERROR"


def test_payload_reads_as_the_protobuf_message() -> None:
    (delivery,) = DESTINATION.deliveries(CONFIG, [rich_generation()], Extras())
    message = json_format.Parse(delivery.requests[0].body, ExportTraceServiceRequest())
    assert len(message.resource_spans) == 4


def test_values_keep_their_types() -> None:
    metadata = '{"n":7,"huge":123456789012345678901234567890,"x":0.5,"b":true,"l":[1],"nil":null}'
    (root,) = spans_of(plain_generation(metadata=metadata))
    found = root["attributes"]
    assert found["trace.metadata.n"] == 7
    assert found["trace.metadata.x"] == 0.5
    assert found["trace.metadata.b"] is True
    assert found["trace.metadata.l"] == "[1]"
    assert found["trace.metadata.huge"].startswith("1")
    assert "trace.metadata.nil" not in found
    assert found["span.metadata.n"] == 7


def test_trace_hints_win_over_metadata() -> None:
    hints = TraceHints(custom='{"version":"trace"}', environment="prod")
    (root,) = spans_of(plain_generation(metadata='{"version":"metadata"}', trace=hints))
    assert root["attributes"]["trace.metadata.version"] == "trace"
    assert root["attributes"]["trace.metadata.environment"] == "prod"


def test_values_above_the_limit_are_cut_and_say_so() -> None:
    content = "x" * (MAX_CHARACTERS + 500)
    call = plain_generation(
        input=json.dumps({"messages": [{"role": "user", "content": content}, {"more": "1"}]}),
        completion=content,
    )
    (root,) = spans_of(call)
    found = root["attributes"]
    assert len(found["gen_ai.prompt"]) < MAX_CHARACTERS + 300
    prompt = json.loads(found["gen_ai.prompt"])
    assert prompt["messages"][-1]["sightline_truncated"]["omitted_items"] == 1
    for name in ("trace.input", "span.input", "gen_ai.prompt", "gen_ai.completion"):
        assert found[f"{name}.truncated"] is True
    assert "sightline.trace_truncated" in [event["name"] for event in root["events"]]


def test_a_long_plain_value_is_cut_too() -> None:
    (root,) = spans_of(plain_generation(user="u" * (MAX_CHARACTERS + 1)))
    assert len(root["attributes"]["user.id"]) == MAX_CHARACTERS
    assert root["attributes"]["user.id.truncated"] is True


def test_cut_keeps_what_fits() -> None:
    value = {"a": "x" * 50, "b": ["y" * 10] * 100, "c": 1}
    found, is_cut = cut(value, 200)
    assert is_cut
    assert found["a"] == "x" * 50
    assert found["b"][-1]["sightline_truncated"]["reason"] == "size"
    assert len(found["b"]) + found["b"][-1]["sightline_truncated"]["omitted_items"] - 1 == 100
    assert found["sightline_truncated"] == {"omitted_keys": 1, "reason": "size"}
    assert len(json.dumps(found)) < 500
    assert cut(value, 10_000) == (value, False)


MEDIA = [
    {"type": "image_url", "image_url": {"url": "https://example.com/SECRET.png"}},
    {"type": "input_image", "image_url": "data:image/png;base64,SECRET"},
    {"type": "input_audio", "input_audio": {"data": "SECRET", "format": "wav"}},
    {"type": "file", "file": {"file_data": "SECRET", "filename": "a.pdf"}},
    {"type": "image", "source": {"type": "base64", "data": "SECRET"}},
    {"type": "document", "source": {"type": "base64", "data": "SECRET"}},
    {"type": "video_url", "video_url": {"url": "SECRET"}},
    {"inlineData": {"mimeType": "image/png", "data": "SECRET"}},
    {"type": "image_generation_call", "result": "SECRET"},
    {"b64_json": "SECRET"},
    {"audio": {"id": "a", "data": "SECRET", "transcript": "hello"}},
    {"text": "look: ![x](data:image/png;base64,SECRET)"},
]


@pytest.mark.parametrize("part", MEDIA, ids=[str(list(part))[:40] for part in MEDIA])
def test_media_leave_a_mark(part: dict[str, Any]) -> None:
    found = json.dumps(without_media({"messages": [{"content": [part]}]}))
    assert "SECRET" not in found
    assert "omitted]" in found


def test_what_is_no_media_stays() -> None:
    values = [
        {"type": "text", "text": "an image"},
        {"type": "file"},
        {"type": "document", "source": {"type": "text", "data": "words"}},
        {"role": "user", "content": "base64, they said"},
    ]
    assert without_media(values) == values
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]
    assert "sightline_truncated" in json.dumps(without_media(deep))


def test_privacy_and_cancelled_calls_have_no_content_attributes() -> None:
    call = replace(plain_generation(), input=None, output=None, completion=None, cancelled=True)
    (root,) = spans_of(call)
    assert not [name for name in root["attributes"] if name.endswith(("input", "output"))]
    assert root["attributes"]["trace.metadata.sightline.cancelled"] is True
