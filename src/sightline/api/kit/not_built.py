"""What a published client can ask for and a face does not serve yet: 501 that names the operation.

A face's `not_built_operations.json` lists its client's operations. Which are missing is worked out
when the app is built, from the routes of the face's other modules, so a feature that arrives edits
nothing here. Each missing operation is a route of its own, not a catch-all: `datasets/export-jobs`
must not be taken for the dataset whose id is `export-jobs`.
"""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import resources
from types import ModuleType
from typing import Any

from litestar import HttpMethod, Request, Router, route

from sightline.core import codec
from sightline.core.errors import NotBuiltError

_PARAMETER = re.compile(r"\{[^}]*\}")
_UNSERVED = {"not_built", "errors", "base"}

Routes = set[tuple[str, str]]
"""Method and shape of each."""


def operations_of(face: ModuleType) -> dict[str, str]:
    """Return the client's operations by `METHOD /path/{template}`."""
    file = resources.files(face) / "not_built_operations.json"
    return codec.decode(file.read_bytes(), dict[str, str])


def shape(path: str) -> str:
    """Return a path whose parameters have lost their names: two alike are one route."""
    return _PARAMETER.sub("{}", path).rstrip("/")


def routers_of(face: ModuleType) -> list[Router]:
    """Return the routers of a face's other modules."""
    names = [info.name for info in pkgutil.iter_modules(face.__path__)]
    return [
        importlib.import_module(f"{face.__name__}.{name}").ROUTER
        for name in names
        if name not in _UNSERVED and not name.startswith("_")
    ]


def refusals(
    operations: Mapping[str, str],
    served: Iterable[Router],
    *,
    base: str,
    name: str,
    words: str,
    is_taken: Callable[[str, str, Routes], bool] | None = None,
) -> Sequence[Any]:
    """Return handlers for every operation that none of the routers serves.

    `base` goes before each template; `words` follow the operation's name in the message; handlers
    are called `name` and their method. `is_taken` knows paths that a route serves in another form.
    """
    taken = {
        (str(method), shape(item.path))
        for router in served
        for item in router.routes
        for method in item.methods
    }
    missing: dict[tuple[str, str], str] = {}
    paths: dict[str, list[str]] = {}
    for request, operation in operations.items():
        method, _, template = request.partition(" ")
        path = base + template
        if (method, shape(path)) in taken or (is_taken and is_taken(method, path, taken)):
            continue
        missing[method, shape(path)] = operation
        paths.setdefault(method, []).append(_PARAMETER.sub(_text_parameter, path))
    # One handler for all paths of a method: a handler costs start-up time, a path hardly any.
    return [_handler(m, some, f"{name}_{m.lower()}", missing, words) for m, some in paths.items()]


def _handler(
    method: str, paths: list[str], name: str, missing: Mapping[tuple[str, str], str], words: str
) -> Any:
    @route(paths, http_method=HttpMethod(method), opt={"public": True}, name=name)
    async def not_built(request: Request[Any, Any, Any]) -> None:
        template = shape(request.scope["path_template"])
        raise NotBuiltError(f"{missing[method, template]} {words}")

    return not_built


def _text_parameter(match: re.Match[str]) -> str:
    return match[0][:-1] + ":str}"
