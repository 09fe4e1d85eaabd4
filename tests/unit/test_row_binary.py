"""Rows as RowBinary: what is written is read again by the plainest of readers."""

import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.stores.analytics import row_binary
from sightline.stores.analytics.row_binary import SPAN_COLUMNS, TRACE_COLUMNS, Rows

WORKSPACE, PROJECT = b"w" * 16, b"p" * 16
TRACE = bytes.fromhex("0193a1b2c3d47abc8def0123456789ab")
SPAN = bytes.fromhex("0193a1b2c3d47abc8def0123456789ac")
VERSION_US, NOW_US = 1_790_000_000_000_001, 1_790_000_000_500_000


class Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    @property
    def is_done(self) -> bool:
        return self.at == len(self._data)

    def take(self, n: int) -> bytes:
        found = self._data[self.at : self.at + n]
        assert len(found) == n
        self.at += n
        return found

    def number(self, form: str) -> Any:
        return struct.unpack(f"<{form}", self.take(8))[0]

    def length(self) -> int:
        n = shift = 0
        while (byte := self.take(1)[0]) > 127:
            n |= (byte & 127) << shift
            shift += 7
        return n | byte << shift

    def text(self) -> str:
        return self.take(self.length()).decode("utf-8", "surrogatepass")

    def column(self, name: str) -> Any:
        """Return a value, of a versioned column with its version."""
        if name in {"workspace_id", "project_id", "trace_id", "id"}:
            return self.take(16)
        if name == "created_by":
            return self.text()
        if name in {"created_at", "last_updated_at"}:
            return self.number("q")
        read: Callable[[], Any] = self.text
        if name == "parent_span_id_v":
            read = lambda: self.take(16)  # noqa: E731
        elif name in {"start_time_v", "end_time_v", "client_cost_v", "computed_cost_v"}:
            read = lambda: self.number("q")  # noqa: E731
        elif name == "ttft_v":
            read = lambda: self.number("d")  # noqa: E731
        elif name == "tags_v":
            read = lambda: [self.text() for _ in range(self.length())]  # noqa: E731
        elif name == "usage_v":
            read = lambda: {self.text(): self.number("q") for _ in range(self.length())}  # noqa: E731
        version = self.number("Q")
        if name == "last_updated_by_v":
            return version, read()
        return (version, read()) if version or name == "start_time_v" else (0, read() or None)

    def row(self, columns: list[str]) -> dict[str, Any]:
        return {name: self.column(name) for name in columns}


def span(**said: Any) -> SpanWrite:
    return SpanWrite(id=SPAN, trace_id=TRACE, version_us=VERSION_US, project_id=PROJECT, **said)


def read(rows: Rows, columns: list[str], count: int) -> list[dict[str, Any]]:
    reader = Reader(rows.data())
    found = [reader.row(columns) for _ in range(count)]
    assert reader.is_done
    return found


def test_a_span_that_says_all_is_read_back() -> None:
    rows = Rows(WORKSPACE, "ann", NOW_US)
    said = {
        "parent_span_id": b"q" * 16,
        "name": "answer",
        "type": "llm",
        "start_time_us": 5,
        "end_time_us": 9,
        "input": '{"a":"é"}',
        "output": "[" + "1," * 9000 + "1]",
        "metadata": "{}",
        "tags": ["x", "a longer one " * 9],
        "error_info": '{"message":"' + "m" * 300 + '"}',
        "model": "gpt-5",
        "provider": "openai",
        "usage": {"prompt_tokens": 3, "odd": -(2**63)},
        "total_estimated_cost": Decimal("0.25"),
        "ttft_ms": 1.5,
        "source": "sdk",
        "environment": "prod",
    }
    rows.add_span(span(**said), Decimal("0.5"), "list 1")
    (row,) = read(rows, SPAN_COLUMNS, 1)
    v = VERSION_US
    assert row == {
        "workspace_id": WORKSPACE,
        "project_id": PROJECT,
        "trace_id": TRACE,
        "id": SPAN,
        "parent_span_id_v": (v, b"q" * 16),
        "name_v": (v, "answer"),
        "type_v": (v, "llm"),
        "start_time_v": (v, 5),
        "end_time_v": (v, 9),
        "input_v": (v, said["input"]),
        "output_v": (v, said["output"]),
        "metadata_v": (v, "{}"),
        "tags_v": (v, said["tags"]),
        "error_info_v": (v, said["error_info"]),
        "model_v": (v, "gpt-5"),
        "provider_v": (v, "openai"),
        "usage_v": (v, said["usage"]),
        "client_cost_v": (v, 25 * 10**10),
        "computed_cost_v": (v, 5 * 10**11),
        "cost_version_v": (v, "list 1"),
        "ttft_v": (v, 1.5),
        "source_v": (v, "sdk"),
        "environment_v": (v, "prod"),
        "last_updated_by_v": (v, "ann"),
        "created_by": "ann",
        "created_at": NOW_US,
        "last_updated_at": v,
    }


