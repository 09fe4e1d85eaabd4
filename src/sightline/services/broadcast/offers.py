"""Takes finished generations in: rules, one batch, one job for each destination that wants some."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy import Connection

from sightline.core.clock import Clock
from sightline.core.ids import Id
from sightline.domain.generation import Generation
from sightline.services.broadcast import batches, books
from sightline.services.broadcast.batches import BatchStore
from sightline.services.broadcast.books import Wanted
from sightline.services.broadcast.options import BroadcastOptions
from sightline.services.broadcast.tallies import Tallies
from sightline.services.broadcast.targets import Roster, Target
from sightline.stores.catalog import broadcast_batches
from sightline.stores.catalog.broadcast_batches import Batch
from sightline.stores.catalog.engine import Catalog

# A batch is read as a whole by whoever delivers one of its generations.
_MAX_GENERATIONS = 500
_MAX_BYTES = 8 * 1024 * 1024


class _Chosen(msgspec.Struct, frozen=True):
    """What at least one destination wants, packed."""

    generations: list[Generation]
    wanted: list[Wanted]
    data: bytes


class Offers:
    """Queues generations durably; `wake` is called when there is work."""

    def __init__(
        self,
        catalog: Catalog,
        store: BatchStore,
        roster: Roster,
        clock: Clock,
        options: BroadcastOptions,
        tallies: Tallies,
        wake: Callable[[], None],
    ) -> None:
        self._catalog = catalog
        self._store = store
        self._roster = roster
        self._clock = clock
        self._options = options
        self._tallies = tallies
        self._wake = wake

    async def offer(self, generations: Sequence[Generation], batch_key: str) -> None:
        """Queue durably for each destination that wants them; the same key again is no repeat.

        Raises `StoreFullError` and `StoreUnavailableError`: then the offer is to be made again.
        """
        await self._roster.current()
        by_workspace: dict[Id, list[Generation]] = {}
        for generation in generations:
            by_workspace.setdefault(generation.workspace_id, []).append(generation)
        for workspace_id, mine in by_workspace.items():
            targets = [
                target
                for target in self._roster.of_workspace(workspace_id)
                if self._roster.sends(target)
            ]
            if not targets:
                continue
            # The cuts depend on nothing but the offer, so a repeat has the same ones.
            cuts = batches.slices(mine, _MAX_GENERATIONS, _MAX_BYTES)
            for number, (start, end) in enumerate(cuts):
                id = batches.batch_id(workspace_id, f"{batch_key}/{number}")
                await self._put(workspace_id, id, mine[start:end], targets)

    async def _put(
        self, workspace_id: Id, id: Id, generations: list[Generation], targets: list[Target]
    ) -> None:
        if await self._catalog.read(lambda c: broadcast_batches.is_there(c, id)):
            return
        chosen = await asyncio.to_thread(_choose, generations, targets)
        if chosen is None:
            return
        path = batches.blob_path(workspace_id, id)
        await self._store.put(path, chosen.data, chosen.generations)
        now_us = self._clock.now_us()
        batch = Batch(
            id=id,
            workspace_id=workspace_id,
            first_us=min(moment(generation) for generation in chosen.generations),
            last_us=max(moment(generation) for generation in chosen.generations),
            count=len(chosen.generations),
            bytes=len(chosen.data),
            created_at_us=now_us,
            blob=path,
            pending=0,
        )

        def queue(connection: Connection) -> dict[Id, int] | None:
            if not broadcast_batches.insert_if_absent(connection, batch):
                return None
            books.queue(connection, batch, chosen.wanted, now_us=now_us)
            return {
                one.destination_id: books.drop_oldest(
                    connection,
                    one.destination_id,
                    now_us=now_us,
                    keep_bytes=self._options.max_backlog_bytes,
                    why="backlog",
                )
                for one in chosen.wanted
            }

        dropped = await self._catalog.write(queue)
        if dropped is None:
            return
        types = {target.id: target.type for target in targets}
        for one in chosen.wanted:
            tally = self._tallies.of(types[one.destination_id])
            tally.queued += len(one.positions)
            tally.dropped += dropped[one.destination_id]
        self._wake()


def moment(generation: Generation) -> int:
    """Return when the generation ended, by which a time range finds it."""
    return generation.ended_us or generation.started_us


def _choose(generations: Sequence[Generation], targets: Sequence[Target]) -> _Chosen | None:
    wants = {
        target.id: [at for at, one in enumerate(generations) if target.rules.wants(target.id, one)]
        for target in targets
    }
    kept = sorted({at for places in wants.values() for at in places})
    if not kept:
        return None
    place = {at: new for new, at in enumerate(kept)}
    chosen = [generations[at] for at in kept]
    wanted = [
        Wanted(id, tuple(place[at] for at in places)) for id, places in wants.items() if places
    ]
    return _Chosen(chosen, wanted, batches.encode(chosen))
