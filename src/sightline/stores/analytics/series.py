"""A figure over time, split by what rows have in common or not.

Of many groups those with the most rows keep their names (of sums, those with the largest), and the
rest become one. A trace calls several models: what it costs by model is what its spans cost, and
everything else of it counts in each of its models.
"""

from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

import msgspec

from sightline.domain.filter import EntityType
from sightline.stores.analytics import rollups
from sightline.stores.analytics.buckets import bucket_of
from sightline.stores.analytics.columns import Entity, column, usage_of
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.merged import merged
from sightline.stores.analytics.metrics import Buckets
from sightline.stores.analytics.percentiles import percentiles
from sightline.stores.analytics.quickest import quickest
from sightline.stores.analytics.relation import relation, time_conditions
from sightline.stores.analytics.rollup_rows import Part
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.slice_figures import near_traces, rows_of
from sightline.stores.analytics.span_sums import Sums, span_sums
from sightline.stores.analytics.sql import Binder, id_literal
from sightline.stores.analytics.thread_columns import Lifecycle

Kind = Literal["count", "errors", "error_rate", "percentiles", "sum", "average"]

# Fields of a trace that its spans have, and the list of a trace's.
OF_SPANS = {"model": "models", "provider": "providers"}
_LISTS = frozenset(("tags", "models", "providers"))
_ADDED_UP: frozenset[Kind] = frozenset(("count", "errors", "sum"))


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn: a kind of figure over some columns, with a value for each.

    Percentiles have one column and a value for each of `levels`.
    """

    kind: Kind
    columns: tuple[str, ...] = ()
    levels: tuple[float, ...] = ()


class Group(NamedTuple):
    """A group of rows: by its value, "" for rows that have none, or all that are left."""

    value: str = ""
    is_rest: bool = False


class Point(NamedTuple):
    """The values of a group in a bucket, counted from 0; None where there is nothing to measure."""

    group: Group
    bucket: int
    values: list[float | None]


async def series(
    analytics: Analytics,
    entity: EntityType,
    scope: Scope,
    drawn: Drawn,
    buckets: Buckets,
    lifecycle: Lifecycle,
    *,
    by: str = "",
    top: int,
) -> list[Point]:
    """Return the points where there are rows, in no order; `by` is a column, or one of `OF_SPANS`.

    Raises `InvalidRequestError` for a wrong filter and `UnprocessableError` for an unknown column.
    """
    if entity != "thread" and not by:
        of_hours = await _of_hours(analytics, entity, scope, drawn, buckets)
        if of_hours is not None:
            return of_hours
    scope = await quickest(analytics, entity, scope)
    if entity == "trace" and drawn.kind == "sum" and (not by or by in OF_SPANS):
        sums = await span_sums(analytics, scope, buckets, drawn.columns, by)
        if sums is not None:
            return _of_sums(sums, top)
    query = _Query(entity, scope, drawn, buckets, lifecycle, by)
    if not by:
        return await query.points(analytics, None)
    ranked = await query.ranking(analytics, top + 1)
    return await query.points(analytics, ranked[:top] if len(ranked) > top else None)


async def score_names(
    analytics: Analytics, entity: EntityType, scope: Scope, most: int
) -> list[str]:
    """Return the names of the scores given most often in scope's projects, sorted."""
    where = f"workspace_id = {id_literal(scope.workspace_id)} AND entity_type = '{entity}'"
    for id in scope.project_ids or ():
        where += f" AND project_id = {id_literal(id)}"
    rows = await analytics.query(
        f"SELECT name FROM feedback_scores FINAL WHERE {where} "
        f"GROUP BY name ORDER BY count() DESC, name LIMIT {int(most)}"
    )
    return sorted(row[0] for row in rows)


