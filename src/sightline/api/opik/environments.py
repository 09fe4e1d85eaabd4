"""Environments: names such as `production` that traces and spans carry."""

from typing import Any

from litestar import MediaType, Request, Response, Router, get, patch, post

from sightline.api.kit.bodies import read_json
from sightline.api.kit.counts import check_count
from sightline.api.kit.paging import page_body
from sightline.api.kit.services import Services
from sightline.api.opik._bodies import read_optional
from sightline.core import codec
from sightline.core.ids import format_id, parse_id
from sightline.domain.workspace import Principal
from sightline.services.workspace.environments import Environments
from sightline.wire.opik.annotations import IdsIn
from sightline.wire.opik.definitions import EnvironmentIn, EnvironmentUpdate, environment_body

_PATH = "/api/v1/private/environments"


@get("/")
async def find_environments(who: Principal, services: Services) -> Response[bytes]:
    """List the workspace's environments, oldest first: one page, since there are at most 100."""
    found = await _environments(services).list_all(who.workspace_id)
    content = [environment_body(item) for item in found]
    return Response(
        codec.encode(page_body(1, len(content), content, sortableBy=[])),
        media_type=MediaType.JSON,
    )


@post("/", status_code=201, opt={"body": EnvironmentIn})
async def create_environment(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Create an environment; 409 when the name is taken or there are 100 already."""
    item = await read_json(request, EnvironmentIn)
    made = await _environments(services).create(
        who.workspace_id,
        item.name,
        user=who.user,
        id=parse_id(item.id) if item.id else None,
        description=item.description,
        color=item.color,
        position=item.position,
    )
    return Response(
        codec.encode({"id": format_id(made.id)}),
        status_code=201,
        media_type=MediaType.JSON,
        headers={"Location": f"{services.public_url}{_PATH}/{format_id(made.id)}"},
    )


@get("/{id:str}")
async def get_environment(id: str, who: Principal, services: Services) -> Response[bytes]:
    """Return one environment."""
    found = await _environments(services).get(who.workspace_id, parse_id(id))
    return Response(codec.encode(environment_body(found)), media_type=MediaType.JSON)


@patch("/{id:str}", status_code=204, opt={"body": EnvironmentUpdate})
async def update_environment(
    request: Request[Any, Any, Any], id: str, who: Principal, services: Services
) -> None:
    """Change an environment."""
    item = await read_optional(request, EnvironmentUpdate)
    await _environments(services).update(
        who.workspace_id,
        parse_id(id),
        user=who.user,
        name=item.name,
        description=item.description,
        color=item.color,
        position=item.position,
    )


@post("/delete", status_code=204, opt={"body": IdsIn})
async def delete_environments(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> None:
    """Delete environments; ids that are not there are passed over."""
    body = await read_json(request, IdsIn)
    check_count(len(body.ids), services.limits.max_batch_items, "ids")
    ids = [parse_id(id, f"ids[{i}]") for i, id in enumerate(body.ids)]
    await _environments(services).delete(who.workspace_id, ids)


def _environments(services: Services) -> Environments:
    return Environments(services.catalog, services.clock)


ROUTER = Router(
    path=_PATH,
    route_handlers=[
        find_environments,
        create_environment,
        get_environment,
        update_environment,
        delete_environments,
    ],
    tags=["environments"],
)
