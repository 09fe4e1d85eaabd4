"""The threads that began, or were updated, last, without grouping all traces by thread.

Threads with a turn in the last while are few; those of them that have an older turn too did not
begin in it. What is left is looked at closely. So are those that were updated since some moment, of
which a trace or the row says a time later than it. Where that is not enough, all threads are.
"""

from collections.abc import Mapping
from functools import partial

import msgspec

from sightline.core.ids import Id
from sightline.domain.filter import Sort
from sightline.stores.analytics import pages, thread_candidates, thread_pages
from sightline.stores.analytics.columns import column
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.relation import sort_key_conditions, time_conditions
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder
from sightline.stores.analytics.thread_columns import Lifecycle
from sightline.stores.analytics.thread_pages import FoundThread
from sightline.stores.analytics.thread_relation import matching, turns_between
from sightline.stores.analytics.thread_sets import ThreadSet, with_turns

NEWEST_FIRST = (Sort("start_time"),)

# So many traces make a thread, as a first guess.
_TRACES_A_THREAD = 20
_GROWTH = 8
# More rows are looked at than threads are wanted, for a thread may have several of them.
_SPARE = 30
_TRIES = 3
# More threads than this are grouped as fast as they are told apart, and their ids, which go to a
# server in the address, would be too long for it.
_MOST_THREADS = 5_000
_KEY = ("project_id", "id", "lowest_trace_id", "highest_trace_id")


