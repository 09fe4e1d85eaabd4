"""Several exporters as one."""

from types import TracebackType
from typing import Self

from sightline.exporters._exporter import TraceExporter
from sightline.exporters.call import LLMCall


class MultiExporter:
    """Calls all exporters in order, whatever happens to the ones before.

    Raises the first error after all were called. Without exporters it does nothing.
    """

    def __init__(self, *exporters: TraceExporter) -> None:
        self._exporters = exporters

    def export_llm_call(self, call: LLMCall) -> None:
        first: Exception | None = None
        for exporter in self._exporters:
            try:
                exporter.export_llm_call(call)
            except Exception as error:  # noqa: BLE001 - the others must have their turn
                first = first or error
        if first:
            raise first

    def flush(self) -> None:
        first: Exception | None = None
        for exporter in self._exporters:
            try:
                exporter.flush()
            except Exception as error:  # noqa: BLE001 - the others must have their turn
                first = first or error
        if first:
            raise first

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.flush()
