"""`GET projects/{id}/export`: a slice as a file, streamed; `GET exports/{token}`: how far it is."""

import re
from typing import Any
from urllib.parse import quote

from litestar import Router, get
from litestar.di import Provide
from litestar.response import Stream

from sightline.api.console._export_formats import (
    MEDIA_TYPES,
    Parts,
    csv_lines,
    json_lines,
    parquet_file,
    tables_of,
)
from sightline.api.console._slice import Slice, slice_of
from sightline.api.kit.services import Services
from sightline.core.clock import from_us
from sightline.core.errors import InvalidRequestError
from sightline.core.ids import parse_id
from sightline.domain.filter import EntityType, Sort
from sightline.domain.workspace import Principal
from sightline.services.query import export_columns, export_rows
from sightline.services.query.entities import Media, Shown
from sightline.services.query.export_columns import NAMES
from sightline.services.query.export_rows import Wanted
from sightline.services.query.table import check_sort
from sightline.services.query.threads import Reading

_MAX_IDS = 1_000
_MAX_SORTS = 5
# What a column may need that stands beside an entity's own row.
_OPTIONAL = frozenset((*NAMES["trace"], *NAMES["span"], "guardrails_validations", "has_tool_spans"))


@get(
    "/projects/{project_id:str}/export",
    dependencies={"asked": Provide(slice_of)},
    summary="Export a slice as CSV, JSON lines or Parquet",
)
async def export(
    asked: Slice,
    who: Principal,
    services: Services,
    format: str = "csv",
    columns: str | None = None,
    sort: str | None = None,
    ids: list[str] | None = None,
    spans: bool = False,
    token: str | None = None,
) -> Stream:
    """Stream all that is in the slice, or what `ids` names; `token` names it for `exports/`.

    JSON lines are Opik's bodies, whole, and can be imported again where `spans` joins the spans to
    their traces. A failure after the first bytes cuts the connection.
    """
    if format not in MEDIA_TYPES:
        raise InvalidRequestError(
            f"Parameter `format` cannot be `{format[:40]}`",
            hint=f"It is one of {', '.join(MEDIA_TYPES)}",
        )
    if spans and (format != "jsonl" or asked.entity != "trace"):
        raise InvalidRequestError(
            "Parameter `spans` is for traces as JSON lines alone",
            hint="Use entity=trace&format=jsonl, or export the spans by entity=span",
        )
    chosen = export_columns.chosen(asked.entity, columns)
    wanted = _wanted(asked, sort, ids, services.clock.now_us())
    media = Media(services.catalog, services.blobs)
    whole = format == "jsonl"
    read = export_columns.fields_read(chosen)
    folder = services.data_folder or None
    parts: Parts
    if asked.entity == "thread":
        cut = not whole and not read & {"first_message", "last_message"}
        reading = Reading(lifecycle=asked.lifecycle, truncate=cut, media=media if whole else None)
        parts = export_rows.conversations(services.analytics, wanted, reading, folder)
    else:
        shown = Shown(media=media) if whole else Shown(exclude=_OPTIONAL - read)
        parts = export_rows.entities(services.analytics, wanted, shown, folder)
    progress = services.exports.begin(
        who.workspace_id, None if token is None else parse_id(token, "token")
    )
    try:
        parts = await _primed(parts)
    except BaseException:
        progress.state = "failed"
        raise
    place: Any = {"analytics": services.analytics, "workspace_id": who.workspace_id}
    if whole:
        pieces = json_lines(
            asked.entity, parts, progress, spans=Shown(media=media) if spans else None, **place
        )
    else:
        tables = tables_of(chosen, parts, progress, **place)
        pieces = (csv_lines if format == "csv" else parquet_file)(chosen, tables)
    running = services.exports.run(progress, pieces, export_rows.count(services.analytics, wanted))
    # Begun here: one that never ran would not clean up when the client has gone already.
    await anext(running)
    project = await services.directory.project(who.workspace_id, asked.project_id)
    name = f"{project.name if project else 'export'}-{asked.entity}s"
    return Stream(
        running,
        media_type=MEDIA_TYPES[format],
        headers={
            "Content-Disposition": _disposition(name, format, services.clock.now_us()),
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


@get("/exports/{token:str}", summary="Watch an export")
async def read_progress(token: str, who: Principal, services: Services) -> dict[str, Any]:
    """Return how many rows an export has written, and of how many as soon as they are counted.

    `waiting` is one that has not begun: whoever starts a download asks before it has.
    """
    found = services.exports.find(who.workspace_id, parse_id(token, "token"))
    if found is None:
        return {"state": "waiting", "rows": 0, "total": None}
    return {"state": found.state, "rows": found.rows, "total": found.total}


def _wanted(asked: Slice, sort: str | None, ids: list[str] | None, now_us: int) -> Wanted:
    names = [name for part in ids or () for name in part.split(",") if name]
    if len(names) > _MAX_IDS:
        raise InvalidRequestError(
            f"Parameter `ids` may name at most {_MAX_IDS}", hint="Name more by a query"
        )
    thread_ids = raw_ids = None
    if names and asked.entity == "thread":
        # A thread's id may have a comma in it: each value is tried as it stands, too.
        thread_ids = tuple(dict.fromkeys([*(ids or ()), *names]))
    elif names:
        raw_ids = tuple(dict.fromkeys(parse_id(name, f"ids[{i}]") for i, name in enumerate(names)))
    return Wanted(
        entity=asked.entity,
        scope=asked.scope,
        lifecycle=asked.lifecycle,
        sorting=_sorting(asked.entity, sort),
        ids=raw_ids,
        thread_ids=thread_ids,
        now_us=now_us,
    )


def _sorting(entity: EntityType, text: str | None) -> tuple[Sort, ...]:
    names = [name.strip() for name in (text or "").split(",") if name.strip(" -")]
    if len(names) > _MAX_SORTS:
        raise InvalidRequestError(f"Parameter `sort` may name at most {_MAX_SORTS} columns")
    found = []
    for name in names:
        sort = Sort(name.removeprefix("-"), name.startswith("-"))
        check_sort(entity, sort)
        if sort.field == "guardrails":
            sort = Sort("guardrails_result", sort.descending)
        found.append(sort)
    return tuple(found)


async def _primed(parts: Parts) -> Parts:
    """Read the first rows here: what is wrong with the question is an answer of its own."""
    first = [part async for part in _first(parts)]

    async def all() -> Parts:
        for part in first:
            yield part
        async for part in parts:
            yield part

    return all()


async def _first(parts: Parts) -> Parts:
    try:
        yield await anext(parts)
    except StopAsyncIteration:
        return


def _disposition(name: str, ending: str, now_us: int) -> str:
    moment = from_us(now_us)
    whole = f"{name}-{moment:%Y-%m-%d-%H%M}.{ending}"
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", whole)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(whole, safe='')}"


ROUTER = Router(path="/api/console", route_handlers=[export, read_progress], tags=["console"])
