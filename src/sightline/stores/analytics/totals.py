"""How many there are in all, which every page says.

To count exactly, the rows of an entity that are not merged yet must be told from one another, and
that takes time in proportion to the project. So a large project is counted by its rows, which the
sort key knows at once, less the rows that turned out to be surplus when it was last counted
exactly, a little while ago. Up to a bound, and under a filter, the count is exact.
"""

from weakref import WeakKeyDictionary

import msgspec

from sightline.core.ids import Id
from sightline.core.tasks import TaskGroup
from sightline.stores.analytics import pages
from sightline.stores.analytics.columns import TABLES, Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.relation import is_whole, sort_key_conditions
from sightline.stores.analytics.scope import Scope

# Counting this many exactly takes some 10 ms.
EXACT_ROWS = 200_000
# An exact count is good until the project has grown, or shrunk by merges, by one in so many.
_DRIFT = 50
_MAX_SCOPES = 10_000


class _Exact(msgspec.Struct):
    """What an exact count found: `surplus` of `rows` belong to an entity counted already."""

    rows: int
    surplus: int
    is_counting: bool = False


class _Memory:
    def __init__(self) -> None:
        self.exact: dict[tuple[Entity, Id, tuple[Id, ...] | None], _Exact] = {}
        self.tasks = TaskGroup()


_memories: WeakKeyDictionary[Analytics, _Memory] = WeakKeyDictionary()


async def total(
    analytics: Analytics, entity: Entity, scope: Scope, *, exact_rows: int = EXACT_ROWS
) -> int:
    """Return how many entities are in scope; near enough for a whole project of many rows."""
    if not is_whole(scope) or scope.ids is not None or scope.trace_id is not None:
        return await pages.count(analytics, entity, scope)
    rows = await _rows(analytics, entity, scope)
    if rows <= exact_rows:
        return await pages.count(analytics, entity, scope)
    memory = _memories.setdefault(analytics, _Memory())
    key = (entity, scope.workspace_id, scope.project_ids)
    known = memory.exact.get(key)
    if known is None:
        if len(memory.exact) >= _MAX_SCOPES:
            memory.exact.clear()
        known = memory.exact[key] = _Exact(0, 0)
    if abs(rows - known.rows) * _DRIFT > rows and not known.is_counting:
        known.is_counting = True
        memory.tasks.spawn("analytics.count", _recount(analytics, entity, scope, known))
    return max(0, rows - known.surplus)


async def _recount(analytics: Analytics, entity: Entity, scope: Scope, known: _Exact) -> None:
    try:
        rows = await _rows(analytics, entity, scope)
        found = await pages.count(analytics, entity, scope)
        known.rows, known.surplus = rows, max(0, rows - found)
    finally:
        known.is_counting = False


async def _rows(analytics: Analytics, entity: Entity, scope: Scope) -> int:
    where = " AND ".join(sort_key_conditions(entity, scope))
    rows = await analytics.query(f"SELECT count() FROM {TABLES[entity]} WHERE {where}")
    return int(rows[0][0])
