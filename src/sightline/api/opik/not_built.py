"""What the published client can ask for and we do not serve yet: 501 that names the operation.

`not_built_operations.json` lists every operation of the client. Which of them are missing is
worked out when the app is built, from the routes of the other modules of this face; so a feature
that arrives edits nothing here. Each missing operation is a route of its own, not a catch-all:
`datasets/export-jobs` must not be taken for the dataset whose id is `export-jobs`.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterable
from importlib import resources
from typing import Any

from litestar import HttpMethod, Request, Router, post, route

import sightline.api.opik
from sightline.core import codec
from sightline.core.errors import NotBuiltError

BASE = "/api"
_PARAMETER = re.compile(r"\{[^}]*\}")
_UNSERVED = {"not_built", "errors", "base"}


def operations() -> dict[str, str]:
    """Return the client's operations by `METHOD /path/{template}`: `group.method`."""
    file = resources.files(sightline.api.opik) / "not_built_operations.json"
    return codec.decode(file.read_bytes(), dict[str, str])


def router_for(served: Iterable[Router]) -> Router:
    """Return routes for every operation that none of the routers serves."""
    taken = {
        (str(method), shape(item.path))
        for router in served
        for item in router.routes
        for method in item.methods
    }
    missing: dict[tuple[str, str], str] = {}
    paths: dict[str, list[str]] = {}
    for request, name in operations().items():
        method, _, template = request.partition(" ")
        path = BASE + template
        if (method, shape(path)) not in taken:
            missing[method, shape(path)] = name
            paths.setdefault(method, []).append(_PARAMETER.sub(_text_parameter, path))
    return Router(
        path="/",
        route_handlers=[otel_metrics, *(_handler(m, p, missing) for m, p in paths.items())],
        include_in_schema=False,
    )


def shape(path: str) -> str:
    """Return a path whose parameters have lost their names: two alike are one route."""
    return _PARAMETER.sub("{}", path).rstrip("/")


@post(f"{BASE}/v1/private/otel/v1/metrics", status_code=204, opt={"public": True})
async def otel_metrics() -> None:
    """Refuse OpenTelemetry metrics; traces are taken beside it."""
    raise NotBuiltError("OpenTelemetry metrics ingestion is not yet supported")


def _handler(method: str, paths: list[str], missing: dict[tuple[str, str], str]) -> Any:
    # One handler for all paths of a method: a handler costs start-up time, a path hardly any.
    @route(
        paths,
        http_method=HttpMethod(method),
        opt={"public": True},
        name=f"not_built_{method.lower()}",
    )
    async def not_built(request: Request[Any, Any, Any]) -> None:
        template = shape(request.scope["path_template"])
        raise NotBuiltError(f"{missing[method, template]} is not built yet")

    return not_built


def _text_parameter(match: re.Match[str]) -> str:
    return match[0][:-1] + ":str}"


def _siblings() -> list[Router]:
    package = sightline.api.opik
    names = [info.name for info in pkgutil.iter_modules(package.__path__)]
    return [
        importlib.import_module(f"{package.__name__}.{name}").ROUTER
        for name in names
        if name not in _UNSERVED and not name.startswith("_")
    ]


def __getattr__(name: str) -> Router:
    # Made when the app asks for it, since only then can the other modules be asked.
    if name == "ROUTER":
        return router_for(_siblings())
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
