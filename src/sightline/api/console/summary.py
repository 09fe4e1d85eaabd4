"""`GET projects/{id}/summary`: the figures above a table, and those of the period before."""

from typing import Any

from litestar import Response, Router, get
from litestar.di import Provide

from sightline.api.console._reading import PROJECT, json_response
from sightline.api.console._slice import Slice, slice_of
from sightline.api.kit.services import Services
from sightline.services.query import summary
from sightline.stores.analytics.slice_figures import Figures


@get("/summary", dependencies={"asked": Provide(slice_of)}, summary="Read key figures")
async def read_summary(services: Services, asked: Slice) -> Response[bytes]:
    """Return a slice's figures; `previous` is null for a slice without a beginning."""
    found = await summary.summary(
        services.analytics,
        asked.entity,
        asked.scope,
        asked.lifecycle,
        hidden=None if asked.include_hidden else asked.hidden_scope,
        now_us=services.clock.now_us(),
    )
    previous = None if found.previous is None else _body(found.previous)
    return json_response({**_body(found.figures), "hidden": found.hidden, "previous": previous})


def _body(figures: Figures) -> dict[str, Any]:
    return {
        "count": figures.count,
        "errors": figures.errors,
        "error_rate": figures.errors / figures.count if figures.count else None,
        "duration_p50": figures.duration_p50,
        "duration_p99": figures.duration_p99,
        "total_cost": float(figures.cost or 0),
        "total_tokens": figures.tokens or 0,
    }


ROUTER = Router(path=PROJECT, route_handlers=[read_summary], tags=["console"])
