"""Keys of all that is in a scope, a page at a time, for work that goes over everything.

A page goes on below the key of the one before it. What is swept may change or go away meanwhile:
nothing that stays is passed over, and nothing comes twice.
"""

from collections.abc import Sequence

import msgspec

from sightline.core.ids import Id
from sightline.stores.analytics.columns import column
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.pages import Key
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder, id_list, id_literal
from sightline.stores.analytics.thread_columns import Lifecycle
from sightline.stores.analytics.thread_pages import FoundThread
from sightline.stores.analytics.thread_relation import matching
from sightline.stores.analytics.thread_sets import ThreadSet

_THREAD = ("project_id", "id", "lowest_trace_id", "highest_trace_id", "thread_model_id")


class SweptThread(msgspec.Struct, frozen=True):
    """A thread and the id by which threads are swept: the newest first."""

    found: FoundThread
    thread_model_id: Id


async def threads(
    analytics: Analytics,
    scope: Scope,
    lifecycle: Lifecycle,
    *,
    before: Id | None = None,
    thread_ids: Sequence[str] | None = None,
    limit: int,
) -> list[SweptThread]:
    """Return threads in scope below `before`, the newest first; of `thread_ids` alone if given."""
    binder = Binder()
    model = column("thread_model_id")
    where = "" if before is None else f"WHERE {model} < {id_literal(before)} "
    only = None if thread_ids is None else ThreadSet(thread_ids=tuple(thread_ids))
    rows = await analytics.query(
        f"SELECT {', '.join(map(column, _THREAD))} "
        f"FROM {matching(scope, _THREAD, binder, lifecycle, only)} {where}"
        f"ORDER BY {model} DESC, {column('id')}, {column('project_id')} LIMIT {int(limit)}",
        binder.params,
    )
    return [SweptThread(FoundThread(*row[:4]), row[4]) for row in rows]


async def spans_of(
    analytics: Analytics,
    workspace_id: Id,
    trace_ids: Sequence[Id],
    *,
    after: Key | None = None,
    limit: int,
) -> list[Key]:
    """Return keys of the traces' spans, in the order of the ids of traces, then of spans."""
    if not trace_ids:
        return []
    where = f"workspace_id = {id_literal(workspace_id)} AND trace_id IN {id_list(trace_ids)}"
    if after is not None:
        place = ", ".join(map(id_literal, (after.trace_id, after.id, after.project_id)))
        where += f" AND (trace_id, id, project_id) > ({place})"
    rows = await analytics.query(
        "SELECT project_id, trace_id, id, toUnixTimestamp64Micro(start_time) "
        f"FROM spans FINAL PREWHERE {where} ORDER BY trace_id, id, project_id LIMIT {int(limit)}"
    )
    return [Key(*row) for row in rows]
