"""The first page of the newest traces or spans together with what is shown of them.

Rows as they were written name the newest, some more than are wanted (`newest`). What is shown of
those is asked for at once, and tells which of them make the page, so that nothing is merged only to
find out. Where the names do not suffice, or a filter is on, `pages.find` is the way.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import msgspec

from sightline.core.ids import Id
from sightline.stores.analytics import newest, pages
from sightline.stores.analytics.columns import Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.pages import Key
from sightline.stores.analytics.scope import Scope

# Each is loaded, so there are fewer to spare than where they are only put in order.
_SPARE = 10

# Where many of the newest are of a kind that is not shown, they would be loaded for nothing.
_SHORT_US = 600_000_000
_MOST_SHORT = 10_000
_short: WeakKeyDictionary[Analytics, dict[tuple[Entity, Id], int]] = WeakKeyDictionary()

T = TypeVar("T")
Load = Callable[[list[Key], Scope], Awaitable[list[T]]]
"""Return what is shown of those of the keys that are in the scope's time and of its kinds."""


async def load(
    analytics: Analytics,
    entity: Entity,
    scope: Scope,
    shown: Load[T],
    columns: Callable[[T], dict[str, Any]],
    *,
    limit: int,
    now_us: int,
) -> list[T] | None:
    """Return the `limit` newest in scope, fewer when there are no more; None where this is not the
    way.

    `columns` gives `id` and `start_time` of what is shown.
    """
    projects = scope.project_ids or ()
    if len(projects) != 1 or not newest.is_the_way(scope, limit):
        return None
    place_of_page = (entity, projects[0])
    short = _short.setdefault(analytics, {})
    if short.get(place_of_page, 0) > now_us:
        return None
    from_us = await pages.first_window(analytics, entity, scope, limit, now_us)
    window = msgspec.structs.replace(scope, from_us=from_us)
    named = await newest.written(analytics, entity, window, limit, _SPARE)

    def place(row: T) -> tuple[int, Id]:
        return columns(row)["start_time"], columns(row)["id"]

    # Where they began is not known before they are merged, and not asked for.
    keys = [Key(projects[0], trace_id, id, 0) for trace_id, id in named.ids]
    rows = sorted(await shown(keys, window), key=place, reverse=True)[:limit]
    is_full = len(rows) == limit
    if is_full and (named.before_us is None or place(rows[-1])[0] > named.before_us):
        pages.remember(analytics, entity, scope, limit, now_us - place(rows[-1])[0])
        return rows
    if named.before_us is None and from_us == scope.from_us:
        return rows
    if len(short) >= _MOST_SHORT:
        short.clear()
    short[place_of_page] = now_us + _SHORT_US
    return None
