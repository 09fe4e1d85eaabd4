"""Parquet, written piece by piece: a row group is bytes at once, so a table of any length streams.

Just what our tables need (https://parquet.apache.org/docs/file-format): version 1 data pages, one a
column and row group, values PLAIN, levels RLE, ZSTD. Why not a library: the light ones count a row
group by rows alone, however wide, and the one that lets us say where it ends weighs 55 MB.
"""

import struct
from collections.abc import Sequence
from typing import Any

import msgspec
from backports import zstd

from sightline.wire.tables import thrift
from sightline.wire.tables.column import Column, Kind, Rows
from sightline.wire.tables.thrift import Field

MAGIC = b"PAR1"
_CREATED_BY = "sightline"

# Numbers of the format's enums.
_OPTIONAL, _REQUIRED, _REPEATED = 1, 0, 2
_PLAIN, _RLE = 0, 3
_ZSTD = 6
_TYPES: dict[Kind, int] = {
    "bool": 0, "integer": 2, "time": 2, "number": 5, "text": 6, "list": 6,
}  # fmt: skip
_UTF8, _LIST, _TIMESTAMP_MICROS = 0, 3, 10
_STRING_TYPE: Field = (1, thrift.STRUCT, [])
_LIST_TYPE: Field = (3, thrift.STRUCT, [])
_MICROS: Field = (2, thrift.STRUCT, [(2, thrift.STRUCT, [])])
_UTC_MICROS_TYPE: Field = (8, thrift.STRUCT, [(1, thrift.BOOL, True), _MICROS])


class _Chunk(msgspec.Struct):
    """Where a column's values of a row group are."""

    offset: int
    size: int
    plain_size: int
    values: int


