"""Searching traces and spans: all that match, the newest first, in parts that fit into memory."""

from collections.abc import AsyncIterator, Sequence

import msgspec

from sightline.core.ids import Id, time_ms
from sightline.services.query import entities
from sightline.services.query.entities import Found, Shown
from sightline.stores.analytics import pages, rows
from sightline.stores.analytics.columns import WIDE, Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.filters import check_filter
from sightline.stores.analytics.likely_hours import narrowed
from sightline.stores.analytics.pages import Key
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.time_filters import in_time

# Keys are small, so many are found at once; of the rows so many are in memory that their payloads
# stay below a bound, unless a single one is larger.
_KEYS = 2_000
_ROWS = 1_000
_PART_BYTES = 4 * 1024 * 1024


async def search(
    analytics: Analytics,
    entity: Entity,
    scope: Scope,
    shown: Shown,
    *,
    after: Id | None,
    limit: int,
    now_us: int,
) -> AsyncIterator[list[Found]]:
    """Return an iterator over what is in scope, by start time, from the one after `after` on.

    What is wrong with the question is raised here, before the first part. `after` may have been
    deleted: then its id's own time says where to go on.
    """
    check_filter(entity, scope.filter)
    scope = await narrowed(analytics, entity, in_time(scope))
    place = None
    if after is not None:
        key = await pages.locate(analytics, entity, scope.workspace_id, after)
        start_us = key.start_time_us if key is not None else (time_ms(after) or 0) * 1000
        place = (start_us, after)
    keys = await pages.find_newest(
        analytics, entity, scope, limit=min(limit, _KEYS), after=place, now_us=now_us
    )
    return _parts(analytics, entity, scope, shown, keys, limit, now_us)


async def _parts(
    analytics: Analytics,
    entity: Entity,
    scope: Scope,
    shown: Shown,
    keys: list[Key],
    left: int,
    now_us: int,
) -> AsyncIterator[list[Found]]:
    while keys:
        asked = min(left, _KEYS)
        left -= len(keys)
        async for some in in_parts(analytics, entity, scope.workspace_id, keys, shown):
            yield some
        if len(keys) < asked or left <= 0:
            return
        last = keys[-1]
        keys = await pages.find_newest(
            analytics,
            entity,
            scope,
            limit=min(left, _KEYS),
            after=(last.start_time_us, last.id),
            now_us=now_us,
        )


async def in_parts(
    analytics: Analytics, entity: Entity, workspace_id: Id, keys: Sequence[Key], shown: Shown
) -> AsyncIterator[list[Found]]:
    """Yield the rows with these keys, in their order, in parts that fit into memory."""
    plain = msgspec.structs.replace(shown, media=None)
    for part in await _split(analytics, entity, workspace_id, keys, shown):
        found = await entities.load(analytics, entity, workspace_id, part, plain)
        async for some in _whole(entity, workspace_id, found, shown):
            yield some


async def _whole(
    entity: Entity, workspace_id: Id, found: list[Found], shown: Shown
) -> AsyncIterator[list[Found]]:
    """Yield rows with their media; one that has any comes alone, since media are large."""
    plain: list[Found] = []
    for item in found:
        if shown.media is None or not entities.has_media(item):
            plain.append(item)
            continue
        if plain:
            yield plain
            plain = []
        await entities.put_media_back(shown.media, workspace_id, entity, item)
        yield [item]
    if plain:
        yield plain


async def _split(
    analytics: Analytics, entity: Entity, workspace_id: Id, keys: Sequence[Key], shown: Shown
) -> list[list[Key]]:
    """Return the keys in runs whose rows fit into memory together."""
    lengths: dict[Id, int] = {}
    if not shown.truncate:
        wide = [c for c in WIDE if shown.has(c)]
        lengths = await rows.payload_bytes(analytics, entity, workspace_id, keys, wide)
    parts: list[list[Key]] = []
    used = 0
    for key in keys:
        length = lengths.get(key.id, 0)
        if not parts or len(parts[-1]) >= _ROWS or used + length > _PART_BYTES:
            parts.append([])
            used = 0
        parts[-1].append(key)
        used += length
    return parts
