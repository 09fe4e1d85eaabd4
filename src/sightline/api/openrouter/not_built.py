"""What OpenRouter has and we do not: 501 that names the operation.

`not_built_operations.json` lists the operations of its published client beside the calls
themselves. Which are missing is worked out when the app is built, from the routes of the other
modules of this face; so a feature that arrives edits nothing here.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterable
from importlib import resources
from typing import Any

from litestar import HttpMethod, Request, Router, route

import sightline.api.openrouter
from sightline.api.openrouter._answers import BASE, PUBLIC
from sightline.core import codec
from sightline.core.errors import NotBuiltError

_PARAMETER = re.compile(r"\{[^}]*\}")
_UNSERVED = {"not_built", "errors"}


def operations() -> dict[str, str]:
    """Return the client's operations by `METHOD /path/{template}`."""
    file = resources.files(sightline.api.openrouter) / "not_built_operations.json"
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
        if not _is_taken(method, path, taken):
            missing[method, shape(path)] = name
            paths.setdefault(method, []).append(_PARAMETER.sub(_text_parameter, path))
    return Router(
        path="/",
        route_handlers=[_handler(method, some, missing) for method, some in paths.items()],
        include_in_schema=False,
    )


def shape(path: str) -> str:
    """Return a path whose parameters have lost their names: two alike are one route."""
    return _PARAMETER.sub("{}", path).rstrip("/")


def _is_taken(method: str, path: str, taken: set[tuple[str, str]]) -> bool:
    if (method, shape(path)) in taken:
        return True
    # Slugs of models have slashes in them, so their routes end in all that follows.
    head, brace, _ = path.partition("/{author}")
    return bool(brace) and (method, f"{head}/{{}}") in taken


def _handler(method: str, paths: list[str], missing: dict[tuple[str, str], str]) -> Any:
    # One handler for all paths of a method: a handler costs start-up time, a path hardly any.
    @route(
        paths,
        http_method=HttpMethod(method),
        opt=PUBLIC,
        name=f"gateway_not_built_{method.lower()}",
    )
    async def not_built(request: Request[Any, Any, Any]) -> None:
        template = shape(request.scope["path_template"])
        raise NotBuiltError(f"{missing[method, template]} is not built")

    return not_built


def _text_parameter(match: re.Match[str]) -> str:
    return match[0][:-1] + ":str}"


def _siblings() -> list[Router]:
    package = sightline.api.openrouter
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
