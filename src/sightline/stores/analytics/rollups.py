"""Figures of whole hours: added up once an hour is at rest, and put together to those of any
period, with what has changed since read as it is (ADR 17).

Percentiles come from a count of durations by class; a class is 0.5 % wide.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from sightline.core.ids import Id
from sightline.stores.analytics import rollup_units
from sightline.stores.analytics.buckets import Periods, bucket_of
from sightline.stores.analytics.columns import TABLES, Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.metrics import Buckets
from sightline.stores.analytics.relation import (
    is_whole,
    kind_conditions,
    sort_key_conditions,
    time_conditions,
)
from sightline.stores.analytics.rollup_rows import (
    ADDED_UP,
    COLUMNS,
    EVERY,
    LN_CLASS,
    NO_DURATION,
    Part,
    Reading,
    trace_id_of,
)
from sightline.stores.analytics.rollup_units import HOUR_US, Unit, in_units, unit_sql
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import NEAR, Binder, id_literal
from sightline.stores.analytics.unit_slices import Slice, sliced

# With fewer rows in whole hours all is read as it is, and percentiles are exact.
WORTH = 50_000
_MOST_LIVE = 3_000


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """What rows add up to, as far as asked for. Durations are p50, p90 and p99 in ms, cost is USD,
    usage is (sum, how many have it) by key. What no row has is None."""

    count: int
    errors: int
    durations: tuple[float, float, float] | None = None
    tags: int = 0
    inputs: int = 0
    outputs: int = 0
    metadatas: int = 0
    cost: Decimal | None = None
    cost_count: int = 0
    tokens: int | None = None
    spans: int = 0
    llm_spans: int = 0
    usage: dict[str, tuple[int, int]] = {}


class _Plan(msgspec.Struct, frozen=True):
    """Which units are read as they are: the changed ones, and of others (`cut`) what began in one
    of the hours that are not wholly in a bucket (`edges`)."""

    changed: dict[Id, list[int]]
    cut: dict[Id, list[int]]
    edges: tuple[int, ...]


async def by_bucket(
    analytics: Analytics,
    entity: Entity,
    scope: Scope,
    buckets: Buckets | None,
    parts: Collection[Part],
) -> dict[int, Sums] | None:
    """Return what the rows in scope add up to by bucket, one for all without buckets.

    None where this is not the way: a filter, few rows, buckets of less than an hour.
    """
    found = await _summed(analytics, entity, scope, buckets, parts)
    return None if found is None else {bucket: sums for (_, bucket), sums in found.items()}


async def by_project(
    analytics: Analytics,
    entity: Entity,
    scope: Scope,
    parts: Collection[Part],
    *,
    worth: int | None = None,
) -> dict[Id, Sums] | None:
    """Return what the rows in scope add up to in each project; None where this is not the way.

    `worth` is the number of rows in whole hours below which it is not.
    """
    found = await _summed(analytics, entity, scope, None, parts, "project_id", worth)
    return None if found is None else {project: sums for (project, _), sums in found.items()}


async def oldest_us(analytics: Analytics, entity: Entity, scope: Scope) -> int | None:
    """Return when the first of a whole project began, Unix µs; None where this is not the way."""
    if scope.from_us is not None or not _is_plain(scope):
        return None
    if not await rollup_units.is_ready(analytics):
        return None
    plan = await _plan(analytics, entity, scope, (), WORTH)
    if plan is None:
        return None
    binder = Binder()
    where = _whole_hours(entity, scope, plan, binder)
    first = f"SELECT min(hour) FROM rollups WHERE {where}"
    rows = await analytics.query(
        f"SELECT DISTINCT project_id, unit FROM rollups WHERE {where} AND hour = ({first})",
        binder.params,
    )
    units = _merged(plan.changed)
    for project, unit in rows:
        units.setdefault(_bytes(project), []).append(int(unit))
    binder = Binder()
    conditions = [_place(scope), in_units(trace_id_of(entity), units)]
    conditions += [*kind_conditions(entity, scope, binder), *time_conditions(None, scope.to_us)]
    found = await analytics.query(
        f"SELECT count(), toUnixTimestamp64Micro(min(start_time)) FROM {TABLES[entity]} FINAL "
        f"WHERE {' AND '.join(conditions)}",
        binder.params,
    )
    return int(found[0][1]) if found[0][0] else None


async def compute(analytics: Analytics, units: Sequence[Unit], at_us: int) -> None:
    """Add up units of a workspace from what is there, which nothing changes since `at_us`.

    They should be of the same hours: each hour of theirs is read of each of the projects.
    """
    for piece in await sliced(analytics, units):
        await _compute(analytics, piece, at_us)


async def _compute(analytics: Analytics, piece: Slice, at_us: int) -> None:
    workspace = id_literal(piece.units[0].workspace_id)
    keys = {
        "project_id": "place_",
        "unit": unit_sql("trace_"),
        "hour": f"intDiv(start_, {HOUR_US})",
        "source": "source_",
        "type": "type_",
    }
    columns = ["workspace_id", "entity", *keys, "slice", "computed_us", *COLUMNS]
    entities: tuple[Entity, ...] = ("trace", "span")
    for entity in entities:
        binder = Binder()
        reading = Reading(keys, EVERY, piece.place, piece.holds("id"), piece.holds("trace_id"))
        await analytics.command(
            f"INSERT INTO rollups ({', '.join(columns)}) SELECT {workspace}, '{entity}', "
            f"{', '.join(keys)}, {piece.number}, {int(at_us)}, "
            f"{', '.join(ADDED_UP)} FROM ({reading.sql(entity, '1', binder)}) "
            # Of others a newer row would take the place of the one that holds.
            f"WHERE (project_id, unit) IN {piece.of_units} GROUP BY {', '.join(keys)} "
            "SETTINGS max_threads = 1",
            binder.params,
        )


async def _summed(
    analytics: Analytics,
    entity: Entity,
    scope: Scope,
    buckets: Buckets | None,
    parts: Collection[Part],
    project: str = "''",
    worth: int | None = None,
) -> dict[tuple[Id, int], Sums] | None:
    edges = _edges(scope, buckets)
    if edges is None or not _is_plain(scope) or not await rollup_units.is_ready(analytics):
        return None
    plan = await _plan(analytics, entity, scope, edges, WORTH if worth is None else worth)
    if plan is None:
        return None
    binder = Binder()
    bucket, began = "0", "0"
    if buckets is not None:
        bucket, began = bucket_of(f"hour * {HOUR_US}", buckets), bucket_of("start_", buckets)
    sources = [
        f"SELECT {project} AS project_, toInt64({bucket}) AS bucket_, {', '.join(COLUMNS)} "
        f"FROM rollups WHERE {_whole_hours(entity, scope, plan, binder)}"
    ]
    if plan.changed or plan.cut:
        live = {"project_": "''" if project == "''" else "place_", "bucket_": f"toInt64({began})"}
        both = _merged(plan.changed, plan.cut)
        reading = Reading(
            live, parts, _place(scope), in_units("id", both), in_units("trace_id", both)
        )
        where = [_live(trace_id_of(entity), plan), *kind_conditions(entity, scope, binder)]
        where += time_conditions(scope.from_us, scope.to_us)
        sources.append(reading.sql(entity, " AND ".join(where), binder))
    rows = await analytics.query(
        f"SELECT project_, bucket_, {', '.join(ADDED_UP)} "
        f"FROM ({' UNION ALL '.join(sources)}) GROUP BY project_, bucket_",
        binder.params,
    )
    return {
        (_bytes(place), int(bucket)): _sums(dict(zip(COLUMNS, values, strict=True)))
        for place, bucket, *values in rows
    }


def _is_plain(scope: Scope) -> bool:
    """Say whether the hours can tell: they know times, sources and types of spans alone."""
    plain = msgspec.structs.replace(
        scope, from_us=None, to_us=None, sources=None, hidden_sources=(), span_type=None
    )
    return is_whole(plain) and scope.ids is None and scope.trace_id is None


def _edges(scope: Scope, buckets: Buckets | None) -> tuple[int, ...] | None:
    """Return the hours that are not wholly in one bucket, None when that is most of them."""
    ends = [scope.from_us, scope.to_us]
    if isinstance(buckets, Periods):
        ends += [buckets.start_us, buckets.start_us + buckets.step_us]
    elif buckets is not None and (buckets.start_us % HOUR_US or buckets.step_us % HOUR_US):
        return None
    return tuple(sorted({at_us // HOUR_US for at_us in ends if at_us and at_us % HOUR_US}))


async def _plan(
    analytics: Analytics, entity: Entity, scope: Scope, edges: tuple[int, ...], worth: int
) -> _Plan | None:
    """Return which units must be read as they are; None when that would save nothing."""
    place = _place(scope)
    cut = f"has([{', '.join(map(str, edges))}], hour)" if edges else "0"
    where = [place, f"entity = '{entity}'", *_hours(scope)]
    known = await analytics.query(
        f"SELECT sum(count), uniqExact(project_id, unit) FROM rollups WHERE {' AND '.join(where)}"
    )
    if int(known[0][0]) < worth:
        return None
    changed: dict[Id, list[int]] = {}
    rows = await analytics.query(
        f"SELECT project_id, unit FROM rollup_units WHERE {place} GROUP BY project_id, unit "
        f"HAVING max(changed_us) >= max(computed_us) LIMIT {_MOST_LIVE + 1}"
    )
    for project, unit in rows:
        changed.setdefault(_bytes(project), []).append(int(unit))
    cuts: dict[Id, list[int]] = {}
    also = []
    if edges:
        also = await analytics.query(
            "SELECT DISTINCT project_id, unit FROM rollups "
            f"WHERE {place} AND entity = '{entity}' AND {cut} LIMIT {_MOST_LIVE + 1}"
        )
    for project, unit in also:
        if int(unit) not in changed.get(_bytes(project), ()):
            cuts.setdefault(_bytes(project), []).append(int(unit))
    # While most is still to be added up, to read all at once is quicker.
    if len(rows) + len(also) > min(_MOST_LIVE, 8 + int(known[0][1])):
        return None
    return _Plan(changed, cuts, edges)


def _hours(scope: Scope) -> list[str]:
    """Return the conditions that an hour lies wholly in the scope's time."""
    where = []
    if scope.from_us is not None:
        where.append(f"hour >= {-(-scope.from_us // HOUR_US)}")
    if scope.to_us is not None:
        where.append(f"hour < {scope.to_us // HOUR_US}")
    return where


