"""Scores and costs over all projects of a workspace, or over some: by day, or now and before."""

from collections.abc import Sequence

import msgspec

from sightline.core.ids import Id, format_id
from sightline.services.query.metrics import Series, Timeline, by_series
from sightline.stores.analytics import metrics as rows
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.measures import Measure
from sightline.stores.analytics.metrics import PROJECT, Buckets, Group
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.thread_columns import Lifecycle

SCORES = Measure(entity="trace", kind="averages", column="feedback_scores")
COST = Measure(entity="span", kind="sum", column="total_estimated_cost")
# These measures are of traces and spans, for which it does not matter when a thread ends.
_NO_THREADS = Lifecycle(now_us=0, timeout_us=0)


class ProjectSeries(msgspec.Struct, frozen=True):
    """A line of a chart; without a project it is that of the whole workspace."""

    project_id: Id | None
    series: Series


class Comparison(msgspec.Struct, frozen=True):
    """A figure of a period and of the one before, of the same length."""

    name: str
    current: float | None
    previous: float | None


def scores_named(name: str) -> Measure:
    """Return the measure of one score of traces."""
    return msgspec.structs.replace(SCORES, part=name)


async def daily(
    analytics: Analytics,
    workspace_id: Id,
    project_ids: Sequence[Id] | None,
    measure: Measure,
    name: str,
    *,
    from_us: int,
    to_us: int,
) -> list[ProjectSeries]:
    """Return a line for each project asked for, or one for the whole workspace."""
    timeline = Timeline.of("DAILY", from_us, to_us)
    scope = _scope(workspace_id, project_ids, from_us, to_us)
    group = None if project_ids is None else Group(PROJECT)
    points = await rows.chart(
        analytics, scope, measure, timeline.buckets, lifecycle=_NO_THREADS, group=group
    )
    found = by_series(points)
    if project_ids is None:
        return [ProjectSeries(None, timeline.fill(name, found.get("", {})))]
    return [
        ProjectSeries(id, timeline.fill(name, found.get(format_id(id), {}))) for id in project_ids
    ]


async def compare(
    analytics: Analytics,
    workspace_id: Id,
    project_ids: Sequence[Id] | None,
    measure: Measure,
    *,
    from_us: int,
    to_us: int,
) -> list[Comparison]:
    """Return each of the measure's series now and in the period before, by name."""
    length_us = to_us - from_us
    scope = _scope(workspace_id, project_ids, from_us - length_us, to_us)
    points = await rows.chart(
        analytics,
        scope,
        measure,
        Buckets(from_us - length_us, length_us),
        lifecycle=_NO_THREADS,
    )
    found = by_series(points)
    return [Comparison(name, found[name].get(1), found[name].get(0)) for name in sorted(found)]


def _scope(workspace_id: Id, project_ids: Sequence[Id] | None, from_us: int, to_us: int) -> Scope:
    return Scope(
        workspace_id=workspace_id,
        project_ids=None if project_ids is None else tuple(project_ids),
        from_us=from_us,
        to_us=to_us,
    )
