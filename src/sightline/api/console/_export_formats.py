"""What an export writes: JSON lines that can be imported again, CSV, Parquet."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from sightline.api.kit.comments import comment_body
from sightline.core import codec
from sightline.core.ids import Id
from sightline.domain.filter import EntityType
from sightline.services.query import export_rows
from sightline.services.query.entities import Found, Shown
from sightline.services.query.export_columns import Item, rows_of
from sightline.services.query.exports import Progress
from sightline.services.query.threads import ThreadView
from sightline.stores.analytics import sweeps
from sightline.stores.analytics.engine import Analytics
from sightline.wire.opik.reads import span_body, trace_body
from sightline.wire.opik.threads import thread_body
from sightline.wire.tables import csv, parquet
from sightline.wire.tables.column import Column, Rows

Parts = AsyncIterator[Sequence[Item]]

MEDIA_TYPES = {
    "csv": "text/csv; header=present",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}
# What is in memory of a row group until it is written, and a good size to read.
_GROUP_ROWS = 10_000
# The first are smaller, each twice the one before it: nobody waits long to see that it begins.
_FIRST_ROWS = 500
_GROUP_CHARS = 8 * 1024 * 1024


def body_of(entity: EntityType, item: Item) -> dict[str, Any]:
    """Return an item in Opik's shape and what it is."""
    said = [comment_body(c) for c in item.comments]
    if isinstance(item, ThreadView):
        body = thread_body(item.thread, item.scores, said)
    else:
        body = (trace_body if entity == "trace" else span_body)(item.view, said)
    return {"entity": entity, **body}


async def json_lines(
    entity: EntityType,
    parts: Parts,
    progress: Progress,
    *,
    analytics: Analytics,
    workspace_id: Id,
    spans: Shown | None,
) -> AsyncIterator[bytes]:
    """Yield lines; with `spans` those of the spans of some traces follow the traces'."""
    async for part in parts:
        yield await _lines(entity, part)
        progress.rows += len(part)
        if spans is None:
            continue
        ids = [item.view.id for item in part if isinstance(item, Found)]
        async for found in export_rows.spans_of(analytics, workspace_id, ids, spans):
            yield await _lines("span", found)


async def _lines(entity: EntityType, items: Sequence[Item]) -> bytes:
    return await asyncio.to_thread(
        lambda: b"".join([_line(codec.encode(body_of(entity, item))) for item in items])
    )


def _line(text: bytes) -> bytes:
    # A payload is written as it was sent; between the tokens of JSON a space is as good as a break.
    return text.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n"


async def csv_lines(columns: list[Column], tables: AsyncIterator[Rows]) -> AsyncIterator[bytes]:
    """Yield the line of names, then the rows."""
    yield csv.header(columns)
    async for rows in tables:
        yield await asyncio.to_thread(csv.encode, columns, rows)


async def parquet_file(columns: list[Column], tables: AsyncIterator[Rows]) -> AsyncIterator[bytes]:
    """Yield the file, a row group at a time."""
    writer = parquet.ParquetWriter(columns)
    yield parquet.MAGIC
    held: Rows = []
    chars, most = 0, _FIRST_ROWS
    async for rows in tables:
        for row in rows:
            held.append(row)
            chars += sum(len(cell) for cell in row if isinstance(cell, str))
            if len(held) >= most or chars >= _GROUP_CHARS:
                yield await asyncio.to_thread(writer.row_group, held)
                held, chars, most = [], 0, min(2 * most, _GROUP_ROWS)
    if held:
        yield await asyncio.to_thread(writer.row_group, held)
    yield writer.footer()


async def tables_of(
    columns: list[Column],
    parts: Parts,
    progress: Progress,
    *,
    analytics: Analytics,
    workspace_id: Id,
) -> AsyncIterator[Rows]:
    """Yield the cells of the parts."""
    with_models = any(column.name == "models" for column in columns)
    async for part in parts:
        models: dict[Id, list[str]] = {}
        if with_models:
            ids = [item.view.id for item in part if isinstance(item, Found)]
            models = await sweeps.models_of(analytics, workspace_id, ids)
        yield await asyncio.to_thread(rows_of, columns, part, models)
        progress.rows += len(part)
