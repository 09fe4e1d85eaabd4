"""The demo's traffic, sent into this server at the press of a button."""

from typing import Any

from litestar import MediaType, Request, Response, Router, get, post

from sightline.api.kit.auth import COOKIE, MARK
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.domain.workspace import Principal
from sightline.services.demo_traffic import Progress


@post("/", status_code=202)
async def start_demo(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Begin to send; 409 while it is being sent. Sent twice it is there once."""
    begun = await services.demo.start(who.workspace_name, _credentials(request))
    return _shown(begun, 202)


@get("/")
async def get_demo(who: Principal, services: Services) -> Response[bytes]:
    """Say how far it is."""
    return _shown(await services.demo.progress(), 200)


def _credentials(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Return what lets the sender write as whoever asked: that person's key or session."""
    if key := request.headers.get("authorization"):
        return {"Authorization": key}
    if token := request.cookies.get(COOKIE):
        return {"Cookie": f"{COOKIE}={token}", MARK: "1"}
    return {}


def _shown(demo: Progress, status: int) -> Response[bytes]:
    body = {"state": demo.state, "sent": demo.sent, "total": demo.total, "error": demo.error}
    return Response(codec.encode(body), status_code=status, media_type=MediaType.JSON)


ROUTER = Router(path="/api/console/demo", route_handlers=[start_demo, get_demo], tags=["demo"])
