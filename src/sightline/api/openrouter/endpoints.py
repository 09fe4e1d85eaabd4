"""Endpoints that keep nothing of what they are told."""

from litestar import Response, Router, get

from sightline.api.kit.gateway import management
from sightline.api.kit.services import Services
from sightline.api.openrouter._answers import BASE, DEPENDENCIES, json_answer
from sightline.api.openrouter._catalogue import endpoint_of
from sightline.domain.gateway import Caller


@get(f"{BASE}/endpoints/zdr")
async def list_zdr(services: Services, caller: Caller) -> Response[bytes]:
    """List the endpoints with zero data retention."""
    room = management(services)
    snapshot = await room.catalogue.snapshot(caller.workspace_id)
    figures = room.health.figures()
    found = [
        endpoint_of(room, model, endpoint, figures)
        for _, model in sorted(snapshot.models.items())
        for endpoint in model.endpoints
        if endpoint.is_zdr
    ]
    return json_answer({"data": found})


ROUTER = Router(
    path="/", route_handlers=[list_zdr], dependencies=DEPENDENCIES, tags=["gateway: models"]
)
