"""Charts: what each metric measures, how time is cut, and what a chart may be split by."""

from collections.abc import Sequence

import msgspec

from sightline.core.errors import InvalidRequestError, UnprocessableError
from sightline.core.ids import Id
from sightline.domain.filter import EVERYTHING, EntityType, Filter
from sightline.stores.analytics import metrics as rows
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.measures import PERCENTILES, Kind, Measure
from sightline.stores.analytics.metrics import OTHERS, Buckets, Group, Point
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.thread_columns import Lifecycle

_HOUR_US = 3_600_000_000
_DAY_US = 24 * _HOUR_US
_STEPS_US = {"HOURLY": _HOUR_US, "DAILY": _DAY_US, "WEEKLY": 7 * _DAY_US}
# Weeks begin on Monday, and the epoch was a Thursday.
_FIRST_MONDAY_US = -3 * _DAY_US
# An answer of every hour in a year has 8,760 points a series; this keeps one within megabytes.
MAX_BUCKETS = 25_000


class Metric(msgspec.Struct, frozen=True):
    """What a metric measures, and the name of its series; "" when the series name themselves."""

    measure: Measure
    series: str = ""


def _metric(entity: EntityType, kind: Kind, column: str = "", series: str = "") -> Metric:
    return Metric(Measure(entity=entity, kind=kind, column=column), series)


_COST = "total_estimated_cost"
_SCORES = "feedback_scores"
METRICS: dict[str, Metric] = {
    "TRACE_COUNT": _metric("trace", "count", series="traces"),
    "DURATION": _metric("trace", "percentiles", "duration", "duration"),
    "TRACE_AVERAGE_DURATION": _metric("trace", "average", "duration", "trace_average_duration"),
    "TRACE_ERROR_RATE": _metric("trace", "error_rate", series="trace_error_rate"),
    "COST": _metric("trace", "sum", _COST, "cost"),
    "TOKEN_USAGE": _metric("trace", "sums", "usage"),
    "FEEDBACK_SCORES": _metric("trace", "averages", _SCORES),
    "GUARDRAILS_FAILED_COUNT": _metric("trace", "failed_checks", series="failed"),
    "SPAN_COUNT": _metric("span", "count", series="spans"),
    "SPAN_DURATION": _metric("span", "percentiles", "duration", "duration"),
    "SPAN_AVERAGE_DURATION": _metric("span", "average", "duration", "span_average_duration"),
    "SPAN_ERROR_RATE": _metric("span", "error_rate", series="span_error_rate"),
    "SPAN_COST": _metric("span", "sum", _COST, "span_cost"),
    "SPAN_TOKEN_USAGE": _metric("span", "sums", "usage"),
    "SPAN_FEEDBACK_SCORES": _metric("span", "averages", _SCORES),
    "THREAD_COUNT": _metric("thread", "count", series="threads"),
    "THREAD_DURATION": _metric("thread", "percentiles", "duration", "duration"),
    "THREAD_AVERAGE_DURATION": _metric("thread", "average", "duration", "thread_average_duration"),
    "THREAD_COST": _metric("thread", "sum", _COST, "thread_cost"),
    "THREAD_FEEDBACK_SCORES": _metric("thread", "averages", _SCORES),
}

_TRACE_FIELDS = ("tags", "metadata", "name", "error_info", "error_type")
_FIELDS: dict[EntityType, tuple[str, ...]] = {
    "trace": _TRACE_FIELDS,
    "span": (*_TRACE_FIELDS, "model", "provider", "type"),
    "thread": ("tags",),
}


class Breakdown(msgspec.Struct, frozen=True, kw_only=True):
    """By what a chart is split. `sub_metric` picks one of several series: p50, p90 or p99, the
    name of a score or the key of a usage."""

    field: str
    metadata_key: str = ""
    sub_metric: str = ""


class Series(msgspec.Struct, frozen=True):
    """A line of a chart: (start of the bucket in Unix µs, value), None where there is no data."""

    name: str
    points: list[tuple[int, float | None]]


