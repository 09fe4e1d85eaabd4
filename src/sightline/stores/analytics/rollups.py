"""Figures of whole hours: added up once an hour is at rest, and put together to those of any
period, with what has changed since read as it is (ADR 17).

Percentiles come from a count of durations by class; a class is 0.5 % wide.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

import msgspec

from sightline.core.ids import Id
from sightline.stores.analytics import rollup_units
from sightline.stores.analytics.buckets import Periods, bucket_of
from sightline.stores.analytics.columns import Entity, usage_of
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.metrics import Buckets
from sightline.stores.analytics.relation import is_whole, time_conditions
from sightline.stores.analytics.rollup_units import HOUR_US, unit_sql, within
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder, id_list, id_literal

# With fewer rows in whole hours all is read as it is, and percentiles are exact.
WORTH = 50_000
_MOST_LIVE = 3_000
_LN_CLASS = 0.004987541511039
_NO_DURATION = -32_768
_UNENDED = 32_767
Part = Literal["own", "spans", "usage"]
EVERY: tuple[Part, ...] = ("own", "spans", "usage")

# What a column is when a part says nothing of it, and how columns are added up.
_NOTHING = {
    "count": "toUInt64(0)",
    "errors": "toUInt64(0)",
    "ended": "toUInt64(0)",
    "durations": "CAST(map(), 'Map(Int16, UInt64)')",
    "tags": "toUInt64(0)",
    "cost": "sum(toDecimal64(0, 12))",
    "cost_count": "toUInt64(0)",
    "tokens": "toInt64(0)",
    "tokens_count": "toUInt64(0)",
    "spans": "toUInt64(0)",
    "llm_spans": "toUInt64(0)",
    "usage_sums": "CAST(map(), 'Map(String, Int64)')",
    "usage_counts": "CAST(map(), 'Map(String, UInt64)')",
}
_ADDED_UP = {
    name: f"sumMap({name})" if "map()" in nothing else f"sum({name})"
    for name, nothing in _NOTHING.items()
}


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """What rows add up to. Durations are p50, p90 and p99 in ms, cost is USD, usage is (sum, how
    many have it) by key. What no row has is None."""

    count: int
    errors: int
    durations: tuple[float, float, float] | None = None
    tags: int = 0
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
    found = await _summed(analytics, entity, scope, buckets, parts, project="''")
    return None if found is None else {bucket: sums for (_, bucket), sums in found.items()}


async def by_project(
    analytics: Analytics, entity: Entity, scope: Scope, parts: Collection[Part]
) -> dict[Id, Sums] | None:
    """Return what the rows in scope add up to in each project; None where this is not the way."""
    found = await _summed(analytics, entity, scope, None, parts, project="project_id")
    return None if found is None else {project: sums for (project, _), sums in found.items()}


async def compute(
    analytics: Analytics, workspace_id: Id, project_id: Id, units: Sequence[int], at_us: int
) -> None:
    """Add up units of a project from what is there, which nothing changes since `at_us`."""
    place = f"workspace_id = {id_literal(workspace_id)} AND project_id = {id_literal(project_id)}"
    keys = {
        "unit": unit_sql("trace_"),
        "hour": f"intDiv(start_, {HOUR_US})",
        "source": "source_",
        "type": "type_",
    }
    columns = ["workspace_id", "project_id", "entity", *keys, "computed_us", *_NOTHING]
    entities: tuple[Entity, ...] = ("trace", "span")
    for entity in entities:
        binder = Binder()
        reading = _Reading(keys, EVERY, place, within("id", units), within("trace_id", units))
        own = within(_trace_id(entity), units)
        await analytics.command(
            f"INSERT INTO rollups ({', '.join(columns)}) SELECT {id_literal(workspace_id)}, "
            f"{id_literal(project_id)}, '{entity}', {', '.join(keys)}, {int(at_us)}, "
            f"{', '.join(_ADDED_UP.values())} FROM ({reading.sql(entity, own, binder)}) "
            f"GROUP BY {', '.join(keys)} SETTINGS max_threads = 1",
            binder.params,
        )


async def _summed(
    analytics: Analytics,
    entity: Entity,
    scope: Scope,
    buckets: Buckets | None,
    parts: Collection[Part],
    *,
    project: str,
) -> dict[tuple[Id, int], Sums] | None:
    edges = _edges(scope, buckets)
    if edges is None or not _is_plain(scope) or not await rollup_units.is_ready(analytics):
        return None
    plan = await _plan(analytics, entity, scope, edges)
    if plan is None:
        return None
    binder = Binder()
    bucket, began = "0", "0"
    if buckets is not None:
        bucket, began = bucket_of(f"hour * {HOUR_US}", buckets), bucket_of("start_", buckets)
    sources = [
        f"SELECT {project} AS project_, toInt64({bucket}) AS bucket_, {', '.join(_NOTHING)} "
        f"FROM rollups WHERE {_whole_hours(entity, scope, plan, binder)}"
    ]
    if plan.changed or plan.cut:
        live = {"project_": "''" if project == "''" else "place_", "bucket_": f"toInt64({began})"}
        both = _merged(plan.changed, plan.cut)
        reading = _Reading(
            live, parts, _place(scope), _of_units("id", both), _of_units("trace_id", both)
        )
        where = [_live(_trace_id(entity), plan), *_conditions(entity, scope, binder)]
        where += time_conditions(scope.from_us, scope.to_us)
        sources.append(reading.sql(entity, " AND ".join(where), binder))
    rows = await analytics.query(
        f"SELECT project_, bucket_, {', '.join(_ADDED_UP.values())} "
        f"FROM ({' UNION ALL '.join(sources)}) GROUP BY project_, bucket_",
        binder.params,
    )
    return {
        (_bytes(place), int(bucket)): _sums(dict(zip(_NOTHING, values, strict=True)))
        for place, bucket, *values in rows
    }


class _Reading(msgspec.Struct, frozen=True):
    """Rows as they are, as sums by `keys`: named expressions over `place_` (the project), `trace_`,
    `start_` (Unix µs), `source_` and `type_`.

    `of_traces` and `of_spans` are what the sort key says of the ids of their traces.
    """

    keys: dict[str, str]
    parts: Collection[Part]
    place: str
    of_traces: str
    of_spans: str

    def sql(self, entity: Entity, where: str, binder: Binder) -> str:
        """Return `SELECT` of the keys and the columns of `_NOTHING`; several rows a key."""
        found = []
        if entity == "trace":
            rows = self._traces(
                where, "error_info != '' AS error_, duration AS duration_, length(tags) AS tags_"
            )
            # What its spans cost counts where a trace began.
            spans = f"{self._spans(self.of_spans, binder)} AS s INNER JOIN "
            spans += f"{self._traces(where, '')} AS e USING (trace_)"
            cost_count, has_it = "uniqExactIf(trace_, isNotNull(cost_))", "uniqExact(trace_)"
        else:
            own = "error_info != '' AS error_, duration AS duration_, length(tags) AS tags_, "
            own += f"{_START}, source AS source_, type AS type_, project_id AS place_"
            rows = spans = self._spans(f"{self.of_spans} AND {where}", binder, own)
            cost_count, has_it = "countIf(isNotNull(cost_))", "count()"
        if "own" in self.parts:
            found.append(
                self._part(f"(SELECT *, {_CLASS} AS class_ FROM {rows})", _OWN, ", class_")
            )
        if "spans" in self.parts:
            found.append(self._part(spans, {**_OF_SPANS, "cost_count": cost_count}))
        if "usage" in self.parts:
            usage = {"usage_sums": "map(k_, sum(n_))", "usage_counts": f"map(k_, {has_it})"}
            each = (
                "(SELECT *, tupleElement(p_, 1) AS k_, tupleElement(p_, 2) AS n_ "
                f"FROM {spans} ARRAY JOIN usage_ AS p_)"
            )
            found.append(self._part(each, usage, ", k_"))
        return " UNION ALL ".join(found)

    def _part(self, rows: str, sums: dict[str, str], by: str = "") -> str:
        keys = ", ".join(f"{sql} AS {name}" for name, sql in self.keys.items())
        columns = ", ".join(f"{sql} AS {name}" for name, sql in (_NOTHING | sums).items())
        return f"SELECT {keys}, {columns} FROM {rows} GROUP BY {', '.join(self.keys)}{by}"

    def _traces(self, where: str, more: str) -> str:
        return (
            f"(SELECT project_id AS place_, id AS trace_, {_START}, source AS source_, '' AS type_"
            f"{', ' if more else ''}{more} FROM traces FINAL "
            f"WHERE {self.place} AND {self.of_traces} AND {where})"
        )

    def _spans(self, where: str, binder: Binder, more: str = "") -> str:
        return (
            "(SELECT trace_id AS trace_, type = 'llm' AS llm_, total_estimated_cost AS cost_, "
            f"{usage_of('total_tokens', binder)} AS tokens_, tupleElement(usage_v, 2) AS usage_"
            f"{', ' if more else ''}{more} FROM spans FINAL WHERE {self.place} AND {where})"
        )


_START = "toUnixTimestamp64Micro(start_time) AS start_"
_MS = "assumeNotNull(duration_)"
_CLASS = (
    f"toInt16(multiIf(isNull(duration_), {_UNENDED}, {_MS} <= 0, {_NO_DURATION}, "
    f"greatest(-32000, least(32000, floor(log({_MS}) / {_LN_CLASS})))))"
)
_OWN = {
    "count": "count()",
    "errors": "countIf(error_)",
    "ended": "countIf(isNotNull(duration_))",
    "durations": f"if(class_ = {_UNENDED}, {_NOTHING['durations']}, map(class_, count()))",
    "tags": "sum(tags_)",
}
_OF_SPANS = {
    "cost": "sum(ifNull(cost_, toDecimal64(0, 12)))",
    "tokens": "ifNull(sum(tokens_), toInt64(0))",
    "tokens_count": "countIf(isNotNull(tokens_))",
    "spans": "count()",
    "llm_spans": "countIf(llm_)",
}


def _trace_id(entity: Entity) -> str:
    return "id" if entity == "trace" else "trace_id"


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
    analytics: Analytics, entity: Entity, scope: Scope, edges: tuple[int, ...]
) -> _Plan | None:
    """Return which units must be read as they are; None when that would save nothing."""
    place = _place(scope)
    cut = f"has([{', '.join(map(str, edges))}], hour)" if edges else "0"
    where = [place, f"entity = '{entity}'", *_hours(scope)]
    known = await analytics.query(
        f"SELECT sum(n_) FROM (SELECT sum(count) AS n_ FROM rollups WHERE {' AND '.join(where)})"
    )
    if int(known[0][0]) < WORTH:
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
    if len(rows) + len(also) > _MOST_LIVE:
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
    where = [place, f"entity = '{entity}'", *_hours(scope), *_conditions(entity, scope, binder)]
    if plan.edges:
        where.append(f"NOT has([{', '.join(map(str, plan.edges))}], hour)")
    if plan.changed:
        # As it was when the plan was made: what has changed since is in here as it was then.
        where.append(f"NOT {_of_units('unit', plan.changed)}")
    where.append(
        "(project_id, unit, computed_us) IN (SELECT project_id, unit, max(computed_us) "
        f"FROM rollup_units WHERE {place} GROUP BY project_id, unit)"
    )
    return " AND ".join(where)


def _live(column: str, plan: _Plan) -> str:
    """Return the condition on rows that no whole hour has them."""
    if not plan.cut:
        return _of_units(column, plan.changed)
    hour = f"intDiv(toUnixTimestamp64Micro(start_time), {HOUR_US})"
    edge = f"{_of_units(column, plan.cut)} AND has([{', '.join(map(str, plan.edges))}], {hour})"
    return f"({_of_units(column, plan.changed)} OR ({edge}))"


def _of_units(column: str, units: Mapping[Id, Sequence[int]]) -> str:
    """Return the condition that a row, or an hour (`unit`), is of one of the projects' units."""
    found = []
    for project, some in units.items():
        if column == "unit":
            said = f"unit IN ({', '.join(map(str, some))})"
        else:
            said = within(column, some)
        found.append(f"(project_id = {id_literal(project)} AND {said})")
    return f"({' OR '.join(found) or '0'})"


