"""The loop that delivers: destinations with due jobs, some at a time, each in rounds."""

import asyncio
import contextlib

from sqlalchemy import Connection

from sightline.core.clock import Clock
from sightline.core.errors import SightlineError
from sightline.core.ids import Id
from sightline.core.log import get_logger
from sightline.core.tasks import TaskGroup
from sightline.services.broadcast import books
from sightline.services.broadcast.batches import BatchStore
from sightline.services.broadcast.options import BroadcastOptions
from sightline.services.broadcast.rounds import Round
from sightline.services.broadcast.sending import Sender
from sightline.services.broadcast.tallies import Tallies
from sightline.services.broadcast.targets import Roster, Target
from sightline.stores.catalog import broadcast_jobs, broadcast_ledger
from sightline.stores.catalog.engine import Catalog

log = get_logger(__name__)

_AFTER_ERROR_S = 5.0
# Full deliveries in one round: each round is two transactions, whatever it sends.
_DELIVERIES = 4


class Deliverer:
    """Delivers what is queued, in this process; any number of them share one catalog."""

    def __init__(
        self,
        catalog: Catalog,
        store: BatchStore,
        roster: Roster,
        sender: Sender,
        clock: Clock,
        options: BroadcastOptions,
        tallies: Tallies,
    ) -> None:
        self._catalog = catalog
        self._store = store
        self._roster = roster
        self._sender = sender
        self._clock = clock
        self._options = options
        self._tasks = TaskGroup()
        # Ended after the rounds, which wait a little for what they have sent.
        self._sends = TaskGroup()
        self._wake = asyncio.Event()
        self._running: dict[Id, asyncio.Task[None]] = {}
        self._last: Id | None = None
        self._tallies = tallies

    def start(self) -> None:
        """Start to deliver; call inside the running loop."""
        self._tasks.spawn("broadcast", self._work())

    async def stop(self) -> None:
        """Stop; what is on its way is noted, and what is not goes on later."""
        await self._tasks.stop()
        await self._sends.stop()

    def wake(self) -> None:
        """Look for work now."""
        self._wake.set()

    async def _work(self) -> None:
        while True:
            self._wake.clear()
            wait_s = self._options.poll_s
            try:
                await self._roster.current()
                for target in await self._due():
                    if len(self._running) >= self._options.max_destinations:
                        break
                    self._last = target.id
                    task = self._tasks.spawn("broadcast-round", self._rounds(target))
                    self._running[target.id] = task
            except SightlineError as error:
                log.warning("broadcast.look_failed", error=error.code)
                wait_s = _AFTER_ERROR_S
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait_s)

    async def _due(self) -> list[Target]:
        """Return destinations with work that may be sent to now, the next one in turn first."""
        wanted = {
            target.id: target
            for target in self._roster.all()
            if self._roster.sends(target) and target.id not in self._running
        }
        if not wanted or len(self._running) >= self._options.max_destinations:
            return []
        now_us = self._clock.now_us()

        def find(connection: Connection) -> list[Id]:
            states = broadcast_ledger.working(connection)
            open_ = [
                id for id in wanted if id in states and (states[id].paused_until_us or 0) <= now_us
            ]
            return broadcast_jobs.find_due(connection, open_, now_us=now_us)

        found = sorted(await self._catalog.read(find))
        # One that always has work must not keep others from their turn.
        last = self._last or b""
        turn = [id for id in found if id > last] + [id for id in found if id <= last]
        return [wanted[id] for id in turn]

    async def _rounds(self, target: Target) -> None:
        """Do a round of one destination, then look again."""
        try:
            if await self._round(target):
                self._wake.set()
        except SightlineError as error:
            log.warning("broadcast.lease_failed", error=error.code)
        finally:
            self._running.pop(target.id, None)

    async def _round(self, target: Target) -> bool:
        """Do one round; False when there was nothing to do."""
        assert target.destination is not None  # noqa: S101 - `is_on` has seen it
        room = target.destination.batch_size * _DELIVERIES
        now_us = self._clock.now_us()
        leased = await self._catalog.write(
            lambda c: books.take(c, target.id, self._options, room, now_us)
        )
        if not leased:
            return False
        await Round(
            target,
            leased,
            catalog=self._catalog,
            store=self._store,
            sender=self._sender,
            clock=self._clock,
            options=self._options,
            tally=self._tallies.of(target.type),
            tasks=self._sends,
        ).run()
        return True
