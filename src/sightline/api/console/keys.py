"""API keys of the workspace: made, listed and ended by its admins."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import MediaType, Request, Response, Router, delete, get, post
from msgspec import Meta

from sightline.api.console.session import cookie_of
from sightline.api.kit.bodies import read_json
from sightline.api.kit.paging import check_page, page_body
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.core.clock import format_us
from sightline.core.errors import UnprocessableError
from sightline.core.ids import format_id, parse_id
from sightline.domain.workspace import Principal
from sightline.services.workspace.api_keys import ApiKeys
from sightline.stores.catalog.api_keys import KeyRecord

_DAY_US = 86_400_000_000
_ADMIN = {"role": "admin"}


class KeyBody(msgspec.Struct):
    name: str
    role: Literal["admin", "write", "read"] = "write"
    expires_in_days: Annotated[int, Meta(ge=1, le=3650)] | None = None


@get("/", opt=_ADMIN)
async def list_keys(
    who: Principal, services: Services, page: int = 1, size: int = 100
) -> Response[bytes]:
    """List the workspace's keys, newest first, ended ones too. Never their text."""
    page, size = check_page(page, size)
    found = await _keys(services).list_page(workspace_id=who.workspace_id, page=page, size=size)
    body = page_body(page, found.total, [_body(record) for record in found.items])
    return Response(codec.encode(body), media_type=MediaType.JSON)


@post("/", opt={**_ADMIN, "body": KeyBody}, status_code=201)
async def create_key(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Make a key; its text is in this answer and never again.

    The first key makes the server ask everybody for one. So that whoever makes it is not shut out
    by it, it must be an admin's, and this browser is signed in with it.
    """
    body = await read_json(request, KeyBody)
    was_open = not await services.gate.check()
    is_first = was_open and services.gate.closes_with_a_key
    if is_first and body.role != "admin":
        text = "role must be admin: the first key turns keys on, and you could not come back here"
        raise UnprocessableError(text, fields=[text])
    days = body.expires_in_days
    issued = await _keys(services).create(
        who.workspace_name,
        body.name,
        role=body.role,
        expires_at_us=None if days is None else services.clock.now_us() + days * _DAY_US,
    )
    key = issued.key.reveal()
    answer = Response(
        codec.encode({**_body(issued.record), "key": key, "turned_keys_on": is_first}),
        status_code=201,
        media_type=MediaType.JSON,
        headers={"Cache-Control": "no-store"},
    )
    if is_first:
        await services.gate.look()
        signed_in = await services.sessions.begin(issued.record)
        answer.set_cookie(cookie_of(request, services, signed_in))
    return answer


@delete("/{id:str}", opt=_ADMIN)
async def revoke_key(id: str, who: Principal, services: Services) -> None:
    """End a key and everybody's sessions that it began."""
    await _keys(services).revoke(parse_id(id), workspace_id=who.workspace_id)


def _keys(services: Services) -> ApiKeys:
    return ApiKeys(services.catalog, services.directory, services.clock)


def _body(record: KeyRecord) -> dict[str, Any]:
    def when(us: int | None) -> str | None:
        return None if us is None else format_us(us)

    return {
        "id": format_id(record.id),
        "name": record.name,
        "role": record.role,
        "masked": record.masked,
        "workspace": record.workspace_name,
        "created_at": when(record.created_at_us),
        "last_used_at": when(record.last_used_at_us),
        "expires_at": when(record.expires_at_us),
        "revoked_at": when(record.revoked_at_us),
    }


ROUTER = Router(
    path="/api/console/keys", route_handlers=[list_keys, create_key, revoke_key], tags=["keys"]
)
