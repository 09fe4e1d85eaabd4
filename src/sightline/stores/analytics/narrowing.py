"""Taking out of a scope what leaves nothing out of it.

Most questions ask for the last days of a project whose rows are all younger, and hide sources that
it does not have. A scope without those conditions is answered by the sort key alone, which reads
less and needs no list of ids. To find out takes a few ms: the skip index of start times, and a
column of few values that the engine remembers.
"""

import asyncio

import msgspec

from sightline.domain.filter import EntityType
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.relation import sort_key_conditions
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder


async def simplified(analytics: Analytics, entity: EntityType, scope: Scope) -> Scope:
    """Return a scope of the same rows, without those of its conditions that all rows meet.

    It looks at rows as they are written, before they are merged: what none of them breaks, no
    entity breaks.
    """
    from_us, to_us, hidden = await asyncio.gather(
        _needed_time(analytics, entity, scope, "<", scope.from_us),
        _needed_time(analytics, entity, scope, ">=", scope.to_us),
        _needed_sources(analytics, entity, scope),
    )
    return msgspec.structs.replace(scope, from_us=from_us, to_us=to_us, hidden_sources=hidden)


async def _needed_sources(
    analytics: Analytics, entity: EntityType, scope: Scope
) -> tuple[str, ...]:
    """Return the sources to hide, none when no row is of one of them."""
    if not scope.hidden_sources:
        return ()
    binder = Binder()
    hidden = binder.add(list(scope.hidden_sources), "Array(String)")
    # The value alone: the merged row would be read with its version.
    found = await _any(analytics, entity, scope, f"has({hidden}, source_v.x)", binder)
    return scope.hidden_sources if found else ()


async def _needed_time(
    analytics: Analytics, entity: EntityType, scope: Scope, outside: str, at_us: int | None
) -> int | None:
    """Return the end of a range, None when no row lies outside of it."""
    if at_us is None:
        return None
    moment = f"fromUnixTimestamp64Micro(toInt64({int(at_us)}), 'UTC')"
    found = await _any(analytics, entity, scope, f"start_time {outside} {moment}", Binder())
    return at_us if found else None


async def _any(
    analytics: Analytics, entity: EntityType, scope: Scope, condition: str, binder: Binder
) -> bool:
    table, kind = ("spans", "span") if entity == "span" else ("traces", "trace")
    where = sort_key_conditions(kind, scope)  # type: ignore[arg-type]
    rows = await analytics.query(
        f"SELECT 1 FROM {table} WHERE {' AND '.join([*where, condition])} LIMIT 1", binder.params
    )
    return bool(rows)
