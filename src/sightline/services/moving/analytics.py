"""Moves the tables: range by range, each noted once it is on disk there, then compared."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from sightline.core.errors import ConfigurationError, StoreFullError, StoreUnavailableError
from sightline.core.log import get_logger
from sightline.services.moving.report import Moved, Say
from sightline.services.moving.state import StateFile, TableState
from sightline.stores.analytics import moving, resting
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.merged import RESTING
from sightline.stores.analytics.moving import Chunk, MovedTable, Reader

log = get_logger(__name__)

T = TypeVar("T")

# Two are held at a time: one is read while the other is written.
_CHUNK_BYTES = 32 * 1024 * 1024
# A server that is busy with merges, or is restarted, is waited for.
_PAUSES_S = (1, 2, 5, 10, 20, 30, 60, 60)
# A replica that is well has what another took within moments.
_LAG_PAUSES_S = (1, 2, 5, 10, 20)


async def is_empty(source: Analytics, target: Analytics) -> bool:
    """Say whether none of our tables has a row in the new store."""
    names = [table.name for table in await moving.tables(source)]
    return await moving.rows_of(target, names) == 0


async def move(source: Analytics, target: Analytics, state: StateFile, say: Say) -> list[Moved]:
    """Copy what is not copied yet, compare all, copy once more what differs from earlier runs.

    Raises `ConfigurationError` when a table differs in the end.
    """
    await _settle(source, say)
    await moving.hold_still(source)
    tables = await moving.tables(source)
    if not resting.are_kept(target):
        tables = [table for table in tables if table.name not in RESTING.values()]
    for table in tables:
        known = state.now.tables.setdefault(table.name, TableState())
        known.is_from_before = known.messages > 0
    for table in tables:
        await _copy(source, target, table, state, say)
    done = []
    for table in tables:
        done.append(await _settled(source, target, table, state, say))
    return done


async def _settle(source: Analytics, say: Say) -> None:
    """Wait for deletions that are under way. Raises `ConfigurationError` for one that fails."""
    while True:
        left, failed = await moving.unfinished(source)
        if not left:
            return
        if failed:
            raise ConfigurationError(
                f"A change of a table in the folder cannot be carried out: {failed[:300]}",
                hint="See what `sightline doctor --deep` says of the folder",
            )
        say(f"analytics: waiting for {left} changes of tables that are not carried out yet")
        await asyncio.sleep(0.5)


async def _settled(
    source: Analytics, target: Analytics, table: MovedTable, state: StateFile, say: Say
) -> Moved:
    note = ""
    while True:
        say(f"{table.name}: comparing")
        theirs_now = partial(moving.sums, target, table)
        ours, theirs = await asyncio.gather(moving.sums(source, table), _patiently(theirs_now))
        # Another replica may answer than took the rows, and have them a moment later.
        for pause_s in _LAG_PAUSES_S if target.cluster is not None else ():
            if ours == theirs or _rows(theirs) > _rows(ours):
                # One that is late has too little.
                break
            say(f"{table.name} differs: {_differing(ours, theirs)}; waiting for the replicas")
            await asyncio.sleep(pause_s)
            theirs = await _patiently(theirs_now)
        if ours == theirs:
            rows = sum(one.rows for one in ours.values())
            return Moved(table.name, rows, state.now.tables[table.name].bytes, note)
        differing = _differing(ours, theirs)
        was_from_before = state.now.tables[table.name].is_from_before
        # The next run, if not this one, has to copy it again.
        state.now.tables[table.name] = TableState()
        state.save()
        if not was_from_before:
            raise ConfigurationError(
                f"`{table.name}` differs in the new store: {differing}",
                hint="Does something else write there? Empty the new database and start again",
            )
        say(f"{table.name} differs: {differing}; copied again", is_news=True)
        note = "differed, copied again"
        await _copy(source, target, table, state, say)


def _rows(of: dict[tuple[str, str], moving.Sum]) -> int:
    return sum(one.rows for one in of.values())


def _differing(
    ours: dict[tuple[str, str], moving.Sum], theirs: dict[tuple[str, str], moving.Sum]
) -> str:
    nothing = moving.Sum(0, 0)
    told = []
    for place in sorted(ours | theirs):
        one, other = ours.get(place, nothing), theirs.get(place, nothing)
        if one != other:
            same = ", not the same" if one.rows == other.rows else ""
            told.append(f"project {place[1].lower()} has {other.rows:,} rows of {one.rows:,}{same}")
    more = f"; and {len(told) - 3} more projects" if len(told) > 3 else ""
    return "; ".join(told[:3]) + more


async def _copy(
    source: Analytics, target: Analytics, table: MovedTable, state: StateFile, say: Say
) -> None:
    mine = state.now.tables[table.name]
    if mine.is_copied:
        return
    reader = Reader(source, table, _CHUNK_BYTES)
    chunk = await reader.read(mine.after)
    while True:
        following, _ = await asyncio.gather(
            _next(reader, chunk), _patiently(partial(moving.write, target, table, chunk))
        )
        _note(mine, chunk, table)
        state.save()
        say(f"{table.name}: {mine.messages:,} of {table.rows:,} rows, {mine.bytes / 1e6:,.0f} MB")
        if following is None:
            return
        chunk = following


async def _next(reader: Reader, chunk: Chunk) -> Chunk | None:
    return None if chunk.last is None else await reader.read(chunk.last)


def _note(state: TableState, chunk: Chunk, table: MovedTable) -> None:
    state.after = chunk.last
    state.messages = min(table.rows, state.messages + chunk.messages)
    state.bytes += len(chunk.data)
    state.is_copied = chunk.last is None


async def _patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Do what may be done again, until a store that is busy or away takes it."""
    for pause_s in _PAUSES_S:
        try:
            return await work()
        except (StoreUnavailableError, StoreFullError) as error:
            log.warning("moving.waits", why=error.message, seconds=pause_s)
        await asyncio.sleep(pause_s)
    return await work()
