"""The gateway's providers: made, changed, tried. A key that was entered is shown masked."""

from typing import Any

from litestar import MediaType, Request, Response, Router, delete, get, patch, post

from sightline.api.kit.bodies import read_json
from sightline.api.kit.gateway import management
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.core.clock import format_us
from sightline.core.ids import parse_id
from sightline.domain.workspace import Principal
from sightline.providers import _table
from sightline.services.gateway.providers import ProviderBody, ProviderChanges, provider_body
from sightline.stores.catalog.providers import ProviderRow

_ADMIN = {"role": "admin"}


@get("/providers")
async def list_providers(who: Principal, services: Services) -> Response[bytes]:
    """List the workspace's providers by slug."""
    rows = await management(services).providers.list_all(who.workspace_id)
    return _json({"content": [_body(row) for row in rows], "total": len(rows)})


@post("/providers", opt={**_ADMIN, "body": ProviderBody}, status_code=201)
async def create_provider(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Make a provider; of a known slug name, dialect and address may be left out."""
    body = await read_json(request, ProviderBody)
    made = await management(services).providers.create(who.workspace_id, who.user, body)
    return _json(_body(made), 201)


@patch("/providers/{id:str}", opt={**_ADMIN, "body": ProviderChanges})
async def update_provider(
    id: str, request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Change a provider; what is left out, and a secret as it was shown, stays."""
    body = await read_json(request, ProviderChanges)
    changed = await management(services).providers.update(
        who.workspace_id, parse_id(id), who.user, body
    )
    return _json(_body(changed))


@delete("/providers/{id:str}", opt=_ADMIN)
async def delete_provider(id: str, who: Principal, services: Services) -> None:
    """Delete a provider; models lose the endpoints that it had."""
    await management(services).providers.remove(who.workspace_id, parse_id(id))


@post("/providers/{id:str}/test", opt=_ADMIN, status_code=200)
async def test_provider(id: str, who: Principal, services: Services) -> Response[bytes]:
    """Ask a provider for its models: whether address and key are good."""
    found = await management(services).providers.test(who.workspace_id, parse_id(id))
    return _json(found)


@get("/provider-catalogue")
async def list_known(who: Principal, services: Services) -> Response[bytes]:
    """List the providers that are known by name, for the form."""
    rows = [row for row in _table.every() if row.dialect != "echo"]
    content = [
        {
            "slug": row.slug,
            "name": row.name,
            "base_url": row.base_url,
            "dialect": row.dialect,
            "needs_key": row.needs_key,
            "apis": sorted(row.apis),
        }
        for row in sorted(rows, key=lambda row: row.name.lower())
    ]
    return _json({"content": content, "total": len(content)})


def _body(row: ProviderRow) -> dict[str, Any]:
    return {
        **provider_body(row),
        "created_at": format_us(row.created_at_us),
        "created_by": row.created_by,
        "last_updated_at": format_us(row.last_updated_at_us),
        "last_updated_by": row.last_updated_by,
    }


def _json(value: Any, status: int = 200) -> Response[bytes]:
    return Response(codec.encode(value), status_code=status, media_type=MediaType.JSON)


ROUTER = Router(
    path="/api/console/gateway",
    route_handlers=[
        list_providers,
        create_provider,
        update_provider,
        delete_provider,
        test_provider,
        list_known,
    ],
    tags=["gateway"],
)
