"""What the workspace has spent through the gateway."""

from litestar import Response, Router, get

from sightline.api.kit.gateway import check_manager, management
from sightline.api.kit.services import Services
from sightline.api.openrouter._answers import BASE, DEPENDENCIES, json_answer
from sightline.domain.gateway import Caller


@get(f"{BASE}/credits")
async def get_credits(services: Services, caller: Caller) -> Response[bytes]:
    """Return USD. Nothing is paid in advance here: `total_credits` is what the keys' limits allow
    together, and at least what was spent."""
    check_manager(caller)
    found = await management(services).accounts.credits(caller.workspace_id)
    total = max(found.limits, found.total_usage)
    return json_answer(
        {"data": {"total_credits": float(total), "total_usage": float(found.total_usage)}}
    )


ROUTER = Router(
    path="/", route_handlers=[get_credits], dependencies=DEPENDENCIES, tags=["gateway: keys"]
)
