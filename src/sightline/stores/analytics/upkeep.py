"""Watches over the files of the embedded engine while it is served.

The engine merges parts in the background. When the disk has no more room it must not: see
`stores.disk`. Merges end as soon as little is left, and new parts are looked at; a table with one
that is not whole is opened anew, which brings back its sources: they are kept for a minute
(`table_settings`). The engine lays it aside then, as it does at a start; what is aside and holds
rows that are nowhere else (`lineage`) counts as damaged. Not the part of an insert: `Analytics` has
not acknowledged what the disk had no room for.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from sightline.core.errors import SightlineError
from sightline.core.log import get_logger
from sightline.core.tasks import TaskGroup
from sightline.stores.analytics import lineage
from sightline.stores.analytics.engine import Analytics
from sightline.stores.disk import Disk, Room, sync_disk

log = get_logger(__name__)

_EVERY_S = 0.5
_COUNT_EVERY_S = 30.0
# Merges begin again when there is so much more than writes need.
_SLACK = 1.5
_TRIES = 100
_PAUSE_S = 0.1
# Files of a part that the engine does not count in its size.
_UNCOUNTED = {
    "checksums.txt",
    "columns.txt",
    "columns_substreams.txt",
    "default_compression_codec.txt",
    "metadata_version.txt",
    "txn_version.txt",
    "uuid.txt",
}
_NEVER_EMPTY = ("checksums.txt", "columns.txt", "count.txt")

_PARTS = """SELECT table, name, path, bytes_on_disk, rows FROM system.parts
WHERE active AND database = currentDatabase() AND modification_time >= now() - 120"""
_WAITING = """SELECT count() FROM system.mutations
WHERE database = currentDatabase() AND NOT is_done"""
_DETACHED = """SELECT table, name, reason, bytes_on_disk, path FROM system.detached_parts
WHERE database = currentDatabase() AND reason NOT IN ('', 'ignored', 'clone', 'attaching')"""


class Detached(NamedTuple):
    """A damaged part that the engine laid aside when it opened its table."""

    table: str
    name: str
    reason: str
    size_bytes: int
    path: str


class _Closed(NamedTuple):
    """A table that is to be opened again: its folder, what lay there, the parts not whole."""

    folder: Path
    before: lineage.Listing
    broken: list[str]


class UpkeepFigures(msgspec.Struct, frozen=True, kw_only=True):
    """`room` of the disk now, and how many parts are damaged: `detached` ones are laid aside, of
    `unreadable` ones a query found out. `deletes_waiting` were so many half a minute ago at most.
    `reopened` counts tables since the start."""

    room: Room
    merges_stopped: bool
    detached: int
    unreadable: int
    deletes_waiting: int
    reopened: int


class Upkeep:
    """One watch over one embedded store; for a server of ClickHouse there is nothing to do."""

    def __init__(self, analytics: Analytics, disk: Disk) -> None:
        self._analytics = analytics
        self._disk = disk
        self._tasks = TaskGroup()
        self._state = "ok"
        self._detached: Sequence[Detached] = ()
        self._deletes_waiting = 0
        self._reopened = 0
        self._closed: dict[str, _Closed] = {}
        self._counted_s = float("-inf")

    def start(self) -> None:
        """Begin; call inside the running loop."""
        self._tasks.spawn("analytics.upkeep", self._run())

    async def stop(self) -> None:
        await self._tasks.stop()

    def figures(self) -> UpkeepFigures:
        return UpkeepFigures(
            room=self._disk.room(),
            merges_stopped=self._analytics.merges_stopped,
            detached=len(self._detached),
            unreadable=len(self._analytics.unreadable),
            deletes_waiting=self._deletes_waiting,
            reopened=self._reopened,
        )

    def faults(self) -> list[str]:
        """Return the names of what is wrong: `disk_full`, `disk_read_only`, `damaged_parts` …"""
        figures = self.figures()
        found = [] if figures.room.state == "ok" else [f"disk_{figures.room.state}"]
        if figures.detached or figures.unreadable:
            found.append("damaged_parts")
        return found

    async def _run(self) -> None:
        while True:
            try:
                await self._look()
            except SightlineError as error:
                log.warning("analytics.upkeep_failed", code=error.code)
            except Exception as error:  # noqa: BLE001 - who watches must not be the first to die
                log.error("analytics.upkeep_failed", exc=error)
            await asyncio.sleep(_EVERY_S)

    async def _look(self) -> None:
        room = self._disk.room()
        self._tell(room)
        if self._analytics.is_embedded:
            if room.state != "ok":
                await self._stop_merges()
            for table in list(self._closed):
                try:
                    await self._open_again(table)
                except (SightlineError, OSError) as error:
                    # The next look tries again; this one goes on with what else there is.
                    log.warning("analytics.table_not_reopened", exc=error, table=table)
            if room.state != "ok":
                await self._mend()
            elif self._analytics.merges_stopped and room.free_bytes >= room.needed_bytes * _SLACK:
                await self._mend()
                await self._analytics.maintain("SYSTEM START MERGES")
                self._analytics.merges_stopped = False
            now_s = asyncio.get_running_loop().time()
            if now_s - self._counted_s >= _COUNT_EVERY_S:
                self._counted_s = now_s
                await self._count()

    def _tell(self, room: Room) -> None:
        if room.state == self._state:
            return
        self._state = room.state
        figures: dict[str, Any] = {"free_bytes": room.free_bytes, "free_inodes": room.free_inodes}
        if room.state == "ok":
            log.info("disk.has_room", **figures)
        else:
            log.error("disk.refuses_writes", state=room.state, **figures)

    async def _stop_merges(self) -> None:
        if not self._analytics.merges_stopped:
            await self._analytics.maintain("SYSTEM STOP MERGES")
            self._analytics.merges_stopped = True

    async def _mend(self) -> None:
        """Open those tables anew that have a part which was not written whole."""
        parts = await self._analytics.query(_PARTS, is_of_writes=False)
        broken = await asyncio.to_thread(
            lambda: [part for part in parts if not _is_whole(*part[2:4])]
        )
        for table, name, path, _, rows in broken:
            log.error("analytics.part_not_whole", table=table, part=name, rows=rows)
            if table not in self._closed:
                folder = Path(path).parent
                before = await asyncio.to_thread(lineage.listing, folder)
                self._closed[table] = _Closed(folder, before, [])
            self._closed[table].broken.append(name)
        tables = sorted({part[0] for part in broken})
        if tables:
            try:
                # What was merged, as before a start. If that fails, they are opened all the same.
                await asyncio.to_thread(sync_disk, self._closed[tables[0]].folder)
            except OSError as error:
                log.warning("analytics.disk_not_synced", exc=error)
        for table in tables:
            self._analytics.reopened += 1
            await self._analytics.maintain(f"DETACH TABLE {table}")
            await self._open_again(table)

    async def _open_again(self, table: str) -> None:
        for tries_left in reversed(range(_TRIES)):
            try:
                await self._analytics.maintain(f"ATTACH TABLE IF NOT EXISTS {table}")
                break
            except SightlineError:
                # A query still reads it.
                if not tries_left:
                    raise
            await asyncio.sleep(_PAUSE_S)
        # Each step may be done again: where one fails, the next look begins with the first.
        closed = self._closed[table]
        if self._analytics.merges_stopped:
            await self._analytics.maintain(f"SYSTEM STOP MERGES {table}")
        known = self._analytics.unreadable
        known.difference_update([part for part in known if part.name in closed.broken])
        after = await asyncio.to_thread(lineage.listing, closed.folder)
        for name in lineage.replaced(closed.before, after):
            await self._analytics.maintain(lineage.drop(table, name))
            log.info("analytics.sources_are_back", table=table, part=name)
        for name in lineage.unfinished(closed.broken, after):
            await self._analytics.maintain(lineage.drop(table, name))
            log.info("analytics.insert_taken_back", table=table, part=name)
        del self._closed[table]
        self._reopened += 1
        log.info("analytics.table_reopened", table=table)
        await self._count()

    async def _count(self) -> None:
        found = [
            Detached(*row) for row in await self._analytics.query(_DETACHED, is_of_writes=False)
        ]
        known = {(part.table, part.name) for part in self._detached}
        for part in found:
            if (part.table, part.name) not in known:
                log.error(
                    "analytics.part_damaged",
                    table=part.table,
                    part=part.name,
                    reason=part.reason,
                    hint="`sightline doctor` says what to do",
                )
        self._detached = found
        self._deletes_waiting = int(
            (await self._analytics.query(_WAITING, is_of_writes=False))[0][0]
        )


def _is_whole(path: str, size_bytes: int) -> bool:
    """Say whether a part's files are as long as the engine thinks."""
    found = 0
    try:
        for file in Path(path).iterdir():
            size = file.stat().st_size
            if not size and file.name in _NEVER_EMPTY:
                return False
            found += 0 if file.name in _UNCOUNTED else size
    except FileNotFoundError:
        # Merged away meanwhile.
        return True
    return found >= size_bytes
