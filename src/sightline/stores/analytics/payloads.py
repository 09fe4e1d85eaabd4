"""The payloads of one trace or span: their beginnings with their whole size, or one part by part.

What is cut is cut by the engine, so that of a payload of 50 MB only the part that is shown leaves
it. A payload is found by its newest version and read from that row alone: merging rows that wide
(FINAL) would hold them in memory three times.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any

import msgspec

from sightline.core.errors import InternalError, StoreUnavailableError
from sightline.core.ids import Id
from sightline.stores.analytics.columns import TABLES, WIDE, Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.pages import Key
from sightline.stores.analytics.rows import Columns, picked, where_id
from sightline.stores.analytics.sql import Binder, id_literal

# What is in memory of a payload at a time, several times over; each part costs reading it all.
PART_BYTES = 16 * 1024 * 1024


class Beginning(msgspec.Struct, frozen=True):
    """How a payload's JSON text begins, and its whole size in characters (code points)."""

    text: str
    size: int

    @property
    def is_complete(self) -> bool:
        return len(self.text) == self.size


class Whole(msgspec.Struct, frozen=True):
    """A payload that is being read: its size in bytes, and its JSON text in UTF-8 part by part."""

    size_bytes: int
    parts: AsyncIterator[bytes]


async def beginnings(
    analytics: Analytics,
    entity: Entity,
    workspace_id: Id,
    key: Key,
    names: Sequence[str],
    *,
    limit: int,
) -> dict[str, Beginning]:
    """Return the first `limit` characters of these payloads; one that is not there is left out."""
    where = _where(entity, workspace_id, key)
    versions = await _versions(analytics, where, names)
    if all(len(some) == 1 for some in versions.values()):
        found = await _of_one_row(analytics, where, names, limit)
        if found is not None:
            return found
        versions = await _versions(analytics, where, names)
    places = _places(where, versions)

    async def one(name: str, place: str) -> Beginning | None:
        rows = await analytics.query(
            f"SELECT substringUTF8(x, 1, {int(limit)}), lengthUTF8(x) FROM ({place})"
        )
        return Beginning(*rows[0]) if rows and rows[0][1] else None

    begun = await asyncio.gather(*(one(name, place) for name, place in places.items()))
    return {
        name: beginning
        for name, beginning in zip(places, begun, strict=True)
        if beginning is not None
    }


async def with_row(
    analytics: Analytics,
    entity: Entity,
    workspace_id: Id,
    id: Id,
    columns: Collection[str],
    names: Sequence[str],
    *,
    limit: int,
) -> tuple[Columns, dict[str, Beginning]] | None:
    """Return an entity's own columns and how its payloads begin, by one query.

    That is possible of what came in one message, or was merged: None of anything else, and of what
    is not there.
    """
    binder = Binder()
    own, given = picked(entity, columns, None, binder)
    rows = await analytics.query(
        f"SELECT {own}, {_begun(names, limit)} "
        f"FROM {TABLES[entity]} {where_id(workspace_id, id)} LIMIT 2 "
        "SETTINGS max_threads = 1",
        binder.params,
    )
    if len(rows) != 1:
        return None
    n = len(given)
    return dict(zip(given, rows[0][:n], strict=True)), _beginnings(names, rows[0][n:])


async def whole(
    analytics: Analytics,
    entity: Entity,
    workspace_id: Id,
    key: Key,
    name: str,
    *,
    part_bytes: int = PART_BYTES,
) -> Whole | None:
    """Return a payload to be read, or None when there is none."""
    where = _where(entity, workspace_id, key)
    places = _places(where, await _versions(analytics, where, [name]))
    if name not in places:
        return None
    rows = await analytics.query(f"SELECT length(x) FROM ({places[name]})")
    size = int(rows[0][0]) if rows else 0
    if not size:
        return None
    return Whole(size, _parts(analytics, places[name], size, part_bytes))


async def _parts(
    analytics: Analytics, place: str, size: int, part_bytes: int
) -> AsyncIterator[bytes]:
    for start in range(0, size, part_bytes):
        part = await analytics.read_bytes(
            f"SELECT substring(x, {start + 1}, {part_bytes}) FROM ({place})", format="RawBLOB"
        )
        if len(part) != min(part_bytes, size - start):
            raise StoreUnavailableError(
                "The payload was changed while it was read; read it again", retry_after_s=1
            )
        yield part


async def _of_one_row(
    analytics: Analytics, where: str, names: Sequence[str], limit: int
) -> dict[str, Beginning] | None:
    """Return the beginnings of what came in one message, or was merged: a query for all.

    None when another message came meanwhile.
    """
    rows = await analytics.query(f"SELECT {_begun(names, limit)} {where} LIMIT 2")
    return _beginnings(names, rows[0]) if len(rows) == 1 else None


def _begun(names: Sequence[str], limit: int) -> str:
    return ", ".join(
        f"substringUTF8({name}_v.x, 1, {int(limit)}), lengthUTF8({name}_v.x)" for name in names
    )


def _beginnings(names: Sequence[str], row: Sequence[Any]) -> dict[str, Beginning]:
    return {
        name: Beginning(text, size)
        for name, text, size in zip(names, row[::2], row[1::2], strict=True)
        if size
    }


def _where(entity: Entity, workspace_id: Id, key: Key) -> str:
    trace = "" if entity == "trace" else f"AND trace_id = {id_literal(key.trace_id)} "
    return (
        f"FROM {TABLES[entity]} PREWHERE workspace_id = {id_literal(workspace_id)} "
        f"AND project_id = {id_literal(key.project_id)} {trace}AND id = {id_literal(key.id)}"
    )


async def _versions(
    analytics: Analytics, where: str, names: Sequence[str]
) -> dict[str, Sequence[int]]:
    """Return for each payload the versions that there are, 0 for what a message said nothing of."""
    if not WIDE.issuperset(names):
        raise InternalError(f"Not payloads: {names}")
    picked = ", ".join(f"groupArray({name}_v.v)" for name in names)
    rows = await analytics.query(f"SELECT {picked} {where}")
    return dict(zip(names, rows[0], strict=True))


def _places(where: str, versions: Mapping[str, Sequence[int]]) -> dict[str, str]:
    """Return for each payload that was ever written a SELECT of it alone, as `x`."""
    found = {}
    for name, some in versions.items():
        newest = max(some, default=0)
        if newest:
            # Of two messages with one version the greater text counts, as in a merge.
            order = "ORDER BY x DESC " if list(some).count(newest) > 1 else ""
            found[name] = (
                f"SELECT {name}_v.x AS x {where} AND {name}_v.v = {int(newest)} {order}LIMIT 1"
            )
    return found
