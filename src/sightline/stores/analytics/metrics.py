"""Figures over time: one query a chart, over the relation of traces, spans or threads.

A chart is a measure in buckets of equal length, split by groups or not. The engine counts buckets
from the first one's start, so that a bucket is a small whole number; holes are the caller's to
fill. Of many groups the ten with the largest values keep their names, the others become one.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from sightline.domain.filter import EntityType
from sightline.stores.analytics import json_path, thread_relation
from sightline.stores.analytics.columns import column
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.relation import relation, time_conditions
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder, id_list, id_literal
from sightline.stores.analytics.thread_columns import Lifecycle

Kind = Literal[
    "count", "average", "sum", "error_rate", "percentiles", "averages", "sums", "failed_checks"
]

TOP = 10
OTHERS = "__others__"
UNKNOWN = "Unknown"
PROJECT = "project_id"
PERCENTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
_MANY = frozenset(("percentiles", "averages", "sums"))


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """What is computed of an entity's rows, out of `column` where the kind needs one.

    `percentiles` have a series for each of `PERCENTILES`, `averages` and `sums` one for each key
    of the map in `column`; `part` picks one of them. Other kinds have one series without a name.
    """

    entity: EntityType
    kind: Kind
    column: str = ""
    part: str = ""

    @property
    def is_single(self) -> bool:
        """Say whether the measure has exactly one series."""
        return bool(self.part) or self.kind not in _MANY

    @property
    def source(self) -> str:
        """Return the logical column that is read, the empty string for none."""
        if self.kind == "error_rate":
            return "error_info"
        keyed = self.part and self.kind != "percentiles"
        return f"{self.column}.{self.part}" if keyed else self.column


class Buckets(msgspec.Struct, frozen=True):
    """Buckets of `step_us` each; the first begins at `start_us`."""

    start_us: int
    step_us: int


class Group(msgspec.Struct, frozen=True):
    """By what rows are split: a logical column, with a JSON path into it for `metadata`.

    `guardrail_name` is the name of the failed check.
    """

    field: str
    key: str = ""


class Point(msgspec.Struct, frozen=True):
    """One value: the series' name ("" for the only one), the bucket counted from 0."""

    series: str
    bucket: int
    value: float


async def chart(
    analytics: Analytics,
    scope: Scope,
    measure: Measure,
    buckets: Buckets,
    *,
    lifecycle: Lifecycle,
    group: Group | None = None,
) -> list[Point]:
    """Return the points where there is data, in no order; scope has a time range.

    With a group each series is a group: at most `TOP` and `OTHERS`; the measure is a single one.
    Of projects there are all, each named by its id's text.
    A thread counts in the bucket in which it began. Raises `InvalidRequestError` for a filter that
    cannot be.
    """
    query = _Query(scope, measure, buckets, lifecycle, group)
    if group is None or group.field == PROJECT:
        return await query.points(analytics)
    ranked = await query.ranking(analytics)
    return await query.points(analytics, ranked[:TOP] if len(ranked) > TOP else None)


