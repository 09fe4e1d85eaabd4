"""The workspace's configuration: when threads end, how tables show, colours of labels."""

from typing import Any

from litestar import MediaType, Request, Response, Router, delete, get, put

from sightline.api.kit.services import Services
from sightline.api.opik._bodies import read_optional
from sightline.core import codec
from sightline.domain.workspace import Principal
from sightline.services.workspace.configurations import Configurations, format_duration
from sightline.stores.catalog.workspace_configurations import WorkspaceConfiguration
from sightline.wire.opik.workspaces import WorkspaceConfigurationIn

_PATH = "/configurations"


@get(_PATH)
async def get_configuration(who: Principal, services: Services) -> Response[bytes]:
    """Return what the workspace has set; 404 when it never has."""
    return _answer(await _configurations(services).get(who.workspace_id))


@put(_PATH, opt={"role": "admin", "body": WorkspaceConfigurationIn})
async def put_configuration(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Replace the whole configuration."""
    item = await read_optional(request, WorkspaceConfigurationIn)
    made = await _configurations(services).put(
        who.workspace_id,
        user=who.user,
        thread_timeout=item.timeout_to_mark_thread_as_inactive,
        truncation_on_tables=item.truncation_on_tables,
        color_map=item.color_map,
    )
    return _answer(made)


@delete(_PATH, status_code=204, opt={"role": "admin"})
async def delete_configuration(who: Principal, services: Services) -> None:
    """Forget the configuration; 404 when there is none."""
    await _configurations(services).delete(who.workspace_id)


def _configurations(services: Services) -> Configurations:
    return Configurations(services.catalog, services.clock)


def _answer(found: WorkspaceConfiguration) -> Response[bytes]:
    seconds = found.thread_timeout_s
    body = {
        "timeout_to_mark_thread_as_inactive": None if seconds is None else format_duration(seconds),
        "truncation_on_tables": found.truncation_on_tables,
        "color_map": found.color_map,
    }
    return Response(codec.encode(body), media_type=MediaType.JSON)


ROUTER = Router(
    path="/api/v1/private/workspaces",
    route_handlers=[get_configuration, put_configuration, delete_configuration],
    tags=["workspaces"],
)
