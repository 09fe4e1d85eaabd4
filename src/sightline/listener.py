"""HTTP on a port: Uvicorn's protocol on our loop, with bounds on what a stranger may hold open.

Everything runs on the loop's own thread. A server with threads of its own would hand each request
over and back, which with small answers costs more than reading and writing them.
"""

import asyncio
import fcntl
import socket
import struct
import sys
import termios
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from email.utils import formatdate
from typing import Any, Literal

import msgspec
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from sightline.api.kit.connections import Connections
from sightline.core.log import get_logger

log = get_logger(__name__)

AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]

# Connections beyond this wait in the kernel.
_BACKLOG = 4096
# So many are taken in one turn of the loop, and when none can be, none for so long.
_AT_ONCE = 128
_REST_S = 0.5
# A client's pool keeps connections for a minute or so; who closes first should not be us.
_KEEP_ALIVE_S = 120
# The line of a request with its headers.
_HEAD_BYTES = 64 * 1024
_HEAD_S = 30.0
# After an early answer, such as 413, what still comes is read for so long, lest the answer be lost.
_LINGER_BYTES = 64 * 1024 * 1024
_LINGER_S = 5.0
# Who sends or takes less than this while we wait for it has stalled.
_LEAST_BYTES = 4096
_DROP = struct.pack("ii", 1, 0)
# Of those that are too many, so many (or an eighth) hear it before they are ended.
_SURPLUS, _SURPLUS_S = 256, 1.0
# Connections are looked through so many times while one may stall, but not more often than this.
_LOOKS, _LEAST_BETWEEN_S = 4, 0.25


