"""Statistics of traces, and the names of their scores."""

from litestar import Response, Router, get
from litestar.di import Provide

from sightline.api.kit.services import Services
from sightline.api.opik._entities import names_of, stats_of, traces_in_scope
from sightline.api.opik._filters import trace_filter
from sightline.domain.workspace import Principal
from sightline.stores.analytics.scope import Scope


@get(
    "/stats",
    dependencies={
        "filter": Provide(trace_filter, sync_to_thread=False),
        "asked": Provide(traces_in_scope),
    },
)
async def get_trace_stats(services: Services, asked: Scope | None) -> Response[bytes]:
    """Return statistics of the traces that a list with the same parameters has."""
    return await stats_of("trace", services, asked)


@get("/feedback-scores/names")
async def get_trace_score_names(
    who: Principal, services: Services, project_id: str | None = None
) -> Response[bytes]:
    """Name the scores given to traces of a project, or of all."""
    return await names_of("trace", who, services, project_id)


ROUTER = Router(
    path="/api/v1/private/traces",
    route_handlers=[get_trace_stats, get_trace_score_names],
    tags=["traces"],
)
