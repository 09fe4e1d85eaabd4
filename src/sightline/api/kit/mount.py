"""Puts the faces' routers into the web application, all at once.

The framework can do it by itself, one router after the other: it copies each deeply, looks through
all routes for every new one, and gives each path an OPTIONS handler of its own, all of which are
examined like the rest. With our some four hundred paths that took 0.3 s of every start. Here a
path's routes are gathered first, and one handler answers OPTIONS for them all.
"""

from collections.abc import Iterable
from copy import copy
from typing import Any

from litestar import HttpMethod, Litestar, MediaType, Response, Router, route
from litestar.exceptions import ImproperlyConfiguredException
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import Scope

_OPTIONS = HttpMethod.OPTIONS.value


def mount(app: Litestar, routers: Iterable[Router]) -> None:
    """Register routers of plain HTTP handlers; several may share a path, not a method of it.

    The routers stay as they are, so that a second application can have them too. Raises
    `ImproperlyConfiguredException` where two handlers want one method of a path.
    """
    allowed: dict[str, str] = {}
    answer_options = _options_handler(app, allowed)
    # A handler is called alike on all paths that have the same parameters.
    models: dict[tuple[int, frozenset[str]], Any] = {}
    for path, handlers in _by_path(app, routers).items():
        found = HTTPRoute(
            path=path, route_handlers=[*dict.fromkeys(handlers.values()), answer_options]
        )
        allowed[found.path_format] = ", ".join(sorted(found.methods))
        parameters = frozenset(found.path_parameters)
        for handler in found.route_handlers:
            key = id(handler), frozenset() if handler is answer_options else parameters
            if key not in models:
                models[key] = handler.create_kwargs_model(path_parameters=found.path_parameters)
            for method in handler.http_methods:
                found.route_handler_map[method] = (handler, models[key])
        app.routes.append(found)
        for plugin in app.plugins.receive_route:
            plugin.receive_route(found)
    app.asgi_router.construct_routing_trie()


def _by_path(app: Litestar, routers: Iterable[Router]) -> dict[str, dict[str, HTTPRouteHandler]]:
    """Return copies of all handlers, owned by copies of their routers, by path and method."""
    found: dict[str, dict[str, HTTPRouteHandler]] = {}
    for router in routers:
        owner = copy(router)
        owner.owner = app
        copies: dict[int, HTTPRouteHandler] = {}
        for item in router.routes:
            if not isinstance(item, HTTPRoute):
                raise ImproperlyConfiguredException(f"`{item.path}` is no HTTP route")
            methods = found.setdefault(item.path, {})
            for handler in item.route_handlers:
                if handler.http_methods == {_OPTIONS}:
                    continue
                mine = copies.get(id(handler))
                if mine is None:
                    mine = copies[id(handler)] = copy(handler)
                    mine.owner = owner
                    mine.on_registration(app)
                for method in handler.http_methods:
                    if methods.setdefault(method, mine) is not mine:
                        raise ImproperlyConfiguredException(f"{method} {item.path} is there twice")
    return found


def _options_handler(app: Litestar, allowed: dict[str, str]) -> HTTPRouteHandler:
    """Return the handler that says which methods a path has."""

    @route("/", http_method=HttpMethod.OPTIONS, include_in_schema=False, sync_to_thread=False)
    def options_handler(scope: Scope) -> Response[None]:
        return Response(
            None,
            status_code=204,
            headers={"Allow": allowed[scope["path_template"]]},
            media_type=MediaType.TEXT,
        )

    options_handler.owner = app
    options_handler.on_registration(app)
    return options_handler
