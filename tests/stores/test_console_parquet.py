"""The Parquet that we write is read by somebody else: the engine's own reader."""

import math
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sightline.api.console._export_formats import parquet_file
from sightline.stores.analytics.engine import Analytics
from sightline.wire.tables import parquet
from sightline.wire.tables.column import Column, Kind, Rows
from sightline.wire.tables.parquet import ParquetWriter

COLUMNS = [
    Column("id", "text"),
    Column("n", "integer"),
    Column("usage.total", "number"),
    Column("b", "bool"),
    Column("t", "time"),
    Column("tags", "list"),
]


def row(i: int) -> list[Any]:
    """Return a row that differs from its neighbours in every column, often by having nothing."""
    return [
        f"é{i}🎉" if i % 7 else None,
        (i - 500) * 2**40 if i % 3 else None,
        i / 3 if i % 2 else None,
        [True, False, None][i % 3],
        1_790_000_000_000_000 + i if i % 5 else None,
        [None, [], ["a"], ["b", "ü", ""]][i % 4],
    ]


async def read(analytics: Analytics, folder: Path, data: bytes, picked: str) -> list[list[Any]]:
    path = folder / "table.parquet"
    path.write_bytes(data)
    # The engine reads groups of rows side by side, and gives the one that is done first.
    rows = await analytics.query(
        f"SELECT {picked} FROM file('{path}', Parquet) "
        "SETTINGS input_format_parquet_preserve_order = 1"
    )
    return [list(r) for r in rows]


def written(columns: list[Column], *groups: list[list[Any]]) -> bytes:
    writer = ParquetWriter(columns)
    return b"".join([parquet.MAGIC, *map(writer.row_group, groups), writer.footer()])


async def test_every_kind_of_column_is_read_back(analytics: Analytics, tmp_path: Path) -> None:
    rows = [row(i) for i in range(1_003)]
    data = written(COLUMNS, rows[:1_000], rows[1_000:])
    picked = "id, n, `usage.total`, b, toUnixTimestamp64Micro(t), tags"
    found = await read(analytics, tmp_path, data, picked)
    # The engine has no list that is not there, only an empty one.
    assert found == [[*r[:5], r[5] or []] for r in rows]
    names = await analytics.query(f"DESCRIBE file('{tmp_path / 'table.parquet'}', Parquet)")
    assert [(name, kind) for name, kind, *_ in names] == [
        ("id", "Nullable(String)"),
        ("n", "Nullable(Int64)"),
        ("usage.total", "Nullable(Float64)"),
        ("b", "Nullable(Bool)"),
        ("t", "Nullable(DateTime64(6, 'UTC'))"),
        ("tags", "Array(String)"),
    ]


async def test_a_file_without_rows_has_its_columns(analytics: Analytics, tmp_path: Path) -> None:
    assert await read(analytics, tmp_path, written(COLUMNS), "count()") == [[0]]


async def test_a_table_of_many_columns_and_groups(analytics: Analytics, tmp_path: Path) -> None:
    columns = [Column(f"c{i}", "integer") for i in range(40)]
    groups = [[[g * 100 + i for i in range(40)]] for g in range(20)]
    found = await read(analytics, tmp_path, written(columns, *groups), "c0, c39")
    assert found == [[g * 100, g * 100 + 39] for g in range(20)]


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        ("text", ["", "x" * 1_000_000, "\x00", "\ud800"]),
        ("number", [math.inf, -0.0, 1e300, 5e-324]),
        ("integer", [0, -1, 2**63 - 1, -(2**63)]),
        ("list", [["x"] * 5_000, [""], [], ["\n", ","]]),
        ("bool", [True] * 9 + [False]),
        ("text", [None, None]),
    ],
)
async def test_odd_values_are_read_back(
    analytics: Analytics, tmp_path: Path, kind: Kind, cells: list[Any]
) -> None:
    data = written([Column("c", kind)], [[cell] for cell in cells])
    found = await read(analytics, tmp_path, data, "c")
    # A lone surrogate is no text in UTF-8.
    assert found == [["?" if cell == "\ud800" else cell] for cell in cells]


async def test_a_file_begins_with_its_first_rows_and_has_all(
    analytics: Analytics, tmp_path: Path
) -> None:
    given = 0

    async def tables() -> AsyncIterator[Rows]:
        nonlocal given
        for start in range(0, 5_000, 100):
            given += 100
            yield [[i] for i in range(start, start + 100)]

    pieces: list[bytes] = []
    when: list[int] = []
    async for piece in parquet_file([Column("n", "integer")], tables()):
        pieces.append(piece)
        when.append(given)
    # The first rows do not wait for ten thousand.
    assert when[0] == 0
    assert when[1] < 1_000
    found = await read(analytics, tmp_path, b"".join(pieces), "n")
    assert found == [[i] for i in range(5_000)]