class _Query(msgspec.Struct, frozen=True):
    entity: EntityType
    scope: Scope
    drawn: Drawn
    buckets: Buckets
    lifecycle: Lifecycle
    by: str

    async def ranking(self, analytics: Analytics, most: int) -> list[str]:
        """Return the groups that have rows, largest first."""
        binder = Binder()
        rank = self._values()[0]
        if self.drawn.kind not in _ADDED_UP:
            rank = f"count({', '.join(map(column, self.drawn.columns[:1]))})"
        rows = await analytics.query(
            f"SELECT g_, {rank} AS rank_ FROM (SELECT *, {self._name()} AS g_ "
            f"FROM {self._rows(binder)}) GROUP BY g_ HAVING rank_ > 0 "
            f"ORDER BY rank_ DESC, g_ LIMIT {int(most)}",
            binder.params,
        )
        return [str(row[0]) for row in rows]

    async def points(self, analytics: Analytics, top: Sequence[str] | None) -> list[Point]:
        """Return the points; groups that are not in `top` are one."""
        binder = Binder()
        name = self._name() if top is None else self._folded(binder.add(list(top), _TEXTS))
        rest = "0" if top is None else "g_.1"
        value = "g_" if top is None else "g_.2"
        rows = await analytics.query(
            f"SELECT {rest} AS rest_, {value} AS value_, {self._bucket()} AS b_, "
            f"{', '.join(self._values())} FROM (SELECT *, {name} AS g_ "
            f"FROM {self._rows(binder)}) GROUP BY rest_, value_, b_",
            binder.params,
        )
        return [
            Point(Group(str(value), bool(rest)), int(b), _numbers(values))
            for rest, value, b, *values in rows
        ]

    def _bucket(self) -> str:
        return bucket_of("toUnixTimestamp64Micro(start_time)", self.buckets)

    def _values(self) -> list[str]:
        failed = "failed_traces > 0" if self.entity == "thread" else "error_info != ''"
        columns = [column(name) for name in self.drawn.columns]
        match self.drawn.kind:
            case "count":
                return ["count()"]
            case "errors":
                return [f"countIf({failed})"]
            case "error_rate":
                return [f"countIf({failed}) / count()"]
            case "percentiles":
                return [percentiles(columns[0], self.drawn.levels)]
            case "sum":
                return [f"sum({name})" for name in columns]
            case "average":
                return [f"avg({name})" for name in columns]

    @property
    def _group(self) -> str:
        """Return the column that rows are split by."""
        if self.entity == "trace" and not self._is_of_spans:
            return OF_SPANS.get(self.by, self.by)
        return self.by

    @property
    def _is_of_spans(self) -> bool:
        return self.entity == "trace" and self.by in OF_SPANS and self.drawn.kind == "sum"

    def _name(self) -> str:
        """Return the name of a row's group; of a row in several groups it makes several."""
        if not self.by:
            return "''"
        name = column(self._group)
        return f"arrayJoin({_many(name)})" if self._group in _LISTS else name

    def _folded(self, top: str) -> str:
        """Return the same as (is it left over, name)."""
        name = column(self._group)
        fold = f"if(has({top}, n_), (0, n_), (1, ''))"
        if self._group in _LISTS:
            return f"arrayJoin(arrayDistinct(arrayMap(n_ -> {fold}, {_many(name)})))"
        return f"if(has({top}, {name}), (0, {name}), (1, ''))"

    def _rows(self, binder: Binder) -> str:
        """Return `(SELECT …)` with `start_time`, what is measured, and what rows are split by."""
        if self._is_of_spans:
            return self._spans(binder)
        failed = "failed_traces" if self.entity == "thread" else "error_info"
        wanted = ["start_time", *self.drawn.columns]
        if self.drawn.kind in {"errors", "error_rate"}:
            wanted.append(failed)
        if self.by:
            wanted.append(self._group)
        rows = rows_of(self.entity, self.scope, wanted, binder, self.lifecycle)
        began = time_conditions(self.scope.from_us, self.scope.to_us)
        if self.entity != "thread" or not began:
            return rows
        # A thread belongs where it began; in scope it is by any turn.
        return f"(SELECT * FROM {rows} WHERE {' AND '.join(began)})"

    def _spans(self, binder: Binder) -> str:
        """Return what spans add up to by trace and group, with the start of the trace."""
        # A sum that is called like a column of the table would hide it from a shard.
        summed = {f"s{i}_": n for i, n in enumerate(self.drawn.columns)}
        sums = [f"sum({_span_column(n, binder)}) AS {s}" for s, n in summed.items()]
        traces = relation("trace", self.scope, ["id", "start_time"], binder)
        by = column(self.by)
        names = ", ".join(f"s.{s} AS {column(n)}" for s, n in summed.items())
        has_any = " OR ".join(f"isNotNull({s})" for s in summed)
        return (
            f"(SELECT e.start_time AS start_time, s.{by} AS {by}, {names} FROM ("
            f"SELECT trace_id AS trace_, {by}, {', '.join(sums)} FROM {merged('span', self.scope)} "
            f"WHERE workspace_id = {id_literal(self.scope.workspace_id)} "
            f"AND {near_traces(self.scope)} GROUP BY trace_id, {by} HAVING {has_any}) AS s "
            f"INNER JOIN {traces} AS e ON e.id = s.trace_)"
        )


