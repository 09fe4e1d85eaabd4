"""The figures above a table: of a slice, and of the period of the same length before it."""

import asyncio

import msgspec

from sightline.domain.filter import EntityType
from sightline.stores.analytics import slice_figures
from sightline.stores.analytics.buckets import Periods
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.likely_hours import narrowed
from sightline.stores.analytics.narrowing import simplified
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.slice_figures import Figures
from sightline.stores.analytics.thread_columns import Lifecycle


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """`previous` is None for a slice without a beginning; `hidden` counts what a default hides."""

    figures: Figures
    previous: Figures | None
    hidden: int


async def summary(
    analytics: Analytics,
    entity: EntityType,
    scope: Scope,
    lifecycle: Lifecycle,
    *,
    hidden: Scope | None,
    now_us: int,
) -> Summary:
    """Return a slice's figures; `hidden` is the scope of what is left out of it by default.

    Raises `InvalidRequestError` for a filter that cannot be.
    """
    scope = await narrowed(analytics, entity, scope)
    asked = await simplified(analytics, entity, scope)
    (figures, previous), left_out = await asyncio.gather(
        _both(analytics, entity, scope, asked, lifecycle, now_us),
        _hidden(analytics, entity, hidden, asked, lifecycle),
    )
    return Summary(figures=figures, previous=previous, hidden=left_out)


async def _both(
    analytics: Analytics,
    entity: EntityType,
    scope: Scope,
    asked: Scope,
    lifecycle: Lifecycle,
    now_us: int,
) -> tuple[Figures, Figures | None]:
    """Return the figures of a slice and of the period before it."""
    if scope.from_us is None or asked.from_us is None:
        found = await slice_figures.figures(analytics, entity, asked, lifecycle)
        # Nothing is older than the slice, or it has no beginning.
        return found, None if scope.from_us is None else Figures()
    length_us = max(1, (now_us if scope.to_us is None else scope.to_us) - scope.from_us)
    start_us = scope.from_us - length_us
    if entity == "thread":
        # A thread is in each period in which it had a turn.
        before = msgspec.structs.replace(
            scope, from_us=start_us, to_us=scope.from_us, hidden_sources=asked.hidden_sources
        )
        now, then = await asyncio.gather(
            slice_figures.figures(analytics, entity, asked, lifecycle),
            slice_figures.figures(analytics, entity, before, lifecycle),
        )
        return now, then
    # To read both at once takes half as long as one after the other.
    both = await simplified(analytics, entity, msgspec.structs.replace(asked, from_us=start_us))
    found_by = await slice_figures.by_bucket(
        analytics,
        entity,
        both,
        Periods(start_us, length_us),
        lifecycle,
    )
    return found_by.get(1, Figures()), found_by.get(0, Figures())


async def _hidden(
    analytics: Analytics,
    entity: EntityType,
    hidden: Scope | None,
    asked: Scope,
    lifecycle: Lifecycle,
) -> int:
    if hidden is None or not asked.hidden_sources:
        return 0
    return await slice_figures.count(analytics, entity, hidden, lifecycle)
