"""HTTP on a port: Uvicorn's protocol on our loop, with bounds on what a stranger may hold open.

Everything runs on the loop's own thread. A server with threads of its own would hand each request
over and back, which with small answers costs more than reading and writing them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from email.utils import formatdate
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from sightline.core.log import get_logger

log = get_logger(__name__)

AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]

# Connections beyond this wait in the kernel.
_BACKLOG = 4096
# A client's pool keeps connections for a minute or so; who closes first should not be us.
_KEEP_ALIVE_S = 120
# The line of a request with its headers.
_HEAD_BYTES = 64 * 1024
_HEAD_S = 30.0
# After an early answer, such as 413, what still comes is read for so long, lest the answer be lost.
_LINGER_BYTES = 64 * 1024 * 1024
_LINGER_S = 5.0
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class Listener:
    """Serves an ASGI app, without its lifespan, on one address.

    listener = Listener(app, "127.0.0.1", 5173)
    await listener.open()      # raises `OSError` when the address is taken
    await listener.close(20)   # finishes what is being answered, for at most so many seconds
    """

    def __init__(self, app: AsgiApp, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._config = Config(
            _plain(app),
            host=host,
            port=port,
            interface="asgi3",
            http=_Connection,
            ws="none",
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            date_header=False,
            access_log=False,
            log_config=None,
            # What clients do wrong is theirs to know, and what the app does wrong is logged below.
            log_level="critical",
            timeout_keep_alive=_KEEP_ALIVE_S,
        )
        self._state = ServerState()
        self._date: asyncio.TimerHandle | None = None
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Begin to listen. Raises `OSError` when the address is taken or not ours."""
        self._config.load()
        loop = asyncio.get_running_loop()
        self._tell_date()
        self._server = await loop.create_server(
            lambda: _Connection(self._config, self._state, {}, loop),
            self._host,
            self._port,
            backlog=_BACKLOG,
        )

    async def close(self, timeout_s: float) -> None:
        """Take no more, finish what is being answered, and close."""
        if self._server is not None:
            self._server.close()
        if self._date is not None:
            self._date.cancel()
        for connection in list(self._state.connections):
            connection.shutdown()
        tasks = set(self._state.tasks)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=timeout_s)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=1.0)
        # What was written last is still on its way out.
        for _ in range(100):
            if not self._state.connections:
                break
            await asyncio.sleep(0.01)

    def _tell_date(self) -> None:
        """Every answer says when it was made (RFC 9110, 6.6.1), to the second."""
        self._state.default_headers = [(b"date", formatdate(usegmt=True).encode())]
        self._date = asyncio.get_running_loop().call_later(1.0, self._tell_date)


class _Connection(HttpToolsProtocol):
    """Uvicorn's connection, which by itself waits for ever for a head of any length."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._head_timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._lingering: asyncio.TimerHandle | None = None
        self._lingered_bytes = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(_Gathered(transport, self.loop))  # type: ignore[arg-type]
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._have_head()
        self._end_linger()
        # The library leaves this timer when a connection breaks.
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._head_timer is not None:
            self._head_bytes += len(data)
            if self._head_bytes > _HEAD_BYTES:
                self._refuse_head()
        elif self._lingering is not None:
            self._lingered_bytes += len(data)
            if self._lingered_bytes > _LINGER_BYTES:
                self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._head_timer is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        self._have_head()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._end_linger()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        # With others in line behind it a request was read to its end.
        if not self.pipeline and self.cycle.more_body and not self.transport.is_closing():
            self._answered_early()
        super().on_response_complete()

    def _await_head(self) -> None:
        self._head_bytes = 0
        self._head_timer = self.loop.call_later(_HEAD_S, self.transport.close)

    def _have_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse_head(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def _answered_early(self) -> None:
        if self.expect_100_continue:
            # The body may come or not, and the next request could not be told from it.
            self.transport.close()
            return
        self._lingered_bytes = 0
        self._lingering = self.loop.call_later(_LINGER_S, self.transport.close)

    def _end_linger(self) -> None:
        if self._lingering is not None:
            self._lingering.cancel()
            self._lingering = None


class _Gathered:
    """A transport that sends what is written within one turn of the loop at once.

    The library writes the head and the body of an answer one after the other, and each write is a
    call into the kernel that wakes the reader: a third of all the time of a small answer.
    """

    __slots__ = ("_loop", "_transport", "_waiting")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._waiting:
            self._loop.call_soon(self._send)
        self._waiting.append(data)

    def close(self) -> None:
        self._send()
        self._transport.close()

    def _send(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting and not self._transport.is_closing():
            self._transport.write(waiting[0] if len(waiting) == 1 else b"".join(waiting))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def _plain(app: AsgiApp) -> Callable[[Any, Any, Any], Coroutine[Any, Any, None]]:
    """Return the app as a coroutine function, which the library makes a task of."""

    async def call(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except Exception as error:
            log.error("listener.failed", exc=error, path=scope["path"])
            raise

    return call