class _Query(msgspec.Struct, frozen=True):
    scope: Scope
    measure: Measure
    buckets: Buckets
    lifecycle: Lifecycle
    group: Group | None

    async def ranking(self, analytics: Analytics) -> list[str]:
        """Return the groups that have a value, largest first, one more than keep their names."""
        binder = Binder()
        rows = await analytics.query(
            f"SELECT g, {self._aggregate()} AS v "
            f"FROM (SELECT *, {self._name(binder, None)} AS g FROM {self._rows(binder)}) "
            f"GROUP BY g HAVING isNotNull(v) ORDER BY v DESC, g LIMIT {TOP + 1}",
            binder.params,
        )
        return [str(row[0]) for row in rows]

    async def points(self, analytics: Analytics, top: Sequence[str] | None = None) -> list[Point]:
        binder = Binder()
        bucket = (
            f"intDiv(toUnixTimestamp64Micro(start_time) - {int(self.buckets.start_us)}, "
            f"{int(self.buckets.step_us)})"
        )
        rows = await analytics.query(
            f"SELECT g, b, {self._aggregate()} "
            f"FROM (SELECT *, {self._name(binder, top)} AS g, {bucket} AS b "
            f"FROM {self._rows(binder)}) GROUP BY g, b",
            binder.params,
        )
        if self.measure.kind == "percentiles" and not self.measure.part:
            rows = [
                (part, b, value)
                for _, b, values in rows
                for part, value in zip(PERCENTILES, values, strict=True)
            ]
        # NaN is the engine's average and quantile of nothing.
        return [Point(g, b, float(v)) for g, b, v in rows if v is not None and v == v]

    def _aggregate(self) -> str:
        measure = self.measure
        value = column(measure.source) if measure.is_single else "value_"
        match measure.kind:
            case "count" | "failed_checks":
                return "count()"
            case "error_rate":
                return "100 * countIf(error_info != '') / count()"
            case "average" | "averages":
                return f"avg({value})"
            case "sum" | "sums":
                return f"sum({value})"
            case "percentiles" if measure.part:
                return f"quantile({PERCENTILES[measure.part]})({value})"
            case "percentiles":
                levels = ", ".join(map(str, PERCENTILES.values()))
                return f"quantiles({levels})({column(measure.column)})"

    def _name(self, binder: Binder, top: Sequence[str] | None) -> str:
        """Return the name of a row's series; of a row in several groups it makes several."""
        if self.group is None:
            return "''" if self.measure.is_single or self.measure.kind == "percentiles" else "name_"
        name, many = _group_name(self.group, binder)
        if top is None:
            return f"arrayJoin({name})" if many else name
        kept = binder.add(list(top), "Array(String)")
        if not many:
            return f"if(has({kept}, {name}), {name}, '{OTHERS}')"
        folded = f"arrayMap(n_ -> if(has({kept}, n_), n_, '{OTHERS}'), {name})"
        return f"arrayJoin(arrayDistinct({folded}))"

    def _rows(self, binder: Binder) -> str:
        """Return `(SELECT …)` with what aggregate, bucket and name read."""
        columns = ["start_time"]
        if self.group is not None and self.group.field != "guardrail_name":
            columns.append(self.group.field)
        if self.group is not None and self.group.field == "error_type":
            columns.append("error_info")
        if self.measure.kind == "failed_checks":
            return self._failed_checks(columns, binder)
        if self.measure.is_single or self.measure.kind == "percentiles":
            return self._relation([*columns, self.measure.source], binder)
        if self.measure.entity == "thread":
            return self._thread_scores(columns, binder)
        map_ = column(self.measure.column)
        entities = self._relation([*columns, self.measure.column], binder)
        return (
            f"(SELECT *, name_, value_ FROM {entities} "
            f"ARRAY JOIN mapKeys({map_}) AS name_, mapValues({map_}) AS value_)"
        )

    def _failed_checks(self, columns: list[str], binder: Binder) -> str:
        ids = self._relation(["id"], binder)
        return (
            "(SELECT * FROM (SELECT concat(entity_id, '') AS key_, name AS guardrail_name "
            f"FROM guardrails FINAL WHERE workspace_id = {id_literal(self.scope.workspace_id)} "
            f"AND result = 'failed' AND entity_id IN {ids}) AS f INNER JOIN (SELECT *, "
            f"concat(id, '') AS key_ FROM {self._relation(['id', *columns], binder)}) AS e "
            "ON e.key_ = f.key_)"
        )

    def _thread_scores(self, columns: list[str], binder: Binder) -> str:
        """Average over authors first: a thread has one value for each name of score."""
        where = f"workspace_id = {id_literal(self.scope.workspace_id)}"
        if self.scope.project_ids is not None:
            where += f" AND project_id IN {id_list(self.scope.project_ids)}"
        threads = self._relation(["project_id", "id", *columns], binder)
        return (
            "(SELECT * FROM (SELECT project_id AS project_, entity_id AS thread_, name AS name_, "
            f"avg(value) AS value_ FROM feedback_scores FINAL WHERE {where} "
            "AND entity_type = 'thread' GROUP BY project_id, entity_id, name) AS f "
            f"INNER JOIN {threads} AS e ON e.project_id = f.project_ AND e.id = f.thread_)"
        )

    def _relation(self, columns: list[str], binder: Binder) -> str:
        columns = [name for name in dict.fromkeys(columns) if name]
        if self.measure.entity != "thread":
            return relation(self.measure.entity, self.scope, columns, binder)
        threads = thread_relation.matching(self.scope, columns, binder, self.lifecycle)
        # The relation gives threads with a turn in the period; here they count where they began.
        began = " AND ".join(time_conditions(self.scope.from_us, self.scope.to_us))
        return f"(SELECT * FROM {threads} WHERE {began})"


def _group_name(group: Group, binder: Binder) -> tuple[str, bool]:
    """Return the SQL of a row's group, and whether it is a list of groups."""
    unknown = f"'{UNKNOWN}'"
    match group.field:
        case "tags":
            return f"if(empty(tags), [{unknown}], arrayDistinct(tags))", True
        case "metadata":
            raw, many = json_path.raw_value("metadata", group.key, binder)
            if many:
                texts = f"arrayDistinct(arrayMap(r_ -> {_or_unknown('r_')}, {raw}))"
                return f"if(empty({texts}), [{unknown}], {texts})", True
            return _or_unknown(raw), False
        case "error_info":
            return "if(error_info = '', 'No Error', 'Has Error')", False
        case "error_type":
            return (
                "multiIf(error_info = '', 'No Error', error_type != '', error_type, "
                "'Unknown Error')",
                False,
            )
        case "project_id":
            return "UUIDNumToString(project_id)", False
    name = column(group.field)
    return f"if({name} = '', {unknown}, {name})", False


def _or_unknown(raw: str) -> str:
    return f"if({raw} IN ('', 'null', '\"\"'), '{UNKNOWN}', {json_path.as_text(raw)})"
