"""A class for each destination, made from its file when a program asks for it."""

from functools import cache

from sightline.destinations.base import all_destinations
from sightline.exporters._exporter import Exporter
from sightline.exporters._opik import OpikExporter

_SUFFIX = "Exporter"


def name_of(type: str) -> str:
    """Return the class name of a destination type: `otel-collector` is `OtelCollectorExporter`."""
    return "".join(word.capitalize() for word in type.split("-")) + _SUFFIX


def names() -> list[str]:
    """Return the names of all classes."""
    return [name_of(type) for type in all_destinations()]


@cache
def class_of(name: str) -> type[Exporter] | None:
    """Return the exporter class of this name, None when no destination has it."""
    if name == OpikExporter.__name__:
        return OpikExporter
    if not name.endswith(_SUFFIX):
        return None
    for type_, destination in all_destinations().items():
        if name_of(type_) == name:
            doc = f"Sends calls to {destination.title}; see `Exporter`."
            made = type(name, (Exporter,), {"destination": destination, "__doc__": doc})
            made.__module__ = "sightline.exporters"
            return made
    return None
