"""`GET projects/{id}/contents`: what a delete of the project takes along."""

from litestar import Response, Router, get

from sightline.api.console._reading import PROJECT, json_response
from sightline.api.console._slice import project_of
from sightline.api.kit.services import Services
from sightline.domain.workspace import Principal
from sightline.services.query import contents


@get("/contents", summary="Count what a project holds")
async def read_contents(project_id: str, who: Principal, services: Services) -> Response[bytes]:
    """Return the numbers of traces, spans, threads, scores, comments and attachments."""
    project = await project_of(who, services, project_id)
    return json_response(
        await contents.contents(services.analytics, services.catalog, who.workspace_id, project)
    )


ROUTER = Router(path=PROJECT, route_handlers=[read_contents], tags=["console"])
