"""The figures above a table: of a slice, and of the period of the same length before it."""

import asyncio

import msgspec

from sightline.domain.filter import EntityType
from sightline.stores.analytics import slice_figures
from sightline.stores.analytics.engine import Analytics
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
    asked = await simplified(analytics, entity, scope)
    figures, previous, left_out = await asyncio.gather(
        slice_figures.figures(analytics, entity, asked, lifecycle),
        _previous(analytics, entity, scope, asked, lifecycle, now_us),
        _hidden(analytics, entity, hidden, asked, lifecycle),
    )
    return Summary(figures=figures, previous=previous, hidden=left_out)


async def _previous(
    analytics: Analytics,
    entity: EntityType,
    scope: Scope,
    asked: Scope,
    lifecycle: Lifecycle,
    now_us: int,
) -> Figures | None:
    if scope.from_us is None:
        return None
    if asked.from_us is None:
        # Nothing is older than the slice.
        return Figures()
    length_us = max(1, (now_us if scope.to_us is None else scope.to_us) - scope.from_us)
    before = msgspec.structs.replace(scope, from_us=scope.from_us - length_us, to_us=scope.from_us)
    return await slice_figures.figures(analytics, entity, before, lifecycle)


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
