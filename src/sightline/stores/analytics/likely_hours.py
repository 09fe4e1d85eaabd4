"""In which hours rows may be that a question is about, by what was put down of hours at rest: their
words, and the least and the most of their numbers (ADR 18).

What a scope is narrowed to always holds all that it matches.
"""

import msgspec

from sightline.domain.filter import EVERYTHING, EntityType
from sightline.stores.analytics import bound_needs, bounds, rollup_units, word_needs, words
from sightline.stores.analytics.columns import TABLES, Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.filters import check_filter, filter_columns
from sightline.stores.analytics.relation import sort_key_conditions
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sources import SPANS, source_of
from sightline.stores.analytics.sql import Binder
from sightline.stores.analytics.thread_columns import THREAD_FIELDS
from sightline.stores.analytics.whereabouts import Whereabouts, both

# With more ranges than this a question is not quicker for them.
_MOST_RANGES = 400
# So many rows are read together at least, to test a row against so many ranges takes as long as to
# read it without long texts.
_ROWS, _AS_LONG = 8_192, 12
_LONG = frozenset(("input", "output"))


async def narrowed(analytics: Analytics, entity: EntityType, scope: Scope) -> Scope:
    """Return a scope of the same rows that names where they may be, if that is known.

    As of now: what changes while it is used may be left out. Raises `InvalidRequestError` for a
    wrong filter.
    """
    if scope.filter == EVERYTHING and not scope.search.strip():
        return scope
    if entity == "thread":
        return await _narrowed_threads(analytics, scope)
    if scope.ids is not None or scope.trace_id is not None or scope.within is not None:
        return scope
    check_filter(entity, scope.filter)
    found = [
        place
        for place in (
            await _by_words(analytics, entity, scope),
            await _by_bounds(analytics, entity, scope),
        )
        if place is not None
    ]
    if len(found) == 2:
        found.insert(0, both(*found))
    for place in found:
        if await _is_worth(analytics, entity, scope, place):
            return msgspec.structs.replace(scope, within=place.ranges, is_few=place.is_few)
    return scope


async def _is_worth(analytics: Analytics, entity: Entity, scope: Scope, place: Whereabouts) -> bool:
    """Say whether it is quicker to read those places than to read all."""
    columns = filter_columns(entity, scope.filter)
    if scope.search.strip() or not _LONG.isdisjoint(columns) or not place.ranges:
        return len(place.ranges) <= _MOST_RANGES
    # What is joined to a trace is made of its spans.
    read: Entity = entity
    if any(source_of(entity, name) == SPANS for name in columns):
        read = "span"
    where = " AND ".join(sort_key_conditions(read, scope))
    rows = await analytics.query(f"SELECT count() FROM {TABLES[read]} WHERE {where}")
    cost = place.pieces * (2 + len(place.ranges) / _AS_LONG)
    return len(place.ranges) <= _MOST_RANGES and cost * _ROWS <= int(rows[0][0])


async def _by_words(analytics: Analytics, entity: Entity, scope: Scope) -> Whereabouts | None:
    binder = Binder()
    needs = word_needs.needs_of(entity, scope.filter, scope.search, binder)
    if needs is None or not await rollup_units.is_ready(analytics):
        return None
    return await words.possible(analytics, entity, scope, needs, binder)


async def _by_bounds(analytics: Analytics, entity: Entity, scope: Scope) -> Whereabouts | None:
    binder = Binder()
    needs = bound_needs.needs_of(entity, scope.filter, binder)
    if needs is None or not await rollup_units.is_ready(analytics):
        return None
    return await bounds.possible(analytics, entity, scope, needs, binder)


async def _narrowed_threads(analytics: Analytics, scope: Scope) -> Scope:
    check_filter("thread", scope.filter, THREAD_FIELDS)
    binder = Binder()
    needs = word_needs.needs_of_said(scope.filter, scope.search, binder)
    if needs is None or not await rollup_units.is_ready(analytics):
        return scope
    found = await words.possible(analytics, "trace", scope, needs, binder)
    if found is None or len(found.ranges) > _MOST_RANGES:
        return scope
    return msgspec.structs.replace(scope, said_within=found.ranges)
