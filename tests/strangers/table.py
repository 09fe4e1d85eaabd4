"""The real route table: every operation that any face serves, read off the handlers themselves."""

import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any, NamedTuple

from litestar import Router
from litestar.routes import HTTPRoute

import sightline.api.console
import sightline.api.openrouter
import sightline.api.opik
import sightline.api.otlp
from sightline.api.openrouter._paths import CALLS
from sightline.core.registry import discover

FACES: tuple[ModuleType, ...] = (
    sightline.api.opik,
    sightline.api.otlp,
    sightline.api.console,
    sightline.api.openrouter,
)
# Spellings of calls that no route has; each is served outside the framework.
RAW_CALLS = (
    *CALLS,
    "/v1/chat/completions",
    "/chat/completions",
    "/openai/deployments/m/chat/completions",
    "/engines/m/completions",
    "//v1//messages",
)


class Operation(NamedTuple):
    method: str
    path: str
    parameters: tuple[str, ...] = ()
    body: Any = None
    is_built: bool = True
    is_call: bool = False

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def streams(self) -> bool:
        return self.method == "GET" and self.path.endswith("/live")


def operations() -> list[Operation]:
    """Return every operation, once; those that only answer 501 are not `is_built`."""
    with warnings.catch_warnings():
        # The framework has a newer word for one kind of parameter.
        warnings.simplefilter("ignore", DeprecationWarning)
        found = {one.name: one for one in (*_routed(), *_raw())}
    return sorted(found.values())


def _routed() -> Iterator[Operation]:
    for face in FACES:
        for name, router in discover(face, "ROUTER", Router).items():
            for route in router.routes:
                if not isinstance(route, HTTPRoute):
                    continue
                parts = route.path_components
                path = "/" + "/".join(p if isinstance(p, str) else f"{{{p.name}}}" for p in parts)
                parameters = tuple(p.name for p in parts if not isinstance(p, str))
                for handler in route.route_handlers:
                    for method in handler.http_methods - {"OPTIONS", "HEAD"}:
                        yield Operation(
                            str(method),
                            path,
                            parameters,
                            handler.opt.get("body"),
                            is_built=name != "not-built",
                        )


def _raw() -> Iterator[Operation]:
    for path in RAW_CALLS:
        yield Operation("POST", path, is_call=True)
