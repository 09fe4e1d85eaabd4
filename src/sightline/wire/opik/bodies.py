"""Bodies by which Opik's clients write traces and spans.

Source: the published `opik` client 2.2.122 (`rest_api/types/trace_write.py`, `span_write.py`) and
LiteLLM 1.109.1's own transport. Unknown fields are ignored; null means "not said".
"""

from datetime import datetime
from decimal import Decimal

import msgspec

ABSENT = msgspec.Raw(b"null")
Usage = dict[str, int | float | None]
Word = str | int | float | bool
"""What people tag and group by: LiteLLM passes on a `thread_id` of 42, Opik takes it as text."""


class TraceIn(msgspec.Struct, kw_only=True, gc=False):
    """A trace in `POST traces` and `POST traces/batch`."""

    start_time: datetime
    id: str | None = None
    project_name: Word | None = None
    project_id: str | None = None
    name: str | None = None
    end_time: datetime | None = None
    input: msgspec.Raw = ABSENT
    output: msgspec.Raw = ABSENT
    metadata: msgspec.Raw = ABSENT
    tags: list[Word | None] | None = None
    error_info: msgspec.Raw = ABSENT
    last_updated_at: datetime | None = None
    ttft: float | None = None
    thread_id: Word | None = None
    source: str | None = None
    environment: str | None = None
    visibility_mode: str | None = None


class SpanIn(msgspec.Struct, kw_only=True, gc=False):
    """A span in `POST spans` and `POST spans/batch`."""

    trace_id: str
    start_time: datetime
    id: str | None = None
    parent_span_id: str | None = None
    project_name: Word | None = None
    project_id: str | None = None
    name: str | None = None
    type: str | None = None
    end_time: datetime | None = None
    input: msgspec.Raw = ABSENT
    output: msgspec.Raw = ABSENT
    metadata: msgspec.Raw = ABSENT
    tags: list[Word | None] | None = None
    error_info: msgspec.Raw = ABSENT
    last_updated_at: datetime | None = None
    ttft: float | None = None
    model: str | None = None
    provider: str | None = None
    usage: Usage | None = None
    total_estimated_cost: Decimal | None = None
    total_cost: Decimal | None = None
    total_estimated_cost_version: str | None = None
    source: str | None = None
    environment: str | None = None


class TraceUpdate(msgspec.Struct, kw_only=True, gc=False):
    """The body of `PATCH traces/{id}`."""

    project_name: str | None = None
    project_id: str | None = None
    name: str | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    input: msgspec.Raw = ABSENT
    output: msgspec.Raw = ABSENT
    metadata: msgspec.Raw = ABSENT
    tags: list[str] | None = None
    tags_to_add: list[str] | None = None
    tags_to_remove: list[str] | None = None
    error_info: msgspec.Raw = ABSENT
    ttft: float | None = None
    thread_id: str | None = None
    source: str | None = None
    environment: str | None = None
    visibility_mode: str | None = None


class SpanUpdate(msgspec.Struct, kw_only=True, gc=False):
    """The body of `PATCH spans/{id}`."""

    trace_id: str | None = None
    parent_span_id: str | None = None
    project_name: str | None = None
    project_id: str | None = None
    name: str | None = None
    type: str | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    input: msgspec.Raw = ABSENT
    output: msgspec.Raw = ABSENT
    metadata: msgspec.Raw = ABSENT
    tags: list[str] | None = None
    tags_to_add: list[str] | None = None
    tags_to_remove: list[str] | None = None
    error_info: msgspec.Raw = ABSENT
    ttft: float | None = None
    model: str | None = None
    provider: str | None = None
    usage: Usage | None = None
    total_estimated_cost: Decimal | None = None
    total_cost: Decimal | None = None
    source: str | None = None
    environment: str | None = None


class TraceBatch(msgspec.Struct):
    traces: list[TraceIn]


class SpanBatch(msgspec.Struct):
    spans: list[SpanIn]


class TraceBatchUpdate(msgspec.Struct):
    """The body of `PATCH traces/batch`."""

    ids: list[str]
    update: TraceUpdate
    merge_tags: bool | None = None


class SpanBatchUpdate(msgspec.Struct):
    """The body of `PATCH spans/batch`."""

    ids: list[str]
    update: SpanUpdate
    merge_tags: bool | None = None
