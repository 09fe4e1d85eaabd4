"""Sending again: what failed, or all of a time range that is still kept."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy import Connection

from sightline.core.clock import Clock
from sightline.core.errors import ConflictError, InvalidRequestError, NotFoundError
from sightline.core.ids import Id
from sightline.core.log import get_logger
from sightline.domain.generation import Generation
from sightline.services.broadcast import books
from sightline.services.broadcast.batches import BatchStore, LostBatchError
from sightline.services.broadcast.books import Wanted
from sightline.services.broadcast.offers import moment
from sightline.services.broadcast.targets import Roster, Target
from sightline.stores.catalog import (
    broadcast_batches,
    broadcast_jobs,
    broadcast_ledger,
    jobs,
    notices,
)
from sightline.stores.catalog.broadcast_batches import Batch
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.jobs import Job, NewJob

log = get_logger(__name__)

KIND = "broadcast-replay"
_LEASE_US = 60_000_000
_BATCHES_AT_ONCE = 10
_FAILURES_AT_ONCE = 200
_MOST_FAILURES = 20_000


class Replayed(msgspec.Struct, frozen=True):
    """What a replay has queued. `gone` generations are kept no longer, and were left out."""

    generations: int
    gone: int


class _Range(msgspec.Struct, kw_only=True):
    """What the catalog keeps of the replay of a time range."""

    destination: str
    from_us: int
    to_us: int
    run: str
    after_us: int | None = None
    after: str = ""


class Replays:
    """Queues generations again, under keys of their own. `wake` is called when there is work."""

    def __init__(
        self,
        catalog: Catalog,
        store: BatchStore,
        roster: Roster,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._catalog = catalog
        self._store = store
        self._roster = roster
        self._clock = clock
        self._wake = wake

    async def failures(self, target: Target) -> Replayed:
        """Queue again all that was given up; its failures are forgotten."""
        run, done, gone = self._run(), 0, 0
        for _ in range(_MOST_FAILURES // _FAILURES_AT_ONCE):
            found, _total = await self._catalog.read(
                lambda c: broadcast_ledger.list_failures(
                    c, target.id, page=1, size=_FAILURES_AT_ONCE
                )
            )
            if not found:
                break
            by_batch: dict[Id, set[str]] = {}
            for failure in found:
                some = msgspec.json.decode(failure.generation_ids, type=list[str])
                by_batch.setdefault(failure.batch_id, set()).update(some)
            ready: list[tuple[Batch, Wanted]] = []
            for batch_id, ids in by_batch.items():
                batch, positions = await self._find(batch_id, ids)
                gone += len(ids) - len(positions)
                if batch is not None and positions:
                    ready.append((batch, Wanted(target.id, positions)))
            failure_ids = [failure.id for failure in found]
            now_us = self._clock.now_us()

            def queue(
                connection: Connection,
                ready: list[tuple[Batch, Wanted]] = ready,
                failure_ids: list[Id] = failure_ids,
                now_us: int = now_us,
                run: str = run,
            ) -> tuple[int, int]:
                broadcast_ledger.remove_failures(connection, failure_ids)
                return _queue(connection, ready, now_us=now_us, run=run)

            queued, expired = await self._catalog.write(queue)
            done += queued
            gone += expired
            # Failures of one batch may be on two pages: each page is a run.
            run = self._run()
        self._wake()
        return Replayed(done, gone)

    async def between(self, target: Target, from_us: int, to_us: int) -> int:
        """Queue again what ended in `from_us ≤ t < to_us`, in the background.

        The destination's rules apply as they are now. Returns how many batches will be looked at.
        Raises `InvalidRequestError` for a range without length, `NotFoundError` when nothing of it
        is kept and `ConflictError` while another replay of the destination goes on.
        """
        if from_us >= to_us:
            raise InvalidRequestError("from must be before to", fields=["from must be before to"])
        now_us = self._clock.now_us()
        task = _Range(destination=target.id.hex(), from_us=from_us, to_us=to_us, run=self._run())

        def put(connection: Connection) -> int:
            found = broadcast_batches.count_between(
                connection, target.workspace_id, from_us=from_us, to_us=to_us
            )
            if not found:
                raise NotFoundError(
                    "Nothing of that time is kept",
                    hint="`broadcast.keep_days` says how long generations can be replayed",
                )
            new = NewJob(kind=KIND, key=target.id.hex(), payload=_encode(task), run_at_us=now_us)
            if not jobs.enqueue(connection, [new], now_us=now_us):
                raise ConflictError("A replay of this destination is going on already")
            notices.tell(connection, notices.JOBS)
            return found

        found = await self._catalog.write(put)
        self._wake()
        return found

    async def work(self) -> None:
        """Do the replays of time ranges that nobody does, page by page."""
        await self._roster.current()
        while True:
            taken = await self._catalog.write(self._lease)
            if not taken:
                return
            while await self._page(taken[0]):
                continue

    async def _page(self, job: Job) -> bool:
        """Do one page of a replay; False when it has ended."""
        kept = await self._catalog.read(lambda c: jobs.get(c, KIND, job.key))
        if kept is None:
            return False
        task = msgspec.json.decode(kept.payload, type=_Range)
        target = self._roster.get(bytes.fromhex(task.destination))
        found: list[Batch] = []
        if target is not None:
            after = None if task.after_us is None else (task.after_us, bytes.fromhex(task.after))
            workspace_id = target.workspace_id
            found = await self._catalog.read(
                lambda c: broadcast_batches.list_between(
                    c,
                    workspace_id,
                    from_us=task.from_us,
                    to_us=task.to_us,
                    after=after,
                    limit=_BATCHES_AT_ONCE,
                )
            )
        if target is None or not found:
            await self._catalog.write(lambda c: broadcast_jobs.remove(c, [job.id]))
            return False
        ready = [(batch, await self._wanted(target, batch, task)) for batch in found]
        task.after_us, task.after = found[-1].first_us, found[-1].id.hex()
        now_us = self._clock.now_us()

        def queue(connection: Connection) -> int | None:
            if not jobs.note(
                connection, job, payload=_encode(task), lease_until_us=now_us + _LEASE_US
            ):
                return None
            some = [(batch, wanted) for batch, wanted in ready if wanted.positions]
            return _queue(connection, some, now_us=now_us, run=task.run)[1]

        expired = await self._catalog.write(queue)
        if expired:
            log.info("broadcast.replay_expired", destination=task.destination, generations=expired)
        self._wake()
        return expired is not None

    async def _wanted(self, target: Target, batch: Batch, task: _Range) -> Wanted:
        try:
            generations = await self._store.get(batch.blob)
        except LostBatchError:
            return Wanted(target.id, ())
        return Wanted(target.id, await asyncio.to_thread(_choose, target, generations, task))

    async def _find(self, batch_id: Id, ids: set[str]) -> tuple[Batch | None, tuple[int, ...]]:
        batch = await self._catalog.read(lambda c: broadcast_batches.get(c, batch_id))
        if batch is None:
            return None, ()
        try:
            generations = await self._store.get(batch.blob)
        except LostBatchError:
            return None, ()
        return batch, tuple(at for at, one in enumerate(generations) if one.id in ids)

    def _lease(self, connection: Connection) -> list[Job]:
        now_us = self._clock.now_us()
        return jobs.lease(connection, [KIND], now_us=now_us, lease_us=_LEASE_US)

    def _run(self) -> str:
        return books.new_run(self._clock.now_us())


def _queue(
    connection: Connection, ready: Sequence[tuple[Batch, Wanted]], *, now_us: int, run: str
) -> tuple[int, int]:
    """Queue parts of batches; return the generations that are queued, and those that expired."""
    queued = expired = 0
    for batch, wanted in ready:
        made = books.queue(connection, batch, [wanted], now_us=now_us, run=run)
        if made is None:
            expired += len(wanted.positions)
        elif made:
            queued += len(wanted.positions)
    return queued, expired


def _choose(target: Target, generations: Sequence[Generation], task: _Range) -> tuple[int, ...]:
    return tuple(
        at
        for at, one in enumerate(generations)
        if task.from_us <= moment(one) < task.to_us and target.rules.wants(target.id, one)
    )


def _encode(task: _Range) -> str:
    return msgspec.json.encode(task).decode()
