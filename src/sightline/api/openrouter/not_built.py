"""What OpenRouter has and we do not: 501 that names the operation (see `api.kit.not_built`).

`not_built_operations.json` lists the operations of its published client beside the calls.
"""

from collections.abc import Iterable

from litestar import Router

import sightline.api.openrouter
from sightline.api.kit.not_built import Routes, operations_of, refusals, routers_of
from sightline.api.openrouter._answers import BASE


def operations() -> dict[str, str]:
    """Return the client's operations by `METHOD /path/{template}`."""
    return operations_of(sightline.api.openrouter)


def router_for(served: Iterable[Router]) -> Router:
    """Return routes for every operation that none of the routers serves."""
    handlers = refusals(
        operations(),
        served,
        base=BASE,
        name="gateway_not_built",
        words="is not built",
        is_taken=_is_taken,
    )
    return Router(path="/", route_handlers=handlers, include_in_schema=False)


def _is_taken(method: str, path: str, taken: Routes) -> bool:
    # Slugs of models have slashes in them, so their routes end in all that follows.
    head, brace, _ = path.partition("/{author}")
    return bool(brace) and (method, f"{head}/{{}}") in taken


def __getattr__(name: str) -> Router:
    # Made when the app asks for it, since only then can the other modules be asked.
    if name == "ROUTER":
        return router_for(routers_of(sightline.api.openrouter))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