def _whole_hours(entity: Entity, scope: Scope, plan: _Plan, binder: Binder) -> str:
    """Return the condition on `rollups` that a row is valid and wholly in a bucket."""
    place = _place(scope)
    where = [place, f"entity = '{entity}'", *_hours(scope), *kind_conditions(entity, scope, binder)]
    if plan.edges:
        where.append(f"NOT has([{', '.join(map(str, plan.edges))}], hour)")
    if plan.changed:
        # As it was when the plan was made: what has changed since is in here as it was then.
        where.append(f"NOT {in_units('unit', plan.changed)}")
    where.append(
        "(project_id, unit, computed_us) IN (SELECT project_id, unit, max(computed_us) "
        f"FROM {NEAR}rollup_units WHERE {place} GROUP BY project_id, unit)"
    )
    return " AND ".join(where)


def _live(column: str, plan: _Plan) -> str:
    """Return the condition on rows that no whole hour has them."""
    if not plan.cut:
        return in_units(column, plan.changed)
    hour = f"intDiv(toUnixTimestamp64Micro(start_time), {HOUR_US})"
    edge = f"{in_units(column, plan.cut)} AND has([{', '.join(map(str, plan.edges))}], {hour})"
    return f"({in_units(column, plan.changed)} OR ({edge}))"


