"""Figures over time: a measure in buckets of equal length, split by groups or not.

The engine counts buckets from the first one's start, so that a bucket is a small whole number;
holes are the caller's to fill. Of many groups the ten with the largest values keep their names,
the others become one.
"""

from collections.abc import Sequence

import msgspec

from sightline.stores.analytics import json_path, resting
from sightline.stores.analytics.columns import column
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.measures import PERCENTILES, Measure, measured_rows
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder
from sightline.stores.analytics.thread_columns import Lifecycle

TOP = 10
OTHERS = "__others__"
UNKNOWN = "Unknown"
PROJECT = "project_id"


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
    Of projects there are all, each named by its id's text. Raises `InvalidRequestError` for a
    filter that cannot be.
    """
    scope = await resting.looked_up(analytics, measure.entity, scope)
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
            f"SELECT g, {_aggregate(self.measure)} AS v "
            f"FROM (SELECT *, {self._name(binder, None)} AS g FROM {self._rows(binder)}) "
            f"GROUP BY g HAVING isNotNull(v) ORDER BY v DESC, g LIMIT {TOP + 1}",
            binder.params,
        )
        return [str(row[0]) for row in rows]

    async def points(self, analytics: Analytics, top: Sequence[str] | None = None) -> list[Point]:
        """Return what `chart` returns; groups that are not in `top` are `OTHERS`."""
        binder = Binder()
        bucket = (
            f"intDiv(toUnixTimestamp64Micro(start_time) - {int(self.buckets.start_us)}, "
            f"{int(self.buckets.step_us)})"
        )
        rows = await analytics.query(
            f"SELECT g, b, {_aggregate(self.measure)} "
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

    def _name(self, binder: Binder, top: Sequence[str] | None) -> str:
        """Return the name of a row's series; of a row in several groups it makes several."""
        if self.group is None:
            return "name_" if self.measure.names_series else "''"
        name, many = _group_name(self.group, binder)
        if top is None:
            return f"arrayJoin({name})" if many else name
        kept = binder.add(list(top), "Array(String)")
        if not many:
            return f"if(has({kept}, {name}), {name}, '{OTHERS}')"
        folded = f"arrayMap(n_ -> if(has({kept}, n_), n_, '{OTHERS}'), {name})"
        return f"arrayJoin(arrayDistinct({folded}))"

    def _rows(self, binder: Binder) -> str:
        columns = [] if self.group is None else _GROUP_COLUMNS.get(self.group.field)
        if columns is None and self.group is not None:
            columns = [self.group.field]
        return measured_rows(self.measure, self.scope, columns or (), binder, self.lifecycle)


# Where a group does not read the one column of its name.
_GROUP_COLUMNS = {"error_type": ["error_info", "error_type"], "guardrail_name": []}


def _aggregate(measure: Measure) -> str:
    """Return the aggregate over `measured_rows`; NULL or NaN where there is nothing."""
    value = "value_" if measure.names_series else column(measure.source)
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
            return f"quantiles({', '.join(map(str, PERCENTILES.values()))})({value})"


def _group_name(group: Group, binder: Binder) -> tuple[str, bool]:
    """Return the SQL of a row's group, and whether it is a list of groups."""
    match group.field:
        case "tags":
            return f"if(empty(tags), ['{UNKNOWN}'], arrayDistinct(tags))", True
        case "metadata":
            raw, many = json_path.raw_value("metadata", group.key, binder)
            if not many:
                return _or_unknown(raw), False
            texts = f"arrayDistinct(arrayMap(r_ -> {_or_unknown('r_')}, {raw}))"
            return f"if(empty({texts}), ['{UNKNOWN}'], {texts})", True
        case "error_info":
            return "if(error_info = '', 'No Error', 'Has Error')", False
        case "error_type":
            named = "if(error_type != '', error_type, 'Unknown Error')"
            return f"if(error_info = '', 'No Error', {named})", False
        case "project_id":
            return "UUIDNumToString(project_id)", False
    name = column(group.field)
    return f"if({name} = '', '{UNKNOWN}', {name})", False


def _or_unknown(raw: str) -> str:
    return f"if({raw} IN ('', 'null', '\"\"'), '{UNKNOWN}', {json_path.as_text(raw)})"
