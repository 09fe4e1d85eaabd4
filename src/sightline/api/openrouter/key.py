"""The key that asks."""

from litestar import Response, Router, get

from sightline.api.kit.gateway import management
from sightline.api.kit.gateway_keys import key_view
from sightline.api.kit.services import Services
from sightline.api.openrouter._answers import BASE, DEPENDENCIES, json_answer
from sightline.core.ids import format_id
from sightline.domain.gateway import Caller
from sightline.wire.openrouter.keys import Amounts, current_key_body


@get(f"{BASE}/key")
async def get_current_key(services: Services, caller: Caller) -> Response[bytes]:
    """Return what the key of this request may do and what it has spent."""
    workspace_id = format_id(caller.workspace_id)
    if caller.key_id is None:
        # A key of the server itself has no limits and no account of its own.
        body = current_key_body(
            caller.key.label or caller.user,
            Amounts(),
            is_management=caller.is_management,
            workspace_id=workspace_id,
        )
        return json_answer({"data": body})
    found = await management(services).accounts.get(caller.workspace_id, caller.key.hash)
    view = key_view(found)
    body = current_key_body(
        view.label,
        view.amounts,
        is_management=view.is_management,
        workspace_id=workspace_id,
        rpm=view.rpm,
        expires_at_us=view.expires_at_us,
    )
    return json_answer({"data": body})


ROUTER = Router(
    path="/", route_handlers=[get_current_key], dependencies=DEPENDENCIES, tags=["gateway: keys"]
)
