"""One trace and its spans as narrow columns: what a tree shows, without a payload.

A statement costs the engine some 10 ms of processor time before it reads anything, so the parts of
a tree are asked for in two rounds of few statements, and spans stay in columns all the way.
"""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from sightline.core.ids import NIL, Id, format_id
from sightline.stores.analytics.columns import base_column, column, usage_entry
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.sql import Binder, id_list, id_literal

# What a tree may hold; the largest traces heard of have some 30,000 spans.
MAX_SPANS = 200_000

_OWN = (
    "id project_id name start_time end_time duration tags error_info error_type thread_id ttft "
    "source environment created_at last_updated_at created_by"
).split()
_TIMES = frozenset(("start_time", "end_time", "created_at", "last_updated_at"))

_ERROR_TYPE = "JSONExtractString(error_info, 'exception_type')"
_END = "toUnixTimestamp64Micro(tupleElement(end_time_v, 2))"
_COLUMNS = {
    "id": "UUIDNumToString(id)",
    "parent_id": f"if(parent_span_id = {id_literal(NIL)}, '', UUIDNumToString(parent_span_id))",
    "name": "name",
    "type": "type",
    "start_us": "toUnixTimestamp64Micro(start_time)",
    "end_us": f"if(tupleElement(end_time_v, 1) = 0, NULL, {_END})",
    "model": "model",
    "provider": "provider",
    "total_tokens": usage_entry("'total_tokens'"),
    "prompt_tokens": usage_entry("'prompt_tokens'"),
    "completion_tokens": usage_entry("'completion_tokens'"),
    "cost": "toFloat64(total_estimated_cost)",
    "error": f"multiIf(error_info = '', '', {_ERROR_TYPE} = '', 'Error', {_ERROR_TYPE})",
    # As text: thousands of empty lists would cost more than all other columns.
    "tags": "if(empty(tags), '', toJSONString(tags))",
    "ttft": "ttft",
    "environment": "environment",
}


class SpanColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of equal length, by start time.

    Ids are text; a span without a parent has "". Times are Unix µs, `ttft` ms, costs USD, None
    where a span has none. `error` is the error's type, `tags` a JSON array or "" for no tags.
    """

    id: Sequence[str] = ()
    parent_id: Sequence[str] = ()
    name: Sequence[str] = ()
    type: Sequence[str] = ()
    start_us: Sequence[int] = ()
    end_us: Sequence[int | None] = ()
    model: Sequence[str] = ()
    provider: Sequence[str] = ()
    total_tokens: Sequence[int | None] = ()
    prompt_tokens: Sequence[int | None] = ()
    completion_tokens: Sequence[int | None] = ()
    cost: Sequence[float | None] = ()
    error: Sequence[str] = ()
    tags: Sequence[str] = ()
    ttft: Sequence[float | None] = ()
    environment: Sequence[str] = ()


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """What a trace's spans add up to, and the projects that they are in: mostly one."""

    project_ids: list[Id]
    usage: dict[str, int]
    cost: Decimal | None
    providers: list[str]


async def own(analytics: Analytics, workspace_id: Id, trace_id: Id) -> dict[str, Any] | None:
    """Return a trace's own narrow columns, times in Unix µs; of two projects the fullest's."""
    binder = Binder()
    picked = []
    for name in _OWN:
        sql = base_column("trace", name, binder) or column(name)
        picked.append(f"toUnixTimestamp64Micro({sql})" if name in _TIMES else sql)
    rows = await analytics.query(
        f"SELECT {', '.join(f'{sql} AS c{i}' for i, sql in enumerate(picked))} FROM traces FINAL "
        f"PREWHERE workspace_id = {id_literal(workspace_id)} AND id = {id_literal(trace_id)} "
        "ORDER BY is_partial, last_updated_at DESC LIMIT 1",
        binder.params,
    )
    return dict(zip(_OWN, rows[0], strict=True)) if rows else None


