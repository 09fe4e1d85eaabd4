"""The newest entities of a window of time, from their rows as they were written.

What is not merged yet is read in ranges of the key that span it all, so to merge a window costs as
much as what is written in between. Some row of each entity says the start that the merged row has:
the newest rows as written name the newest entities, and only those are merged.
"""

from typing import NamedTuple

from sightline.core.ids import Id
from sightline.domain.filter import EVERYTHING
from sightline.stores.analytics.columns import TABLES, Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.relation import sort_key_conditions, written_time_conditions
from sightline.stores.analytics.rollup_rows import trace_id_of
from sightline.stores.analytics.scope import Scope

_MOST = 200
# More are named than are wanted, for some began earlier than a row of theirs says.
SPARE = 30


class Newest(NamedTuple):
    """Ids of traces and of what is in them; all others began at `before_us` or earlier, None when
    there are no others."""

    ids: list[tuple[Id, Id]]
    before_us: int | None


def is_the_way(scope: Scope, rows: int) -> bool:
    """Say whether so many of the newest in scope are found like this."""
    plain = scope.filter == EVERYTHING and not scope.search.strip()
    return plain and scope.ids is None and rows <= _MOST


async def written(
    analytics: Analytics, entity: Entity, scope: Scope, rows: int, spare: int = SPARE
) -> Newest:
    """Return at least the `rows` newest in the scope's time range, if there are as many."""
    wanted = rows + spare
    where = sort_key_conditions(entity, scope) + written_time_conditions(scope)
    found = await analytics.query(
        f"SELECT {trace_id_of(entity)} AS t_, id AS i_, "
        "toUnixTimestamp64Micro(max(start_time_v.x)) AS s_ "
        f"FROM {TABLES[entity]} WHERE {' AND '.join(where)} "
        f"GROUP BY t_, i_ ORDER BY s_ DESC LIMIT {wanted}"
    )
    ids = [(bytes(trace), bytes(id)) for trace, id, _ in found]
    return Newest(ids, int(found[-1][2]) if len(found) == wanted else None)
