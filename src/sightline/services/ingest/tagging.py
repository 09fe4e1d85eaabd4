"""Tags of many traces or spans at once: read as they stand, changed, written back."""

from collections.abc import Sequence
from typing import Any

from sightline.core.clock import Clock
from sightline.domain.workspace import Principal
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.services.ingest.service import Ingest
from sightline.services.ingest.updates import MAX_TAGS
from sightline.stores.analytics import rows
from sightline.stores.analytics.columns import Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.pages import Key
from sightline.stores.catalog.locks import Locks


class Tagging:
    """Adds tags to and takes them from what is named by keys, so that little is read."""

    def __init__(self, ingest: Ingest, analytics: Analytics, clock: Clock, locks: Locks) -> None:
        self._ingest = ingest
        self._analytics = analytics
        self._clock = clock
        self._locks = locks

    async def edit(
        self,
        who: Principal,
        entity: Entity,
        keys: Sequence[Key],
        *,
        add: Sequence[str],
        remove: Sequence[str],
    ) -> int:
        """Change the tags of traces or spans; those that need no change are not written.

        Returns how many were left as they are because they would have had too many tags. Raises
        `StoreUnavailableError` when others edit them for too long.
        """
        async with self._locks.hold(who.workspace_id, [key.id for key in keys]):
            return await self._edit(who, entity, keys, add, remove)

    async def _edit(
        self,
        who: Principal,
        entity: Entity,
        keys: Sequence[Key],
        add: Sequence[str],
        remove: Sequence[str],
    ) -> int:
        there = await rows.load(
            self._analytics, entity, who.workspace_id, keys, ["tags", "last_updated_at"]
        )
        now_us = self._clock.now_us()
        gone = set(remove)
        full = 0
        changed: list[tuple[rows.Columns, list[str]]] = []
        for row in there:
            tags = [t for t in dict.fromkeys([*row["tags"], *add]) if t not in gone]
            if tags == list(row["tags"]):
                continue
            if len(tags) > MAX_TAGS and len(tags) > len(row["tags"]):
                full += 1
                continue
            changed.append((row, tags))
        given = [_fields(row, tags, now_us) for row, tags in changed]
        if entity == "trace":
            await self._ingest.write_traces(who, [TraceWrite(**fields) for fields in given])
        else:
            spans = [
                SpanWrite(trace_id=row["trace_id"], **fields)
                for (row, _), fields in zip(changed, given, strict=True)
            ]
            await self._ingest.write_spans(who, spans, whole=True)
        return full


def _fields(row: rows.Columns, tags: list[str], now_us: int) -> dict[str, Any]:
    return {
        "id": row["id"],
        "project_id": row["project_id"],
        # Newer than what is there, even where a client's clock is ahead.
        "version_us": max(now_us, row["last_updated_at"] + 1),
        "tags": tags,
    }
