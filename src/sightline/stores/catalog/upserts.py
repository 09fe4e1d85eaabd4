"""Inserts that yield to, or replace, a row that is already there; SQLite and Postgres alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Table, case
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

Row = Mapping[str, Any]


def insert_or_skip(connection: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Insert the rows that break no unique key; return how many they were."""
    if not rows:
        return 0
    # The rows themselves are counted: drivers do not agree on how many a batch has changed.
    inserted = _insert(connection, table).on_conflict_do_nothing().returning(*table.primary_key)
    return len(connection.execute(inserted, [dict(row) for row in rows]).all())


def upsert(
    connection: Connection, table: Table, row: Row, *, keep: frozenset[str] = frozenset()
) -> None:
    """Insert the row; where its primary key exists, overwrite all columns but those in `keep`."""
    statement = _insert(connection, table).values(dict(row))
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in row if name not in keep | set(keys)}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))


def upsert_adding(
    connection: Connection,
    table: Table,
    rows: Sequence[Row],
    *,
    add: Collection[str],
    raise_: Collection[str] = (),
) -> None:
    """Insert the rows; where a primary key exists, add the numbers of the columns in `add`, and
    raise those of `raise_` to the new ones where these are greater."""
    if not rows:
        return
    statement = _insert(connection, table)
    keys = [column.name for column in table.primary_key]
    changed: dict[str, ColumnElement[Any]] = {
        name: table.c[name] + statement.excluded[name] for name in add
    }
    for name in raise_:
        old, new = table.c[name], statement.excluded[name]
        changed[name] = case((new > old, new), else_=old)
    connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_=changed),
        [dict(row) for row in rows],
    )


def upsert_rising(connection: Connection, table: Table, row: Row, *, number: str) -> bool:
    """Insert the row; where its primary key exists, overwrite it if `number` is greater now.

    False when it was not. Waits for others who write the row.
    """
    statement = _insert(connection, table).values(dict(row))
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in row if name not in keys}
    risen = statement.on_conflict_do_update(
        index_elements=keys,
        set_=changed,
        where=table.c[number] < statement.excluded[number],
    )
    return bool(connection.execute(risen.returning(table.c[number])).all())


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    if connection.dialect.name == "postgresql":
        # Loaded by then; over SQLite its 20 ms are not spent.
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415

        return postgresql.insert(table)
    return sqlite.insert(table)
