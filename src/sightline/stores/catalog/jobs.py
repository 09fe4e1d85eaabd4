"""Work that must survive a crash and be done once: a queue of leased jobs.

A job is `queued` until it is `done`, `dead` or `cancelled`. A worker takes it with `lease` and must
finish within the lease; after that another may take it. The attempt (when it was to run, and its
number) is the fence: what a worker says about an attempt that is no longer the last one, or of a
job that has ended, is not heard.
"""

from collections.abc import Collection, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Update, delete, func, or_, select, update

from sightline.core.ids import Id, new_id
from sightline.stores.catalog.names import kept_text
from sightline.stores.catalog.tables import jobs
from sightline.stores.catalog.upserts import insert_or_skip

State = Literal["queued", "done", "dead", "cancelled"]

MAX_LEASED = 1_000
_ENDED = ("done", "dead", "cancelled")
_MAX_ERROR_LENGTH = 2_000
# The key of the one job of a kind of periodic work.
PERIODIC = "sweep"


class NewJob(msgspec.Struct, frozen=True, kw_only=True):
    """Work to do at `run_at_us` or later; a second one of the same kind and key is the same."""

    kind: str
    payload: str
    run_at_us: int
    key: str | None = None


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job as leased: `payload` is JSON text, `attempts` counts this one."""

    id: Id
    kind: str
    key: str
    payload: str
    state: State
    run_at_us: int
    lease_until_us: int | None
    attempts: int
    last_error: str | None
    created_at_us: int
    finished_at_us: int | None


class JobCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many jobs of a kind are in a state, and when the first of them was to run."""

    kind: str
    state: State
    count: int
    oldest_run_at_us: int


def enqueue(connection: Connection, wanted: Sequence[NewJob], *, now_us: int) -> int:
    """Queue jobs whose kind and key are new; return how many they were."""
    rows: list[dict[str, Any]] = []
    for job in sorted(wanted, key=lambda job: (job.kind, job.key or "")):
        id = new_id()
        rows.append(
            {
                "id": id,
                "kind": job.kind,
                "key": id.hex() if job.key is None else job.key,
                "payload": job.payload,
                "state": "queued",
                "run_at_us": job.run_at_us,
                "attempts": 0,
                "created_at_us": now_us,
            }
        )
    return insert_or_skip(connection, jobs, rows)


def get(connection: Connection, kind: str, key: str) -> Job | None:
    """Return the job of that kind and key, whatever its state."""
    row = connection.execute(
        select(*jobs.c).where(jobs.c.kind == kind, jobs.c.key == key)
    ).one_or_none()
    return None if row is None else Job(**row._mapping)


def count_queued(connection: Connection, kind: str, key_prefix: str) -> int:
    """Return how many jobs of a kind wait or run under keys that begin so."""
    query = (
        select(func.count())
        .select_from(jobs)
        .where(
            jobs.c.kind == kind,
            jobs.c.state == "queued",
            jobs.c.key.startswith(key_prefix, autoescape=True),
        )
    )
    return int(connection.execute(query).scalar_one())


