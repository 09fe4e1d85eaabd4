"""Gateway keys, made and changed by management keys."""

from typing import Any

from litestar import Request, Response, Router, delete, get, patch, post
from msgspec import UNSET

from sightline.api.kit.bodies import read_json
from sightline.api.kit.gateway import check_manager, management
from sightline.api.kit.gateway_keys import changes_of, key_view, new_key_of
from sightline.api.kit.services import Services
from sightline.api.openrouter._answers import (
    BASE,
    DEPENDENCIES,
    check_workspace,
    checked_offset,
    json_answer,
)
from sightline.domain.gateway import Caller
from sightline.wire.openrouter.keys import CreateKeyBody, UpdateKeyBody, key_body

_PAGE = 100


@get(f"{BASE}/keys")
async def list_keys(
    services: Services,
    caller: Caller,
    offset: int | None = None,
    include_disabled: bool = False,
    include_expired: bool = False,
    workspace_id: str | None = None,
) -> Response[bytes]:
    """List keys, newest first, 100 a page."""
    check_manager(caller)
    check_workspace(workspace_id, caller.workspace_id)
    page = await management(services).accounts.list_page(
        caller.workspace_id,
        offset=checked_offset(offset),
        limit=_PAGE,
        include_disabled=include_disabled,
        expired_at_us=None if include_expired else services.clock.now_us(),
    )
    return json_answer({"data": [key_body(key_view(found)) for found in page.items]})


@post(f"{BASE}/keys", opt={"body": CreateKeyBody}, status_code=201)
async def create_key(
    request: Request[Any, Any, Any], services: Services, caller: Caller
) -> Response[bytes]:
    """Make a key; its text is in this answer and never again."""
    check_manager(caller)
    body = await read_json(request, CreateKeyBody)
    check_workspace(body.workspace_id, caller.workspace_id)
    issued = await management(services).accounts.create(
        caller.workspace_id, caller.workspace_name, caller.user, new_key_of(body)
    )
    answer = {"data": key_body(key_view(issued.found)), "key": issued.text.reveal()}
    return json_answer(answer, 201, {"Cache-Control": "no-store"})


@get(f"{BASE}/keys/{{hash:str}}")
async def get_key(hash: str, services: Services, caller: Caller) -> Response[bytes]:
    """Return a key."""
    check_manager(caller)
    found = await management(services).accounts.get(caller.workspace_id, hash)
    return json_answer({"data": key_body(key_view(found))})


@patch(f"{BASE}/keys/{{hash:str}}", opt={"body": UpdateKeyBody})
async def update_key(
    hash: str, request: Request[Any, Any, Any], services: Services, caller: Caller
) -> Response[bytes]:
    """Change a key."""
    check_manager(caller)
    body = await read_json(request, UpdateKeyBody)
    if body.workspace_id is not UNSET:
        check_workspace(body.workspace_id, caller.workspace_id)
    found = await management(services).accounts.update(
        caller.workspace_id, hash, caller.user, changes_of(body)
    )
    return json_answer({"data": key_body(key_view(found))})


@delete(f"{BASE}/keys/{{hash:str}}", status_code=200)
async def delete_key(hash: str, services: Services, caller: Caller) -> Response[bytes]:
    """Delete a key; its calls are refused from now on."""
    check_manager(caller)
    await management(services).accounts.remove(caller.workspace_id, hash)
    return json_answer({"deleted": True})


ROUTER = Router(
    path="/",
    route_handlers=[list_keys, create_key, get_key, update_key, delete_key],
    dependencies=DEPENDENCIES,
    tags=["gateway: keys"],
)