async def find_newest(
    analytics: Analytics,
    scope: Scope,
    lifecycle: Lifecycle,
    *,
    limit: int,
    offset: int = 0,
    now_us: int,
) -> list[FoundThread]:
    """Return a page of the threads in scope, the one that began last first.

    Raises `InvalidRequestError` for a wrong filter.
    """
    few = await thread_candidates.named(analytics, scope, lifecycle)
    find = partial(
        thread_pages.find_among,
        analytics,
        scope,
        lifecycle,
        few,
        sorting=NEWEST_FIRST,
        limit=limit,
        offset=offset,
    )
    if few is not None:
        return (await find())[0]
    wanted = limit + offset
    end_us = now_us if scope.to_us is None else min(scope.to_us, now_us)
    width_us = await pages.age_of_nth(analytics, "trace", scope, wanted * _TRACES_A_THREAD, end_us)
    for _ in range(_TRIES):
        if not width_us:
            break
        began_us = end_us - width_us
        if scope.from_us is not None and began_us < scope.from_us:
            break
        window = msgspec.structs.replace(scope, from_us=began_us)
        only = await _begun(analytics, window)
        if only is None:
            break
        growth = _GROWTH
        if len(only.thread_ids) >= wanted:
            found = await _page(analytics, window, lifecycle, only, limit, offset)
            if len(found) >= limit:
                return found
            if found:
                # Somewhat longer than would hold a page, if the rest is like it.
                growth = min(_GROWTH, limit * 5 // (len(found) * 4) + 1)
        width_us *= growth
    return (await find())[0]


async def find_updated(
    analytics: Analytics, scope: Scope, lifecycle: Lifecycle, *, limit: int, offset: int = 0
) -> list[FoundThread]:
    """Return a page of the threads in scope, the one that was updated last first.

    Raises `InvalidRequestError` for a wrong filter.
    """
    rows = limit + offset + _SPARE
    for _ in range(_TRIES):
        since_us = await _updated_since(analytics, scope, rows)
        names = None
        if since_us is not None:
            names = await thread_candidates.touched(analytics, scope, since_us)
        if names is None or since_us is None:
            break
        only = await with_turns(analytics, scope, ThreadSet(thread_ids=tuple(names)))
        binder = Binder()
        found = await analytics.query(
            f"SELECT {', '.join(map(column, _KEY))} "
            f"FROM {matching(scope, [*_KEY, 'last_updated_at'], binder, lifecycle, only)} "
            f"WHERE {time_conditions(since_us, None, 'last_updated_at')[0]} "
            f"ORDER BY last_updated_at DESC, {column('id')}, {column('project_id')} "
            f"LIMIT {int(limit)} OFFSET {int(offset)}",
            binder.params,
        )
        if len(found) >= limit:
            return [FoundThread(*row) for row in found]
        rows *= _GROWTH
    of_all, _ = await thread_pages.find(analytics, scope, lifecycle, limit=limit, offset=offset)
    return of_all


async def _updated_since(analytics: Analytics, scope: Scope, rows: int) -> int | None:
    """Return since when so many threads were updated, or fewer, as their rows say it; None when
    they are not so many."""
    place = Scope(workspace_id=scope.workspace_id, project_ids=scope.project_ids)
    found = await analytics.query(
        "SELECT toUnixTimestamp64Micro(last_updated_at) FROM threads "
        f"WHERE {' AND '.join(sort_key_conditions('trace', place))} "
        f"ORDER BY last_updated_at DESC LIMIT 1 OFFSET {int(rows)}"
    )
    return int(found[0][0]) if found else None


async def _begun(analytics: Analytics, window: Scope) -> ThreadSet | None:
    """Return the threads that began in a window of time, None when there are too many.

    Rows are read as they are written: a thread too many is found out later.
    """
    key = " AND ".join([*sort_key_conditions("trace", window), "thread_id != ''"])
    times = " AND ".join(time_conditions(window.from_us, window.to_us))
    rows = await analytics.query(
        f"SELECT DISTINCT thread_id FROM traces WHERE {key} AND {times} LIMIT {_MOST_THREADS + 1}"
    )
    if len(rows) > _MOST_THREADS:
        return None
    binder = Binder()
    ids = binder.add([row[0] for row in rows], "Array(String)")
    earlier = time_conditions(None, window.from_us)[0]
    ends = await analytics.query(
        "SELECT thread_id_v.x AS thread_, min(id), max(id), "
        f"minIf(id, {earlier}), countIf({earlier}) > 0 AS is_older_ "
        f"FROM traces WHERE {key} AND thread_id IN {ids} GROUP BY thread_",
        binder.params,
    )
    older = await _with_turns_before(analytics, window, {row[0]: row[3] for row in ends if row[4]})
    begun = [row for row in ends if row[0] not in older]
    return ThreadSet(
        thread_ids=tuple(row[0] for row in begun),
        lowest=min((bytes(row[1]) for row in begun), default=None),
        highest=max((bytes(row[2]) for row in begun), default=None),
    )


async def _with_turns_before(
    analytics: Analytics, window: Scope, turns: Mapping[str, Id]
) -> set[str]:
    """Return those of the threads that began before a window, by a trace of each that may say so:
    it may have moved to another thread since, or be of a kind that is not shown."""
    if not turns:
        return set()
    binder = Binder()
    only = ThreadSet(thread_ids=tuple(turns), trace_ids=tuple(set(turns.values())))
    before = msgspec.structs.replace(window, from_us=None, to_us=window.from_us)
    rows = await analytics.query(
        f"SELECT DISTINCT thread_id {turns_between(before, binder, only)}", binder.params
    )
    return {row[0] for row in rows}


async def _page(
    analytics: Analytics,
    window: Scope,
    lifecycle: Lifecycle,
    only: ThreadSet,
    limit: int,
    offset: int,
) -> list[FoundThread]:
    binder = Binder()
    began = time_conditions(window.from_us, None)[0]
    rows = await analytics.query(
        f"SELECT {', '.join(map(column, _KEY))} "
        f"FROM {matching(window, [*_KEY, 'start_time'], binder, lifecycle, only)} WHERE {began} "
        f"ORDER BY start_time DESC, {column('id')}, {column('project_id')} "
        f"LIMIT {int(limit)} OFFSET {int(offset)}",
        binder.params,
    )
    return [FoundThread(*row) for row in rows]
