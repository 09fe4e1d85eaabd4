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
from sightline.stores.analytics.buckets import bucket_of
from sightline.stores.analytics.columns import TABLES, Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.hour_plans import (
    edges_of,
    id_of,
    is_plain,
    live,
    place_of,
    plan_of,
    together,
    whole_hours,
)
from sightline.stores.analytics.metrics import Buckets
from sightline.stores.analytics.relation import kind_conditions, time_conditions
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
from sightline.stores.analytics.sql import Binder, id_literal
from sightline.stores.analytics.unit_slices import Slice, sliced

# With fewer rows in whole hours all is read as it is, and percentiles are exact.
WORTH = 50_000


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
    if scope.from_us is not None or not is_plain(scope):
        return None
    if not await rollup_units.is_ready(analytics):
        return None
    plan = await plan_of(analytics, entity, scope, (), WORTH)
    if plan is None:
        return None
    binder = Binder()
    where = whole_hours(entity, scope, plan, binder)
    first = f"SELECT min(hour) FROM rollups WHERE {where}"
    rows = await analytics.query(
        f"SELECT DISTINCT project_id, unit FROM rollups WHERE {where} AND hour = ({first})",
        binder.params,
    )
    units = together(plan.changed)
    for project, unit in rows:
        units.setdefault(id_of(project), []).append(int(unit))
    binder = Binder()
    conditions = [place_of(scope), in_units(trace_id_of(entity), units)]
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
    edges = edges_of(scope, buckets)
    if edges is None or not is_plain(scope) or not await rollup_units.is_ready(analytics):
        return None
    plan = await plan_of(analytics, entity, scope, edges, WORTH if worth is None else worth)
    if plan is None:
        return None
    binder = Binder()
    bucket, began = "0", "0"
    if buckets is not None:
        bucket, began = bucket_of(f"hour * {HOUR_US}", buckets), bucket_of("start_", buckets)
    sources = [
        f"SELECT {project} AS project_, toInt64({bucket}) AS bucket_, {', '.join(COLUMNS)} "
        f"FROM rollups WHERE {whole_hours(entity, scope, plan, binder)}"
    ]
    if plan.changed or plan.cut:
        keys = {"project_": "''" if project == "''" else "place_", "bucket_": f"toInt64({began})"}
        both = together(plan.changed, plan.cut)
        reading = Reading(
            keys, parts, place_of(scope), in_units("id", both), in_units("trace_id", both)
        )
        where = [live(trace_id_of(entity), plan), *kind_conditions(entity, scope, binder)]
        where += time_conditions(scope.from_us, scope.to_us)
        sources.append(reading.sql(entity, " AND ".join(where), binder))
    rows = await analytics.query(
        f"SELECT project_, bucket_, {', '.join(ADDED_UP)} "
        f"FROM ({' UNION ALL '.join(sources)}) GROUP BY project_, bucket_",
        binder.params,
    )
    return {
        (id_of(place), int(bucket)): _sums(dict(zip(COLUMNS, values, strict=True)))
        for place, bucket, *values in rows
    }


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
