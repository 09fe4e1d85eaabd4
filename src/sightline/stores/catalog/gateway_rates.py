"""Calls of gateway keys in the last minute, counted for all processes of one Postgres.

A process takes calls in advance, a share of what a key has left, and gives back what nobody used.
Seconds are those of the database, so that processes need not agree on the time.
"""

from collections.abc import Collection

import msgspec
from sqlalchemy import BigInteger, Connection, cast, delete, func, or_, select, text, tuple_, update

from sightline.core.ids import Id
from sightline.stores.catalog.tables import gateway_rates
from sightline.stores.catalog.upserts import upsert_adding

_WINDOW_S = 60
# Of what is left a process takes this part at most, unless more are waiting: others want some.
_PART = 16
# Tells our locks from others' with two numbers.
_LOCK = 6


class Unused(msgspec.Struct, frozen=True):
    """Calls of a second that were taken and did not come."""

    second: int
    calls: int


class Taken(msgspec.Struct, frozen=True):
    """How many calls may come, of which second they are; with none, when there will be some."""

    calls: int
    second: int
    wait_s: int = 0


def take(
    connection: Connection, key_id: Id, *, limit: int, wanted: int, unused: Unused | None = None
) -> Taken:
    """Take calls of a key that may have `limit` in 60 s: `wanted` of them, or a few more."""
    _begin(connection)
    _lock(connection, key_id)
    now_s = _now_s(connection)
    if unused is not None:
        _give_back(connection, key_id, unused)
    _tidy(connection, key_id, now_s)
    t = gateway_rates.c
    query = select(t.second, t.calls).where(t.key_id == key_id).order_by(t.second)
    seconds = [(row.second, row.calls) for row in connection.execute(query)]
    left = limit - sum(calls for _, calls in seconds)
    if left <= 0:
        return Taken(0, now_s, _wait_s(seconds, limit, now_s))
    calls = min(left, max(wanted, left // _PART))
    _count(connection, key_id, now_s, calls)
    return Taken(calls, now_s)


def give_back(connection: Connection, all_: Collection[tuple[Id, Unused]]) -> None:
    """Give back what was taken of keys and not used."""
    _begin(connection)
    # In one order everywhere, so that two transactions never wait for each other.
    for key_id, unused in sorted(all_, key=lambda pair: pair[0]):
        _lock(connection, key_id)
        _give_back(connection, key_id, unused)


def forget(connection: Connection, *, most: int) -> int:
    """Delete up to `most` rows that count no more, of keys too that nobody uses again.

    Returns how many.
    """
    _begin(connection)
    t = gateway_rates.c
    old = (
        select(t.key_id, t.second)
        .where(t.second <= _now_s(connection) - _WINDOW_S)
        .limit(most)
        # Whoever takes calls of a key deletes the same rows, and may wait for us: so we do not.
        .with_for_update(skip_locked=True)
        .cte("old")
    )
    gone = delete(gateway_rates).where(
        tuple_(t.key_id, t.second).in_(select(old.c.key_id, old.c.second))
    )
    return connection.execute(gone).rowcount


def forget_key(connection: Connection, key_id: Id) -> None:
    """Delete what was counted of a key."""
    connection.execute(delete(gateway_rates).where(gateway_rates.c.key_id == key_id))


def _begin(connection: Connection) -> None:
    # What was counted while we waited for the lock must be seen, whatever the server's default is.
    connection.execute(text("SET TRANSACTION ISOLATION LEVEL READ COMMITTED"))
    # What a crash of the database loses here is a minute old soon.
    connection.execute(text("SET LOCAL synchronous_commit = off"))


def _lock(connection: Connection, key_id: Id) -> None:
    number = int.from_bytes(key_id[-4:], "big", signed=True)
    lock = text("SELECT pg_advisory_xact_lock(:kind, :number)")
    connection.execute(lock, {"kind": _LOCK, "number": number})


def _now_s(connection: Connection) -> int:
    now = func.floor(func.extract("epoch", func.clock_timestamp()))
    return int(connection.execute(select(cast(now, BigInteger))).scalar_one())


def _tidy(connection: Connection, key_id: Id, now_s: int) -> None:
    """Delete what counts no more.

    Where the database's clock was set back, what comes later than now counts as of now: for a
    minute at most, and not for as long as it was set back.
    """
    t = gateway_rates.c
    gone = (
        delete(gateway_rates)
        .where(t.key_id == key_id, or_(t.second <= now_s - _WINDOW_S, t.second > now_s))
        .returning(t.second, t.calls)
    )
    ahead = sum(row.calls for row in connection.execute(gone) if row.second > now_s)
    if ahead:
        _count(connection, key_id, now_s, ahead)


def _count(connection: Connection, key_id: Id, second: int, calls: int) -> None:
    row = {"key_id": key_id, "second": second, "calls": calls}
    upsert_adding(connection, gateway_rates, [row], add=("calls",))


def _give_back(connection: Connection, key_id: Id, unused: Unused) -> None:
    t = gateway_rates.c
    connection.execute(
        update(gateway_rates)
        .where(t.key_id == key_id, t.second == unused.second)
        .values(calls=t.calls - unused.calls)
    )


def _wait_s(seconds: list[tuple[int, int]], limit: int, now_s: int) -> int:
    """Return after how many seconds there are fewer than `limit`, from 1 to 60."""
    left = sum(calls for _, calls in seconds)
    for second, calls in seconds:
        left -= calls
        if left < limit:
            return min(_WINDOW_S, max(1, second + _WINDOW_S - now_s))
    return 1