def lease(
    connection: Connection, kinds: Collection[str], *, now_us: int, lease_us: int, limit: int = 1
) -> list[Job]:
    """Take up to `limit` jobs that are due and that nobody holds, longest due first."""
    due = (
        select(jobs.c.id)
        .where(
            jobs.c.state == "queued",
            jobs.c.kind.in_(list(kinds)),
            jobs.c.run_at_us <= now_us,
            or_(jobs.c.lease_until_us.is_(None), jobs.c.lease_until_us <= now_us),
        )
        .order_by(jobs.c.run_at_us, jobs.c.id)
        .limit(min(limit, MAX_LEASED))
        # Postgres: two workers never wait for each other. SQLite has one writer and leaves it out.
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    taken = (
        update(jobs)
        .where(jobs.c.id.in_(select(due.c.id)))
        .values(lease_until_us=now_us + lease_us, attempts=jobs.c.attempts + 1)
        .returning(*jobs.c)
    )
    found = [Job(**row._mapping) for row in connection.execute(taken)]
    return sorted(found, key=lambda job: (job.run_at_us, job.id))


def lease_turn(connection: Connection, kind: str, *, now_us: int, lease_us: int) -> Job | None:
    """Take the one job of a kind of periodic work; None when it is not time or another has it.

    The first who asks makes it. `reschedule` ends the turn.
    """
    enqueue(
        connection,
        [NewJob(kind=kind, key=PERIODIC, payload="{}", run_at_us=now_us)],
        now_us=now_us,
    )
    found = lease(connection, [kind], now_us=now_us, lease_us=lease_us)
    return found[0] if found else None


def extend(connection: Connection, job: Job, *, lease_until_us: int) -> bool:
    """Hold the job longer; False when another has taken it."""
    return _say(connection, _held(job).values(lease_until_us=lease_until_us))


def note(connection: Connection, job: Job, *, payload: str, lease_until_us: int) -> bool:
    """Keep how far the job has come in its payload and hold it longer; False as in `extend`."""
    return _say(connection, _held(job).values(payload=payload, lease_until_us=lease_until_us))


def release(connection: Connection, job: Job) -> bool:
    """Let another take the job at once, to go on from its payload; False as in `extend`."""
    return _say(connection, _held(job).values(lease_until_us=None))


def release_kind(connection: Connection, kind: str) -> None:
    """Let all jobs of a kind be taken at once; for a process that knows that nobody holds one."""
    connection.execute(
        update(jobs)
        .where(jobs.c.kind == kind, jobs.c.state == "queued", jobs.c.lease_until_us.is_not(None))
        .values(lease_until_us=None)
    )


def cancel(connection: Connection, kind: str, key: str, *, now_us: int) -> bool:
    """End a job that has not ended; whoever holds it is not heard any more. False when it has."""
    ended = (
        update(jobs)
        .where(jobs.c.kind == kind, jobs.c.key == key, jobs.c.state == "queued")
        .values(state="cancelled", finished_at_us=now_us, lease_until_us=None)
    )
    return _say(connection, ended)


def complete(connection: Connection, job: Job, *, now_us: int) -> bool:
    """Say that the job is done; False when another has taken it."""
    return _say(
        connection,
        _held(job).values(
            state="done", finished_at_us=now_us, lease_until_us=None, last_error=None
        ),
    )


def fail(
    connection: Connection, job: Job, *, error: str, retry_at_us: int | None, now_us: int
) -> bool:
    """Try again at `retry_at_us`, or never (`dead`) when it is None; False as in `complete`."""
    said = kept_text(error, _MAX_ERROR_LENGTH)
    values: dict[str, Any] = {"lease_until_us": None, "last_error": said}
    if retry_at_us is None:
        values |= {"state": "dead", "finished_at_us": now_us}
    else:
        values["run_at_us"] = retry_at_us
    return _say(connection, _held(job).values(values))


def reschedule(connection: Connection, job: Job, *, run_at_us: int) -> bool:
    """End this round of periodic work and queue the next; False as in `complete`."""
    return _say(
        connection,
        _held(job).values(run_at_us=run_at_us, lease_until_us=None, attempts=0, last_error=None),
    )


def counts(connection: Connection) -> list[JobCount]:
    """Return the length of every queue."""
    query = select(
        jobs.c.kind,
        jobs.c.state,
        func.count().label("count"),
        func.min(jobs.c.run_at_us).label("oldest_run_at_us"),
    ).group_by(jobs.c.kind, jobs.c.state)
    return [JobCount(**row._mapping) for row in connection.execute(query)]


def purge(connection: Connection, *, before_us: int, kind: str | None = None) -> int:
    """Forget jobs (of a kind, or all) that ended before `before_us`, and with them their keys.

    At most `MAX_LEASED` at a time. Returns how many.
    """
    # The states by name: an index leads to them past all that is queued.
    ended = select(jobs.c.id).where(jobs.c.state.in_(_ENDED), jobs.c.finished_at_us < before_us)
    if kind is not None:
        ended = ended.where(jobs.c.kind == kind)
    # Postgres: what another process forgets just now is not waited for.
    some = ended.limit(MAX_LEASED).with_for_update(skip_locked=True).cte("ended")
    gone = delete(jobs).where(jobs.c.id.in_(select(some.c.id))).returning(jobs.c.id)
    return len(connection.execute(gone).all())


def _held(job: Job) -> Update:
    return update(jobs).where(
        jobs.c.id == job.id,
        jobs.c.state == "queued",
        jobs.c.run_at_us == job.run_at_us,
        jobs.c.attempts == job.attempts,
    )


def _say(connection: Connection, statement: Update) -> bool:
    return connection.execute(statement).rowcount > 0