def _refusal(status: str, more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{more}content-length: 0\r\nconnection: close\r\n\r\n".encode()


_TOO_LARGE = _refusal("431 Request Header Fields Too Large")
_TOO_SLOW = _refusal("408 Request Timeout")
_TOO_MANY = _refusal("503 Service Unavailable", "retry-after: 1\r\n")

Late = Literal["head", "body", "answer"]


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What clients may hold open.

    While we wait for the other side to send a request or to take an answer, 4 KiB at least must
    pass in `stall_s` seconds; else the connection is ended. Beyond `connections` a new one is
    answered 503.
    """

    stall_s: float = 60.0
    connections: int = 16_384


class Listener:
    """Serves an ASGI app, without its lifespan, on one address.

    listener = Listener(app, "127.0.0.1", 5173)
    await listener.open()      # raises `OSError` when the address is taken
    await listener.close(20)   # finishes what is being answered, for at most so many seconds
    """

    def __init__(
        self,
        app: AsgiApp,
        host: str,
        port: int,
        bounds: Bounds | None = None,
        counts: Connections | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._bounds = bounds or Bounds()
        self._counts = counts or Connections()
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
        self._look: asyncio.TimerHandle | None = None
        self._doors: list[_Door] = []

    async def open(self) -> None:
        """Begin to listen. Raises `OSError` when the address is taken or not ours."""
        self._config.load()
        loop = asyncio.get_running_loop()
        self._tell_date()
        found = await loop.getaddrinfo(
            self._host or None, self._port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        for family, _, _, _, address in dict.fromkeys(found):
            line = _bound(family, address)
            _notice_the_gone(line, self._bounds.stall_s)
            door = _Door(line, self._connection)
            self._doors.append(door)
            door.open()
        self._look_through()

    async def close(self, timeout_s: float) -> None:
        """Take no more, finish what is being answered, and close."""
        for door in self._doors:
            door.close()
        for timer in (self._date, self._look):
            if timer is not None:
                timer.cancel()
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

    def _connection(self) -> "_Connection":
        loop = asyncio.get_running_loop()
        return _Connection(
            self._config, self._state, {}, loop, bounds=self._bounds, counts=self._counts
        )

    def _tell_date(self) -> None:
        """Every answer says when it was made (RFC 9110, 6.6.1), to the second."""
        self._state.default_headers = [(b"date", formatdate(usegmt=True).encode())]
        self._date = asyncio.get_running_loop().call_later(1.0, self._tell_date)

    def _look_through(self) -> None:
        """End the connections that have stalled."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        here = [c for c in self._state.connections if isinstance(c, _Connection)]
        late = Counter(found for c in here if (found := c.look(now)) is not None)
        self._counts.stalled += late
        if late:
            log.warning("listener.stalled", open=len(here), **{str(k): late[k] for k in late})
        again_s = max(self._bounds.stall_s / _LOOKS, _LEAST_BETWEEN_S)
        self._look = loop.call_later(again_s, self._look_through)


class _Door:
    """A socket that listens; takes all who wait at once.

    The loop's own server takes one connection a turn. Where many calls are under way a turn is
    long, and who connects along with a hundred others would wait for seconds.
    """

    def __init__(self, line: socket.socket, connection: Callable[[], asyncio.Protocol]) -> None:
        self._line = line
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._entering: set[asyncio.Task[None]] = set()
        self._again: asyncio.TimerHandle | None = None

    def open(self) -> None:
        self._again = None
        self._loop.add_reader(self._line.fileno(), self._take)

    def close(self) -> None:
        if self._again is not None:
            self._again.cancel()
        self._loop.remove_reader(self._line.fileno())
        self._line.close()

    def _take(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                line, _ = self._line.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                # No file is left to open: the socket would say so without end.
                log.error("listener.cannot_take", why=error.strerror or type(error).__name__)
                self._loop.remove_reader(self._line.fileno())
                self._again = self._loop.call_later(_REST_S, self.open)
                return
            task = self._loop.create_task(self._enter(line))
            self._entering.add(task)
            task.add_done_callback(self._entering.discard)

    async def _enter(self, line: socket.socket) -> None:
        try:
            line.setblocking(False)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.connect_accepted_socket(self._connection, line)
        except OSError:
            # It has gone already.
            line.close()


def _bound(family: int, address: Any) -> socket.socket:
    """Return a socket that listens. Raises `OSError`."""
    line = socket.socket(family, socket.SOCK_STREAM)
    try:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # IPv4 has a socket of its own.
            line.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        line.bind(address)
        line.setblocking(False)
        line.listen(_BACKLOG)
    except BaseException:
        line.close()
        raise
    return line


def _notice_the_gone(line: Any, stall_s: float) -> None:
    """Let the kernel end connections whose other side is gone without a word; what it accepts has
    the options of the socket that listens. Ours is the first say about those that stall."""
    seconds = max(int(2 * stall_s), 1)
    for level, name, number in (
        (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
        (socket.IPPROTO_TCP, "TCP_KEEPIDLE", seconds),
        (socket.IPPROTO_TCP, "TCP_KEEPINTVL", max(seconds // 8, 1)),
        (socket.IPPROTO_TCP, "TCP_KEEPCNT", 4),
        (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", seconds * 1000),
    ):
        # Not every system has all of them.
        with suppress(AttributeError, OSError):
            line.setsockopt(level, getattr(socket, name), number)


class _Connection(HttpToolsProtocol):
    """Uvicorn's connection, which by itself waits for ever for a head of any length."""

    def __init__(self, *args: Any, bounds: Bounds, counts: Connections, **more: Any) -> None:
        super().__init__(*args, **more)
        self._bounds = bounds
        self._counts = counts
        self._is_surplus = False
        self._head_timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._lingering: asyncio.TimerHandle | None = None
        self._lingered_bytes = 0
        self._received_bytes = 0
        self._body = _Pace()
        self._answer = _Pace()

    def connection_made(self, transport: Any) -> None:
        gathered = _Gathered(transport, self.loop)
        super().connection_made(gathered)  # type: ignore[arg-type]
        self._gathered = gathered
        self._counts.open += 1
        surplus = len(self.connections) - self._bounds.connections
        if surplus <= 0:
            self._await_head()
            return
        self._counts.refused += 1
        if surplus <= min(_SURPLUS, self._bounds.connections // 8):
            # A line that is closed before its request was read may lose the answer.
            self._is_surplus = True
            gathered.write(_TOO_MANY)
            self._head_timer = self.loop.call_later(_SURPLUS_S, gathered.close)
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._counts.open -= 1
        self._have_head()
        self._end_linger()
        # The library leaves this timer when a connection breaks.
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def look(self, now: float) -> Late | None:
        """End the connection if the other side has stalled, and say what it had not done."""
        stall_s, is_behind = self._bounds.stall_s, self._gathered.is_behind
        taken = self._gathered.sent_bytes if is_behind else 0
        if self._answer.is_late(taken, now, stall_s, waits=is_behind):
            # Not `close`: that waits for what is written to be taken, and so does the kernel.
            line = self.transport.get_extra_info("socket")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DROP)
            self.transport.abort()
            return "answer"
        if self._body.is_late(self._received_bytes, now, stall_s, waits=self._awaits_body):
            if not self.cycle.response_started:
                self.transport.write(_TOO_SLOW)
            self.transport.close()
            return "body"
        return None

    @property
    def _awaits_body(self) -> bool:
        """Whether it is the other side's turn: it may send, and has more to send."""
        cycle = self.cycle
        return (
            cycle is not None
            and cycle.more_body
            and not cycle.response_complete
            and not cycle.waiting_for_100_continue
            and not self.flow.read_paused
            and not self.transport.is_closing()
        )

    def data_received(self, data: bytes) -> None:
        if self._is_surplus:
            return
        self._received_bytes += len(data)
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
        self._head_timer = self.loop.call_later(
            min(_HEAD_S, self._bounds.stall_s), self._end_without_head
        )

    def _have_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _end_without_head(self) -> None:
        if self._head_bytes:
            self._counts.stalled["head"] += 1
            log.warning("listener.stalled", head=1, open=len(self.connections))
            self.transport.write(_TOO_SLOW)
        self.transport.close()

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


class _Pace:
    """Tells whether the other side does its part."""

    __slots__ = ("_bytes", "_since")

    def __init__(self) -> None:
        self._bytes = 0
        self._since: float | None = None

    def is_late(self, passed_bytes: int, now: float, stall_s: float, *, waits: bool) -> bool:
        """Say whether we have waited for `stall_s` and next to nothing has passed."""
        if not waits:
            self._since = None
        elif self._since is None or passed_bytes - self._bytes >= _LEAST_BYTES:
            self._since, self._bytes = now, passed_bytes
        else:
            return now - self._since >= stall_s
        return False


class _Gathered:
    """A transport that sends what is written within one turn of the loop at once.

    The library writes the head and the body of an answer one after the other, and each write is a
    call into the kernel that wakes the reader: a third of all the time of a small answer.
    """

    __slots__ = ("_loop", "_transport", "_waiting", "_written_bytes")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes] = []
        self._written_bytes = 0

    @property
    def is_behind(self) -> bool:
        """Whether something is written that the other side has no room for."""
        return self._transport.get_write_buffer_size() > 0

    @property
    def sent_bytes(self) -> int:
        """How much the other side has taken so far."""
        left = self._transport.get_write_buffer_size()
        with suppress(OSError):
            # The kernel takes some megabytes at once, and then none for long.
            line = self._transport.get_extra_info("socket")
            waiting = fcntl.ioctl(line.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
            left += int.from_bytes(waiting, sys.byteorder)
        return self._written_bytes - left

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
            data = waiting[0] if len(waiting) == 1 else b"".join(waiting)
            self._written_bytes += len(data)
            self._transport.write(data)

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
