"""Group commit: what arrived while the last insert ran goes into the next one.

Many small clients thus make few parts, and a 2xx waits for one fsync that it shares.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Collection, Sequence
from typing import NamedTuple

import msgspec

from sightline.core.clock import Clock
from sightline.core.errors import QueueFullError, SightlineError, StoreUnavailableError
from sightline.core.log import get_logger
from sightline.core.tasks import TaskGroup
from sightline.services.ingest.options import IngestOptions
from sightline.stores.analytics import rollup_units
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.journaled import Journaled
from sightline.stores.analytics.rollup_units import Unit

log = get_logger(__name__)

_SLOW_S = 5.0
# More than this is worth an insert of its own, whoever else may come.
_ENOUGH_BYTES = 4 * 1024 * 1024


class _Waiting(msgspec.Struct, gc=False):
    data: bytes
    rows: int
    units: Collection[Unit]
    arrived_s: float
    done: "asyncio.Future[None]"


class Figures(NamedTuple):
    """Of one table since the start; bytes as of now."""

    rows: int
    commits: int
    refused_rows: int
    queued_bytes: int
    journal_bytes: int
    inserts: int
    set_aside: int


class Committer:
    """Owns the inserts into one table. Bounded by bytes; order of arrival is kept."""

    def __init__(
        self,
        analytics: Analytics,
        table: str,
        columns: Sequence[str],
        options: IngestOptions,
        tasks: TaskGroup,
        clock: Clock,
        journaled: Journaled | None = None,
    ) -> None:
        """With `journaled` rows are acknowledged when they are in that journal."""
        self._analytics = analytics
        self._journaled = journaled
        self._table = table
        self._columns = columns
        self._options = options
        self._clock = clock
        self._queue: deque[_Waiting] = deque()
        self._queued_bytes = 0
        # Who waits for room in the queue.
        self._line: deque[_Waiting] = deque()
        self._closing = False
        # How many write at the same time, as far as one has seen.
        self._writers = 1
        self._wake = asyncio.Event()
        self.rows_committed = 0
        self.commits = 0
        self.refused = 0
        self._task = tasks.spawn(f"commit-{table}", self._run())

    @property
    def queued_bytes(self) -> int:
        return self._queued_bytes

    @property
    def figures(self) -> Figures:
        """Return what was done since the start, and what waits."""
        behind = self._journaled
        return Figures(
            self.rows_committed,
            self.commits,
            self.refused,
            self._queued_bytes,
            behind.waiting_bytes if behind else 0,
            behind.inserts if behind else self.commits,
            behind.set_aside if behind else 0,
        )

    async def commit(
        self, data: bytes, rows: int, units: Collection[Unit] = (), *, patient: bool = False
    ) -> None:
        """Return when the rows are on disk; `units` are those whose figures they change.

        Raises `QueueFullError` when the queue is full (nothing was taken) and the store's error
        when the insert failed. Who is `patient` waits for room, and has it before all that come
        later: asking again and again, it would find none beside clients that do the same.
        """
        if not rows:
            return
        if self._closing:
            raise StoreUnavailableError("Sightline is shutting down", retry_after_s=5)
        is_full = bool(self._line) or not self._has_room(data)
        if is_full and not patient:
            self.refused += rows
            raise QueueFullError(
                "Too Many Requests: the write queue is full, send again later", retry_after_s=1
            )
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append(_Waiting(data, rows, units, time.monotonic(), done))
        self._let_in()
        # A caller that hangs up must not take back what is already queued.
        await asyncio.shield(done)

    def _has_room(self, data: bytes) -> bool:
        return not self._queue or self._queued_bytes + len(data) <= self._options.max_queue_bytes

    def _let_in(self) -> None:
        while self._line and self._has_room(self._line[0].data):
            waiting = self._line.popleft()
            self._queue.append(waiting)
            self._queued_bytes += len(waiting.data)
            self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                if self._journaled is None:
                    await self._linger()
                group = self._take()
                await self._commit_group(group)
                self._writers = max(len(group) + len(self._queue), self._writers // 2)

    async def _linger(self) -> None:
        """Wait a moment for those who wrote just now too; who writes alone is not held up."""
        until_s = self._queue[0].arrived_s + self._options.linger_ms / 1000
        while (
            len(self._queue) < self._writers
            and self._queued_bytes < _ENOUGH_BYTES
            and not self._closing
            and (left_s := until_s - time.monotonic()) > 0
        ):
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._wake.wait()

    def _take(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        size = 0
        while self._queue and (
            not group or size + len(self._queue[0].data) <= self._options.max_commit_bytes
        ):
            group.append(self._queue.popleft())
            size += len(group[-1].data)
        return group

    async def _commit_group(self, group: list[_Waiting]) -> None:
        begun_s = time.monotonic()
        data = group[0].data if len(group) == 1 else b"".join([w.data for w in group])
        units = {unit for waiting in group for unit in waiting.units}
        try:
            if self._journaled is not None:
                await self._journaled.write(data, sum(w.rows for w in group), units)
            else:
                async with rollup_units.changing(self._analytics, units, self._clock):
                    await self._analytics.insert(self._table, self._columns, data)
        except SightlineError as error:
            if len(group) > 1 and not error.retryable:
                # One bad request must not fail its neighbours.
                for waiting in group:
                    await self._commit_group([waiting])
                return
            self._settle(group, error)
            if isinstance(error, StoreUnavailableError) and time.monotonic() - begun_s > _SLOW_S:
                # A store that was slow to fail: those in line would each wait as long again.
                waited = list(self._queue)
                self._queue.clear()
                self._settle(waited, error)
            return
        except BaseException as error:
            self._settle(group, StoreUnavailableError("The write was interrupted", retry_after_s=2))
            if not isinstance(error, Exception):
                raise
            log.error("ingest.commit_failed", exc=error, table=self._table)
            return
        self.commits += 1
        self.rows_committed += sum(w.rows for w in group)
        self._settle(group, None)

    def _settle(self, group: list[_Waiting], error: SightlineError | None) -> None:
        for waiting in group:
            self._queued_bytes -= len(waiting.data)
            if waiting.done.done():
                continue
            if error is None:
                waiting.done.set_result(None)
            else:
                waiting.done.set_exception(error)
                # A caller that hung up never looks at the result.
                waiting.done.exception()
        self._let_in()

    async def drain(self) -> None:
        """Take nothing more and finish what was accepted."""
        self._closing = True
        while self._queued_bytes or self._line:
            self._wake.set()
            await asyncio.sleep(0.005)
        if self._journaled is not None:
            await self._journaled.drain()
