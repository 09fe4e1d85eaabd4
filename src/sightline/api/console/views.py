"""Saved views of a project."""

from typing import Any

import msgspec
from litestar import MediaType, Request, Response, Router, delete, get, patch, post

from sightline.api.kit.bodies import json_text, read_json
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.core.clock import format_us
from sightline.core.errors import UnprocessableError
from sightline.core.ids import format_id, parse_id
from sightline.domain.view import View, ViewEntity
from sightline.domain.workspace import Principal
from sightline.services.workspace.views import Views


class ViewBody(msgspec.Struct):
    name: str
    entity: ViewEntity = "trace"
    state: msgspec.Raw = msgspec.Raw(b"{}")


class ViewUpdate(msgspec.Struct):
    name: str | None = None
    state: msgspec.Raw = msgspec.Raw(b"null")


@get("/projects/{project_id:str}/views")
async def list_views(project_id: str, who: Principal, services: Services) -> Response[bytes]:
    """List a project's views by name."""
    found = await _views(services).list_all(who.workspace_id, parse_id(project_id, "project_id"))
    return _json({"content": [_body(view) for view in found]})


@post("/projects/{project_id:str}/views", opt={"body": ViewBody}, status_code=201)
async def create_view(
    request: Request[Any, Any, Any], project_id: str, who: Principal, services: Services
) -> Response[bytes]:
    """Save a view; 409 when the project has one of that name."""
    body = await read_json(request, ViewBody)
    made = await _views(services).create(
        who.workspace_id,
        parse_id(project_id, "project_id"),
        body.name,
        entity=body.entity,
        state=_state(body.state) or "{}",
        user=who.user,
    )
    return _json(_body(made), 201)


@patch("/views/{id:str}", opt={"body": ViewUpdate})
async def update_view(
    request: Request[Any, Any, Any], id: str, who: Principal, services: Services
) -> Response[bytes]:
    """Change a view's name or what it shows."""
    body = await read_json(request, ViewUpdate)
    changed = await _views(services).update(
        who.workspace_id,
        parse_id(id),
        user=who.user,
        name=body.name,
        state=_state(body.state),
    )
    return _json(_body(changed))


@delete("/views/{id:str}")
async def delete_view(id: str, who: Principal, services: Services) -> None:
    """Delete a view."""
    await _views(services).delete(who.workspace_id, parse_id(id))


def _views(services: Services) -> Views:
    return Views(services.catalog, services.clock)


def _state(raw: msgspec.Raw) -> str | None:
    text = json_text(raw, "state")
    if text is not None and not text.lstrip().startswith("{"):
        raise UnprocessableError("state must be an object", fields=["state must be an object"])
    return text


def _body(view: View) -> dict[str, Any]:
    return {
        "id": format_id(view.id),
        "project_id": format_id(view.project_id),
        "name": view.name,
        "entity": view.entity,
        "state": msgspec.Raw(view.state.encode()),
        "created_at": format_us(view.created_at_us),
        "created_by": view.created_by,
        "last_updated_at": format_us(view.last_updated_at_us),
        "last_updated_by": view.last_updated_by,
    }


def _json(body: Any, status: int = 200) -> Response[bytes]:
    return Response(codec.encode(body), status_code=status, media_type=MediaType.JSON)


ROUTER = Router(
    path="/api/console",
    route_handlers=[list_views, create_view, update_view, delete_view],
    tags=["views"],
)
