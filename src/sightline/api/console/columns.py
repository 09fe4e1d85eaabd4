"""`GET projects/{id}/columns`: the scores, usage keys and metadata that a table may show."""

from litestar import Response, Router, get

from sightline.api.console._reading import PROJECT, json_response
from sightline.api.console._slice import entity_of, project_of
from sightline.api.kit.services import Services
from sightline.domain.workspace import Principal
from sightline.services.query import known_columns


@get("/columns", summary="Read which columns there are")
async def read_columns(
    project_id: str, who: Principal, services: Services, entity: str = "trace"
) -> Response[bytes]:
    """Return names in use; usage keys and metadata are those of the newest rows."""
    found = await known_columns.known_columns(
        services.analytics,
        entity_of(entity),
        who.workspace_id,
        await project_of(who, services, project_id),
    )
    return json_response(found)


ROUTER = Router(path=PROJECT, route_handlers=[read_columns], tags=["console"])
