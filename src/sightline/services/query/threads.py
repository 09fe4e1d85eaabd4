"""Threads for readers: a page, one, a stream, statistics."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import msgspec

from sightline.core.errors import InvalidRequestError, NotFoundError, PayloadTooLargeError
from sightline.core.ids import Id
from sightline.domain.filter import Sort
from sightline.domain.score import FeedbackScore
from sightline.domain.thread import Thread, ThreadStats
from sightline.services.query import attachments
from sightline.services.query.entities import Media
from sightline.stores.analytics import (
    comments,
    thread_newest,
    thread_pages,
    thread_scores,
    thread_stats,
    threads,
)
from sightline.stores.analytics.comments import Comment
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.failures import EngineMemoryError
from sightline.stores.analytics.likely_hours import narrowed
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.thread_columns import SORTABLE, Lifecycle, is_sortable
from sightline.stores.analytics.thread_pages import FoundThread
from sightline.stores.analytics.thread_relation import is_plain
from sightline.stores.analytics.thread_sets import ThreadSet

# So many threads are loaded at a time, and the messages of them are in memory: cut or whole. Most
# of the time goes into looking where they may be, whether they are few or many.
_CHUNK = 500
_CHUNK_WHOLE = 100


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How threads are read: `truncate` cuts long messages; `media` puts attachments back in."""

    lifecycle: Lifecycle
    truncate: bool = False
    media: Media | None = None


class ThreadView(msgspec.Struct, frozen=True, kw_only=True):
    """A thread with what people said of it."""

    thread: Thread
    scores: list[FeedbackScore]
    comments: list[Comment]


async def page(
    analytics: Analytics,
    scope: Scope,
    reading: Reading,
    *,
    sorting: Sequence[Sort] = (),
    page: int,
    size: int,
) -> tuple[list[ThreadView], int]:
    """Return a page (from 1) of the threads in scope and how many there are in all.

    Without sorting the last updated come first. Raises `InvalidRequestError` for a filter or an
    order that cannot be.
    """
    for sort in sorting:
        if not is_sortable(sort.field):
            raise InvalidRequestError(
                f"Invalid sorting field `{sort.field}`", hint=f"Possible: {', '.join(SORTABLE)}"
            )
    scope = await narrowed(analytics, "thread", scope)
    offset = (page - 1) * size
    order = tuple(sorting) or thread_pages.NEWEST_FIRST
    if order == thread_pages.NEWEST_FIRST and is_plain(scope):
        # All that are in scope are counted faster than they are put together.
        found, total = await asyncio.gather(
            thread_newest.find_updated(
                analytics, scope, reading.lifecycle, limit=size, offset=offset
            ),
            thread_pages.count(analytics, scope, reading.lifecycle),
        )
    else:
        found, total = await thread_pages.find(
            analytics, scope, reading.lifecycle, sorting=order, limit=size, offset=offset
        )
    return await load(analytics, scope.workspace_id, found, reading), total


async def one(
    analytics: Analytics, workspace_id: Id, project_id: Id, thread_id: str, reading: Reading
) -> ThreadView:
    """Return one thread. Raises `NotFoundError`."""
    scope = Scope(workspace_id=workspace_id, project_ids=(project_id,))
    only = ThreadSet(thread_ids=(thread_id,))
    found, _ = await thread_pages.find(analytics, scope, reading.lifecycle, limit=1, only=only)
    views = await load(analytics, workspace_id, found, reading)
    if not views:
        raise NotFoundError(f"Thread '{thread_id}' not found")
    return views[0]


async def statistics(analytics: Analytics, scope: Scope, reading: Reading) -> ThreadStats:
    """Return statistics of the threads in scope."""
    scope = await narrowed(analytics, "thread", scope)
    return await thread_stats.stats(analytics, scope, reading.lifecycle)


async def search(
    analytics: Analytics, scope: Scope, reading: Reading, *, after: str | None, limit: int
) -> AsyncIterator[list[ThreadView]]:
    """Return an iterator over threads, the newest first, from the one after `after` on.

    What is wrong with the question is raised here, before the first thread. `after` is a
    `thread_model_id` or a thread id: the Opik SDK pages by the latter.
    """
    scope = await narrowed(analytics, "thread", scope)
    before = None
    if after:
        before = await threads.find_cursor(analytics, scope, after)
    found = await thread_pages.find_before(
        analytics, scope, reading.lifecycle, before=before, limit=limit
    )

    return in_parts(analytics, scope.workspace_id, found, reading)


async def in_parts(
    analytics: Analytics, workspace_id: Id, found: Sequence[FoundThread], reading: Reading
) -> AsyncIterator[list[ThreadView]]:
    """Yield threads that were found, as `load` does, in parts that fit into memory."""
    size = _CHUNK if reading.truncate else _CHUNK_WHOLE
    for start in range(0, len(found), size):
        async for part in _halved(analytics, workspace_id, found[start : start + size], reading):
            yield part


async def _halved(
    analytics: Analytics, workspace_id: Id, found: Sequence[FoundThread], reading: Reading
) -> AsyncIterator[list[ThreadView]]:
    """Yield threads together, or in halves where their messages are too long for that."""
    try:
        loaded = await load(analytics, workspace_id, found, reading)
    except (PayloadTooLargeError, EngineMemoryError):
        if len(found) == 1:
            raise
    else:
        yield loaded
        return
    middle = len(found) // 2
    for half in (found[:middle], found[middle:]):
        async for part in _halved(analytics, workspace_id, half, reading):
            yield part


async def load(
    analytics: Analytics, workspace_id: Id, found: Sequence[FoundThread], reading: Reading
) -> list[ThreadView]:
    """Return threads that were found, with what people said of them, in their order."""
    loaded, scores = await asyncio.gather(
        thread_pages.load(
            analytics, workspace_id, found, reading.lifecycle, truncate=reading.truncate
        ),
        thread_scores.of_threads(analytics, workspace_id, [f.key for f in found]),
    )
    said = await comments.of_entities(
        analytics, workspace_id, "thread", [t.thread_model_id for t in loaded]
    )
    if reading.media is not None:
        loaded = [await _with_media(reading.media, workspace_id, thread) for thread in loaded]
    return [
        ThreadView(
            thread=thread,
            scores=scores.get(thread.key, []),
            comments=said.get(thread.thread_model_id, []),
        )
        for thread in loaded
    ]


async def _with_media(media: Media, workspace_id: Id, thread: Thread) -> Thread:
    messages = (
        (thread.first_trace_id, thread.first_message),
        (thread.last_trace_id, thread.last_message),
    )
    if not any(attachments.has_references(text) for _, text in messages):
        return thread
    first, last = [
        await attachments.reinject(
            media.catalog, media.blobs, workspace_id, "trace", trace_id, text
        )
        for trace_id, text in messages
    ]
    return msgspec.structs.replace(thread, first_message=first, last_message=last)
