"""Send LLM calls from a program to observability services: light, synchronous, no server.

    from sightline.exporters import LLMCall, OpikExporter

    with OpikExporter(api_key="…", workspace="default") as exporter:
        exporter.export_llm_call(LLMCall(model="gpt-4o", provider="openai", input_tokens=500))

There is a class for each destination, named after its type (`otel-collector` is
`OtelCollectorExporter`), made when it is asked for. Its arguments are the keys of the
destination's configuration in snake_case, and `timeout` in seconds.
"""

from sightline.exporters._classes import class_of, names
from sightline.exporters._exporter import Exporter, TraceExporter
from sightline.exporters._multi import MultiExporter
from sightline.exporters._opik import OpikExporter
from sightline.exporters.call import LLMCall
from sightline.exporters.errors import ExportError

__all__ = ["ExportError", "Exporter", "LLMCall", "MultiExporter", "OpikExporter", "TraceExporter"]


def __getattr__(name: str) -> type[Exporter]:
    found = class_of(name)
    if found is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return found


def __dir__() -> list[str]:
    return sorted({*__all__, *names()})
