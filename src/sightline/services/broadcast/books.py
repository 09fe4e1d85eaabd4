"""What is written together: a job's change of state and its counts, in one transaction each."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import msgspec
from sqlalchemy import Connection

from sightline.core.ids import Id, new_id
from sightline.services.broadcast import backoff
from sightline.services.broadcast.options import BroadcastOptions
from sightline.stores.catalog import broadcast_batches, broadcast_jobs, broadcast_ledger, jobs
from sightline.stores.catalog.broadcast_batches import Batch
from sightline.stores.catalog.broadcast_ledger import Counts
from sightline.stores.catalog.jobs import Job, NewJob

DropReason = Literal["backlog", "age", "lost"]

LEASE_US = 30_000_000
_PEEKED = 32
# Packed; in memory it may be ten times as much.
_TAKEN_BYTES = 2 * 1024 * 1024
_DROPPED_AT_ONCE = 200


class Work(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the catalog keeps of a job: which generations of a batch are still to be sent.

    `positions` None means all of it. `bytes` is the job's share of the blob, `tries` how often
    it was put back because the destination could not take it.
    """

    batch: str
    blob: str
    count: int
    bytes: int
    positions: tuple[int, ...] | None = None
    tries: int = 0

    @property
    def batch_id(self) -> Id:
        return bytes.fromhex(self.batch)

    @property
    def left(self) -> tuple[int, ...]:
        return tuple(range(self.count)) if self.positions is None else self.positions


class Wanted(msgspec.Struct, frozen=True):
    """The generations of a batch that one destination wants, by position."""

    destination_id: Id
    positions: tuple[int, ...]


class GivenUp(msgspec.Struct, frozen=True):
    """Generations of a batch that were refused for one reason."""

    positions: tuple[int, ...]
    generation_ids: tuple[str, ...]
    reason: str
    status: int | None


class Progress(msgspec.Struct, kw_only=True):
    """What became of a job since it was leased. `left` is what is still to be sent.

    `delivered` and `lost` are positions. What the catalog no longer has as left was counted when
    it was noted, so the same may be told any number of times.
    """

    job: Job
    work: Work
    left: tuple[int, ...]
    delivered: set[int] = set()
    given_up: list[GivenUp] = []
    lost: set[int] = set()


class Trouble(msgspec.Struct, frozen=True):
    """Why a destination could not take something, and how long it asked to be left alone."""

    reason: str
    status: int | None
    retry_after_s: float | None = None


def queue(
    connection: Connection, batch: Batch, wanted: Sequence[Wanted], *, now_us: int, run: str = ""
) -> int | None:
    """Queue one job a destination for a batch; return how many are new, None when it has expired.

    `run` tells replays apart: the same batch is queued once a run and destination.
    """
    # Always in the same order, so that no two transactions wait for each other: the states first,
    # as everywhere (who has one has the destination's other rows too), then the batch.
    ordered = sorted(wanted, key=lambda one: one.destination_id)
    for one in ordered:
        broadcast_ledger.state(connection, one.destination_id)
    if not broadcast_batches.hold(connection, batch.id, len(ordered)):
        return None
    made = 0
    for one in ordered:
        work = Work(
            batch=batch.id.hex(),
            blob=batch.blob,
            count=batch.count,
            bytes=batch.bytes * len(one.positions) // max(1, batch.count),
            positions=None if len(one.positions) == batch.count else one.positions,
        )
        key = f"{run or new_run(now_us)}:{batch.id.hex()}"
        job = NewJob(
            kind=broadcast_jobs.kind_of(one.destination_id),
            payload=_encode(work),
            run_at_us=now_us,
            key=key,
        )
        if not jobs.enqueue(connection, [job], now_us=now_us):
            continue
        made += 1
        n = len(one.positions)
        counts = Counts(queued=n, replayed=n if run else 0)
        broadcast_ledger.move_queued(
            connection, one.destination_id, generations=n, size_bytes=work.bytes
        )
        broadcast_ledger.add(connection, one.destination_id, now_us, counts)
    if made < len(ordered):
        broadcast_batches.hold(connection, batch.id, made - len(ordered))
    return made


def new_run(now_us: int) -> str:
    """Return how keys of jobs begin. The oldest jobs are found by key: first comes the time."""
    return f"{now_us:016x}:{new_id().hex()}"


