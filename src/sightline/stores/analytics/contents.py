"""How much a project holds, counted exactly: what goes with it when it is deleted."""

import asyncio

from sightline.core.ids import Id
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.sql import id_literal

_COUNTS = {
    "traces": "count() FROM traces FINAL",
    "spans": "count() FROM spans FINAL",
    "threads": "uniqExactIf(thread_id, thread_id != '') FROM traces FINAL",
    "feedback_scores": "count() FROM feedback_scores FINAL",
    "comments": "count() FROM comments FINAL",
}


async def contents(analytics: Analytics, workspace_id: Id, project_id: Id) -> dict[str, int]:
    """Return the numbers of traces, spans, threads, scores and comments in a project."""
    where = f"workspace_id = {id_literal(workspace_id)} AND project_id = {id_literal(project_id)}"
    found = await asyncio.gather(
        *(analytics.query(f"SELECT {what} WHERE {where}") for what in _COUNTS.values())
    )
    return {name: int(rows[0][0]) for name, rows in zip(_COUNTS, found, strict=True)}
