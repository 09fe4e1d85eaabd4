"""Items of Opik's batches as messages: what is said, and how what is wrong is named."""

import json
from typing import Any

import pytest

from sightline.core import codec
from sightline.core.errors import UnprocessableError
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.wire.opik.bodies import SpanBatch, TraceBatch
from sightline.wire.opik.checked import Checked
from sightline.wire.opik.writes import span_write, trace_write

ID = "0193a1b2-c3d4-7abc-8def-0123456789ab"
OTHER = "0193a1b2-c3d4-7abc-8def-0123456789ac"
NOW_US = 1_790_000_000_000_000
SPAN = {"id": ID, "trace_id": OTHER, "start_time": "2026-01-01T00:00:00Z"}


def spans(*items: dict[str, Any], path: str = "spans") -> list[SpanWrite]:
    batch = codec.decode(json.dumps({"spans": [SPAN | item for item in items]}).encode(), SpanBatch)
    fields = Checked(path)
    return [span_write(s, fields.at(i), NOW_US + i) for i, s in enumerate(batch.spans)]


def traces(*items: dict[str, Any]) -> list[TraceWrite]:
    start = {"id": ID, "start_time": "2026-01-01T00:00:00Z"}
    data = json.dumps({"traces": [start | item for item in items]}).encode()
    batch = codec.decode(data, TraceBatch)
    fields = Checked("traces")
    return [trace_write(t, fields.at(i), NOW_US + i) for i, t in enumerate(batch.traces)]


@pytest.mark.parametrize("field", ["id", "trace_id", "parent_span_id", "project_id"])
def test_an_id_that_is_none_is_named_by_its_place(field: str) -> None:
    with pytest.raises(UnprocessableError) as caught:
        spans({}, {}, {field: "no id"})
    assert caught.value.fields == [f"spans[2].{field} must be a UUID"]


def test_a_field_of_a_single_item_has_no_path() -> None:
    item = codec.decode(json.dumps({"spans": [SPAN | {"trace_id": "x"}]}).encode(), SpanBatch)
    with pytest.raises(UnprocessableError) as caught:
        span_write(item.spans[0], Checked(""), NOW_US)
    assert caught.value.fields == ["trace_id must be a UUID"]


def test_all_that_is_wrong_with_an_item_is_said_at_once() -> None:
    wrong = {
        "type": "agent",
        "start_time": "1969-12-31T23:59:59Z",
        "end_time": "2300-01-01T00:00:00+02:00",
        "tags": ["t"] * 51,
        "error_info": 5,
        "total_estimated_cost": -1,
        "ttft": -1,
        "environment": "e" * 151,
    }
    with pytest.raises(UnprocessableError) as caught:
        spans({}, wrong)
    said = [text.split(" ", 1)[0] for text in caught.value.fields]
    assert said == [
        f"spans[1].{field}"
        for field in (
            "type",
            "start_time",
            "end_time",
            "tags",
            "error_info",
            "total_estimated_cost",
            "ttft",
            "environment",
        )
    ]


def test_an_id_in_another_spelling_is_the_same_id() -> None:
    plain, bare = spans({}, {"trace_id": OTHER.replace("-", "").upper()})
    assert plain.trace_id == bare.trace_id == bytes.fromhex(OTHER.replace("-", ""))


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-28T03:45:00.123456Z", 1_795_837_500_123_456),
        ("2026-11-28T03:45:00.123456", 1_795_837_500_123_456),
        ("2026-11-28T05:45:00.123456+02:00", 1_795_837_500_123_456),
        ("2262-04-11T23:47:16.854775Z", 9_223_372_036_854_775),
    ],
)
def test_times_are_exact(text: str, us: int) -> None:
    (write,) = spans({"start_time": text, "end_time": text, "last_updated_at": text})
    assert (write.start_time_us, write.end_time_us, write.version_us) == (us, us, us)


def test_tags_are_texts_each_once() -> None:
    first, second, third = spans(
        {"tags": ["b", "a", "b"]}, {"tags": [1, True, "1", None, 1.0]}, {"tags": []}
    )
    assert first.tags == ["b", "a"]
    assert second.tags == ["1", "true", "1.0"]
    assert third.tags == []


def test_counts_are_whole_and_fit() -> None:
    (write,) = spans({"usage": {"a": 3, "b": 2.5, "c": 3.5, "d": None, "e": 1e30, "f": -(2**63)}})
    assert write.usage == {"a": 3, "b": 2, "c": 4, "e": 2**63 - 1, "f": -(2**63)}


def test_what_is_empty_is_not_said() -> None:
    span = {"model": "", "provider": "", "usage": {}, "environment": "", "input": None}
    (write,) = spans(span | {"error_info": None, "project_name": " "})
    assert write == spans({})[0]
    (trace,) = traces({"thread_id": " ", "environment": "", "error_info": None, "output": None})
    assert trace == traces({})[0]


def test_a_trace_says_what_was_sent() -> None:
    (write,) = traces(
        {
            "input": {"a": 1},
            "thread_id": 42,
            "ttft": 1.5,
            "environment": "prod",
            "visibility_mode": "hidden",
            "error_info": "broken",
            "tags": ["x"],
            "source": "sdk",
        }
    )
    assert (write.input, write.thread_id, write.ttft_ms) == ('{"a": 1}', "42", 1.5)
    assert (write.environment, write.visibility_mode, write.source) == ("prod", "hidden", "sdk")
    assert write.tags == ["x"]
    assert write.error_info is not None
    assert json.loads(write.error_info)["message"] == "broken"
