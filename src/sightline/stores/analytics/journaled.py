"""Brings what is in a table's journal into the table, many writes at a time (ADR 2).

What was acknowledged is seen by whoever asks after that: a query first waits for the insert of what
is in the journals, see `Analytics.behind`.
"""

import asyncio
import contextlib
import errno
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec

from sightline.core.clock import Clock
from sightline.core.errors import SightlineError, StoreFullError, StoreUnavailableError
from sightline.core.log import get_logger
from sightline.core.tasks import TaskGroup
from sightline.stores.analytics import journal, rollup_units
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.journal import Journal, Segment, Write
from sightline.stores.analytics.rollup_units import Unit

log = get_logger(__name__)

T = TypeVar("T")

# From here on more rows make an insert hardly cheaper, and who asks waits for it longer.
_ENOUGH_ROWS = 6_000
_ENOUGH_BYTES = 12 * 1024 * 1024
# Written at once, worth an insert of its own.
_LARGE_BYTES = 4 * 1024 * 1024
_GATHER_S = 1.0
# So much may wait in memory; who writes then waits for the insert.
_MOST_BYTES = 64 * 1024 * 1024
_RETRY_AFTER_S = 5
_RETRY_S = (0.2, 0.5, 1.0, 2.0, 5.0)
# A query goes on without what the engine does not take in this time; writes are refused by then.
_PATIENCE_S = 10.0


class _Waiting(msgspec.Struct, eq=False):
    write: Write
    segment: Segment
    arrived_s: float


