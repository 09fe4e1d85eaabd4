"""The threads that began last, without grouping all traces of a project by thread.

Threads with a turn in the last while are few; those of them that have an older turn too did not
begin in it. What is left is looked at closely. Where that is not enough, all threads are.
"""

import msgspec

from sightline.domain.filter import Sort
from sightline.stores.analytics import pages, thread_pages
from sightline.stores.analytics.columns import column
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.relation import sort_key_conditions, time_conditions
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder
from sightline.stores.analytics.thread_columns import Lifecycle
from sightline.stores.analytics.thread_pages import FoundThread
from sightline.stores.analytics.thread_relation import matching
from sightline.stores.analytics.thread_sets import ThreadSet

NEWEST_FIRST = (Sort("start_time"),)

# So many traces make a thread, as a first guess.
_TRACES_A_THREAD = 20
_GROWTH = 8
_TRIES = 2
# More threads than this are grouped as fast as they are told apart.
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
        if len(only.thread_ids) >= wanted:
            found = await _page(analytics, window, lifecycle, only, limit, offset)
            if len(found) >= limit:
                return found
        width_us *= _GROWTH
    found, _ = await thread_pages.find(
        analytics, scope, lifecycle, sorting=NEWEST_FIRST, limit=limit, offset=offset
    )
    return found


async def _begun(analytics: Analytics, window: Scope) -> ThreadSet | None:
    """Return the threads that began in a window of time, None when there are too many.

    Rows are read as they are written: a thread too many is found out later.
    """
    key = " AND ".join([*sort_key_conditions("trace", window), "thread_id_v.x != ''"])
    times = " AND ".join(time_conditions(window.from_us, window.to_us))
    rows = await analytics.query(
        "SELECT thread_id_v.x AS thread_, min(id), max(id) FROM traces "
        f"WHERE {key} AND {times} GROUP BY thread_ LIMIT {_MOST_THREADS + 1}"
    )
    if len(rows) > _MOST_THREADS:
        return None
    binder = Binder()
    ids = binder.add([row[0] for row in rows], "Array(String)")
    earlier = time_conditions(None, window.from_us)[0]
    old = await analytics.query(
        f"SELECT DISTINCT thread_id_v.x FROM traces WHERE {key} AND {earlier} "
        f"AND thread_id_v.x IN {ids}",
        binder.params,
    )
    older = {row[0] for row in old}
    begun = [row for row in rows if row[0] not in older]
    return ThreadSet(
        thread_ids=tuple(row[0] for row in begun),
        lowest=min((row[1] for row in begun), default=None),
        highest=max((row[2] for row in begun), default=None),
    )


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