def _merged(*parts: Mapping[Id, Sequence[int]]) -> dict[Id, list[int]]:
    found: dict[Id, list[int]] = {}
    for part in parts:
        for project, units in part.items():
            found.setdefault(project, []).extend(units)
    return found


def _conditions(entity: Entity, scope: Scope, binder: Binder) -> list[str]:
    """Return what is said of a row's source and type, which tables and hours call the same."""
    where = []
    if scope.span_type is not None and entity == "span":
        where.append(f"type = {binder.add(scope.span_type)}")
    if scope.sources is not None:
        where.append(f"has({binder.add(list(scope.sources), 'Array(String)')}, source)")
    if scope.hidden_sources:
        hidden = binder.add(list(scope.hidden_sources), "Array(String)")
        where.append(f"NOT has({hidden}, source)")
    return where


def _place(scope: Scope) -> str:
    where = f"workspace_id = {id_literal(scope.workspace_id)}"
    if scope.project_ids is not None:
        where += f" AND project_id IN {id_list(scope.project_ids)}"
    return where


def _bytes(raw: bytes | str) -> Id:
    return raw if isinstance(raw, bytes) else raw.encode()


def _sums(row: dict[str, Any]) -> Sums:
    usage = row["usage_sums"]
    return Sums(
        count=int(row["count"]),
        errors=int(row["errors"]),
        durations=_percentiles(row["durations"]),
        tags=int(row["tags"]),
        cost=row["cost"] if row["cost_count"] else None,
        cost_count=int(row["cost_count"]),
        tokens=int(row["tokens"]) if row["tokens_count"] else None,
        spans=int(row["spans"]),
        llm_spans=int(row["llm_spans"]),
        usage={key: (int(usage[key]), int(n)) for key, n in row["usage_counts"].items()},
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
        found.append(0.0 if key == _NO_DURATION else math.exp((key + 0.5) * _LN_CLASS))
    return found[0], found[1], found[2]
