"""Statistics of the threads in scope: one pass over their figures, one each over what hangs on
them."""

import asyncio
from typing import Any

from sightline.domain.thread import ThreadStats
from sightline.stores.analytics import resting, thread_candidates
from sightline.stores.analytics.columns import column
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder, id_literal
from sightline.stores.analytics.thread_columns import Lifecycle
from sightline.stores.analytics.thread_relation import bounded, matching, spans_of
from sightline.stores.analytics.thread_sets import Only


async def stats(analytics: Analytics, scope: Scope, lifecycle: Lifecycle) -> ThreadStats:
    """Return the statistics of the threads that meet the scope's filter and search."""
    only: Only | None = await thread_candidates.named(analytics, scope, lifecycle)
    if only is None:
        scope = await resting.looked_up(analytics, "thread", scope)
        only = await bounded(analytics, scope, lifecycle)
    figures, usage, scores = await asyncio.gather(
        _figures(analytics, scope, lifecycle, only),
        _usage(analytics, scope, lifecycle, only),
        _scores(analytics, scope, lifecycle, only),
    )
    thread_count, with_duration, durations, messages, total_cost, with_cost = figures
    return ThreadStats(
        thread_count=thread_count,
        durations_ms=tuple(durations) if with_duration else None,
        average_messages=messages if thread_count else 0.0,
        average_cost_usd=total_cost / with_cost if with_cost else None,
        total_cost_usd=total_cost if with_cost else None,
        average_usage=usage,
        average_scores=scores,
    )


async def _figures(
    analytics: Analytics, scope: Scope, lifecycle: Lifecycle, only: Only | None
) -> Any:
    binder = Binder()
    columns = ("duration", "number_of_messages", "total_estimated_cost")
    rows = await analytics.query(
        "SELECT count(), count(duration), quantiles(0.5, 0.9, 0.99)(duration), "
        "avg(number_of_messages), sum(total_estimated_cost), count(total_estimated_cost) "
        f"FROM {matching(scope, columns, binder, lifecycle, only)}",
        binder.params,
    )
    return rows[0]


async def _usage(
    analytics: Analytics, scope: Scope, lifecycle: Lifecycle, only: Only | None
) -> dict[str, float]:
    binder = Binder()
    spans = spans_of(scope, "arrayJoin(tupleElement(usage_v, 2)) AS pair_", binder, only)
    rows = await analytics.query(
        "SELECT key_, avg(n_) FROM (SELECT x.project_ AS project_, x.thread_ AS thread_, "
        "tupleElement(s.pair_, 1) AS key_, sum(tupleElement(s.pair_, 2)) AS n_ "
        f"FROM {spans} GROUP BY project_, thread_, key_) "
        f"WHERE {_is_in_scope(scope, binder, lifecycle, only)} GROUP BY key_ ORDER BY key_",
        binder.params,
    )
    return {row[0]: float(row[1]) for row in rows}


async def _scores(
    analytics: Analytics, scope: Scope, lifecycle: Lifecycle, only: Only | None
) -> dict[str, float]:
    binder = Binder()
    rows = await analytics.query(
        "SELECT name, avg(value_) FROM (SELECT project_id AS project_, entity_id AS thread_, name, "
        "avg(value) AS value_ FROM feedback_scores FINAL "
        f"WHERE workspace_id = {id_literal(scope.workspace_id)} AND entity_type = 'thread' "
        "GROUP BY project_id, entity_id, name) "
        f"WHERE {_is_in_scope(scope, binder, lifecycle, only)} GROUP BY name ORDER BY name",
        binder.params,
    )
    return {row[0]: float(row[1]) for row in rows}


def _is_in_scope(scope: Scope, binder: Binder, lifecycle: Lifecycle, only: Only | None) -> str:
    keys = ("project_id", "id")
    names = ", ".join(map(column, keys))
    rows = matching(scope, keys, binder, lifecycle, only)
    return f"(project_, thread_) IN (SELECT {names} FROM {rows})"