def _merged(*parts: Mapping[Id, Sequence[int]]) -> dict[Id, list[int]]:
    found: dict[Id, list[int]] = {}
    for part in parts:
        for project, units in part.items():
            found.setdefault(project, []).extend(units)
    return found


def _place(scope: Scope) -> str:
    return " AND ".join(sort_key_conditions("trace", scope))


def _bytes(raw: bytes | str) -> Id:
    return raw if isinstance(raw, bytes) else raw.encode()


def _sums(row: dict[str, Any]) -> Sums:
    usage = row["usage_sums"]
    return Sums(
        count=int(row["count"]),
        errors=int(row["errors"]),
        durations=_percentiles(row["durations"]),
        tags=int(row["tags"]),
        inputs=int(row["inputs"]),
        outputs=int(row["outputs"]),
        metadatas=int(row["metadatas"]),
        cost=row["cost"] if row["cost_count"] else None,
        cost_count=int(row["cost_count"]),
        tokens=int(row["tokens"]) if row["tokens_count"] else None,
        spans=int(row["spans"]),
        llm_spans=int(row["llm_spans"]),
        usage={key: (int(usage.get(key, 0)), int(n)) for key, n in row["usage_counts"].items()},
    )


def _percentiles(counts: Mapping[int, int]) -> tuple[float, float, float] | None:
    """Return p50, p90 and p99 in ms of durations by class, None of none."""
    total = sum(counts.values())
    if not total:
        return None
    found = []
    classes = sorted(counts)
    for level in (0.5, 0.9, 0.99):
        left = min(int(level * total), total - 1)
        for key in classes:
            left -= counts[key]
            if left < 0:
                break
        found.append(0.0 if key == NO_DURATION else math.exp((key + 0.5) * LN_CLASS))
    return found[0], found[1], found[2]