def _of_sums(sums: Sums, top: int) -> list[Point]:
    """Return points of sums by group, the smaller groups as one."""
    totals: dict[str, float] = {}
    for (_, name), values in sums.items():
        totals[name] = totals.get(name, 0) + float(values[0] or 0)
    kept = set(sorted(totals, key=lambda name: (-totals[name], name))[:top])
    folded: dict[tuple[Group, int], list[float]] = {}
    for (bucket, name), values in sums.items():
        group = Group(name) if name in kept else Group(is_rest=True)
        before = folded.get((group, bucket), [0.0] * len(values))
        folded[group, bucket] = [a + float(b or 0) for a, b in zip(before, values, strict=True)]
    return [Point(group, bucket, list(values)) for (group, bucket), values in folded.items()]


async def _of_hours(
    analytics: Analytics, entity: Entity, scope: Scope, drawn: Drawn, buckets: Buckets
) -> list[Point] | None:
    """Return the points from whole hours; None where those do not tell."""
    is_usage = all(name.startswith(_USAGE) for name in drawn.columns)
    parts: list[Part] = ["own"]
    if drawn.kind == "sum":
        if not is_usage and drawn.columns != (_COST,):
            return None
        parts = ["usage"] if is_usage else ["spans"]
    elif drawn.kind == "percentiles":
        if drawn.columns != ("duration",) or not set(drawn.levels) <= set(_LEVELS):
            return None
    elif drawn.kind == "average":
        return None
    found = await rollups.by_bucket(analytics, entity, scope, buckets, parts)
    if found is None:
        return None
    points = ((bucket, _values_of(drawn, sums)) for bucket, sums in found.items())
    return [Point(Group(), bucket, values) for bucket, values in points if values is not None]


def _values_of(drawn: Drawn, sums: rollups.Sums) -> list[float | None] | None:
    """Return what is drawn of the sums, None of nothing."""
    match drawn.kind:
        case "sum" if drawn.columns == (_COST,):
            return None if sums.cost is None else [float(sums.cost)]
        case "sum":
            keys = [name.removeprefix(_USAGE) for name in drawn.columns]
            values = [float(sums.usage[key][0]) if key in sums.usage else None for key in keys]
            return values if any(value is not None for value in values) else None
        case "percentiles":
            durations = sums.durations or (None, None, None)
            return [durations[_LEVELS.index(level)] for level in drawn.levels]
    if not sums.count:
        return None
    errors = {"count": sums.count, "errors": sums.errors}
    return [float(errors.get(drawn.kind, sums.errors / sums.count))]


_LEVELS = (0.5, 0.9, 0.99)
_USAGE = "usage."
_COST = "total_estimated_cost"
_TEXTS = "Array(String)"


def _many(name: str) -> str:
    """Return a list of groups: a row that has none is in the group of those."""
    return f"if(empty({name}), [''], arrayDistinct({name}))"


def _span_column(name: str, binder: Binder) -> str:
    head, _, key = name.partition(".")
    return usage_of(key, binder) if head == "usage" else head


def _numbers(values: Collection[object]) -> list[float | None]:
    """Return plain numbers; NaN is the engine's average and percentile of nothing."""
    flat: list[object] = []
    for value in values:
        flat += value if isinstance(value, list | tuple) else [value]
    numbers = [None if v is None else float(v) for v in flat]  # type: ignore[arg-type]
    return [None if v is None or v != v else v for v in numbers]
