"""Copies a catalog into another that has no rows yet, in one transaction, and compares them."""

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, delete, func, select

from sightline.domain.workspace import DEFAULT_WORKSPACE_ID
from sightline.stores.catalog import settings
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.sealing_keys import NAME as SEALED_WITH
from sightline.stores.catalog.tables import metadata, workspaces
from sightline.stores.catalog.tables import settings as settings_table

_MARK = "migrate-store"
_AT_ONCE = 500
# Of the new installation alone.
_ITS_OWN = (_MARK, SEALED_WITH)


class CatalogSum(msgspec.Struct, frozen=True):
    """Rows of a table and the sum of their hashes."""

    rows: int
    hash: int


def mark(catalog: Catalog) -> str | None:
    """Return the id of the move that filled a catalog, None when none did."""
    return catalog.read_sync(lambda connection: settings.get(connection, _MARK))


def is_empty(catalog: Catalog) -> bool:
    """Say whether a catalog is as `migrate` makes it."""

    def look(connection: Connection) -> bool:
        for table in metadata.sorted_tables:
            query = select(func.count()).select_from(table)
            if table is workspaces:
                query = query.where(workspaces.c.id != DEFAULT_WORKSPACE_ID)
            if connection.execute(query).scalar():
                return False
        return True

    return catalog.read_sync(look)


def copy(source: Catalog, target: Catalog, move: str, *, now_us: int) -> None:
    """Copy every table; all of it or nothing. The new catalog keeps the id of the move."""

    def fill(to: Connection) -> None:
        to.execute(delete(workspaces))

        def read(connection: Connection) -> None:
            for table in metadata.sorted_tables:
                for rows in _batches(connection, table):
                    to.execute(table.insert(), rows)

        source.read_sync(read)
        settings.put(to, _MARK, move, now_us=now_us)

    target.write_sync(fill)


def sums(catalog: Catalog) -> dict[str, CatalogSum]:
    """Return the sum of each table."""

    def add_up(connection: Connection) -> dict[str, CatalogSum]:
        return {table.name: _sum(connection, table) for table in metadata.sorted_tables}

    return catalog.read_sync(add_up)


def digest(catalog: Catalog) -> str:
    """Return what is another once a row is."""
    found = [(name, one.rows, one.hash) for name, one in sorted(sums(catalog).items())]
    return hashlib.sha256(repr(found).encode()).hexdigest()


def _sum(connection: Connection, table: Table) -> CatalogSum:
    rows = total = 0
    for batch in _batches(connection, table):
        for row in batch:
            if table is settings_table and row["key"] in _ITS_OWN:
                continue
            rows += 1
            digest = hashlib.blake2b(repr(list(row.values())).encode(), digest_size=8)
            total += int.from_bytes(digest.digest(), "big")
    return CatalogSum(rows, total % 2**64)


def _batches(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    query = select(table).execution_options(stream_results=True, yield_per=_AT_ONCE)
    for rows in connection.execute(query).mappings().partitions():
        yield [{name: _storable(value) for name, value in row.items()} for row in rows]


def _storable(value: Any) -> Any:
    """Return a value as Postgres can keep it: text without U+0000, which SQLite takes."""
    if isinstance(value, str) and "\0" in value:
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return bytes(value) if isinstance(value, memoryview) else value
