"""What a table of projects shows of each: figures of its traces, many projects in one query."""

import asyncio
from collections.abc import Collection
from decimal import Decimal

import msgspec

from sightline.core.ids import Id
from sightline.stores.analytics import narrowing, rollups
from sightline.stores.analytics.columns import usage_of
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.percentiles import percentiles
from sightline.stores.analytics.relation import is_whole, relation, sort_key_conditions
from sightline.stores.analytics.rollup_rows import Part
from sightline.stores.analytics.rollups import Sums
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder, id_literal

_HOUR_US = 3_600_000_000
_OWN: tuple[Part, ...] = ("own",)
_SPANS: tuple[Part, ...] = ("spans",)


class OfTraces(msgspec.Struct, frozen=True):
    """Durations in ms, None where no trace has ended."""

    traces: int = 0
    errors: int = 0
    duration_p50: float | None = None
    duration_p99: float | None = None


async def of_both(
    analytics: Analytics, scope: Scope
) -> tuple[dict[Id, OfTraces], dict[Id, tuple[Decimal, int]]]:
    """Return what `of_traces` and `of_spans` return, at once where the hours tell."""
    summed = await rollups.by_project(analytics, "trace", scope, [*_OWN, *_SPANS])
    if summed is None:
        return await asyncio.gather(of_traces(analytics, scope), of_spans(analytics, scope))
    return {id: _of_hours(sums) for id, sums in summed.items()}, _costs(summed)


async def of_traces(analytics: Analytics, scope: Scope) -> dict[Id, OfTraces]:
    """Return counts and durations of the projects that have traces in scope."""
    summed = await rollups.by_project(analytics, "trace", scope, _OWN)
    if summed is not None:
        return {id: _of_hours(sums) for id, sums in summed.items()}
    binder = Binder()
    rows = await analytics.query(
        "SELECT project_id, count(), countIf(error_info != ''), "
        f"{percentiles('duration', (0.5, 0.99))} "
        f"FROM {relation('trace', scope, ['project_id', 'error_info', 'duration'], binder)} "
        "GROUP BY project_id",
        binder.params,
    )
    return {
        id: OfTraces(n, errors, *(None if d != d else float(d) for d in durations))
        for id, n, errors, durations in rows
    }


def _of_hours(sums: Sums) -> OfTraces:
    durations = sums.durations or (None, None, None)
    return OfTraces(
        traces=sums.count,
        errors=sums.errors,
        duration_p50=durations[0],
        duration_p99=durations[2],
    )


def _costs(summed: dict[Id, Sums]) -> dict[Id, tuple[Decimal, int]]:
    return {id: (sums.cost or Decimal(0), sums.tokens or 0) for id, sums in summed.items()}


async def of_spans(analytics: Analytics, scope: Scope) -> dict[Id, tuple[Decimal, int]]:
    """Return cost in USD and tokens of the spans in each project, of traces in scope."""
    summed = await rollups.by_project(analytics, "trace", scope, _SPANS)
    if summed is not None:
        return _costs(summed)
    binder = Binder()
    tokens = usage_of("total_tokens", binder)
    whole = msgspec.structs.replace(scope, from_us=None, to_us=None, hidden_sources=())
    where = " AND ".join(sort_key_conditions("span", whole))
    if not is_whole(scope):
        where += f" AND trace_id IN {relation('trace', scope, ['id'], binder)}"
    rows = await analytics.query(
        f"SELECT project_id, sum(total_estimated_cost), sum({tokens}) FROM spans FINAL "
        f"WHERE {where} GROUP BY project_id",
        binder.params,
    )
    return {id: (cost or Decimal(0), n or 0) for id, cost, n in rows}


async def scores(analytics: Analytics, scope: Scope) -> dict[Id, dict[str, float]]:
    """Return the average of each score of the traces in scope: over authors, then over traces."""
    binder = Binder()
    where = f"workspace_id = {id_literal(scope.workspace_id)} AND entity_type = 'trace'"
    if scope.project_ids is not None or not is_whole(scope):
        # A score says its project too, but a trace's own is what counts.
        ids = relation("trace", scope, ["id"], binder, is_unique=is_whole(scope))
        scored = f"SELECT entity_id FROM feedback_scores WHERE {where}"
        where += (
            f" AND entity_id IN (SELECT concat(id, '') AS id_ FROM {ids} WHERE id_ IN ({scored}))"
        )
    rows = await analytics.query(
        "SELECT project_id, name, avg(value) FROM ("
        "SELECT project_id, entity_id, name, avg(value) AS value FROM feedback_scores FINAL "
        f"WHERE {where} GROUP BY project_id, entity_id, name) GROUP BY project_id, name "
        "ORDER BY name",
        binder.params,
    )
    found: dict[Id, dict[str, float]] = {}
    for id, name, value in rows:
        found.setdefault(id, {})[name] = float(value)
    return found


async def hourly(
    analytics: Analytics, scope: Scope, hours: Collection[int]
) -> dict[Id, dict[int, int]]:
    """Return how many traces began in each of some hours, which count from scope's beginning."""
    scope = await narrowing.placed(analytics, "trace", scope)
    binder = Binder()
    rows = await analytics.query(
        "SELECT project_id, "
        f"intDiv(toUnixTimestamp64Micro(start_time) - {int(scope.from_us or 0)}, {_HOUR_US}) AS h, "
        f"count() FROM {relation('trace', scope, ['project_id', 'start_time'], binder)} "
        "GROUP BY project_id, h",
        binder.params,
    )
    found: dict[Id, dict[int, int]] = {}
    for id, hour, n in rows:
        if hour in hours:
            found.setdefault(id, {})[int(hour)] = int(n)
    return found
