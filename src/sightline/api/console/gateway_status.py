"""The gateway at a glance: the operator's file, what of it has no effect, what was spent."""

from typing import Any

from litestar import MediaType, Response, Router, get

from sightline.api.kit.gateway import management
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.domain.workspace import Principal


@get("/")
async def get_status(who: Principal, services: Services) -> Response[bytes]:
    """Return the state of the configuration file and what the workspace has."""
    room = management(services)
    file = room.catalogue.file
    snapshot = await room.catalogue.snapshot(who.workspace_id)
    spent = await room.accounts.credits(who.workspace_id)
    body: dict[str, Any] = {
        "base_url": f"{services.public_url.rstrip('/')}/api/v1",
        "file": {
            "path": file.path,
            "models": len(file.models),
            "prefixes": sorted(file.wildcards),
            "destinations": [d.type for d in file.destinations],
            "has_master_key": bool(file.master_keys),
            "warnings": file.warnings,
        }
        if file.path
        else None,
        "models": len(snapshot.models),
        "prefixes": sorted(snapshot.wildcards),
        "total_usage": float(spent.total_usage),
    }
    return Response(codec.encode(body), media_type=MediaType.JSON)


ROUTER = Router(path="/api/console/gateway", route_handlers=[get_status], tags=["gateway"])