class Journaled:
    """Owns the inserts into one table of an embedded store, and its journal."""

    def __init__(
        self,
        analytics: Analytics,
        table: str,
        columns: Sequence[str],
        clock: Clock,
        tasks: TaskGroup,
    ) -> None:
        """Call inside the running loop."""
        self._analytics = analytics
        self._table = table
        self._columns = tuple(columns)
        self._clock = clock
        self._journal = Journal(analytics.folder, table, columns)
        self._left = self._journal.left
        self._pending: list[_Waiting] = []
        self._pending_rows = self._pending_bytes = 0
        # Counts of writes that are in the journal, and of those of them that are in the table.
        self._noted = self._brought = 0
        self._readers: list[tuple[int, asyncio.Future[None]]] = []
        self._room = asyncio.Event()
        self._wake = asyncio.Event()
        self._again = asyncio.Event()
        """Set when the engine took rows that did not wait."""
        self._error: SightlineError | None = None
        self._closing = False
        self._pool = ThreadPoolExecutor(1, f"journal-{table}")
        self.inserts = 0
        self.set_aside = 0
        if self._left:
            self._noted = len(self._left)
            self._wake.set()
        analytics.behind.append(self)
        tasks.spawn(f"journal-{table}", self._run())

    @property
    def is_behind(self) -> bool:
        """Say whether what is acknowledged is not all in the table, and may soon be."""
        return self._brought < self._noted and self._error is None

    @property
    def waiting_bytes(self) -> int:
        """Return the bytes of this process's writes that are in the journal alone."""
        return self._pending_bytes

    async def write(self, data: bytes, rows: int, units: Collection[Unit]) -> None:
        """Return when rows are on disk. Raises as `Analytics.insert` does."""
        if len(data) >= _LARGE_BYTES or self._error is not None or self._closing:
            # Where something is the matter, who writes is to hear of it.
            await self._insert(self._columns, data, units)
            if self._error is not None:
                # The engine takes rows again: what waits is tried now, and readers wait for it.
                self._error = None
                self._again.set()
            return
        while self._pending_bytes > _MOST_BYTES and self._error is None:
            self._room.clear()
            await self._room.wait()
        self._analytics.check_disk()
        write = Write(data, rows, units)
        segment = self._journal.segment()
        segment.waiting += 1
        try:
            await self._on_thread(lambda: self._journal.append(segment, write))
        except OSError as error:
            segment.waiting -= 1
            await self._remove([segment])
            raise self._refused(error) from None
        self._pending.append(_Waiting(write, segment, time.monotonic()))
        self._pending_rows += rows
        self._pending_bytes += len(data)
        self._noted += 1
        self._wake.set()

    def _refused(self, error: OSError) -> SightlineError:
        log.error("journal.write_failed", table=self._table, why=str(error.strerror))
        self._analytics.note(error)
        kind = StoreFullError if error.errno == errno.ENOSPC else StoreUnavailableError
        return kind(
            f"The disk of the analytics store does not take writes: {error.strerror}",
            retry_after_s=_RETRY_AFTER_S,
        )

    async def caught_up(self, *, durably: bool = False) -> None:
        """Return when all that was acknowledged before is in the table, or cannot be for now.

        `durably` also waits until the disk has it that the journal is rid of it, and raises
        `StoreUnavailableError` or `StoreFullError` where it has not.
        """
        if self.is_behind:
            reader: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._readers.append((self._noted, reader))
            self._wake.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE_S):
                    await reader
        if durably:
            if self._noted > self._brought:
                # What is to be deleted would come into the table afterwards.
                raise self._error or StoreUnavailableError(
                    "Rows that were written before are not in their table yet",
                    retry_after_s=_RETRY_AFTER_S,
                )
            try:
                await self._on_thread(self._journal.sync)
            except OSError as error:
                raise self._refused(error) from None

    async def drain(self) -> None:
        """Bring all into the table, if it takes it; what it does not waits for the next start."""
        self._closing = True
        while self._noted > self._brought and self._error is None:
            self._wake.set()
            await asyncio.sleep(0.005)
        self._analytics.behind.remove(self)
        self._pool.shutdown(wait=False)

    async def _run(self) -> None:
        tries = 0
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._noted > self._brought:
                await self._gather()
                try:
                    await self._bring()
                except SightlineError as error:
                    log.error("journal.insert_failed", exc=error, table=self._table)
                    self._error = error
                except OSError as error:
                    log.error("journal.unreadable", table=self._table, why=str(error.strerror))
                    self._error = StoreUnavailableError("The journal cannot be read")
                except Exception as error:  # noqa: BLE001 - what waits must be tried again
                    log.error("journal.insert_failed", exc=error, table=self._table)
                    self._error = StoreUnavailableError("The journal cannot be inserted")
                else:
                    self._error, tries = None, 0
                self._answer()
                if self._error is not None:
                    await self._rest(_RETRY_S[min(tries, len(_RETRY_S) - 1)])
                    tries += 1

    async def _rest(self, longest_s: float) -> None:
        """Wait before the next try, the least time alone once the engine takes rows again."""
        self._again.clear()
        await asyncio.sleep(_RETRY_S[0])
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(longest_s - _RETRY_S[0]):
                await self._again.wait()

    async def _gather(self) -> None:
        """Wait for more, as long as nobody waits and it is little."""
        if self._left or not self._pending:
            return
        until_s = self._pending[0].arrived_s + _GATHER_S
        while (
            not self._readers
            and not self._closing
            and self._pending_rows < _ENOUGH_ROWS
            and self._pending_bytes < _ENOUGH_BYTES
            and (left_s := until_s - time.monotonic()) > 0
        ):
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._wake.wait()

    async def _bring(self) -> None:
        """Insert what the oldest segment of an earlier process has, else all that waits."""
        if self._left:
            await self._bring_left(self._left[0])
            self._left.pop(0)
            self._brought += 1
            return
        taken = list(self._pending)
        self._journal.cut()
        await self._insert_all(self._columns, [one.write for one in taken])
        del self._pending[: len(taken)]
        self._pending_rows -= sum(one.write.rows for one in taken)
        self._pending_bytes -= sum(len(one.write.data) for one in taken)
        for one in taken:
            one.segment.waiting -= 1
        await self._remove({one.segment for one in taken})
        self._brought += len(taken)

    async def _remove(self, segments: Collection[Segment]) -> None:
        """Delete those of the segments that nothing waits in."""
        gone = [s for s in segments if s.is_closed and not s.waiting]
        if gone:
            await self._on_thread(lambda: self._journal.remove(gone))

    async def _bring_left(self, path: Path) -> None:
        try:
            left = await self._on_thread(lambda: journal.read(path))
        except (StoreUnavailableError, OSError) as error:
            log.error("journal.damaged", exc=error, table=self._table, segment=path.name)
            self._journal.lay_aside(path)
            self.set_aside += 1
            return
        await self._insert_all(left.columns, left.writes)
        if left.damaged:
            log.error("journal.damaged", table=self._table, segment=path.name, places=left.damaged)
            self._journal.lay_aside(path)
            self.set_aside += 1
        else:
            await self._on_thread(lambda: path.unlink(missing_ok=True))
        log.info("journal.brought", table=self._table, rows=sum(w.rows for w in left.writes))

    async def _insert_all(self, columns: Sequence[str], writes: Sequence[Write]) -> None:
        """Insert writes. Raises what may pass; sets aside what does not."""
        if not writes:
            return
        try:
            units = {unit for write in writes for unit in write.units}
            await self._insert(columns, b"".join([write.data for write in writes]), units)
        except SightlineError as error:
            if error.retryable:
                raise
            if len(writes) > 1:
                for write in writes:
                    await self._insert_all(columns, [write])
                return
            log.error("journal.set_aside", exc=error, table=self._table, rows=writes[0].rows)
            await self._on_thread(lambda: self._journal.set_aside(writes[0]))
            self.set_aside += 1

    async def _insert(self, columns: Sequence[str], data: bytes, units: Collection[Unit]) -> None:
        async with rollup_units.changing(self._analytics, units, self._clock):
            await self._analytics.insert(self._table, columns, data)
        self.inserts += 1

    def _answer(self) -> None:
        """Let those go on whose rows are there; all, when the engine takes none."""
        waiting = [] if self._error is not None else self._readers
        behind = [one for one in waiting if one[0] > self._brought]
        for one in self._readers:
            if one not in behind and not one[1].done():
                one[1].set_result(None)
        self._readers = behind
        self._room.set()

    async def _on_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)
