"""`/health`: alive and able to read its store. For load balancers and operators."""

from litestar import Router, get

from sightline import __version__
from sightline.api.kit.services import Services


@get("/health", opt={"public": True}, summary="Is the server alive")
async def health(services: Services) -> dict[str, str]:
    """Answer 200 when the store answers."""
    await services.analytics.query("SELECT 1")
    return {"status": "ok", "version": __version__}


ROUTER = Router(path="/", route_handlers=[health])
