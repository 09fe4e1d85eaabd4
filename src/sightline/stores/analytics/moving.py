"""What another store needs to have the same tables: ranges of the sort key, and checksums.

A range is read as queries see it (`FINAL`), so what comes over is one row an entity. Versions go
along and the newest wins, so a range that is sent twice is the same rows. Where a deletion is a
version too, deletions that hold are sent with it: a message that comes late must not win.
"""

import hashlib
import re
from collections.abc import Sequence

import msgspec

from sightline.core.errors import PayloadTooLargeError, StoreUnavailableError
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.sql import id_literal

Key = tuple[str, ...]
"""Values of the sort key's columns: numbers as digits, all else in hex."""

# Rows as any version of the engine writes and reads them.
_FORMAT = "RowBinary"
_NUMBER = re.compile(r"U?Int\d+")
_PLAIN = re.compile(r"U?Int\d+|String|FixedString\(\d+\)")
_WRAPPED = re.compile(r"(?:SimpleAggregateFunction\(\w+, |LowCardinality\()(.+)\)")
_NULLABLE = re.compile(r"Nullable\((.+)\)")
_VERSIONED = re.compile(r"Tuple\(v UInt64, x (.+)\)")
_FIRST_ROWS = 1_000
_MOST_ROWS = 200_000
_GROWTH = 4


class MovedTable(msgspec.Struct, frozen=True):
    """A table by what is stored of it; `rows` counts messages, before they are merged.

    `types` are those of the columns, in their order.
    """

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    key: tuple[str, ...]
    has_deletions: bool
    rows: int
    bytes: int

    @property
    def sort_key(self) -> tuple["KeyPart", ...]:
        return tuple(KeyPart(name, self._is_number(name)) for name in self.key)

    def _is_number(self, name: str) -> bool:
        return _NUMBER.fullmatch(self.types[self.columns.index(name)]) is not None


class KeyPart(msgspec.Struct, frozen=True):
    """A column of the sort key."""

    name: str
    is_number: bool

    @property
    def shown(self) -> str:
        return f"toString({self.name})" if self.is_number else f"hex({self.name})"

    def literal(self, value: str) -> str:
        return str(int(value)) if self.is_number else id_literal(bytes.fromhex(value))


class Chunk(msgspec.Struct, frozen=True):
    """Rows up to `last`, of which None is the end; `messages` is how many they were in store."""

    data: bytes
    messages: int
    last: Key | None


class Sum(msgspec.Struct, frozen=True):
    """Rows and the sum of their hashes."""

    rows: int
    hash: int


async def tables(analytics: Analytics) -> list[MovedTable]:
    """Return the tables that have data, in the order of their names, with those that are empty."""
    mine = "database = currentDatabase()"
    found = await analytics.query(
        "SELECT name, sorting_key, engine, ifNull(total_rows, 0), ifNull(total_bytes, 0) "
        f"FROM system.tables WHERE {mine} AND engine LIKE '%MergeTree' "
        "AND name != 'schema_migrations' ORDER BY name"
    )
    stored = await analytics.query(
        "SELECT table, groupArray(name), groupArray(type) FROM ("
        "SELECT table, name, type FROM system.columns "
        f"WHERE {mine} AND default_kind IN ('', 'DEFAULT') ORDER BY table, position) GROUP BY table"
    )
    columns = {table: tuple(names) for table, names, _ in stored}
    types = {table: tuple(of) for table, _, of in stored}
    return [
        MovedTable(
            name,
            columns[name],
            types[name],
            tuple(key.split(", ")),
            engine.endswith("ReplacingMergeTree") and "is_deleted" in columns[name],
            rows,
            size,
        )
        for name, key, engine, rows, size in found
    ]


async def rows_of(analytics: Analytics, names: Sequence[str]) -> int:
    """Return how many messages the tables hold together."""
    counts = [f"(SELECT count() FROM {name})" for name in names]
    return int((await analytics.query(f"SELECT {' + '.join(counts)}"))[0][0])


async def unfinished(analytics: Analytics) -> tuple[int, str]:
    """Return how many changes of tables are not carried out yet, and what one of them failed of."""
    found = await analytics.query(
        "SELECT count(), anyIf(latest_fail_reason, latest_fail_reason != '') "
        "FROM system.mutations WHERE database = currentDatabase() AND NOT is_done"
    )
    return int(found[0][0]), str(found[0][1])


async def mark(analytics: Analytics) -> str:
    """Return what is another once rows were added or deleted; merges leave it.

    Inserts and changes of a table take their numbers from one counter; a part's name has those of
    both. Of changes that are not carried out yet no part knows.
    """
    mine = "database = currentDatabase()"
    # First: one that is carried out between the two questions is found by both.
    waiting = await analytics.query(
        "SELECT table, max(arrayMax(block_numbers.number)) FROM system.mutations "
        f"WHERE {mine} AND NOT is_done GROUP BY table"
    )
    stored = await analytics.query(
        "SELECT table, max(greatest(max_block_number, toInt64OrZero(splitByChar('_', name)[5]))) "
        f"FROM system.parts WHERE {mine} AND active AND rows > 0 GROUP BY table"
    )
    last: dict[str, int] = {}
    for table, number in (*waiting, *stored):
        last[table] = max(last.get(table, 0), number)
    return hashlib.sha256(repr(sorted(last.items())).encode()).hexdigest()


async def hold_still(analytics: Analytics) -> None:
    """Merge nothing from now on: the folder stays as it is, and the processor is for others."""
    await analytics.command("SYSTEM STOP MERGES")


