"""Figures of whole projects, many in one query: what a list of projects shows beside each.

Each function takes a scope and answers for all its projects at once. Spans, scores and guardrail
checks are counted in the project in which they stand.
"""

import asyncio
import math
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from sightline.core.ids import Id
from sightline.domain.filter import EVERYTHING, EntityType
from sightline.stores.analytics import rollups, thread_relation
from sightline.stores.analytics.engine import Analytics, Row
from sightline.stores.analytics.relation import relation, time_conditions
from sightline.stores.analytics.rollup_rows import Part
from sightline.stores.analytics.rollups import Sums
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder, id_list, id_literal
from sightline.stores.analytics.thread_columns import Lifecycle

_DAY_US = 86_400_000_000
_USAGE = "tupleElement(usage_v, 2)"
_OWN: tuple[Part, ...] = ("own",)
_SPANS: tuple[Part, ...] = ("spans",)
_USAGES: tuple[Part, ...] = ("usage",)
_DURATIONS = "quantiles(0.5, 0.9, 0.99)(duration)"


class TraceFigures(msgspec.Struct, frozen=True):
    """Durations are p50, p90, p99 in ms, NaN without a finished trace."""

    traces: int
    threads: int
    durations_ms: Sequence[float]
    recent_errors: int
    earlier_errors: int


class Period(msgspec.Struct, frozen=True):
    """Key figures of one period; durations in ms, costs in USD."""

    count: int = 0
    errors: int = 0
    average_duration_ms: float | None = None
    total_cost_usd: float = 0.0


async def trace_figures(
    analytics: Analytics, scope: Scope, recent_from_us: int
) -> dict[Id, TraceFigures]:
    """Count traces, threads and errors of each project that has any."""
    summed = await rollups.by_project(analytics, "trace", scope, _OWN)
    if summed is not None:
        since_us = max(recent_from_us, scope.from_us or 0)
        lately, threads = await asyncio.gather(
            rollups.by_project(
                analytics, "trace", msgspec.structs.replace(scope, from_us=since_us), _OWN, worth=0
            ),
            _thread_counts(analytics, scope),
        )
        if lately is not None:
            return {
                id: _of_hours(sums, lately.get(id), threads.get(id, 0))
                for id, sums in summed.items()
            }
    binder = Binder()
    columns = ["project_id", "start_time", "duration", "thread_id", "error_info"]
    recent = time_conditions(recent_from_us, None)[0]
    rows = await analytics.query(
        "SELECT project_id, count(), uniqExactIf(thread_id, thread_id != ''), "
        f"{_DURATIONS}, countIf(error_info != '' AND {recent}), "
        f"countIf(error_info != '' AND NOT {recent}) "
        f"FROM {relation('trace', scope, columns, binder)} GROUP BY project_id",
        binder.params,
    )
    return {row[0]: TraceFigures(*row[1:]) for row in rows}


def _of_hours(sums: Sums, recent: Sums | None, threads: int) -> TraceFigures:
    errors = recent.errors if recent is not None else 0
    nothing = (math.nan,) * 3
    return TraceFigures(
        traces=sums.count,
        threads=threads,
        durations_ms=sums.durations or nothing,
        recent_errors=errors,
        earlier_errors=sums.errors - errors,
    )


async def _thread_counts(analytics: Analytics, scope: Scope) -> dict[Id, int]:
    binder = Binder()
    rows = await analytics.query(
        "SELECT project_id, uniqExactIf(thread_id, thread_id != '') "
        f"FROM {relation('trace', scope, ['project_id', 'thread_id'], binder)} GROUP BY project_id",
        binder.params,
    )
    return {row[0]: int(row[1]) for row in rows}


async def cost_figures(analytics: Analytics, scope: Scope) -> dict[Id, tuple[Decimal, int]]:
    """Return each project's cost in USD, and of how many traces it is made up."""
    summed = await rollups.by_project(analytics, "trace", scope, _SPANS)
    if summed is not None:
        return {
            id: (sums.cost, sums.cost_count) for id, sums in summed.items() if sums.cost is not None
        }
    rows = await _of_spans(
        analytics,
        scope,
        "sum(total_estimated_cost), uniq(trace_id)",
        "isNotNull(total_estimated_cost)",
    )
    return {row[0]: (row[1], row[2]) for row in rows}


async def usage_figures(analytics: Analytics, scope: Scope) -> dict[Id, dict[str, tuple[int, int]]]:
    """Return the sum of each usage key in each project, and how many traces have it."""
    summed = await rollups.by_project(analytics, "trace", scope, _USAGES)
    if summed is not None:
        return {id: dict(sums.usage) for id, sums in summed.items() if sums.usage}
    rows = await _of_spans(
        analytics,
        scope,
        "name_, sum(value_), uniq(trace_id)",
        "1",
        f"ARRAY JOIN tupleElement({_USAGE}, 1) AS name_, tupleElement({_USAGE}, 2) AS value_",
        ", name_",
    )
    found: dict[Id, dict[str, tuple[int, int]]] = {}
    for project, key, total, traces in rows:
        found.setdefault(project, {})[key] = (total, traces)
    return found


