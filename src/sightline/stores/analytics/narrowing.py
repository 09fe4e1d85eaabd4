"""Taking out of a scope what leaves nothing out of it.

Most questions ask for the last days of a project whose rows are all younger, and hide sources that
it does not have. A scope without those conditions is answered by the sort key alone, which reads
less and needs no list of ids. To find out takes a few ms: the skip index of start times, and a
column of few values that the engine remembers.
"""

import asyncio

import msgspec

from sightline.domain.filter import EntityType
from sightline.stores.analytics import rollup_units
from sightline.stores.analytics.columns import TABLES, Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.relation import sort_key_conditions, written_time_conditions
from sightline.stores.analytics.rollup_rows import trace_id_of
from sightline.stores.analytics.rollup_units import HOUR_US, ends, unit_sql
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder
from sightline.stores.analytics.whereabouts import merged

# With more ranges than this a question is not quicker for them.
_MOST_RANGES = 4_000


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


async def placed(analytics: Analytics, entity: Entity, scope: Scope) -> Scope:
    """Return a scope of the same rows that names where in the order of ids they are, when it has a
    time range: ids need not say when something began, but the hours that were added up know.

    As of now: what changes while it is used may be left out.
    """
    if scope.from_us is None and scope.to_us is None:
        return scope
    is_placed = scope.ids is not None or scope.trace_id is not None or scope.within is not None
    if is_placed or not await rollup_units.is_ready(analytics):
        return scope
    place = " AND ".join(sort_key_conditions("trace", scope))
    began, made = [place, f"entity = '{entity}'"], [place]
    for sign, at_us in ((">=", scope.from_us), ("<=", scope.to_us)):
        if at_us is not None:
            began.append(f"hour {sign} {at_us // HOUR_US}")
            made.append(f"unit {sign} {max(0, at_us // HOUR_US)}")
    rows = await analytics.query(
        f"SELECT DISTINCT project_id, unit FROM rollups WHERE {' AND '.join(began)} "
        f"UNION DISTINCT SELECT project_id, unit FROM rollup_units WHERE {' AND '.join(made)} "
        "UNION DISTINCT SELECT project_id, unit FROM rollup_units "
        f"WHERE {place} GROUP BY project_id, unit HAVING max(changed_us) >= max(computed_us)"
    )
    ranges = merged((bytes(project), *part) for project, unit in rows for part in ends(int(unit)))
    return scope if len(ranges) > _MOST_RANGES else msgspec.structs.replace(scope, within=ranges)


async def began(analytics: Analytics, entity: Entity, scope: Scope) -> Scope:
    """Return a scope of the same rows that names where in the order of ids they are, by the starts
    in rows as they were written: some row of each entity says the start that the merged row has.

    For short periods; as of now, as `placed`.
    """
    is_placed = scope.ids is not None or scope.trace_id is not None or scope.within is not None
    if is_placed or scope.from_us is None:
        return scope
    trace_id = trace_id_of(entity)
    where = sort_key_conditions(entity, scope) + written_time_conditions(scope)
    rows = await analytics.query(
        f"SELECT project_id, {unit_sql(trace_id)} AS u_, min({trace_id}), max({trace_id}) "
        f"FROM {TABLES[entity]} WHERE {' AND '.join(where)} GROUP BY project_id, u_ "
        f"LIMIT {_MOST_RANGES + 1}"
    )
    if len(rows) > _MOST_RANGES:
        return scope
    found = sorted((bytes(project), bytes(first), bytes(last)) for project, _, first, last in rows)
    return msgspec.structs.replace(scope, within=tuple(found))


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
