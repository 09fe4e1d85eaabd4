"""Rows of a table of threads."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

from sightline.core.ids import Id
from sightline.domain.filter import Sort
from sightline.domain.score import FeedbackScore
from sightline.domain.thread import Thread, ThreadKey
from sightline.stores.analytics import rows, thread_newest, thread_pages, thread_scores
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.likely_hours import narrowed
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sources import COMMENTS
from sightline.stores.analytics.thread_columns import SORTABLE as STORED_SORTABLE
from sightline.stores.analytics.thread_columns import Lifecycle
from sightline.stores.analytics.thread_pages import FoundThread
from sightline.stores.analytics.thread_relation import is_plain

COLUMNS = tuple(
    (
        "id project_id thread_model_id start_time end_time duration first_message last_message "
        "number_of_messages usage total_estimated_cost status tags feedback_scores environment "
        "comments created_at created_by last_updated_at last_updated_by"
    ).split()
)
SORTABLE = (*STORED_SORTABLE, "thread_model_id")

# What costs a query of its own, and what makes it needed.
_APART = ("first_message", "last_message", "usage", "total_estimated_cost")
_NAMES = {
    "start_time": "start_time_us",
    "end_time": "end_time_us",
    "created_at": "created_at_us",
    "last_updated_at": "last_updated_us",
}
_ALWAYS = ("id", "project_id", "thread_model_id", "start_time", "end_time")


async def page(
    analytics: Analytics,
    scope: Scope,
    lifecycle: Lifecycle,
    columns: Collection[str],
    preview: int,
    *,
    sort: Sort,
    limit: int,
    offset: int,
    now_us: int,
) -> tuple[list[dict[str, Any]], bool]:
    """Return a page of rows and whether more follow; columns and order can be.

    Raises `InvalidRequestError` for a wrong filter.
    """
    scope = await narrowed(analytics, "thread", scope)
    if sort == thread_newest.NEWEST_FIRST[0]:
        found = await thread_newest.find_newest(
            analytics, scope, lifecycle, limit=limit + 1, offset=offset, now_us=now_us
        )
    elif sort == thread_pages.NEWEST_FIRST[0] and is_plain(scope):
        found = await thread_newest.find_updated(
            analytics, scope, lifecycle, limit=limit + 1, offset=offset
        )
    else:
        found, _ = await thread_pages.find(
            analytics, scope, lifecycle, sorting=(sort,), limit=limit + 1, offset=offset
        )
    more = len(found) > limit
    return await _load(analytics, scope, found[:limit], lifecycle, columns, preview), more


async def _load(
    analytics: Analytics,
    scope: Scope,
    found: Sequence[FoundThread],
    lifecycle: Lifecycle,
    columns: Collection[str],
    preview: int,
) -> list[dict[str, Any]]:
    heads = {name.partition(".")[0] for name in columns}
    loaded, scores = await asyncio.gather(
        thread_pages.load(
            analytics,
            scope.workspace_id,
            found,
            lifecycle,
            truncate=True,
            length=preview,
            without=[name for name in _APART if name not in heads],
        ),
        _scores(analytics, scope.workspace_id, found, "feedback_scores" in heads),
    )
    comments = await _comments(
        analytics, scope.workspace_id, [t.thread_model_id for t in loaded], "comments" in heads
    )
    wanted = dict.fromkeys([*_ALWAYS, *columns])
    return [_row(t, wanted, scores.get(t.key, ()), comments) for t in loaded]


def _row(
    thread: Thread,
    columns: Collection[str],
    scores: Sequence[FeedbackScore],
    comments: dict[Id, int],
) -> dict[str, Any]:
    maps: dict[str, dict[str, Any]] = {
        "usage": thread.usage,
        "feedback_scores": {s.name: s.value for s in scores},
    }
    row: dict[str, Any] = {}
    for name in columns:
        head, _, key = name.partition(".")
        if head in maps:
            row[name] = maps[head].get(key) if key else maps[head]
        elif name == "comments":
            row[name] = comments.get(thread.thread_model_id, 0)
        else:
            row[name] = getattr(thread, _NAMES.get(name, name))
    return row


async def _scores(
    analytics: Analytics, workspace_id: Id, found: Sequence[FoundThread], wanted: bool
) -> dict[ThreadKey, list[FeedbackScore]]:
    if not wanted:
        return {}
    return await thread_scores.of_threads(analytics, workspace_id, [f.key for f in found])


async def _comments(
    analytics: Analytics, workspace_id: Id, model_ids: Sequence[Id], wanted: bool
) -> dict[Id, int]:
    """Count comments, which hang on a thread's model id."""
    if not wanted:
        return {}
    found = await rows.of_source(
        analytics, COMMENTS, "thread", workspace_id, model_ids, ["comments"]
    )
    return {id: row["comments"] for id, row in found.items()}
