"""Exporters: a destination and its configuration, and a way to send that waits for the answer."""

from types import TracebackType
from typing import Any, ClassVar, Protocol, Self

from sightline.core.clock import SystemClock
from sightline.core.errors import SightlineError
from sightline.destinations import _config
from sightline.destinations.base import (
    Destination,
    Extras,
    HttpRequest,
    decode_config,
    judge,
    judge_test,
    signed,
)
from sightline.exporters._http import TransportError, send
from sightline.exporters.call import LLMCall, to_generation
from sightline.exporters.errors import ExportError, said

DEFAULT_TIMEOUT_S = 10.0


class TraceExporter(Protocol):
    """What takes calls."""

    def export_llm_call(self, call: LLMCall) -> None: ...

    def flush(self) -> None: ...


class Exporter:
    """Sends each call when it is told, and returns when the destination has taken it.

    `config` are the destination's keys in snake_case, `timeout` is seconds for each request. Tries
    once. May be shared by threads. Raises `ExportError`.
    """

    destination: ClassVar[Destination]

    def __init__(self, *, timeout: float = DEFAULT_TIMEOUT_S, **config: Any) -> None:
        wire_names = {
            field.name: field.encode_name for field in _config.fields_of(self.destination.config)
        }
        for name in config:
            if name not in wire_names:
                known = ", ".join([*wire_names, "timeout"])
                raise self._error(f"unknown argument `{name}`; known are {known}")
        values = {wire_names[name]: value for name, value in config.items()}
        try:
            self._config = decode_config(self.destination, values)
        except SightlineError as error:
            raise self._error(error.message) from None
        self._timeout_s = timeout
        self._clock = SystemClock()
        self._is_prepared = self.destination.prepare is None

    def export_llm_call(self, call: LLMCall) -> None:
        """Send the call. Raises `ExportError` when it was not taken."""
        if not self._is_prepared and self.destination.prepare:
            for request in self.destination.prepare(self._config):
                self._send(request)
            self._is_prepared = True
        generation = to_generation(call, self._clock.now_us())
        for delivery in self.destination.deliveries(self._config, [generation], Extras()):
            for request in delivery.requests:
                self._send(request)

    def test(self) -> None:
        """Raise `ExportError` unless the destination knows the credentials. Stores nothing."""
        self._send(self.destination.test(self._config), is_test=True)

    def flush(self) -> None:
        """Nothing waits: a call is there when `export_llm_call` returns."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.flush()

    def _send(self, request: HttpRequest, *, is_test: bool = False) -> None:
        ready = signed(self.destination, self._config, request, self._clock.now_us())
        try:
            response = send(ready, self._timeout_s)
        except TransportError as error:
            raise self._error(f"export: {error}") from error
        decide = judge_test if is_test else judge
        if decide(self.destination, response) != "delivered":
            status = response.status
            text = f"export: api error (status {status}): {said(response.body)}"
            raise ExportError(self.destination.type, text, http_status=status)

    def _error(self, text: str) -> ExportError:
        return ExportError(self.destination.type, text)
