"""One trace or span for a reader who may not want all of its payloads."""

import asyncio
from collections.abc import AsyncIterator

import msgspec

from sightline.core.errors import NotFoundError
from sightline.core.ids import Id, format_id
from sightline.services.query import entities
from sightline.services.query.entities import Found, Shown
from sightline.stores.analytics import pages, payloads
from sightline.stores.analytics.columns import Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.pages import Key
from sightline.stores.analytics.payloads import Beginning, Whole
from sightline.stores.analytics.rows import Columns, load

NAMES = ("input", "output", "metadata")
# A browser lays out this much at once; more is streamed.
MAX_LIMIT = 4 * 1024 * 1024

_WITHOUT = Shown(exclude=frozenset(NAMES))
_PIECE_BYTES = 1 << 20


class Lean(msgspec.Struct, frozen=True, kw_only=True):
    """A trace or span without its payloads, and how those begin; one that is empty is not there."""

    found: Found
    payloads: dict[str, Beginning]


async def lean(
    analytics: Analytics, entity: Entity, workspace_id: Id, id: Id, *, limit: int
) -> Lean:
    """Return one trace or span with its payloads cut at `limit` characters.

    Raises `NotFoundError`.
    """
    begun: dict[str, Beginning] = {}

    async def own() -> list[Columns]:
        wanted = entities.own_columns(entity, _WITHOUT)
        found = await payloads.with_row(
            analytics, entity, workspace_id, id, wanted, NAMES, limit=limit
        )
        if found is not None:
            begun.update(found[1])
            return [found[0]]
        key = await _locate(analytics, entity, workspace_id, id)
        rows, beginnings = await asyncio.gather(
            load(analytics, entity, workspace_id, [key], wanted),
            payloads.beginnings(analytics, entity, workspace_id, key, NAMES, limit=limit),
        )
        begun.update(beginnings)
        return rows

    found = await entities.with_all(analytics, entity, workspace_id, own(), [id], _WITHOUT)
    if not found:
        raise _gone(entity, id)
    return Lean(found=found[0], payloads=begun)


async def whole(analytics: Analytics, entity: Entity, workspace_id: Id, id: Id, name: str) -> Whole:
    """Return a whole payload to be read. Raises `NotFoundError` where there is none."""
    key = await _locate(analytics, entity, workspace_id, id)
    found = await payloads.whole(analytics, entity, workspace_id, key, name)
    if found is None:
        raise NotFoundError(f"{entity.capitalize()} {format_id(id)} has no {name}")
    return found


async def pieces(payload: Whole) -> AsyncIterator[bytes]:
    """Yield a payload in pieces that a connection takes without much memory of its own."""
    async for part in payload.parts:
        for start in range(0, len(part), _PIECE_BYTES):
            yield part[start : start + _PIECE_BYTES]


async def _locate(analytics: Analytics, entity: Entity, workspace_id: Id, id: Id) -> Key:
    key = await pages.locate(analytics, entity, workspace_id, id)
    if key is None:
        raise _gone(entity, id)
    return key


def _gone(entity: Entity, id: Id) -> NotFoundError:
    return NotFoundError(f"{entity.capitalize()} with id {format_id(id)} not found")
