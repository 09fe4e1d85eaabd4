"""What the fake model providers share: a server on 127.0.0.1 that answers JSON and event streams.

A provider's fake subclasses `ModelApi` and says in `answer` what a call gets. Calls are steered by
the name of the model, so that a client in another process can choose too:

    fail-429-2      answers 429, with `Retry-After: 0`, the first two times
    slow            waits before it answers
    drip            streams for ever, until the caller hangs up
    cut             ends the connection in the middle of a stream
"""

import json
import re
import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self

SLOW_S = 2.0
_FAIL = re.compile(r"fail-(?P<status>\d{3})(?:-(?P<times>\d+))?")
_DRIPS = 1000
_DRIP_S = 0.02


class Asked(NamedTuple):
    """One request that arrived."""

    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: dict[str, Any]

    @property
    def model(self) -> str:
        return str(self.body.get("model") or "")


class Event(NamedTuple):
    """One event of a stream; `data` is sent as JSON, or as it is when it is text."""

    data: Any
    name: str | None = None


class Answered(NamedTuple):
    """What a call gets: a value, or a stream when `events` are there."""

    status: int = 200
    value: Any = None
    events: Iterable[Event] | None = None
    headers: dict[str, str] = {}


class WrongCallError(Exception):
    """A call that the real provider would refuse."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def check(fact: object, message: str, status: int = 400) -> None:
    """Refuse the call unless something holds."""
    if not fact:
        raise WrongCallError(message, status)


class ModelApi:
    """The server; `url` is its root."""

    def __init__(self) -> None:
        self.calls: list[Asked] = []
        self.wrong: list[str] = []
        """What was wrong with calls that were refused."""
        self.hung_up: list[str] = []
        """Models whose callers went away before the stream was over."""
        self._failed: dict[str, int] = {}
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, call: Asked) -> Answered:
        """Return what a call gets. Raises `WrongCallError`."""
        raise NotImplementedError

    def error(self, status: int, message: str) -> Any:
        """Return the body of an error."""
        raise NotImplementedError

    def asked(self, model: str) -> list[Asked]:
        """Return the calls of a model that came so far."""
        with self._lock:
            return [call for call in self.calls if call.model == model]

    def respond(self, call: Asked) -> Answered:
        """Note a call and return what it gets."""
        with self._lock:
            self.calls.append(call)
            failing = _FAIL.search(call.model)
            if failing:
                count = self._failed[call.model] = self._failed.get(call.model, 0) + 1
        if failing and (failing["times"] is None or count <= int(failing["times"])):
            status = int(failing["status"])
            headers = {"Retry-After": "0"} if status == 429 else {}
            return Answered(status, self.error(status, f"told to say {status}"), headers=headers)
        if call.model.startswith("slow"):
            time.sleep(SLOW_S)
        try:
            answered = self.answer(call)
        except WrongCallError as error:
            self.wrong.append(str(error))
            return Answered(error.status, self.error(error.status, str(error)))
        events = answered.events
        if events is not None and call.model.startswith("cut"):
            return answered._replace(events=[*list(events)[:3], _CUT])
        if events is not None and call.model.startswith("drip"):
            return answered._replace(events=_dripping(list(events)))
        return answered

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


_CUT = Event("cut")


def _dripping(events: list[Event]) -> Iterable[Event]:
    """Repeat an event from the middle, slowly."""
    middle = len(events) // 2
    yield from events[:middle]
    for _ in range(_DRIPS):
        time.sleep(_DRIP_S)
        yield events[middle]
    yield from events[middle:]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A worker that still waits must not hold up the end of the tests.
    block_on_close = False

    def __init__(self, api: ModelApi) -> None:
        self.api = api
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients hang up when they are told to."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        headers = {key.lower(): value for key, value in self.headers.items()}
        call = Asked(self.command, self.path, headers, body)
        answered = self.server.api.respond(call)
        if answered.events is None:
            self._whole(answered)
        else:
            self._stream(call, answered.events)

    do_GET = do_POST

    def _whole(self, answered: Answered) -> None:
        data = json.dumps(answered.value).encode()
        self.send_response(answered.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in answered.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, call: Asked, events: Iterable[Event]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for event in events:
                if event is _CUT:
                    self.close_connection = True
                    with suppress(OSError):
                        self.connection.shutdown(socket.SHUT_RDWR)
                    return
                data = event.data if isinstance(event.data, str) else json.dumps(event.data)
                name = f"event: {event.name}\n" if event.name else ""
                self._chunk(f"{name}data: {data}\n\n".encode())
            self._chunk(b"")
        except OSError:
            self.server.api.hung_up.append(call.model)
            self.close_connection = True

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep no log."""
