"""Writes: messages about one entity, each saying any subset of its fields.

Start, end, update and out-of-order arrival are all the same thing: a message with a version.
A field that is None was not said. Two messages that say the same field are settled by the newer
`version_us`, whatever the order in which they arrive (see docs/adr/0003-a-patch-is-an-insert.md).
"""

from decimal import Decimal

import msgspec

from sightline.core.ids import Id


class TraceWrite(msgspec.Struct, kw_only=True, gc=False):
    """One message about one trace. JSON fields hold JSON text as the client sent it."""

    id: Id
    version_us: int
    project_name: str | None = None
    project_id: Id | None = None
    name: str | None = None
    start_time_us: int | None = None
    end_time_us: int | None = None
    input: str | None = None
    output: str | None = None
    metadata: str | None = None
    tags: list[str] | None = None
    error_info: str | None = None
    thread_id: str | None = None
    ttft_ms: float | None = None
    source: str | None = None
    environment: str | None = None
    visibility_mode: str | None = None


class SpanWrite(msgspec.Struct, kw_only=True, gc=False):
    """One message about one span. `total_estimated_cost` is USD as the client sent it."""

    id: Id
    trace_id: Id
    version_us: int
    project_name: str | None = None
    project_id: Id | None = None
    parent_span_id: Id | None = None
    name: str | None = None
    type: str | None = None
    start_time_us: int | None = None
    end_time_us: int | None = None
    input: str | None = None
    output: str | None = None
    metadata: str | None = None
    tags: list[str] | None = None
    error_info: str | None = None
    model: str | None = None
    provider: str | None = None
    usage: dict[str, int] | None = None
    total_estimated_cost: Decimal | None = None
    total_estimated_cost_version: str | None = None
    ttft_ms: float | None = None
    source: str | None = None
    environment: str | None = None


class ScoreWrite(msgspec.Struct, kw_only=True, gc=False):
    """A feedback score of one author on a trace, span or thread.

    `entity_type` is trace, span or thread; `entity_id` is the id's text, or the thread id as the
    client wrote it. `deleted` takes the score away.
    """

    entity_type: str
    entity_id: str
    name: str
    value: Decimal
    version_us: int
    author: str = ""
    project_name: str | None = None
    project_id: Id | None = None
    category_name: str | None = None
    reason: str | None = None
    source: str = "sdk"
    deleted: bool = False


class GuardrailWrite(msgspec.Struct, kw_only=True, gc=False):
    """One guardrail check of a trace's span."""

    id: Id
    entity_id: Id
    secondary_id: Id
    name: str
    result: str
    version_us: int
    project_name: str | None = None
    project_id: Id | None = None
    config: str = "{}"
    details: str = "{}"
