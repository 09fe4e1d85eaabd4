"""Statistics of spans, and the names of their scores."""

from litestar import Response, Router, get
from litestar.di import Provide

from sightline.api.kit.services import Services
from sightline.api.opik._entities import names_of, part_of, spans_in_scope, stats_of
from sightline.api.opik._filters import span_filter
from sightline.domain.workspace import Principal
from sightline.stores.analytics.scope import Scope


@get(
    "/stats",
    dependencies={
        "part": Provide(part_of, sync_to_thread=False),
        "filter": Provide(span_filter, sync_to_thread=False),
        "asked": Provide(spans_in_scope),
    },
)
async def get_span_stats(services: Services, asked: Scope | None) -> Response[bytes]:
    """Return statistics of the spans that a list with the same parameters has."""
    return await stats_of("span", services, asked)


@get("/feedback-scores/names")
async def get_span_score_names(
    who: Principal, services: Services, project_id: str | None = None, type: str | None = None
) -> Response[bytes]:
    """Name the scores given to spans of a project, or of all."""
    return await names_of("span", who, services, project_id, type)


ROUTER = Router(
    path="/api/v1/private/spans",
    route_handlers=[get_span_stats, get_span_score_names],
    tags=["spans"],
)
