"""`GET projects/{id}/rows`: the rows of a table, just the columns asked for."""

import asyncio
from typing import Any

from litestar import Response, Router, get
from litestar.di import Provide

from sightline.api.console._reading import PROJECT, bounded, json_response, names_of, sort_of
from sightline.api.console._slice import Slice, slice_of
from sightline.api.kit.services import Services
from sightline.domain.filter import EntityType
from sightline.services.query import table
from sightline.services.query.table import Shown
from sightline.wire.console.rows import row_body

MAX_LIMIT = 1_000
MAX_OFFSET = 1_000_000_000
MAX_PREVIEW = 10_000

_DEFAULT: dict[EntityType, tuple[str, ...]] = {
    "trace": ("name", "end_time", "duration", "input", "output", "error_type", "tags"),
    "span": ("name", "type", "end_time", "duration", "input", "output", "error_type", "tags"),
    "thread": ("first_message", "last_message", "number_of_messages", "end_time", "duration"),
}


@get("/rows", dependencies={"asked": Provide(slice_of)}, summary="Read rows of a table")
async def read_rows(
    services: Services,
    asked: Slice,
    columns: str | None = None,
    sort: str | None = None,
    limit: int = 100,
    offset: int = 0,
    preview: int = 300,
) -> Response[bytes]:
    """Return a page of rows, newest first unless sorted, and whether more follow."""
    names = names_of("columns", columns) or _DEFAULT[asked.entity]
    shown = Shown(columns=names, preview=bounded("preview", preview, 0, MAX_PREVIEW))
    rows, has_more = await table.page(
        services.analytics,
        asked.entity,
        asked.scope,
        asked.lifecycle,
        shown,
        sort=sort_of(sort, table.NEWEST_FIRST),
        limit=bounded("limit", limit, 1, MAX_LIMIT),
        offset=bounded("offset", offset, 0, MAX_OFFSET),
        now_us=services.clock.now_us(),
    )

    def body() -> dict[str, Any]:
        return {
            "rows": [row_body(row, names, shown.preview) for row in rows],
            "has_more": has_more,
        }

    return json_response(body() if len(rows) <= 200 else await asyncio.to_thread(body))


ROUTER = Router(path=PROJECT, route_handlers=[read_rows], tags=["console"])
