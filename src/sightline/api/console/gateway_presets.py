"""Presets and their versions."""

from typing import Any

from litestar import MediaType, Request, Response, Router, delete, get, patch, post

from sightline.api.kit.bodies import read_json
from sightline.api.kit.gateway import management
from sightline.api.kit.gateway_presets import full_body, listed_body, version_view
from sightline.api.kit.paging import check_page, page_body
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.domain.workspace import Principal
from sightline.services.gateway.presets import PresetBody, PresetChanges
from sightline.wire.openrouter.presets import version_body


@get("/")
async def list_presets(
    who: Principal, services: Services, page: int = 1, size: int = 100
) -> Response[bytes]:
    """List presets by slug."""
    page, size = check_page(page, size)
    found = await management(services).presets.list_page(
        who.workspace_id, offset=(page - 1) * size, limit=size
    )
    return _json(page_body(page, found.total, [listed_body(row) for row in found.items]))


@post("/", opt={"body": PresetBody}, status_code=201)
async def create_preset(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Make a preset."""
    body = await read_json(request, PresetBody)
    made = await management(services).presets.create(who.workspace_id, who.user, body)
    return _json(full_body(made), 201)


@get("/{slug:str}")
async def get_preset(slug: str, who: Principal, services: Services) -> Response[bytes]:
    """Return a preset with the version that calls use."""
    return _json(full_body(await management(services).presets.get(who.workspace_id, slug)))


@patch("/{slug:str}", opt={"body": PresetChanges})
async def update_preset(
    slug: str, request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Change a preset; a new prompt or config is a new version, which calls use from then on."""
    body = await read_json(request, PresetChanges)
    changed = await management(services).presets.update(who.workspace_id, slug, who.user, body)
    return _json(full_body(changed))


@delete("/{slug:str}")
async def delete_preset(slug: str, who: Principal, services: Services) -> None:
    """Delete a preset with its versions."""
    await management(services).presets.remove(who.workspace_id, slug)


@get("/{slug:str}/versions")
async def list_versions(
    slug: str, who: Principal, services: Services, page: int = 1, size: int = 100
) -> Response[bytes]:
    """List a preset's versions, newest first."""
    page, size = check_page(page, size)
    found = await management(services).presets.versions(
        who.workspace_id, slug, offset=(page - 1) * size, limit=size
    )
    content = [version_body(version_view(version)) for version in found.items]
    return _json(page_body(page, found.total, content))


def _json(value: Any, status: int = 200) -> Response[bytes]:
    return Response(codec.encode(value), status_code=status, media_type=MediaType.JSON)


ROUTER = Router(
    path="/api/console/gateway/presets",
    route_handlers=[
        list_presets,
        create_preset,
        get_preset,
        update_preset,
        delete_preset,
        list_versions,
    ],
    tags=["gateway"],
)