def take(
    connection: Connection, destination_id: Id, options: BroadcastOptions, room: int, now_us: int
) -> list[Job]:
    """Lease jobs of a destination, together at most `room` generations (or one larger job).

    Nothing while it is paused. After a pause it is one job, and nobody else gets any until it is
    known how that went.
    """
    state = broadcast_ledger.state(connection, destination_id)
    if state.paused_until_us is not None and state.paused_until_us > now_us:
        return []
    is_probe = state.failures >= options.breaker_failures
    payloads = broadcast_jobs.peek(
        connection, destination_id, now_us=now_us, limit=1 if is_probe else _PEEKED
    )
    fitting, generations, size_bytes = 0, 0, 0
    for payload in payloads:
        work = decode(payload)
        generations += len(work.left)
        size_bytes += work.bytes
        if fitting and (generations > room or size_bytes > _TAKEN_BYTES):
            break
        fitting += 1
    if not fitting:
        return []
    taken = jobs.lease(
        connection,
        [broadcast_jobs.kind_of(destination_id)],
        now_us=now_us,
        lease_us=LEASE_US,
        limit=fitting,
    )
    if taken and is_probe:
        broadcast_ledger.change_state(connection, destination_id, paused_until_us=now_us + LEASE_US)
    return taken


def note(
    connection: Connection, destination_id: Id, all: Sequence[Progress], now_us: int
) -> frozenset[Id]:
    """Keep how far jobs have come, hold them longer, and count what is new.

    Returns the ids of the jobs that are still held; of the others nothing is kept.
    """
    broadcast_ledger.state(connection, destination_id)
    held: set[Id] = set()
    for one in all:
        before = _held(connection, one)
        if before is None:
            continue
        held.add(one.job.id)
        lease_until_us = now_us + LEASE_US
        jobs.note(connection, one.job, payload=_encode(_rest(one)), lease_until_us=lease_until_us)
        _count(connection, destination_id, one, before, now_us)
    return frozenset(held)


def settle(
    connection: Connection,
    destination_id: Id,
    all: Sequence[Progress],
    trouble: Trouble | None,
    *,
    answered: bool,
    options: BroadcastOptions,
    now_us: int,
) -> None:
    """End the jobs that are done, put the others back, and say how the destination is.

    With `trouble`, what is left waits for another try; without, it goes on at once. `answered`
    says whether the destination took or refused anything. Jobs that are held no longer are left
    alone, and without any job so is the destination: others know better by now.
    """
    broadcast_ledger.state(connection, destination_id)
    ended: list[Id] = []
    holds_any = False
    for one in all:
        before = _held(connection, one)
        if before is None:
            continue
        holds_any = True
        _count(connection, destination_id, one, before, now_us)
        if one.left:
            _put_back(connection, destination_id, one, trouble, options, now_us)
            continue
        broadcast_jobs.remove(connection, [one.job.id])
        ended.append(one.work.batch_id)
        _leave(connection, destination_id, one.work)
    _let_go(connection, ended)
    if not holds_any:
        return
    if trouble is not None:
        _say_trouble(connection, destination_id, trouble, options, now_us)
    elif answered:
        broadcast_ledger.change_state(connection, destination_id, failures=0, paused_until_us=None)
    else:
        # Nothing was learned: whoever comes next may try.
        broadcast_ledger.change_state(connection, destination_id, paused_until_us=None)


def drop_oldest(
    connection: Connection,
    destination_id: Id,
    *,
    now_us: int,
    keep_bytes: int | None = None,
    older_than_us: int | None = None,
    why: DropReason,
) -> int:
    """Drop what waits longest: down to `keep_bytes`, or what is older; return the generations."""
    dropped = 0
    state = broadcast_ledger.state(connection, destination_id)
    over = 0 if keep_bytes is None else state.queued_bytes - keep_bytes
    if keep_bytes is not None and over <= 0:
        return 0
    ended: list[Id] = []
    for job in broadcast_jobs.list_oldest(
        connection,
        destination_id,
        now_us=now_us,
        limit=_DROPPED_AT_ONCE,
        created_before_us=older_than_us,
    ):
        work = decode(job.payload)
        if keep_bytes is not None and over <= 0:
            break
        if not broadcast_jobs.remove(connection, [job.id]):
            continue
        over -= work.bytes
        dropped += len(work.left)
        ended.append(work.batch_id)
        broadcast_ledger.move_queued(
            connection,
            destination_id,
            generations=-len(work.left),
            size_bytes=-work.bytes,
        )
    _let_go(connection, ended)
    if dropped:
        counts = Counts(**{f"dropped_{why}": dropped})
        broadcast_ledger.add(connection, destination_id, now_us, counts)
    return dropped