async def score_averages(analytics: Analytics, scope: Scope) -> dict[Id, dict[str, float]]:
    """Return the average of each trace score: over a trace's authors, then over traces."""
    binder = Binder()
    where = _place(scope)
    if _is_narrow(scope):
        where += f" AND entity_id IN (SELECT concat(id, '') FROM {_traces(scope, binder)})"
    rows = await analytics.query(
        "SELECT project_id, name, avg(value) FROM ("
        "SELECT project_id, entity_id, name, avg(value) AS value FROM feedback_scores FINAL "
        f"WHERE {where} AND entity_type = 'trace' GROUP BY project_id, entity_id, name) "
        "GROUP BY project_id, name ORDER BY name",
        binder.params,
    )
    found: dict[Id, dict[str, float]] = {}
    for project, name, value in rows:
        found.setdefault(project, {})[name] = float(value)
    return found


async def failed_guardrails(analytics: Analytics, scope: Scope) -> dict[Id, int]:
    """Count the failed guardrail checks of each project that has any."""
    binder = Binder()
    where = _place(scope)
    if _is_narrow(scope):
        where += f" AND entity_id IN {_traces(scope, binder)}"
    rows = await analytics.query(
        f"SELECT project_id, count() FROM guardrails FINAL WHERE {where} "
        "AND result = 'failed' GROUP BY project_id",
        binder.params,
    )
    return {row[0]: row[1] for row in rows}


async def last_trace_times(
    analytics: Analytics, workspace_id: Id, project_ids: Sequence[Id] | None
) -> dict[Id, int]:
    """Return when a trace of each project last changed, Unix µs; all projects for None."""
    scope = Scope(
        workspace_id=workspace_id,
        project_ids=None if project_ids is None else tuple(project_ids),
    )
    rows = await analytics.query(
        "SELECT project_id, toUnixTimestamp64Micro(max(last_updated_at)) FROM traces "
        f"WHERE {_place(scope)} GROUP BY project_id"
    )
    return {row[0]: row[1] for row in rows}


async def score_names(analytics: Analytics, scope: Scope) -> list[str]:
    """Return the names of scores on traces, spans and threads, sorted."""
    rows = await analytics.query(
        f"SELECT DISTINCT name FROM feedback_scores FINAL WHERE {_place(scope)} ORDER BY name"
    )
    return [row[0] for row in rows]


async def usage_names(analytics: Analytics, scope: Scope) -> list[str]:
    """Return the usage keys that spans have or had, sorted."""
    # Without FINAL a key stays until its row is merged, and reading takes a third of the time.
    rows = await analytics.query(
        f"SELECT arraySort(groupUniqArrayArray(tupleElement({_USAGE}, 1))) "
        f"FROM spans WHERE {_place(scope)}"
    )
    return list(rows[0][0])


async def periods(
    analytics: Analytics, entity: EntityType, scope: Scope, step_us: int, lifecycle: Lifecycle
) -> dict[int, Period]:
    """Return key figures by period of `step_us`, counted from the scope's start."""
    binder = Binder()
    columns = ["start_time", "duration", "total_estimated_cost"]
    if entity == "thread":
        errors = "0"
        rows_sql = thread_relation.matching(scope, columns, binder, lifecycle)
    else:
        errors = "countIf(error_info != '')"
        rows_sql = relation(entity, scope, [*columns, "error_info"], binder)
    began = " AND ".join(time_conditions(scope.from_us, scope.to_us)) or "1"
    rows = await analytics.query(
        f"SELECT intDiv(toUnixTimestamp64Micro(start_time) - {int(scope.from_us or 0)}, "
        f"{int(step_us)}) AS b, count(), {errors}, avg(duration), sum(total_estimated_cost) "
        f"FROM {rows_sql} WHERE {began} GROUP BY b",
        binder.params,
    )
    return {
        b: Period(n, errors, None if average is None else float(average), float(cost or 0))
        for b, n, errors, average, cost in rows
    }


async def daily_traces(analytics: Analytics, scope: Scope) -> list[tuple[int, int]]:
    """Return when the last trace of each day (UTC) began and how many did, newest day first."""
    binder = Binder()
    rows = await analytics.query(
        f"SELECT intDiv(toUnixTimestamp64Micro(start_time), {_DAY_US}) AS day, "
        "toUnixTimestamp64Micro(max(start_time)), count() "
        f"FROM {relation('trace', scope, ['start_time'], binder)} GROUP BY day ORDER BY day DESC",
        binder.params,
    )
    return [(row[1], row[2]) for row in rows]


async def _of_spans(
    analytics: Analytics,
    scope: Scope,
    figures: str,
    condition: str,
    join: str = "",
    group: str = "",
) -> list[Row]:
    binder = Binder()
    where = _place(scope)
    if _is_narrow(scope):
        where += f" AND trace_id IN {_traces(scope, binder)}"
    return await analytics.query(
        f"SELECT project_id, {figures} FROM spans FINAL {join} WHERE {where} AND {condition} "
        f"GROUP BY project_id{group}",
        binder.params,
    )


def _place(scope: Scope) -> str:
    where = f"workspace_id = {id_literal(scope.workspace_id)}"
    if scope.project_ids is not None:
        where += f" AND project_id IN {id_list(scope.project_ids)}"
    return where


def _is_narrow(scope: Scope) -> bool:
    return scope.filter != EVERYTHING or scope.from_us is not None or scope.to_us is not None


def _traces(scope: Scope, binder: Binder) -> str:
    return relation("trace", scope, ["id"], binder)
