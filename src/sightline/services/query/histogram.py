"""A slice over time: how many rows began in each bucket, and their figures."""

import asyncio
from collections.abc import Collection

import msgspec

from sightline.domain.filter import EntityType
from sightline.services.query.time_scale import TimeScale
from sightline.stores.analytics import slice_figures
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.likely_hours import narrowed
from sightline.stores.analytics.narrowing import simplified
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.slice_figures import EVERY, Figures, Wanted
from sightline.stores.analytics.thread_columns import Lifecycle


class Histogram(msgspec.Struct, frozen=True):
    """One item of `figures` for each bucket of the scale."""

    scale: TimeScale
    figures: list[Figures]


async def histogram(
    analytics: Analytics,
    entity: EntityType,
    scope: Scope,
    lifecycle: Lifecycle,
    *,
    buckets: int,
    now_us: int,
    wanted: Collection[Wanted] = EVERY,
) -> Histogram:
    """Return at most `buckets` buckets; without a beginning from the oldest row on, till now.

    Raises `InvalidRequestError` for a filter that cannot be.
    """
    scope = await narrowed(analytics, entity, scope)
    scale, asked = await asyncio.gather(
        scale_of(analytics, entity, scope, lifecycle, buckets=buckets, now_us=now_us),
        simplified(analytics, entity, scope),
    )
    if entity == "thread":
        # A thread belongs where it began, which a range without an end would not say.
        asked = msgspec.structs.replace(scope, hidden_sources=asked.hidden_sources)
    found = await slice_figures.by_bucket(
        analytics, entity, asked, scale.buckets, lifecycle, wanted
    )
    return Histogram(scale, [found.get(b, Figures()) for b in range(scale.count)])


async def scale_of(
    analytics: Analytics,
    entity: EntityType,
    scope: Scope,
    lifecycle: Lifecycle,
    *,
    buckets: int,
    now_us: int,
) -> TimeScale:
    """Cut a slice's time: from its beginning, or its oldest row's, to its end or now."""
    from_us = scope.from_us
    if from_us is None:
        from_us = await slice_figures.oldest_us(analytics, entity, scope, lifecycle)
    to_us = now_us if scope.to_us is None else scope.to_us
    return TimeScale.of(to_us if from_us is None else from_us, to_us, buckets)
