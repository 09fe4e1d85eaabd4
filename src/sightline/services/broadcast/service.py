"""Broadcast: finished generations to wherever a workspace wants them, losing none."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from sightline.core.clock import Clock
from sightline.core.ids import Id
from sightline.core.sealing import Sealer
from sightline.domain.generation import Generation
from sightline.net.outbound import Outbound
from sightline.services.broadcast.batches import BatchStore
from sightline.services.broadcast.deliverer import Deliverer
from sightline.services.broadcast.management import Management
from sightline.services.broadcast.offers import Offers
from sightline.services.broadcast.options import BroadcastOptions
from sightline.services.broadcast.replays import Replays
from sightline.services.broadcast.sending import Sender
from sightline.services.broadcast.sweeper import Sweeper
from sightline.services.broadcast.tallies import Tallies
from sightline.services.broadcast.targets import ConfiguredDestination, Roster, Target
from sightline.services.broadcast.trials import Trials
from sightline.stores.blobs import Blobs
from sightline.stores.catalog import broadcast_jobs, broadcast_ledger
from sightline.stores.catalog.broadcast_ledger import Counts, DayCounts, Failure, State
from sightline.stores.catalog.engine import Catalog


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a destination is: counts of all time, and `oldest_us`, when what waits was queued."""

    state: State
    counts: Counts
    oldest_us: int | None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What `/metrics` says of the destinations of one type.

    The counts are this process's; what waits, and how long (`lag_s`), is everybody's.
    """

    queued: int = 0
    delivered: int = 0
    retried: int = 0
    failed: int = 0
    dropped: int = 0
    waiting: int = 0
    waiting_bytes: int = 0
    paused: int = 0
    lag_s: float = 0.0


class BroadcastService:
    """The room: offers, deliveries, limits, replays, and the destinations' management."""

    def __init__(
        self,
        catalog: Catalog,
        blobs: Blobs,
        sealer: Sealer,
        outbound: Outbound,
        clock: Clock,
        options: BroadcastOptions,
    ) -> None:
        self._catalog = catalog
        self._clock = clock
        self._tallies = tallies = Tallies()
        store = BatchStore(blobs)
        sender = Sender(outbound, clock, options)
        self.options = options
        self.roster = Roster(catalog, sealer, clock)
        self._deliverer = Deliverer(catalog, store, self.roster, sender, clock, options, tallies)
        self._offers = Offers(
            catalog, store, self.roster, clock, options, tallies, self._deliverer.wake
        )
        self.replays = Replays(catalog, store, self.roster, clock, self.wake)
        self._sweeper = Sweeper(
            catalog, store, self.roster, clock, options, tallies, self.replays.work
        )
        self.management = Management(catalog, sealer, self.roster, Trials(sender, clock), clock)

    def configured(self, wanted: Sequence[ConfiguredDestination]) -> None:
        """Set the operator's destinations, for all workspaces. Raises `ConfigurationError`."""
        self.roster.configured(wanted)

    def start(self) -> None:
        """Start the background work; call inside the running loop."""
        self._deliverer.start()
        self._sweeper.start()

    async def stop(self) -> None:
        """Stop; what is on its way is noted, the rest goes on when somebody starts again."""
        await self._sweeper.stop()
        await self._deliverer.stop()

    async def offer(self, generations: Sequence[Generation], batch_key: str) -> None:
        """Queue durably for each destination that wants them; the same key again is no repeat.

        Raises `StoreFullError` and `StoreUnavailableError`: then the offer is to be made again.
        """
        await self._offers.offer(generations, batch_key)

    def now_us(self) -> int:
        """Return the time by which pauses and waits are told."""
        return self._clock.now_us()

    async def sweep(self) -> None:
        """Do the periodic work now."""
        await self._sweeper.sweep()

    async def standings(self, targets: Sequence[Target]) -> dict[Id, Standing]:
        """Return how destinations are."""
        ids = [target.id for target in targets]

        def read(
            connection: Connection,
        ) -> tuple[dict[Id, State], dict[Id, Counts], dict[Id, int | None]]:
            states = broadcast_ledger.states(connection, ids)
            return (
                states,
                broadcast_ledger.totals(connection, ids),
                {id: broadcast_jobs.oldest_us(connection, id) for id in states},
            )

        states, counts, oldest = await self._catalog.read(read)
        return {
            id: Standing(
                state=states.get(id) or State(destination_id=id),
                counts=counts.get(id) or Counts(),
                oldest_us=oldest.get(id),
            )
            for id in ids
        }

    async def days(self, target: Target, days: int) -> list[DayCounts]:
        """Return the counts of the last days, oldest first; a day without any is not there."""
        since = self._clock.now_us() // broadcast_ledger.DAY_US - days + 1
        return await self._catalog.read(
            lambda c: broadcast_ledger.list_days(c, target.id, since_day=since)
        )

    async def failures(self, target: Target, page: int, size: int) -> tuple[list[Failure], int]:
        """Return a page (from 1) of what was given up, newest first, and how many there are."""
        return await self._catalog.read(
            lambda c: broadcast_ledger.list_failures(c, target.id, page=page, size=size)
        )

    async def figures(self) -> dict[str, Figures]:
        """Return the figures by destination type, of the types that are in use."""
        await self.roster.current()
        targets = self.roster.all()
        now_us = self._clock.now_us()
        working = await self._catalog.read(broadcast_ledger.working)
        busy = [target for target in targets if target.id in working]
        oldest = await self._catalog.read(
            lambda c: {target.id: broadcast_jobs.oldest_us(c, target.id) for target in busy}
        )
        found: dict[str, Figures] = {}
        for type in sorted({target.type for target in targets} | self._tallies.types):
            mine = [target for target in busy if target.type == type]
            states = [working[target.id] for target in mine]
            tally = self._tallies.of(type)
            lags = [now_us - since for target in mine if (since := oldest[target.id]) is not None]
            found[type] = Figures(
                queued=tally.queued,
                delivered=tally.delivered,
                retried=tally.retried,
                failed=tally.failed,
                dropped=tally.dropped,
                waiting=sum(state.queued for state in states),
                waiting_bytes=sum(state.queued_bytes for state in states),
                paused=sum((state.paused_until_us or 0) > now_us for state in states),
                lag_s=max(0, *lags) / 1_000_000 if lags else 0.0,
            )
        return found

    def wake(self) -> None:
        """Look for work now."""
        self._deliverer.wake()
        self._sweeper.wake()
