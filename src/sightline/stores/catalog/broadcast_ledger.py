"""What became of what: counts a day and destination, the state of each, and failures."""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, select, update

from sightline.core.ids import Id, new_id
from sightline.stores.catalog.names import kept_text
from sightline.stores.catalog.tables import (
    broadcast_failures,
    broadcast_ledger,
    broadcast_state,
)
from sightline.stores.catalog.upserts import insert_or_skip

DAY_US = 86_400_000_000
MAX_REASON_LENGTH = 500


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Generations by fate. A generation that is retried twice counts twice in `retried`.

    What was replayed is in `queued` too. Dropped is what never was sent: its destination's backlog
    was full (`dropped_backlog`), it was too old (`dropped_age`), its batch was gone
    (`dropped_lost`).
    """

    queued: int = 0
    delivered: int = 0
    retried: int = 0
    failed: int = 0
    dropped_backlog: int = 0
    dropped_age: int = 0
    dropped_lost: int = 0
    replayed: int = 0

    @property
    def dropped(self) -> int:
        return self.dropped_backlog + self.dropped_age + self.dropped_lost


class DayCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The counts of one day (UTC); `day` is days since 1970."""

    day: int
    counts: Counts


class State(msgspec.Struct, frozen=True, kw_only=True):
    """How a destination is now.

    `failures` are those in a row. `queued` generations wait or are on their way, and their share
    of the batches' blobs is `queued_bytes`.
    """

    destination_id: Id
    last_delivered_at_us: int | None = None
    last_failed_at_us: int | None = None
    last_error: str | None = None
    last_status: int | None = None
    paused_until_us: int | None = None
    failures: int = 0
    queued: int = 0
    queued_bytes: int = 0


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Generations of one batch that were given up for one reason."""

    id: Id
    destination_id: Id
    batch_id: Id
    generation_ids: str
    """JSON array."""
    reason: str
    status: int | None
    failed_at_us: int


_COUNTS = Counts.__struct_fields__
_STATE = tuple(broadcast_state.c[name] for name in State.__struct_fields__)
_FAILURE = tuple(broadcast_failures.c[name] for name in Failure.__struct_fields__)


def add(connection: Connection, destination_id: Id, now_us: int, counts: Counts) -> None:
    """Add to the counts of the day of `now_us`."""
    table, day = broadcast_ledger, now_us // DAY_US
    new = {"destination_id": destination_id, "day": day, **dict.fromkeys(_COUNTS, 0)}
    insert_or_skip(connection, table, [new])
    values = {name: table.c[name] + value for name in _COUNTS if (value := getattr(counts, name))}
    if values:
        of_day = update(table).where(table.c.destination_id == destination_id, table.c.day == day)
        connection.execute(of_day.values(values))


def totals(connection: Connection, ids: Collection[Id]) -> dict[Id, Counts]:
    """Return the counts of all days by destination; one that never had any is not there."""
    table = broadcast_ledger
    query = (
        select(table.c.destination_id, *(func.sum(table.c[name]).label(name) for name in _COUNTS))
        .where(table.c.destination_id.in_(list(ids)))
        .group_by(table.c.destination_id)
    )
    return {
        row.destination_id: Counts(**{name: int(getattr(row, name)) for name in _COUNTS})
        for row in connection.execute(query)
    }


def list_days(connection: Connection, destination_id: Id, *, since_day: int) -> list[DayCounts]:
    """Return the counts of each day that has some, oldest first."""
    table = broadcast_ledger
    query = (
        select(table.c.day, *(table.c[name] for name in _COUNTS))
        .where(table.c.destination_id == destination_id, table.c.day >= since_day)
        .order_by(table.c.day)
    )
    return [
        DayCounts(day=row.day, counts=Counts(**{name: getattr(row, name) for name in _COUNTS}))
        for row in connection.execute(query)
    ]


def states(connection: Connection, ids: Collection[Id]) -> dict[Id, State]:
    """Return the states by destination; one that never had anything is not there."""
    query = select(*_STATE).where(broadcast_state.c.destination_id.in_(list(ids)))
    return {row.destination_id: State(**row._mapping) for row in connection.execute(query)}


def working(connection: Connection) -> dict[Id, State]:
    """Return the states of the destinations for which something waits."""
    query = select(*_STATE).where(broadcast_state.c.queued > 0)
    return {row.destination_id: State(**row._mapping) for row in connection.execute(query)}


def known_ids(connection: Connection) -> list[Id]:
    """Return the destinations that have a state, deleted ones too."""
    return list(connection.execute(select(broadcast_state.c.destination_id)).scalars())


def state(connection: Connection, destination_id: Id) -> State:
    """Return the state, and hold it until the transaction ends (on Postgres)."""
    query = select(*_STATE).where(broadcast_state.c.destination_id == destination_id)
    row = connection.execute(query.with_for_update()).one_or_none()
    return State(**row._mapping) if row else State(destination_id=destination_id)


def move_queued(
    connection: Connection, destination_id: Id, *, generations: int, size_bytes: int
) -> None:
    """Add to what waits (or take away from it)."""
    table = broadcast_state
    new = {"destination_id": destination_id, "failures": 0, "queued": 0, "queued_bytes": 0}
    insert_or_skip(connection, table, [new])
    connection.execute(
        update(table)
        .where(table.c.destination_id == destination_id)
        .values(queued=table.c.queued + generations, queued_bytes=table.c.queued_bytes + size_bytes)
    )


def change_state(connection: Connection, destination_id: Id, **values: Any) -> None:
    """Set the named columns of a state that exists."""
    table = broadcast_state
    if values.get("last_error") is not None:
        values["last_error"] = kept_text(values["last_error"], MAX_REASON_LENGTH)
    connection.execute(update(table).where(table.c.destination_id == destination_id).values(values))


def add_failure(
    connection: Connection,
    destination_id: Id,
    batch_id: Id,
    *,
    generation_ids: str,
    reason: str,
    status: int | None,
    now_us: int,
) -> None:
    """Keep why generations (a JSON array of ids) were given up."""
    connection.execute(
        broadcast_failures.insert().values(
            id=new_id(),
            destination_id=destination_id,
            batch_id=batch_id,
            generation_ids=generation_ids,
            reason=kept_text(reason, MAX_REASON_LENGTH),
            status=status,
            failed_at_us=now_us,
        )
    )


def list_failures(
    connection: Connection, destination_id: Id, *, page: int, size: int
) -> tuple[list[Failure], int]:
    """Return a page (from 1) of failures, newest first, and how many there are."""
    table = broadcast_failures
    mine = table.c.destination_id == destination_id
    total = connection.execute(select(func.count()).where(mine)).scalar_one()
    query = (
        select(*_FAILURE)
        .where(mine)
        .order_by(table.c.failed_at_us.desc(), table.c.id.desc())
        .limit(size)
        .offset((page - 1) * size)
    )
    return [Failure(**row._mapping) for row in connection.execute(query)], total


def remove_failures(connection: Connection, ids: Sequence[Id]) -> None:
    """Forget failures that go another way."""
    connection.execute(delete(broadcast_failures).where(broadcast_failures.c.id.in_(ids)))


def trim_failures(connection: Connection, destination_id: Id, *, keep: int) -> int:
    """Forget all but the `keep` newest failures; return how many were forgotten."""
    table = broadcast_failures
    newest = (
        select(table.c.id)
        .where(table.c.destination_id == destination_id)
        .order_by(table.c.failed_at_us.desc(), table.c.id.desc())
        .limit(keep)
    )
    gone = delete(table).where(table.c.destination_id == destination_id, table.c.id.not_in(newest))
    return connection.execute(gone).rowcount


def forget(connection: Connection, destination_id: Id) -> None:
    """Delete all that is known of a destination."""
    for table in (broadcast_ledger, broadcast_state, broadcast_failures):
        connection.execute(delete(table).where(table.c.destination_id == destination_id))


def forget_days(connection: Connection, *, before_day: int) -> None:
    """Delete the counts of days long past."""
    connection.execute(delete(broadcast_ledger).where(broadcast_ledger.c.day < before_day))
