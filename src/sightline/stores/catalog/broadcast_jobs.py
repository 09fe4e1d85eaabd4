"""What broadcast asks of the queue of jobs beyond leasing: its kinds are one a destination."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Select, delete, or_, select

from sightline.core.ids import Id
from sightline.stores.catalog.jobs import Job
from sightline.stores.catalog.tables import jobs

PREFIX = "broadcast:"


def kind_of(destination_id: Id) -> str:
    """Return the kind of the jobs of a destination."""
    return PREFIX + destination_id.hex()


def find_due(connection: Connection, ids: Collection[Id], *, now_us: int) -> list[Id]:
    """Return those of the destinations that have a job to be leased now."""
    found: list[Id] = []
    for id in ids:
        query = _due(id, now_us).with_only_columns(jobs.c.id).limit(1)
        if connection.execute(query).first() is not None:
            found.append(id)
    return found


def peek(connection: Connection, destination_id: Id, *, now_us: int, limit: int) -> list[str]:
    """Return the payloads of the jobs that `lease` would take next."""
    query = (
        _due(destination_id, now_us)
        .with_only_columns(jobs.c.payload)
        .order_by(jobs.c.run_at_us, jobs.c.id)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def list_oldest(
    connection: Connection,
    destination_id: Id,
    *,
    now_us: int,
    limit: int,
    created_before_us: int | None = None,
) -> list[Job]:
    """Return the jobs that were queued first and that nobody holds."""
    query = (
        select(*jobs.c)
        .where(
            jobs.c.kind == kind_of(destination_id),
            jobs.c.state == "queued",
            or_(jobs.c.lease_until_us.is_(None), jobs.c.lease_until_us <= now_us),
        )
        # Keys begin with the time when they were queued.
        .order_by(jobs.c.key)
        .limit(limit)
        # Postgres: one that is being leased at this moment is not waited for, and not taken.
        .with_for_update(skip_locked=True)
    )
    if created_before_us is not None:
        query = query.where(jobs.c.created_at_us < created_before_us)
    return [Job(**row._mapping) for row in connection.execute(query)]


def held(connection: Connection, job: Job) -> str | None:
    """Return the payload that a leased job has now, and hold it until the transaction ends.

    None when it is ours no longer: another has taken it, or it was put back, ended or dropped.
    """
    query = (
        select(jobs.c.payload)
        .where(
            jobs.c.id == job.id,
            jobs.c.state == "queued",
            jobs.c.lease_until_us.is_not(None),
            jobs.c.run_at_us == job.run_at_us,
            jobs.c.attempts == job.attempts,
        )
        .with_for_update()
    )
    return connection.execute(query).scalar_one_or_none()


def oldest_us(connection: Connection, destination_id: Id) -> int | None:
    """Return when the job was queued that waits longest, leased ones too."""
    query = (
        select(jobs.c.created_at_us)
        .where(jobs.c.kind == kind_of(destination_id), jobs.c.state == "queued")
        .order_by(jobs.c.key)
        .limit(1)
    )
    return connection.execute(query).scalar_one_or_none()


def remove(connection: Connection, ids: Sequence[Id]) -> int:
    """Forget jobs; return how many there were."""
    return connection.execute(delete(jobs).where(jobs.c.id.in_(list(ids)))).rowcount


def _due(destination_id: Id, now_us: int) -> Select[Any]:
    return select(jobs).where(
        jobs.c.kind == kind_of(destination_id),
        jobs.c.state == "queued",
        jobs.c.run_at_us <= now_us,
        or_(jobs.c.lease_until_us.is_(None), jobs.c.lease_until_us <= now_us),
    )