async def sums(analytics: Analytics, workspace_id: Id, trace_id: Id) -> Sums:
    """Return what the spans of a trace add up to, in whatever project they are."""
    rows = await analytics.query(
        "SELECT project_id, sumMap(usage), sum(total_estimated_cost), "
        "groupUniqArrayIf(provider, provider != '') "
        f"FROM spans FINAL PREWHERE {_trace(workspace_id, trace_id)} GROUP BY project_id"
    )
    usage: dict[str, int] = {}
    for row in rows:
        for name, n in row[1].items():
            usage[name] = usage.get(name, 0) + n
    costs = [row[2] for row in rows if row[2] is not None]
    return Sums(
        project_ids=[row[0] for row in rows],
        usage=usage,
        cost=sum(costs, Decimal(0)) if costs else None,
        providers=sorted({name for row in rows for name in row[3]}),
    )


async def spans(
    analytics: Analytics,
    workspace_id: Id,
    project_ids: Sequence[Id],
    trace_id: Id,
    *,
    limit: int = MAX_SPANS,
) -> SpanColumns:
    """Return the spans of a trace in these projects, up to `limit`, the earliest first.

    A span that is in several of them counts once, as the first project has it. No projects: in
    whatever project they are, which is right for a trace that is in one.
    """
    # Names with a line after them are none of the table's, so an alias never hides a column.
    picked = ", ".join(f"{sql} AS `{name}_`" for name, sql in _COLUMNS.items())
    rows = f"SELECT {picked} FROM spans FINAL PREWHERE {_trace(workspace_id, trace_id)}" + (
        f" AND project_id IN {id_list(project_ids)}" if project_ids else ""
    )
    if len(project_ids) > 1:
        first = id_literal(project_ids[0])
        rows += f" ORDER BY project_id = {first} DESC, project_id LIMIT 1 BY id"
        rows = f"SELECT * FROM ({rows})"
    found = await analytics.query_columns(f"{rows} ORDER BY start_us_, id_ LIMIT {int(limit)}")
    return SpanColumns(**dict(zip(_COLUMNS, found, strict=False)))


class Annotated(msgspec.Struct, frozen=True, kw_only=True):
    """Whether any span of a workspace was ever scored, or commented on: mostly not."""

    has_scores: bool
    has_comments: bool


async def annotated(analytics: Analytics, workspace_id: Id) -> Annotated:
    """Return what need not be looked for."""
    where = f"WHERE workspace_id = {id_literal(workspace_id)} AND entity_type = 'span' LIMIT 1"
    rows = await analytics.query(
        f"SELECT 's' FROM feedback_scores {where} UNION ALL SELECT 'c' FROM comments {where}"
    )
    found = {row[0] for row in rows}
    return Annotated(has_scores="s" in found, has_comments="c" in found)


async def counts(
    analytics: Analytics, workspace_id: Id, project_ids: Sequence[Id], trace_id: Id, of: Annotated
) -> tuple[dict[str, int], dict[str, int]]:
    """Return how many scores, by name, and how many comments spans have, by a span's id as text."""
    where = (
        f"workspace_id = {id_literal(workspace_id)} AND entity_type = 'span' "
        f"AND entity_id IN (SELECT concat(id, '') FROM spans "
        f"WHERE {_trace(workspace_id, trace_id)} AND project_id IN {id_list(project_ids)})"
    )

    async def counted(table: str, what: str) -> dict[str, int]:
        rows = await analytics.query(
            f"SELECT hex(entity_id), {what} FROM {table} FINAL WHERE {where} GROUP BY entity_id"
        )
        return {format_id(bytes.fromhex(row[0])): int(row[1]) for row in rows}

    async def none() -> dict[str, int]:
        return {}

    return await asyncio.gather(
        counted("feedback_scores", "uniqExact(name)") if of.has_scores else none(),
        counted("comments", "count()") if of.has_comments else none(),
    )


def _trace(workspace_id: Id, trace_id: Id) -> str:
    return f"workspace_id = {id_literal(workspace_id)} AND trace_id = {id_literal(trace_id)}"
