"""`GET traces/{id}` and `GET spans/{id}`: all that is known of one, its payloads cut to be shown.

A payload is cut by characters of its JSON text and comes as text: what is cut is no JSON any more.
"""

import asyncio
from typing import Any

from litestar import MediaType, Response, Router, get

from sightline.api.console._attachments import files_of
from sightline.api.kit.comments import comment_body
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.core.errors import InvalidRequestError
from sightline.core.ids import parse_id
from sightline.domain.workspace import Principal
from sightline.services.query import payloads
from sightline.services.query.payloads import MAX_LIMIT, NAMES
from sightline.stores.analytics.columns import Entity
from sightline.wire.opik.reads import span_body, trace_body

# What a person reads before scrolling is far less; what is cut is one request away.
_LIMIT = 256 * 1024


@get("/traces/{id:str}", summary="Read a trace with its payloads cut")
async def read_trace(
    id: str, who: Principal, services: Services, limit: int = _LIMIT
) -> Response[bytes]:
    """Return a trace in Opik's shape, with the first `limit` characters of each payload."""
    return await _read("trace", id, who, services, limit)


@get("/spans/{id:str}", summary="Read a span with its payloads cut")
async def read_span(
    id: str, who: Principal, services: Services, limit: int = _LIMIT
) -> Response[bytes]:
    """Return a span in Opik's shape, with the first `limit` characters of each payload."""
    return await _read("span", id, who, services, limit)


async def _read(
    entity: Entity, id: str, who: Principal, services: Services, limit: int
) -> Response[bytes]:
    if not 0 <= limit <= MAX_LIMIT:
        raise InvalidRequestError(
            f"Parameter `limit` must be between 0 and {MAX_LIMIT}",
            hint="The whole of a payload is at `payload/input`, `payload/output` or "
            "`payload/metadata`",
        )
    raw = parse_id(id)
    lean = await payloads.lean(services.analytics, entity, who.workspace_id, raw, limit=limit)
    view = lean.found.view
    project_id = view.columns["project_id"]
    project, files = await asyncio.gather(
        services.directory.project(who.workspace_id, project_id),
        files_of(who, services, project_id, entity, raw),
    )
    said = [comment_body(c) for c in lean.found.comments]
    body: dict[str, Any] = (trace_body if entity == "trace" else span_body)(view, said, NAMES)
    for name in ("tags", "feedback_scores", "comments"):
        body[name] = body[name] or []
    body["project_name"] = None if project is None else project.name
    body["is_running"] = body["end_time"] is None
    body["payloads"] = {
        name: {"text": found.text, "size": found.size, "complete": found.is_complete}
        if (found := lean.payloads.get(name)) is not None
        else None
        for name in NAMES
    }
    body["attachments"] = files
    return Response(codec.encode(body), media_type=MediaType.JSON)


ROUTER = Router(path="/api/console", route_handlers=[read_trace, read_span], tags=["console"])