class ParquetWriter:
    """Makes the bytes of one file, in order: `MAGIC`, any number of row groups, the footer."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = list(columns)
        self._groups: list[tuple[list[_Chunk], int]] = []
        self._offset = len(MAGIC)

    def row_group(self, rows: Rows) -> bytes:
        """Return rows as a row group; ten thousand, or some megabytes, are a good size."""
        out = []
        chunks = []
        for place, column in enumerate(self._columns):
            values = [row[place] for row in rows]
            body, count = _page_body(column.kind, values)
            packed = zstd.compress(body, 1)
            page = _page_header(len(body), len(packed), count) + packed
            head = len(page) - len(packed)
            chunks.append(_Chunk(self._offset, len(page), len(body) + head, count))
            self._offset += len(page)
            out.append(page)
        self._groups.append((chunks, len(rows)))
        return b"".join(out)

    def footer(self) -> bytes:
        """Return the end of the file: what is where."""
        schema = [
            [(4, thrift.BINARY, b"row"), (5, thrift.I32, len(self._columns))],
            *(element for column in self._columns for element in _schema(column)),
        ]
        meta = thrift.struct_bytes(
            [
                (1, thrift.I32, 1),
                (2, thrift.LIST, (thrift.STRUCT, schema)),
                (3, thrift.I64, sum(rows for _, rows in self._groups)),
                (4, thrift.LIST, (thrift.STRUCT, [self._group(*g) for g in self._groups])),
                (6, thrift.BINARY, _CREATED_BY.encode()),
            ]
        )
        return meta + struct.pack("<I", len(meta)) + MAGIC

    def _group(self, chunks: list[_Chunk], rows: int) -> list[Field]:
        columns = [
            _column_chunk(column, chunk)
            for column, chunk in zip(self._columns, chunks, strict=True)
        ]
        return [
            (1, thrift.LIST, (thrift.STRUCT, columns)),
            (2, thrift.I64, sum(chunk.plain_size for chunk in chunks)),
            (3, thrift.I64, rows),
        ]


def _schema(column: Column) -> list[list[Field]]:
    name = column.name.encode("utf-8", "replace")
    if column.kind == "list":
        return [
            [
                (3, thrift.I32, _OPTIONAL),
                (4, thrift.BINARY, name),
                (5, thrift.I32, 1),
                (6, thrift.I32, _LIST),
                (10, thrift.STRUCT, [_LIST_TYPE]),
            ],
            [(3, thrift.I32, _REPEATED), (4, thrift.BINARY, b"list"), (5, thrift.I32, 1)],
            [
                (1, thrift.I32, _TYPES["list"]),
                (3, thrift.I32, _REQUIRED),
                (4, thrift.BINARY, b"element"),
                (6, thrift.I32, _UTF8),
                (10, thrift.STRUCT, [_STRING_TYPE]),
            ],
        ]
    fields: list[Field] = [
        (1, thrift.I32, _TYPES[column.kind]),
        (3, thrift.I32, _OPTIONAL),
        (4, thrift.BINARY, name),
    ]
    if column.kind == "text":
        fields += [(6, thrift.I32, _UTF8), (10, thrift.STRUCT, [_STRING_TYPE])]
    elif column.kind == "time":
        fields += [(6, thrift.I32, _TIMESTAMP_MICROS), (10, thrift.STRUCT, [_UTC_MICROS_TYPE])]
    return [fields]


def _column_chunk(column: Column, chunk: _Chunk) -> list[Field]:
    path = [column.name.encode("utf-8", "replace")]
    if column.kind == "list":
        path += [b"list", b"element"]
    meta: list[Field] = [
        (1, thrift.I32, _TYPES[column.kind]),
        (2, thrift.LIST, (thrift.I32, [_PLAIN, _RLE])),
        (3, thrift.LIST, (thrift.BINARY, path)),
        (4, thrift.I32, _ZSTD),
        (5, thrift.I64, chunk.values),
        (6, thrift.I64, chunk.plain_size),
        (7, thrift.I64, chunk.size),
        (9, thrift.I64, chunk.offset),
    ]
    return [(2, thrift.I64, chunk.offset), (3, thrift.STRUCT, meta)]


def _page_header(plain_size: int, size: int, values: int) -> bytes:
    data_page: list[Field] = [
        (1, thrift.I32, values),
        (2, thrift.I32, _PLAIN),
        (3, thrift.I32, _RLE),
        (4, thrift.I32, _RLE),
    ]
    return thrift.struct_bytes(
        [
            (1, thrift.I32, 0),
            (2, thrift.I32, plain_size),
            (3, thrift.I32, size),
            (5, thrift.STRUCT, data_page),
        ]
    )


def _page_body(kind: Kind, cells: list[Any]) -> tuple[bytes, int]:
    """Return levels and values, and the number of values, for which a null counts too."""
    if kind != "list":
        present = [cell for cell in cells if cell is not None]
        levels = [0 if cell is None else 1 for cell in cells]
        return _levels(levels) + _values(kind, present), len(cells)
    defined: list[int] = []
    repeated: list[int] = []
    texts: list[str] = []
    for cell in cells:
        if not cell:
            # Nothing at all, or a list without an element.
            defined.append(0 if cell is None else 1)
            repeated.append(0)
            continue
        texts += cell
        defined += [2] * len(cell)
        repeated += [0, *[1] * (len(cell) - 1)]
    return _levels(repeated) + _levels(defined) + _values("text", texts), len(defined)


def _values(kind: Kind, values: list[Any]) -> bytes:
    if kind == "text":
        return b"".join(
            [
                part
                for text in values
                for raw in (text.encode("utf-8", "replace"),)
                for part in (struct.pack("<I", len(raw)), raw)
            ]
        )
    if kind == "number":
        return struct.pack(f"<{len(values)}d", *values)
    if kind == "bool":
        bits = sum(1 << i for i, value in enumerate(values) if value)
        return bits.to_bytes((len(values) + 7) // 8, "little")
    return struct.pack(f"<{len(values)}q", *values)


def _levels(levels: list[int]) -> bytes:
    """Return levels as runs of the same, which most of a column is."""
    out = bytearray()
    start = 0
    for end in range(1, len(levels) + 1):
        if end == len(levels) or levels[end] != levels[start]:
            out += thrift.varint((end - start) << 1)
            out.append(levels[start])
            start = end
    return struct.pack("<I", len(out)) + bytes(out)
