"""What the published client can ask for and we do not serve yet: 501 that names the operation.

`not_built_operations.json` lists every operation of the client (see `api.kit.not_built`).
"""

from collections.abc import Iterable

from litestar import Router, post

import sightline.api.opik
from sightline.api.kit.not_built import operations_of, refusals, routers_of, shape
from sightline.core.errors import NotBuiltError

__all__ = ["BASE", "operations", "router_for", "shape"]

BASE = "/api"


def operations() -> dict[str, str]:
    """Return the client's operations by `METHOD /path/{template}`: `group.method`."""
    return operations_of(sightline.api.opik)


@post(f"{BASE}/v1/private/otel/v1/metrics", status_code=204, opt={"public": True})
async def otel_metrics() -> None:
    """Refuse OpenTelemetry metrics; traces are taken beside it."""
    raise NotBuiltError("OpenTelemetry metrics ingestion is not yet supported")


def router_for(served: Iterable[Router]) -> Router:
    """Return routes for every operation that none of the routers serves."""
    handlers = refusals(operations(), served, base=BASE, name="not_built", words="is not built yet")
    return Router(path="/", route_handlers=[otel_metrics, *handlers], include_in_schema=False)


def __getattr__(name: str) -> Router:
    # Made when the app asks for it, since only then can the other modules be asked.
    if name == "ROUTER":
        return router_for(routers_of(sightline.api.opik))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
