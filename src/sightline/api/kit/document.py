"""The OpenAPI document: what the framework knows of the routes, and what only we know.

Handlers read their bodies themselves and name the type in `opt={"body": T}`; calls to models are
answered outside the framework.
"""

from collections.abc import Mapping
from typing import Any

from litestar import Litestar, Request
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.routes import HTTPRoute

from sightline.api.kit.json_schema import schemas_of


class Document(JsonRenderPlugin):
    """Renders the document, completed once. `calls` are POST paths with what each does."""

    def __init__(self, calls: Mapping[str, str]) -> None:
        super().__init__()
        self._calls = calls
        self._done: dict[str, Any] | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the document as JSON."""
        if self._done is None:
            self._done = completed(openapi_schema, request.app, self._calls)
        return self.render_json(request, self._done)


def completed(document: dict[str, Any], app: Litestar, calls: Mapping[str, str]) -> dict[str, Any]:
    """Return the document with the bodies of all operations, and with the calls."""
    wanted = dict(_bodies(app, document["paths"]))
    schemas, found = schemas_of(wanted.values())
    paths = {path: dict(item) for path, item in document["paths"].items()}
    for (path, method), schema in zip(wanted, schemas, strict=True):
        paths[path][method] = {**paths[path][method], "requestBody": _json(schema)}
    for path, summary in calls.items():
        paths[path] = {
            "post": {
                "summary": summary,
                "operationId": "call" + path.title().replace("/", ""),
                "tags": ["calls"],
                "requestBody": _json({"type": "object"}),
                "responses": {"200": {"description": "The answer, whole or as an event stream"}},
            }
        }
    components = dict(document.get("components") or {})
    components["schemas"] = {**components.get("schemas", {}), **found}
    return {**document, "paths": paths, "components": components}


def _bodies(app: Litestar, paths: Mapping[str, Any]) -> Any:
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        path = "/" + "/".join(
            part if isinstance(part, str) else f"{{{part.name}}}" for part in route.path_components
        )
        for handler in route.route_handlers:
            body = handler.opt.get("body")
            for method in handler.http_methods:
                if body is not None and method.lower() in paths.get(path, {}):
                    yield (path, method.lower()), body


def _json(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}
