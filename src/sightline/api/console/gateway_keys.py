"""Gateway keys with what they may spend and have spent."""

from typing import Any

from litestar import MediaType, Request, Response, Router, delete, get, patch, post

from sightline.api.kit.bodies import read_json
from sightline.api.kit.gateway import management
from sightline.api.kit.gateway_keys import changes_of, key_view, new_key_of
from sightline.api.kit.paging import check_page, page_body
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.domain.workspace import Principal
from sightline.wire.openrouter.keys import CreateKeyBody, UpdateKeyBody, key_body

_ADMIN = {"role": "admin"}


@get("/", opt=_ADMIN)
async def list_keys(
    who: Principal, services: Services, page: int = 1, size: int = 100
) -> Response[bytes]:
    """List keys, newest first, disabled and expired ones too. Never their text."""
    page, size = check_page(page, size)
    found = await management(services).accounts.list_page(
        who.workspace_id, offset=(page - 1) * size, limit=size
    )
    content = [key_body(key_view(key)) for key in found.items]
    return _json(page_body(page, found.total, content))


@post("/", opt={**_ADMIN, "body": CreateKeyBody}, status_code=201)
async def create_key(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Make a key; its text (`key`) is in this answer and never again."""
    body = await read_json(request, CreateKeyBody)
    issued = await management(services).accounts.create(
        who.workspace_id, who.workspace_name, who.user, new_key_of(body)
    )
    answer = {**key_body(key_view(issued.found)), "key": issued.text.reveal()}
    return _json(answer, 201, {"Cache-Control": "no-store"})


@patch("/{hash:str}", opt={**_ADMIN, "body": UpdateKeyBody})
async def update_key(
    hash: str, request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Change a key."""
    body = await read_json(request, UpdateKeyBody)
    changed = await management(services).accounts.update(
        who.workspace_id, hash, who.user, changes_of(body)
    )
    return _json(key_body(key_view(changed)))


@delete("/{hash:str}", opt=_ADMIN)
async def delete_key(hash: str, who: Principal, services: Services) -> None:
    """Delete a key; its calls are refused from now on."""
    await management(services).accounts.remove(who.workspace_id, hash)


def _json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response[bytes]:
    return Response(
        codec.encode(value), status_code=status, media_type=MediaType.JSON, headers=headers
    )


ROUTER = Router(
    path="/api/console/gateway/keys",
    route_handlers=[list_keys, create_key, update_key, delete_key],
    tags=["gateway"],
)