class Timeline(msgspec.Struct, frozen=True):
    """The buckets of an interval between two moments; the first may begin before the period."""

    from_us: int
    to_us: int
    buckets: Buckets

    @classmethod
    def of(cls, interval: str, from_us: int, to_us: int) -> "Timeline":
        """Cut a period into hours, days, weeks (from Monday, all in UTC), or leave it whole.

        Raises `InvalidRequestError` for more buckets than `MAX_BUCKETS`.
        """
        step_us = _STEPS_US.get(interval)
        if step_us is None:
            return cls(from_us, to_us, Buckets(from_us, to_us - from_us))
        origin_us = _FIRST_MONDAY_US if interval == "WEEKLY" else 0
        start_us = from_us - (from_us - origin_us) % step_us
        timeline = cls(from_us, to_us, Buckets(start_us, step_us))
        if timeline.count > MAX_BUCKETS:
            raise InvalidRequestError(
                f"The period has {timeline.count} intervals, more than {MAX_BUCKETS}",
                hint="Ask for a longer interval or a shorter period",
            )
        return timeline

    @property
    def count(self) -> int:
        """Return the number of buckets."""
        return -((self.buckets.start_us - self.to_us) // self.buckets.step_us)

    def fill(self, name: str, values: dict[int, float]) -> Series:
        """Return a series without holes."""
        start_us, step_us = self.buckets.start_us, self.buckets.step_us
        return Series(name, [(start_us + b * step_us, values.get(b)) for b in range(self.count)])


async def chart(
    analytics: Analytics,
    workspace_id: Id,
    project_ids: Sequence[Id] | None,
    metric_type: str,
    timeline: Timeline,
    *,
    lifecycle: Lifecycle,
    filter: Filter = EVERYTHING,
    breakdown: Breakdown | None = None,
) -> list[Series]:
    """Return a metric's series over some projects, or over all of the workspace.

    A metric with a fixed name always has its series; scores, usage and groups have those that
    occur. Groups come largest first, what is left of them last, as `__others__`. Raises
    `InvalidRequestError` for a filter or a breakdown that cannot be, `UnprocessableError` for a
    breakdown that does not say enough.
    """
    metric = METRICS[metric_type]
    scope = Scope(
        workspace_id=workspace_id,
        project_ids=None if project_ids is None else tuple(project_ids),
        from_us=timeline.from_us,
        to_us=timeline.to_us,
        filter=filter,
    )
    measure, group = metric.measure, None
    if breakdown is not None and breakdown.field != "none":
        _check(metric_type, measure, breakdown)
        group = Group(breakdown.field, breakdown.metadata_key)
        measure = msgspec.structs.replace(measure, part=_part(measure, breakdown))
    points = await rows.chart(
        analytics, scope, measure, timeline.buckets, lifecycle=lifecycle, group=group
    )
    found = by_series(points)
    if group is not None:
        order = sorted(found, key=lambda n: (n == OTHERS, -sum(found[n].values()), n))
        return [timeline.fill(name, found[name]) for name in order]
    if measure.kind == "percentiles":
        return [timeline.fill(f"{metric.series}.{p}", found.get(p, {})) for p in PERCENTILES]
    if measure.is_single:
        return [timeline.fill(metric.series, found.get("", {}))]
    return [timeline.fill(name, found[name]) for name in sorted(found)]


def by_series(points: Sequence[Point]) -> dict[str, dict[int, float]]:
    """Return the value of each bucket, by series."""
    found: dict[str, dict[int, float]] = {}
    for point in points:
        found.setdefault(point.series, {})[point.bucket] = point.value
    return found


def _check(metric_type: str, measure: Measure, breakdown: Breakdown) -> None:
    fields = list(_FIELDS[measure.entity])
    if measure.kind == "failed_checks":
        fields.append("guardrail_name")
    if breakdown.field not in fields:
        raise InvalidRequestError(
            f"Group by field '{breakdown.field}' is not compatible with metric type "
            f"'{metric_type}'",
            hint=f"It can be grouped by {', '.join(fields)}",
        )
    if breakdown.field == "metadata" and not breakdown.metadata_key.strip():
        raise _broken("breakdown.metadata_key is required when group by field is 'metadata'")


def _part(measure: Measure, breakdown: Breakdown) -> str:
    """Return which of the measure's series is split."""
    if measure.is_single:
        return ""
    if not breakdown.sub_metric.strip():
        raise _broken("breakdown.sub_metric is required when this metric is grouped")
    if measure.kind != "percentiles":
        return breakdown.sub_metric
    part = breakdown.sub_metric.strip().lower()
    if part not in PERCENTILES:
        raise _broken(f"breakdown.sub_metric must be one of {', '.join(PERCENTILES)}")
    return part


def _broken(text: str) -> UnprocessableError:
    return UnprocessableError(text, fields=[text])
