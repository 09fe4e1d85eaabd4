"""Periodic work, done by one process at a time: limits, what is kept too long, what was deleted."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from functools import partial

from sqlalchemy import Connection

from sightline.core.clock import Clock
from sightline.core.errors import SightlineError
from sightline.core.ids import Id, time_ms
from sightline.core.log import get_logger
from sightline.core.tasks import TaskGroup
from sightline.services.broadcast import books
from sightline.services.broadcast.batches import BatchStore
from sightline.services.broadcast.options import BroadcastOptions
from sightline.services.broadcast.tallies import Tallies
from sightline.services.broadcast.targets import Roster
from sightline.stores.catalog import broadcast_batches, broadcast_ledger, jobs
from sightline.stores.catalog.broadcast_batches import Batch
from sightline.stores.catalog.broadcast_ledger import DAY_US
from sightline.stores.catalog.engine import Catalog

log = get_logger(__name__)

KIND = "broadcast-sweep"
_EVERY_US = 60_000_000
_LEASE_US = 300_000_000
_LOOK_S = 15.0
_AT_ONCE = 200
# Rounds of one kind of work in one sweep: a catalog that is full of it must not hold up the rest.
_MOST = 500
_KEEP_LEDGER_DAYS = 400


class Sweeper:
    """Keeps broadcast within its bounds. `replays` does the replays that were asked for."""

    def __init__(
        self,
        catalog: Catalog,
        store: BatchStore,
        roster: Roster,
        clock: Clock,
        options: BroadcastOptions,
        tallies: Tallies,
        replays: Callable[[], Awaitable[None]],
    ) -> None:
        self._catalog = catalog
        self._store = store
        self._roster = roster
        self._clock = clock
        self._options = options
        self._tallies = tallies
        self._replays = replays
        self._tasks = TaskGroup()
        self._wake = asyncio.Event()

    def start(self) -> None:
        """Start the periodic work; call inside the running loop."""
        self._tasks.spawn("broadcast-sweep", self._work())

    async def stop(self) -> None:
        """Stop between two steps."""
        await self._tasks.stop()

    def wake(self) -> None:
        """Look for work now."""
        self._wake.set()

    async def _work(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self._replays()
                await self._turn()
            except SightlineError as error:
                log.warning("broadcast.sweep_failed", error=error.code)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), _LOOK_S)

    async def _turn(self) -> None:
        """Sweep when it is time to and no other process does."""
        now_us = self._clock.now_us()
        job = await self._catalog.write(
            lambda c: jobs.lease_turn(c, KIND, now_us=now_us, lease_us=_LEASE_US)
        )
        if job is None:
            return
        await self.sweep()
        log.debug("job.ran", kind=KIND)
        next_us = self._clock.now_us() + _EVERY_US
        await self._catalog.write(partial(jobs.reschedule, job=job, run_at_us=next_us))

    async def sweep(self) -> None:
        """Drop what is too old, forget what was deleted, delete what is kept too long."""
        await self._roster.look()
        for id in await self._catalog.read(broadcast_ledger.known_ids):
            if self._roster.get(id) is None and time_ms(id):
                await self._forget(id)
            else:
                await self._bound(id)
        await self._expire()
        day = self._clock.now_us() // DAY_US - _KEEP_LEDGER_DAYS
        await self._catalog.write(lambda c: broadcast_ledger.forget_days(c, before_day=day))

    async def _forget(self, id: Id) -> None:
        """Forget a destination that was deleted. An operator's file may be back tomorrow."""
        for _ in range(_MOST):
            step = partial(books.forget_some, destination_id=id, now_us=self._clock.now_us())
            if await self._catalog.write(step):
                return

    async def _bound(self, id: Id) -> None:
        options = self._options
        for _ in range(_MOST):
            now_us = self._clock.now_us()
            oldest_us = now_us - round(options.max_backlog_days * DAY_US)

            def drop(connection: Connection, now_us: int = now_us, old: int = oldest_us) -> int:
                aged = books.drop_oldest(
                    connection, id, now_us=now_us, older_than_us=old, why="age"
                )
                return aged + books.drop_oldest(
                    connection,
                    id,
                    now_us=now_us,
                    keep_bytes=options.max_backlog_bytes,
                    why="backlog",
                )

            dropped = await self._catalog.write(drop)
            if not dropped:
                break
            target = self._roster.get(id)
            if target is not None:
                self._tallies.of(target.type).dropped += dropped
            log.warning("broadcast.dropped", destination=id.hex(), generations=dropped)
        await self._catalog.write(
            lambda c: broadcast_ledger.trim_failures(c, id, keep=options.keep_failures)
        )

    async def _expire(self) -> None:
        """Delete batches that nobody waits for and that were kept long enough, or are too much."""
        for _ in range(_MOST):
            # Left by a sweep that was broken off.
            marked = await self._catalog.read(
                lambda c: broadcast_batches.list_expired(c, limit=_AT_ONCE)
            )
            if not marked:
                break
            await self._delete(marked)
        for _ in range(_MOST):
            before_us = self._clock.now_us() - round(self._options.keep_days * DAY_US)
            found = await self._finished(before_us)
            if not await self._mark_and_delete(found):
                break
        for _ in range(_MOST):
            kept = await self._catalog.read(broadcast_batches.finished_bytes)
            if kept <= self._options.keep_bytes:
                return
            oldest = await self._finished(self._clock.now_us() + 1)
            gone: list[Batch] = []
            for batch in oldest:
                if kept <= self._options.keep_bytes:
                    break
                kept -= batch.bytes
                gone.append(batch)
            if not await self._mark_and_delete(gone):
                return

    async def _finished(self, before_us: int) -> list[Batch]:
        return await self._catalog.read(
            lambda c: broadcast_batches.list_finished(c, before_us=before_us, limit=_AT_ONCE)
        )

    async def _mark_and_delete(self, batches: list[Batch]) -> bool:
        """Delete batches that still nobody waits for; False when that is none of them."""
        if not batches:
            return False
        # Marked first: a replay that comes now must not get a batch whose object is about to go.
        ids, now_us = [batch.id for batch in batches], self._clock.now_us()
        marked = await self._catalog.write(
            lambda c: broadcast_batches.expire(c, ids, now_us=now_us)
        )
        if marked:
            await self._delete(marked)
        return bool(marked)

    async def _delete(self, batches: list[Batch]) -> None:
        # The objects first: a row without one is found again, an object without a row never.
        await self._store.delete([batch.blob for batch in batches])
        ids = [batch.id for batch in batches]
        await self._catalog.write(lambda c: broadcast_batches.remove_expired(c, ids))
