"""In which hours rows may be that a question is about, by what was put down of hours at rest: their
words, the least and the most of their numbers, and the names of their scores (ADR 18).

What a scope is narrowed to always holds all that it matches.
"""

from collections.abc import Awaitable, Callable
from functools import partial, reduce
from typing import Any

import msgspec

from sightline.domain.filter import EVERYTHING, And, EntityType, Filter, Or, all_of
from sightline.stores.analytics import (
    bound_needs,
    bounds,
    rollup_units,
    score_hours,
    word_needs,
    words,
)
from sightline.stores.analytics.columns import TABLES, Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.filters import check_filter, filter_columns
from sightline.stores.analytics.relation import sort_key_conditions
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sources import SPANS, source_of
from sightline.stores.analytics.sql import Binder
from sightline.stores.analytics.thread_columns import THREAD_FIELDS
from sightline.stores.analytics.whereabouts import Whereabouts, both, either

# With more ranges than this a question is not quicker for them.
_MOST_RANGES = 4_000
# So many rows are read together at least. To see whether a row is in one of the ranges takes nearly
# as long as to read a number of it, unmerged, and a small part of what it takes to merge it.
_ROWS = 8_192
_OF_SUMS, _OF_ROWS = 2, 8
# What is merged of so many pieces is merged at once, not from the newest on.
_FEW_OF_SUMS = 64
# Each of them is asked for by itself.
_MOST_SIDES = 8
_LONG = frozenset(("input", "output"))
# What tells of hours, the quickest first: what a filter needs of it, and where that is.
_KEPT: tuple[tuple[Callable[..., Any], Callable[..., Awaitable[Whereabouts | None]]], ...] = (
    (bound_needs.needs_of, bounds.possible),
    (score_hours.needs_of, score_hours.possible),
    (word_needs.needs_of, words.possible),
)


async def narrowed(analytics: Analytics, entity: EntityType, scope: Scope) -> Scope:
    """Return a scope of the same rows that names where they may be, if that is known.

    As of now: what changes while it is used may be left out. Raises `InvalidRequestError` for a
    wrong filter.
    """
    tree = scope.whole_filter
    if tree == EVERYTHING:
        return scope
    if entity == "thread":
        return await _narrowed_threads(analytics, scope)
    if scope.ids is not None or scope.trace_id is not None or scope.within is not None:
        return scope
    check_filter(entity, scope.filter)
    if not _is_told(entity, tree) or not await rollup_units.is_ready(analytics):
        return scope
    place = await _place(analytics, entity, scope, tree)
    if place is None or not await _is_worth(analytics, entity, scope, place):
        return scope
    is_few = place.is_few or (_is_of_sums(entity, tree) and place.pieces <= _FEW_OF_SUMS)
    return msgspec.structs.replace(scope, within=place.ranges, is_few=is_few)


async def _is_worth(analytics: Analytics, entity: Entity, scope: Scope, place: Whereabouts) -> bool:
    """Say whether it is quicker to read those places than to read all."""
    columns = filter_columns(entity, scope.filter)
    if scope.search.strip() or not _LONG.isdisjoint(columns) or not place.ranges:
        return len(place.ranges) <= _MOST_RANGES
    is_of_sums = _is_of_sums(entity, scope.filter)
    read: Entity = "span" if is_of_sums else entity
    where = " AND ".join(sort_key_conditions(read, scope))
    rows = await analytics.query(f"SELECT count() FROM {TABLES[read]} WHERE {where}")
    cost = place.pieces * _ROWS * (_OF_SUMS if is_of_sums else _OF_ROWS)
    return len(place.ranges) <= _MOST_RANGES and cost <= int(rows[0][0])


def _is_of_sums(entity: Entity, tree: Filter) -> bool:
    """Say whether a filter is about what spans add up to: all of them are merged for that."""
    return any(source_of(entity, name) == SPANS for name in filter_columns(entity, tree))


def _is_told(entity: Entity, tree: Filter) -> bool:
    """Say whether anything tells of the hours in which a filter can be met."""
    if _needs(entity, tree) or _sides(entity, tree):
        return True
    return isinstance(tree, And) and any(_is_told(entity, child) for child in tree.children)


def _sides(entity: Entity, tree: Filter) -> tuple[Filter, ...]:
    """Return the sides of an OR, if the hours of each are told."""
    if not isinstance(tree, Or) or len(tree.children) > _MOST_SIDES:
        return ()
    return tree.children if all(_is_told(entity, child) for child in tree.children) else ()


Asked = Callable[[Analytics, Entity, Scope], Awaitable[Whereabouts | None]]


def _needs(entity: Entity, tree: Filter) -> list[Asked]:
    """Return what can be asked where a filter may be met."""
    found: list[Asked] = []
    for needs_of, possible in _KEPT:
        binder = Binder()
        needs = needs_of(entity, tree, binder)
        if needs is not None:
            found.append(partial(possible, needs=needs, binder=binder))
    return found


async def _place(
    analytics: Analytics, entity: Entity, scope: Scope, tree: Filter
) -> Whereabouts | None:
    """Return where a filter may be met, None where there is no telling."""
    found = None
    for ask in _needs(entity, tree):
        place = await ask(analytics, entity, scope)
        found = both(found, place) if found and place else found or place
        if found is not None and not found.ranges:
            return found
    flat = all_of(tree)
    for child in flat.children if isinstance(flat, And) else (flat,):
        # What nothing tells of as a whole may be told of side by side.
        sides = () if _needs(entity, child) else _sides(entity, child)
        places = [await _place(analytics, entity, scope, side) for side in sides]
        known = [place for place in places if place is not None]
        if known and len(known) == len(sides):
            place = reduce(either, known)
            found = both(found, place) if found else place
    return found


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
