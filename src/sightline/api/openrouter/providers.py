"""Providers that serve something here."""

from litestar import Response, Router, get

from sightline.api.kit.gateway import management
from sightline.api.kit.services import Services
from sightline.api.openrouter._answers import BASE, DEPENDENCIES, json_answer
from sightline.domain.gateway import Caller
from sightline.wire.openrouter.models import provider_body


@get(f"{BASE}/providers")
async def list_providers(services: Services, caller: Caller) -> Response[bytes]:
    """List the providers of the models that may be called."""
    snapshot = await management(services).catalogue.snapshot(caller.workspace_id)
    models = [*snapshot.models.values(), *snapshot.wildcards.values()]
    found = {e.provider: e.provider_name for model in models for e in model.endpoints}
    return json_answer({"data": [provider_body(slug, found[slug]) for slug in sorted(found)]})


ROUTER = Router(
    path="/",
    route_handlers=[list_providers],
    dependencies=DEPENDENCIES,
    tags=["gateway: models"],
)