class Reader:
    """Reads a table range by range, in ranges of about `target_bytes`."""

    def __init__(self, analytics: Analytics, table: MovedTable, target_bytes: int) -> None:
        self._analytics = analytics
        self._table = table
        self._target = target_bytes
        self._rows = _FIRST_ROWS

    async def read(self, after: Key | None) -> Chunk:
        """Return what comes after a key. Raises as `Analytics.query` does."""
        while True:
            last = await self._end(after)
            try:
                data = await self._data(after, last)
            except (PayloadTooLargeError, StoreUnavailableError):
                # More than was asked for, or than the engine has memory for.
                if self._rows == 1:
                    raise
                self._rows = max(1, self._rows // (2 * _GROWTH))
                continue
            read = self._rows
            factor = min(_GROWTH, self._target / max(1, len(data)))
            self._rows = min(_MOST_ROWS, max(1, int(read * factor)))
            return Chunk(data, read, last)

    async def _end(self, after: Key | None) -> Key | None:
        table, key = self._table, self._table.sort_key
        found = await self._analytics.query(
            f"SELECT {', '.join(part.shown for part in key)} FROM {table.name} "
            f"WHERE {_between(key, after, None)} "
            f"ORDER BY {', '.join(table.key)} LIMIT 1 OFFSET {self._rows - 1}"
        )
        return tuple(found[0]) if found else None

    async def _data(self, after: Key | None, last: Key | None) -> bytes:
        table = self._table
        columns = ", ".join(table.columns)
        where = _between(table.sort_key, after, last)
        sql = f"SELECT {columns} FROM {table.name} FINAL WHERE {where}"
        if table.has_deletions:
            sql += f" UNION ALL SELECT {columns} FROM ({_deletions(table, where)})"
        if self._rows > 1:
            sql += f" SETTINGS max_result_bytes = {_GROWTH * self._target}"
        return await self._analytics.read_bytes(sql, format=_FORMAT)


async def write(analytics: Analytics, table: MovedTable, chunk: Chunk) -> None:
    """Put a range into its table; when this returns it is on disk."""
    if chunk.data:
        await analytics.insert(table.name, table.columns, chunk.data)


async def sums(analytics: Analytics, table: MovedTable) -> dict[tuple[str, str], Sum]:
    """Return the sums of a table by workspace and project, both in hex, deletions included."""
    pairs = zip(table.columns, table.types, strict=True)
    row = ", ".join(part for name, type_ in pairs for part in _encoded(name, type_))
    found = await _sums(analytics, f"{table.name} FINAL", row)
    if table.has_deletions:
        # What else a deletion says, nobody reads.
        row = f"{', '.join(table.key)}, version"
        for place, more in (await _sums(analytics, f"({_deletions(table, '1')})", row)).items():
            before = found.get(place, Sum(0, 0))
            found[place] = Sum(before.rows + more.rows, (before.hash + more.hash) % 2**64)
    return found


async def _sums(analytics: Analytics, source: str, row: str) -> dict[tuple[str, str], Sum]:
    rows = await analytics.query(
        f"SELECT hex(workspace_id) AS w, hex(project_id) AS p, count(), sum(cityHash64({row})) "
        f"FROM {source} GROUP BY w, p"
    )
    return {(r[0], r[1]): Sum(int(r[2]), int(r[3])) for r in rows}


def _deletions(table: MovedTable, where: str) -> str:
    """Return the query of the newest deletion of each row that is deleted."""
    key = ", ".join(table.key)
    name = table.name
    deleted = f"SELECT {key} FROM {name} WHERE {where} AND is_deleted"
    return (
        f"SELECT {', '.join(table.columns)} FROM {name} WHERE {where} AND is_deleted AND ({key}) "
        f"NOT IN (SELECT {key} FROM {name} FINAL WHERE {where} AND ({key}) IN ({deleted})) "
        f"ORDER BY {key}, version DESC LIMIT 1 BY {key}"
    )


def _between(key: Sequence[KeyPart], after: Key | None, last: Key | None) -> str:
    """Return the condition for `after` < key <= `last`, in words that the engine's index knows."""
    if after is not None and last is not None and len(key) > 1 and after[0] == last[0]:
        rest = _between(key[1:], after[1:], last[1:])
        return f"{key[0].name} = {key[0].literal(after[0])} AND {rest}"
    parts = []
    if after is not None:
        parts.append(_beyond(key, after, ">", ">"))
    if last is not None:
        parts.append(_beyond(key, last, "<", "<="))
    return " AND ".join(parts) or "1"


def _beyond(key: Sequence[KeyPart], values: Key, sign: str, at_last: str) -> str:
    name, value = key[0].name, key[0].literal(values[0])
    if len(key) == 1:
        return f"{name} {at_last} {value}"
    rest = _beyond(key[1:], values[1:], sign, at_last)
    return f"({name} {sign} {value} OR ({name} = {value} AND {rest}))"


def _encoded(name: str, type_: str) -> list[str]:
    """Return what a column is hashed by: plain values, which every version hashes alike."""
    while (found := _WRAPPED.fullmatch(type_)) is not None:
        type_ = found[1]
    if (nullable := _NULLABLE.fullmatch(type_)) is not None:
        # The hash of a NULL among others is NULL.
        shown = f"toString({name})"
        if nullable[1].startswith("DateTime64(6"):
            shown = f"toString(toUnixTimestamp64Micro({name}))"
        return [f"isNull({name})", f"ifNull({shown}, '')"]
    if (found := _VERSIONED.fullmatch(type_)) is not None:
        value = f"tupleElement({name}, 2)"
        return [f"tupleElement({name}, 1)", *_encoded(value, found[1])]
    if type_.startswith("DateTime64(6"):
        return [f"toUnixTimestamp64Micro({name})"]
    return [name if _PLAIN.fullmatch(type_) else f"toString({name})"]