def test_what_a_message_does_not_say_has_no_version() -> None:
    rows = Rows(WORKSPACE, "ann", NOW_US)
    rows.add_span(span())
    (row,) = read(rows, SPAN_COLUMNS, 1)
    said = {name: value for name, value in row.items() if name.endswith("_v") and value[0]}
    assert said == {"last_updated_by_v": (VERSION_US, "ann")}
    assert row["start_time_v"] == (0, int.from_bytes(SPAN[:6], "big") * 1000)


def test_a_trace_is_read_back() -> None:
    rows = Rows(WORKSPACE, "ann", NOW_US)
    rows.add_trace(
        TraceWrite(
            id=TRACE,
            version_us=VERSION_US,
            project_id=PROJECT,
            name="run",
            input="1",
            thread_id="t" * 200,
            visibility_mode="hidden",
        )
    )
    (row,) = read(rows, TRACE_COLUMNS, 1)
    assert row["name_v"] == (VERSION_US, "run")
    assert row["input_v"] == (VERSION_US, "1")
    assert row["output_v"] == (0, None)
    assert row["thread_id_v"] == (VERSION_US, "t" * 200)
    assert row["visibility_mode_v"] == (VERSION_US, "hidden")
    assert row["last_updated_at"] == VERSION_US


@pytest.mark.parametrize("length", [0, 1, 127, 128, 16_383, 16_384, 2_097_152])
def test_a_payload_of_any_length_is_read_back(length: int) -> None:
    rows = Rows(WORKSPACE, "", NOW_US)
    rows.add_span(span(input="x" * length, name="y" * length))
    (row,) = read(rows, SPAN_COLUMNS, 1)
    assert row["input_v"] == (VERSION_US, "x" * length)
    assert row["name_v"] == (VERSION_US, "y" * length)


def test_half_a_character_is_kept() -> None:
    rows = Rows(WORKSPACE, "", NOW_US)
    rows.add_span(span(input='"\ud800"', name="\udfff"))
    (row,) = read(rows, SPAN_COLUMNS, 1)
    assert (row["input_v"][1], row["name_v"][1]) == ('"\ud800"', "\udfff")


def test_more_names_than_are_remembered() -> None:
    rows = Rows(WORKSPACE, "", NOW_US)
    names = [f"step {n}" for n in range(5000)]
    for name in names + names:
        rows.add_span(span(name=name, tags=[name], usage={name: 1}))
    found = read(rows, SPAN_COLUMNS, 2 * len(names))
    assert [row["name_v"][1] for row in found] == names + names
    assert [row["tags_v"][1] for row in found] == [[name] for name in names + names]
    assert [row["usage_v"][1] for row in found] == [{name: 1} for name in names + names]


def test_rows_together_are_rows_one_by_one() -> None:
    rows = Rows(WORKSPACE, "ann", NOW_US)
    writes = [span(name=f"s{n}", input="1" * n) for n in range(200)]
    for write in writes:
        rows.add_span(write)
    single = [row_binary.encode_span(write, WORKSPACE, "ann", NOW_US) for write in writes]
    assert rows.data() == b"".join(single)
