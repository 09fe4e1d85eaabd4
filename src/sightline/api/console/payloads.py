"""`GET {traces|spans}/{id}/payload/{name}`: the whole of an input, output or metadata."""

from litestar import MediaType, Router, get
from litestar.response import Stream

from sightline.api.kit.services import Services
from sightline.core.errors import NotFoundError
from sightline.core.ids import parse_id
from sightline.domain.workspace import Principal
from sightline.services.query import payloads
from sightline.services.query.payloads import NAMES
from sightline.stores.analytics.columns import Entity


@get("/traces/{id:str}/payload/{name:str}", summary="Read a whole payload of a trace")
async def read_of_trace(id: str, name: str, who: Principal, services: Services) -> Stream:
    """Stream the JSON text of a trace's payload as it was sent."""
    return await _stream("trace", id, name, who, services)


@get("/spans/{id:str}/payload/{name:str}", summary="Read a whole payload of a span")
async def read_of_span(id: str, name: str, who: Principal, services: Services) -> Stream:
    """Stream the JSON text of a span's payload as it was sent."""
    return await _stream("span", id, name, who, services)


async def _stream(entity: Entity, id: str, name: str, who: Principal, services: Services) -> Stream:
    """Answer with the text that is stored: media that were cut out of it stay references."""
    if name not in NAMES:
        raise NotFoundError(
            f"There is no payload `{name[:40]}`", hint=f"There are {', '.join(NAMES)}"
        )
    found = await payloads.whole(services.analytics, entity, who.workspace_id, parse_id(id), name)
    return Stream(
        payloads.pieces(found),
        media_type=MediaType.JSON,
        headers={
            "Content-Length": str(found.size_bytes),
            # Somebody's model wrote it: a browser that opens it alone must not guess what it is.
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


ROUTER = Router(path="/api/console", route_handlers=[read_of_trace, read_of_span], tags=["console"])
