"""A place that traces are sent to, on 127.0.0.1: takes all, unless a plan or a rule says no.

    with Receiver() as receiver:
        receiver.plan = [Reply(429, retry_after="7"), Reply(500)]
        receiver.refuse = lambda got: Reply(400) if b"poison" in got.body else None

A request gets the next reply of the plan, then what `refuse` says, else 200. What was taken is in
`taken`, everything in `received`.
"""

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

_GENERATION = re.compile(rb'"gen_ai\.response\.id","value":\{"stringValue":"(gen-[0-9A-Za-z-]+)"')


class Reply(NamedTuple):
    status: int = 200
    body: bytes = b"{}"
    retry_after: str | None = None
    delay_s: float = 0
    hangs_up: bool = False
    """End the connection without an answer."""
    takes: bool = False
    """Take what came, although the answer says otherwise or never comes."""
    location: str | None = None


class Received(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def generations(self) -> list[str]:
        """The ids of the generations in a payload in OTLP's JSON."""
        return [id.decode() for id in _GENERATION.findall(self.body)]


class Receiver:
    """The server; `url` is where it takes traces."""

    def __init__(self) -> None:
        self.plan: list[Reply] = []
        self.refuse: Callable[[Received], Reply | None] = lambda got: None
        self.received: list[Received] = []
        self.taken: list[Received] = []
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/traces"

    @property
    def ids(self) -> list[str]:
        """Every generation that was taken, in the order of arrival; one taken twice is twice."""
        with self._lock:
            return [id for got in self.taken for id in got.generations]

    @property
    def everything(self) -> bytes:
        """All bytes that ever came."""
        with self._lock:
            return b"\n".join(
                got.path.encode() + repr(got.headers).encode() + got.body for got in self.received
            )

    def answer(self, got: Received) -> Reply:
        """Note a request and return what it gets."""
        with self._lock:
            self.received.append(got)
            reply = self.plan.pop(0) if self.plan else self.refuse(got) or Reply()
            if reply.takes or (200 <= reply.status < 300 and not reply.hangs_up):
                self.taken.append(got)
            return reply

    def __enter__(self) -> "Receiver":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients hang up."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {key.lower(): value for key, value in self.headers.items()}
        got = Received(self.command, self.path, headers, self.rfile.read(length))
        reply = self.server.receiver.answer(got)
        time.sleep(reply.delay_s)
        if reply.hangs_up:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(reply.status)
        if reply.retry_after is not None:
            self.send_header("Retry-After", reply.retry_after)
        if reply.location is not None:
            self.send_header("Location", reply.location)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    do_PUT = do_GET = do_POST

    def log_message(self, format: str, *args: Any) -> None:
        """Keep no log."""