def forget_some(connection: Connection, destination_id: Id, *, now_us: int) -> bool:
    """Drop jobs of a destination that was deleted; with the last of them all that is known of it.

    Returns whether that was all.
    """
    if drop_oldest(connection, destination_id, now_us=now_us, older_than_us=now_us + 1, why="lost"):
        return False
    if broadcast_jobs.oldest_us(connection, destination_id) is not None:
        return False
    broadcast_ledger.forget(connection, destination_id)
    return True


def decode(payload: str) -> Work:
    return msgspec.json.decode(payload, type=Work)


def _encode(work: Work) -> str:
    return msgspec.json.encode(work).decode()


def _held(connection: Connection, one: Progress) -> Work | None:
    """Return what the catalog has of a job that is still ours; None when it is not."""
    payload = broadcast_jobs.held(connection, one.job)
    return None if payload is None else decode(payload)


def _count(
    connection: Connection, destination_id: Id, one: Progress, before: Work, now_us: int
) -> None:
    """Count what has come of that which was left `before`."""
    was_left = frozenset(before.left)
    given_up = [some for some in one.given_up if was_left.issuperset(some.positions)]
    failed = sum(len(some.generation_ids) for some in given_up)
    delivered, lost = len(was_left & one.delivered), len(was_left & one.lost)
    done = delivered + failed + lost
    if not done:
        return
    counts = Counts(delivered=delivered, failed=failed, dropped_lost=lost)
    broadcast_ledger.add(connection, destination_id, now_us, counts)
    broadcast_ledger.move_queued(connection, destination_id, generations=-done, size_bytes=0)
    if delivered:
        broadcast_ledger.change_state(connection, destination_id, last_delivered_at_us=now_us)
    if given_up:
        last = given_up[-1]
        broadcast_ledger.change_state(
            connection,
            destination_id,
            last_failed_at_us=now_us,
            last_error=last.reason,
            last_status=last.status,
        )
    for some in given_up:
        broadcast_ledger.add_failure(
            connection,
            destination_id,
            one.work.batch_id,
            generation_ids=msgspec.json.encode(some.generation_ids).decode(),
            reason=some.reason,
            status=some.status,
            now_us=now_us,
        )


def _let_go(connection: Connection, batch_ids: Sequence[Id]) -> None:
    """Say of each batch that one job fewer wants it, in the order in which others say so too."""
    for id, count in sorted(Counter(batch_ids).items()):
        broadcast_batches.hold(connection, id, -count)


def _rest(one: Progress, more_tries: int = 0) -> Work:
    """Return what is still to be done of a job, as the catalog keeps it."""
    positions = None if len(one.left) == one.work.count else one.left
    return msgspec.structs.replace(one.work, positions=positions, tries=one.work.tries + more_tries)


def _leave(connection: Connection, destination_id: Id, work: Work) -> None:
    broadcast_ledger.move_queued(connection, destination_id, generations=0, size_bytes=-work.bytes)


def _put_back(
    connection: Connection,
    destination_id: Id,
    one: Progress,
    trouble: Trouble | None,
    options: BroadcastOptions,
    now_us: int,
) -> None:
    rest = _rest(one, more_tries=0 if trouble is None else 1)
    jobs.note(connection, one.job, payload=_encode(rest), lease_until_us=now_us)
    if trouble is None:
        jobs.release(connection, one.job)
        return
    wait = backoff.wait_s(rest.tries, one.job.id, options)
    wait = max(wait, min(trouble.retry_after_s or 0.0, options.max_pause_s))
    jobs.fail(
        connection,
        one.job,
        error=trouble.reason,
        retry_at_us=now_us + round(wait * 1_000_000),
        now_us=now_us,
    )
    broadcast_ledger.add(connection, destination_id, now_us, Counts(retried=len(one.left)))


def _say_trouble(
    connection: Connection,
    destination_id: Id,
    trouble: Trouble,
    options: BroadcastOptions,
    now_us: int,
) -> None:
    failures = broadcast_ledger.state(connection, destination_id).failures + 1
    pause = backoff.pause_s(failures, destination_id, options)
    pause = max(pause, min(trouble.retry_after_s or 0.0, options.max_pause_s))
    broadcast_ledger.change_state(
        connection,
        destination_id,
        failures=failures,
        paused_until_us=now_us + round(pause * 1_000_000) if pause else None,
        last_failed_at_us=now_us,
        last_error=trouble.reason,
        last_status=trouble.status,
    )
