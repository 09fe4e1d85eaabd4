"""`/api/v1/observability/destinations`: broadcast destinations, for management keys alone."""

from typing import Any

import msgspec
from litestar import Request, Response, Router, delete, get, patch, post

from sightline.api.kit.bodies import read_json
from sightline.api.kit.destinations import DestinationFields, destination_body, rules_of
from sightline.api.kit.gateway import check_manager
from sightline.api.kit.services import Services
from sightline.api.openrouter._answers import (
    BASE,
    DEPENDENCIES,
    check_workspace,
    checked_offset,
    json_answer,
)
from sightline.core.errors import (
    InvalidRequestError,
    NotFoundError,
    UnprocessableError,
)
from sightline.core.ids import Id, parse_id
from sightline.domain.broadcast import Rules
from sightline.domain.gateway import Caller
from sightline.services.broadcast.management import Change
from sightline.services.broadcast.targets import Target

_PAGE, _MAX_PAGE = 50, 100


class NewDestination(DestinationFields, kw_only=True):
    type: str
    workspace_id: str | None = None


@get("/", summary="List the destinations")
async def list_destinations(
    services: Services,
    caller: Caller,
    offset: int | None = None,
    limit: int | None = None,
    workspace_id: str | None = None,
) -> Response[bytes]:
    """List the workspace's destinations, oldest first."""
    check_manager(caller)
    check_workspace(workspace_id, caller.workspace_id)
    start, size = checked_offset(offset), _PAGE if limit is None else limit
    if not 1 <= size <= _MAX_PAGE:
        text = f"limit must be between 1 and {_MAX_PAGE}"
        raise InvalidRequestError(text, fields=[text])
    found = await services.broadcast.management.list_all(caller.workspace_id)
    data = [destination_body(target) for target in found[start : start + size]]
    return json_answer({"data": data, "total_count": len(found)})


@post("/", opt={"body": NewDestination}, status_code=201, summary="Make a destination")
async def create_destination(
    request: Request[Any, Any, Any], services: Services, caller: Caller
) -> Response[bytes]:
    """Make a destination, when its connection test passes."""
    check_manager(caller)
    body = await _read(request, NewDestination)
    check_workspace(body.workspace_id, caller.workspace_id)
    for name in ("name", "config"):
        if getattr(body, name) is msgspec.UNSET:
            raise InvalidRequestError(f"{name} is required", fields=[f"{name} is required"])
    made = await services.broadcast.management.create(
        caller.workspace_id,
        body.type,
        str(body.name),
        body.config if isinstance(body.config, dict) else {},
        rules_of(body, Rules()),
        user=caller.user,
    )
    return json_answer({"data": destination_body(made)}, 201)


@get("/{id:str}", summary="Read a destination")
async def read_destination(id: str, services: Services, caller: Caller) -> Response[bytes]:
    """Return one destination."""
    check_manager(caller)
    return json_answer({"data": destination_body(await _find(services, caller, id))})


@patch("/{id:str}", opt={"body": DestinationFields}, summary="Change a destination")
async def update_destination(
    request: Request[Any, Any, Any], id: str, services: Services, caller: Caller
) -> Response[bytes]:
    """Change what the body names; masked secrets stay, and a changed config must pass its test."""
    check_manager(caller)
    target = await _find(services, caller, id)
    body = await _read(request, DestinationFields)
    change = Change(
        name=body.name if isinstance(body.name, str) else None,
        config=body.config if isinstance(body.config, dict) else None,
        rules=rules_of(body, target.rules),
    )
    changed = await services.broadcast.management.update(
        caller.workspace_id, target.id, change, user=caller.user
    )
    return json_answer({"data": destination_body(changed)})


@delete("/{id:str}", status_code=200, summary="Delete a destination")
async def delete_destination(id: str, services: Services, caller: Caller) -> Response[bytes]:
    """Delete a destination, and with it what waits for it."""
    check_manager(caller)
    target = await _find(services, caller, id)
    await services.broadcast.management.delete(caller.workspace_id, target.id)
    return json_answer({"deleted": True})


async def _find(services: Services, caller: Caller, text: str) -> Target:
    try:
        id: Id = parse_id(text)
    except UnprocessableError:
        raise NotFoundError("Destination not found") from None
    return await services.broadcast.management.get(caller.workspace_id, id)


async def _read(request: Request[Any, Any, Any], type_: type[Any]) -> Any:
    """Decode the body; what is wrong in it is a 400 on this face."""
    try:
        return await read_json(request, type_)
    except UnprocessableError as error:
        raise InvalidRequestError(error.message, fields=error.fields, hint=error.hint) from None


ROUTER = Router(
    path=f"{BASE}/observability/destinations",
    route_handlers=[
        list_destinations,
        create_destination,
        read_destination,
        update_destination,
        delete_destination,
    ],
    dependencies=DEPENDENCIES,
    tags=["gateway: observability"],
)
