"""How much a project holds, counted exactly: what goes with it when it is deleted."""

import asyncio

from sightline.core.ids import Id
from sightline.stores.analytics import pages, rollups
from sightline.stores.analytics.columns import Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import id_literal

_COUNTS = {
    "threads": "uniqExactIf(thread_id, thread_id != '') FROM traces FINAL",
    "feedback_scores": "count() FROM feedback_scores FINAL",
    "comments": "count() FROM comments FINAL",
}


async def contents(analytics: Analytics, workspace_id: Id, project_id: Id) -> dict[str, int]:
    """Return the numbers of traces, spans, threads, scores and comments in a project."""
    where = f"workspace_id = {id_literal(workspace_id)} AND project_id = {id_literal(project_id)}"
    scope = Scope(workspace_id=workspace_id, project_ids=(project_id,))
    traces, spans, *found = await asyncio.gather(
        _count(analytics, "trace", scope),
        _count(analytics, "span", scope),
        *(_number(analytics, f"SELECT {what} WHERE {where}") for what in _COUNTS.values()),
    )
    return {"traces": traces, "spans": spans, **dict(zip(_COUNTS, found, strict=True))}


async def _count(analytics: Analytics, entity: Entity, scope: Scope) -> int:
    summed = await rollups.by_bucket(analytics, entity, scope, None, ["own"])
    if summed is None:
        return await pages.count(analytics, entity, scope)
    return sum(sums.count for sums in summed.values())


async def _number(analytics: Analytics, sql: str) -> int:
    return int((await analytics.query(sql))[0][0])
