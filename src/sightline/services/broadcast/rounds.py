"""One round: some jobs of one destination, joined, mapped, sent, and noted as it goes."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec
from sqlalchemy import Connection

from sightline.core.clock import Clock
from sightline.core.errors import SightlineError
from sightline.core.log import get_logger
from sightline.core.tasks import TaskGroup
from sightline.destinations.base import Delivery, Destination
from sightline.domain.broadcast import without_content
from sightline.domain.generation import Generation
from sightline.services.broadcast import books
from sightline.services.broadcast.batches import BatchStore, LostBatchError, slices
from sightline.services.broadcast.books import GivenUp, Progress, Trouble
from sightline.services.broadcast.options import BroadcastOptions
from sightline.services.broadcast.sending import Sender, Sent
from sightline.services.broadcast.tallies import Tally
from sightline.services.broadcast.targets import Target
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.jobs import Job

log = get_logger(__name__)
T = TypeVar("T")

# How often what is done is noted while a round goes on: a crash repeats no more than that.
_NOTE_S = 2.0
_RENEW_S = 8.0
_GRACE_S = 5.0
_OUR_FAULT = "Sightline itself failed; its log has more"
_WRITE_AGAIN_S = (0.1, 1.0, 0.0)
# Text of generations in one delivery, whatever their number.
_CHUNK_BYTES = 4 * 1024 * 1024
_CHUNKS = 2
# Answers to a batch that may be about one of its generations: it is halved to find which.
_DIVISIBLE = frozenset({400, 413, 422})
_MAX_HALVES = 24


class _Item(msgspec.Struct, frozen=True):
    """A generation on its way: the job and place it comes from, and what may leave of it."""

    job: int
    position: int
    generation: Generation


class Round:
    """Sends jobs that are leased; whatever happens, they are settled or their leases end."""

    def __init__(
        self,
        target: Target,
        leased: Sequence[Job],
        *,
        catalog: Catalog,
        store: BatchStore,
        sender: Sender,
        clock: Clock,
        options: BroadcastOptions,
        tally: Tally,
        tasks: TaskGroup,
    ) -> None:
        self._target = target
        assert target.destination is not None  # noqa: S101 - only such targets get rounds
        self._destination: Destination = target.destination
        self._catalog = catalog
        self._store = store
        self._sender = sender
        self._clock = clock
        self._options = options
        self._tally = tally
        self._tasks = tasks
        self._all = [_progress(job) for job in leased]
        self._left = [set(one.left) for one in self._all]
        # Places of the jobs that others have by now.
        self._taken: set[int] = set()
        self._trouble: Trouble | None = None
        self._answered = False
        self._is_stopping = False
        self._halves = _MAX_HALVES
        self._noted_s = time.monotonic()
        self._noting = asyncio.Lock()
        # While one chunk is on its way the next is mapped; more would only take memory.
        self._mapping = asyncio.Semaphore(_CHUNKS)
        self._turn = asyncio.Semaphore(options.max_requests)

    async def run(self) -> None:
        """Send what is left of the jobs; when this is cancelled, what is on its way still ends."""
        sending = self._tasks.spawn("broadcast-send", self._send())
        try:
            while not sending.done():
                await asyncio.wait({sending}, timeout=_RENEW_S)
                if not sending.done():
                    await self._renew()
        except asyncio.CancelledError:
            self._is_stopping = True
            await asyncio.wait({sending}, timeout=_GRACE_S)
            sending.cancel()
            await asyncio.wait({sending})
            raise
        finally:
            if sending.done() and not sending.cancelled() and sending.exception() is not None:
                # What nobody foresaw (it is in the log) must not be tried again at once.
                self._troubled(Sent(verdict="retry", reason=_OUR_FAULT))
            await self._settle()

    async def _renew(self) -> None:
        async with self._noting:
            held = await self._write(
                lambda c, told: books.note(c, self._target.id, told, self._now())
            )
            if held is None:
                return
            taken = {at for at, one in enumerate(self._all) if one.job.id not in held}
            if taken > self._taken:
                log.warning("broadcast.leases_lost", jobs=len(taken))
            self._taken |= taken

    async def _send(self) -> None:
        try:
            items = await self._items()
        except SightlineError as error:
            # Our own store cannot be read now; the destination is not to blame.
            log.warning("broadcast.batch_unreadable", error=error.code)
            self._troubled(Sent(verdict="retry", reason=f"Sightline: {error.message}"))
            return
        if not items:
            return
        prepared = await self._sender.prepare(self._target)
        if prepared.verdict == "retry":
            self._troubled(prepared)
            return
        generations = [item.generation for item in items]
        cuts = slices(generations, max(1, self._destination.batch_size), _CHUNK_BYTES)
        await asyncio.gather(*(self._chunk(items[start:end]) for start, end in cuts))

    async def _chunk(self, items: Sequence[_Item]) -> None:
        async with self._mapping:
            if self._goes_on:
                await self._deliver(items)

    @property
    def _goes_on(self) -> bool:
        holds_any = len(self._taken) < len(self._all)
        return self._trouble is None and not self._is_stopping and holds_any

    async def _items(self) -> list[_Item]:
        found: list[_Item] = []
        for at, one in enumerate(self._all):
            try:
                batch = await self._store.get(one.work.blob)
            except LostBatchError:
                batch = ()
            hides = self._target.rules.privacy_mode
            for position in one.left:
                if position >= len(batch):
                    self._left[at].discard(position)
                    one.lost.add(position)
                    continue
                generation = batch[position]
                found.append(
                    _Item(at, position, without_content(generation) if hides else generation)
                )
        lost = sum(len(one.lost) for one in self._all)
        if lost:
            self._tally.dropped += lost
            log.warning("broadcast.batch_lost", generations=lost)
        return found

    async def _deliver(self, items: Sequence[_Item]) -> None:
        """Map and send generations of jobs that are ours, several requests at a time."""
        items = [item for item in items if item.job not in self._taken]
        if not items:
            return
        deliveries = await self._mapped(items)
        if deliveries is None:
            return
        await asyncio.gather(*(self._one(items, delivery) for delivery in deliveries))
        named = {at for delivery in deliveries for at in delivery.generations}
        if self._goes_on:
            # A destination has nothing to say of these (an empty answer, say).
            self._delivered([item for at, item in enumerate(items) if at not in named])

    async def _mapped(self, items: Sequence[_Item]) -> list[Delivery] | None:
        generations = [item.generation for item in items]
        try:
            return await asyncio.to_thread(
                self._destination.deliveries,
                self._target.config,
                generations,
                self._target.rules.extras,
            )
        except Exception as error:  # noqa: BLE001 - one generation must not hold up all others
            if len(items) > 1:
                for item in items:
                    if self._goes_on:
                        await self._deliver([item])
                return None
            log.error(
                "broadcast.mapping_failed", type=self._target.type, error=type(error).__name__
            )
            reason = f"Could not be written for `{self._target.type}`: {type(error).__name__}"
            self._refused(items, Sent(verdict="refused", reason=reason))
            return None

    async def _one(self, items: Sequence[_Item], delivery: Delivery) -> None:
        async with self._turn:
            if not self._goes_on:
                return
            sent = await self._sender.send(self._target, delivery.requests)
        mine = [items[at] for at in delivery.generations]
        if sent.verdict == "retry":
            self._troubled(sent)
        elif sent.verdict == "delivered":
            self._answered = True
            self._delivered(mine)
        else:
            self._answered = True
            if len(mine) > 1 and sent.status in _DIVISIBLE and self._halves >= 2:
                self._halves -= 2
                middle = len(mine) // 2
                await self._deliver(mine[:middle])
                await self._deliver(mine[middle:])
            else:
                self._refused(mine, sent)
        await self._note()

    def _delivered(self, items: Sequence[_Item]) -> None:
        for item in items:
            self._left[item.job].discard(item.position)
            self._all[item.job].delivered.add(item.position)
        self._tally.delivered += len(items)

    def _refused(self, items: Sequence[_Item], sent: Sent) -> None:
        by_job: dict[int, list[_Item]] = {}
        for item in items:
            self._left[item.job].discard(item.position)
            by_job.setdefault(item.job, []).append(item)
        for at, mine in by_job.items():
            positions = tuple(item.position for item in mine)
            ids = tuple(item.generation.id for item in mine)
            self._all[at].given_up.append(GivenUp(positions, ids, sent.reason, sent.status))
        self._tally.failed += len(items)

    def _troubled(self, sent: Sent) -> None:
        if self._trouble is None:
            self._trouble = Trouble(sent.reason, sent.status, sent.retry_after_s)

    async def _note(self) -> None:
        """Keep what is done, and the leases, when some time has passed."""
        if time.monotonic() - self._noted_s < _NOTE_S or self._noting.locked():
            return
        self._noted_s = time.monotonic()
        await self._renew()

    async def _settle(self) -> None:
        async with self._noting:
            trouble, answered = self._trouble, self._answered
            if trouble is not None:
                ours = (left for at, left in enumerate(self._left) if at not in self._taken)
                self._tally.retried += sum(len(left) for left in ours)
            await self._write(
                lambda c, told: books.settle(
                    c,
                    self._target.id,
                    told,
                    trouble,
                    answered=answered,
                    options=self._options,
                    now_us=self._now(),
                )
            )

    async def _write(self, say: Callable[[Connection, list[Progress]], T]) -> T | None:
        """Tell the catalog what became of the jobs; None when it does not answer.

        It may have heard nevertheless. So all is told each time, and it counts what is new to it.
        """
        told = [
            Progress(
                job=one.job,
                work=one.work,
                left=tuple(sorted(left)),
                delivered=set(one.delivered),
                given_up=list(one.given_up),
                lost=set(one.lost),
            )
            for at, (one, left) in enumerate(zip(self._all, self._left, strict=True))
            if at not in self._taken
        ]
        for wait_s in _WRITE_AGAIN_S:
            try:
                return await self._catalog.write(lambda c: say(c, told))
            except SightlineError as error:
                log.warning("broadcast.note_failed", error=error.code)
                await asyncio.sleep(wait_s)
        return None

    def _now(self) -> int:
        return self._clock.now_us()


def _progress(job: Job) -> Progress:
    work = books.decode(job.payload)
    return Progress(job=job, work=work, left=work.left)
