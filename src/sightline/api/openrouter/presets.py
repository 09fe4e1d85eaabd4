"""Presets: read by whoever calls, made and changed by management keys."""

from typing import Any

from litestar import Request, Response, Router, delete, get, patch, post

from sightline.api.kit.bodies import read_json
from sightline.api.kit.gateway import check_manager, management
from sightline.api.kit.gateway_presets import full_body, listed_body, version_view
from sightline.api.kit.services import Services
from sightline.api.openrouter._answers import BASE, DEPENDENCIES, checked_offset, json_answer
from sightline.core.errors import InvalidRequestError, NotFoundError
from sightline.domain.gateway import Caller
from sightline.services.gateway.presets import PresetBody, PresetChanges
from sightline.wire.openrouter.presets import prompt_of, version_body

_MAX_LIMIT = 100


@get(f"{BASE}/presets")
async def list_presets(
    services: Services, caller: Caller, offset: int | None = None, limit: int = 50
) -> Response[bytes]:
    """List presets by slug."""
    page = await management(services).presets.list_page(
        caller.workspace_id, offset=checked_offset(offset), limit=_checked(limit)
    )
    data = [listed_body(row) for row in page.items]
    return json_answer({"data": data, "total_count": page.total})


@post(f"{BASE}/presets", opt={"body": PresetBody}, status_code=201)
async def create_preset(
    request: Request[Any, Any, Any], services: Services, caller: Caller
) -> Response[bytes]:
    """Make a preset (not of OpenRouter's API)."""
    check_manager(caller)
    body = await read_json(request, PresetBody)
    made = await management(services).presets.create(caller.workspace_id, caller.user, body)
    return json_answer({"data": full_body(made)}, 201)


@post(
    [f"{BASE}/presets/{{slug:str}}/{api}" for api in ("chat/completions", "messages", "responses")],
    status_code=200,
)
async def save_preset(
    slug: str, request: Request[Any, Any, Any], services: Services, caller: Caller
) -> Response[bytes]:
    """Make a preset, or a new version of one, from the body of a call."""
    check_manager(caller)
    body = await read_json(request, dict[str, Any])
    saved = await management(services).presets.save_from_call(
        caller.workspace_id, caller.user, slug, body, prompt_of(body)
    )
    return json_answer({"data": full_body(saved)})


@get(f"{BASE}/presets/{{slug:str}}")
async def get_preset(slug: str, services: Services, caller: Caller) -> Response[bytes]:
    """Return a preset with the version that calls use."""
    found = await management(services).presets.get(caller.workspace_id, slug)
    return json_answer({"data": full_body(found)})


@patch(f"{BASE}/presets/{{slug:str}}", opt={"body": PresetChanges})
async def update_preset(
    slug: str, request: Request[Any, Any, Any], services: Services, caller: Caller
) -> Response[bytes]:
    """Change a preset (not of OpenRouter's API); a new prompt or config is a new version."""
    check_manager(caller)
    body = await read_json(request, PresetChanges)
    changed = await management(services).presets.update(
        caller.workspace_id, slug, caller.user, body
    )
    return json_answer({"data": full_body(changed)})


@delete(f"{BASE}/presets/{{slug:str}}", status_code=200)
async def delete_preset(slug: str, services: Services, caller: Caller) -> Response[bytes]:
    """Delete a preset (not of OpenRouter's API)."""
    check_manager(caller)
    await management(services).presets.remove(caller.workspace_id, slug)
    return json_answer({"deleted": True})


@get(f"{BASE}/presets/{{slug:str}}/versions")
async def list_versions(
    slug: str, services: Services, caller: Caller, offset: int | None = None, limit: int = 50
) -> Response[bytes]:
    """List a preset's versions, newest first."""
    page = await management(services).presets.versions(
        caller.workspace_id, slug, offset=checked_offset(offset), limit=_checked(limit)
    )
    data = [version_body(version_view(version)) for version in page.items]
    return json_answer({"data": data, "total_count": page.total})


@get(f"{BASE}/presets/{{slug:str}}/versions/{{version:str}}")
async def get_version(
    slug: str, version: str, services: Services, caller: Caller
) -> Response[bytes]:
    """Return one version of a preset."""
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise NotFoundError(f"The preset `{slug}` has no version {version[:50]}")
    found = await management(services).presets.version(caller.workspace_id, slug, int(version))
    return json_answer({"data": version_body(version_view(found))})


def _checked(limit: int) -> int:
    if not 1 <= limit <= _MAX_LIMIT:
        raise InvalidRequestError(f"limit must be between 1 and {_MAX_LIMIT}")
    return limit


ROUTER = Router(
    path="/",
    route_handlers=[
        list_presets,
        create_preset,
        save_preset,
        get_preset,
        update_preset,
        delete_preset,
        list_versions,
        get_version,
    ],
    dependencies=DEPENDENCIES,
    tags=["gateway: presets"],
)
