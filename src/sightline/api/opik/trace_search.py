"""Searching traces: all that match, streamed as JSON lines."""

from typing import Any

from litestar import Request, Router, post
from litestar.response import Stream

from sightline.api.kit.bodies import read_json
from sightline.api.kit.services import Services
from sightline.api.opik._entities import stream_of
from sightline.domain.workspace import Principal
from sightline.wire.opik.reads import SearchIn


@post("/search", status_code=200, opt={"role": "read", "body": SearchIn})
async def search_traces(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Stream:
    """Stream traces, the newest first, from the one after `last_retrieved_id` on."""
    return await stream_of("trace", who, services, await read_json(request, SearchIn))


ROUTER = Router(path="/api/v1/private/traces", route_handlers=[search_traces], tags=["traces"])
