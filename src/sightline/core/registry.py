"""The one plug-in mechanism: a thing of a kind is a module with one named constant."""

import importlib
import pkgutil
from types import ModuleType
from typing import TypeVar

from sightline.core.errors import ConfigurationError

T = TypeVar("T")


def discover(package: ModuleType, constant: str, type_: type[T]) -> dict[str, T]:
    """Import each public module of `package` and collect its `constant`, keyed by module name.

    Called while the app is built, never at import. Raises `ConfigurationError` naming the file
    when a module lacks the constant or it has another type.
    """
    found: dict[str, T] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
        if info.name.startswith("_") or info.name in {"base", "errors"}:
            continue
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        value = getattr(module, constant, None)
        if not isinstance(value, type_):
            raise ConfigurationError(
                f"`{module.__name__}` must define `{constant}` as a {type_.__name__}"
            )
        found[info.name.replace("_", "-")] = value
    return found
