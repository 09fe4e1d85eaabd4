"""`GET /api/console/preferences`: what holds in the workspace, set or not.

Opik's own route (`workspaces/configurations`, where one also writes) answers 404 until something
was set.
"""

from litestar import MediaType, Response, Router, get

from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.domain.workspace import Principal
from sightline.services.workspace.configurations import Configurations, format_duration


@get("/api/console/preferences")
async def get_preferences(who: Principal, services: Services) -> Response[bytes]:
    """Return the preferences in force, in the shape that Opik's route takes."""
    found = await Configurations(services.catalog, services.clock).effective(who.workspace_id)
    seconds = found.thread_timeout_s
    body = {
        "timeout_to_mark_thread_as_inactive": None if seconds is None else format_duration(seconds),
        "truncation_on_tables": found.truncation_on_tables,
        "color_map": found.color_map,
    }
    return Response(codec.encode(body), media_type=MediaType.JSON)


ROUTER = Router(path="/", route_handlers=[get_preferences], tags=["console"])
