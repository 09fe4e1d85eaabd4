"""One client's connection: Uvicorn's, with an end to all that may be waited for."""

import asyncio
import fcntl
import socket
import struct
import sys
import termios
from contextlib import suppress
from typing import Any, Literal

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from sightline.api.kit.connections import Connections
from sightline.core.log import get_logger

log = get_logger(__name__)

# The line of a request with its headers.
_HEAD_BYTES = 64 * 1024
_HEAD_S = 30.0
# Requests that wait for the one before them on their connection.
_IN_LINE = 16
# After an early answer, such as 413, what still comes is read for so long, lest the answer be lost.
_LINGER_BYTES = 64 * 1024 * 1024
_LINGER_S = 5.0
# Who sends or takes less than this while we wait for it has stalled.
_LEAST_BYTES = 4096
_DROP = struct.pack("ii", 1, 0)
# Of those that are too many, so many (or an eighth) hear it before they are ended.
_SURPLUS, _SURPLUS_S = 256, 1.0


def _refusal(status: str, more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{more}content-length: 0\r\nconnection: close\r\n\r\n".encode()


_TOO_LARGE = _refusal("431 Request Header Fields Too Large")
_TOO_SLOW = _refusal("408 Request Timeout")
_TOO_MANY = _refusal("503 Service Unavailable", "retry-after: 1\r\n")

Late = Literal["head", "body", "answer"]


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What clients may hold open.

    While we wait for the other side to send a request or to take an answer, 4 KiB at least must
    pass in `stall_s` seconds; else the connection is ended. One that asks nothing more is ended
    after `idle_s` seconds. Beyond `connections` a new one is answered 503.
    """

    stall_s: float = 60.0
    # A client's pool keeps connections for a minute or so; who closes first should not be us.
    idle_s: int = 120
    connections: int = 16_384


class Connection(HttpToolsProtocol):
    """Uvicorn's connection, which by itself waits for ever for a head of any length."""

    def __init__(self, *args: Any, bounds: Bounds, counts: Connections, **more: Any) -> None:
        super().__init__(*args, **more)
        self._bounds = bounds
        self._counts = counts
        # Whether what comes is no more than thrown away.
        self._is_deaf = False
        # The request that is being answered, or was last; `cycle` is the newest, `pipeline` has
        # those between.
        self._running: RequestResponseCycle | None = None
        self._received_bytes = 0
        # A head is under way, and so much had come before it.
        self._in_head = True
        self._head_from = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._lingering: asyncio.TimerHandle | None = None
        self._linger_from = 0
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
            self._is_deaf = True
            gathered.write(_TOO_MANY)
            self._head_timer = self.loop.call_later(_SURPLUS_S, gathered.close)
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._counts.open -= 1
        self._end_head_timer()
        self._end_linger()
        # The library leaves this timer when a connection breaks.
        self._unset_keepalive_if_required()
        super().connection_lost(exc)
        # It tells the newest request alone. Those in line were never begun.
        self.pipeline.clear()
        running = self._running
        if running is not None and not running.response_complete:
            running.disconnected = True
            running.message_event.set()

    def look(self, now: float, stall_s: float) -> Late | None:
        """End the connection if the other side has stalled, and say what it had not done."""
        is_behind = self._gathered.is_behind
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
        cycle = self._running
        return (
            cycle is not None
            and cycle is self.cycle
            and cycle.more_body
            and not cycle.response_complete
            and not cycle.waiting_for_100_continue
            and not self.flow.read_paused
            and not self.transport.is_closing()
        )

    @property
    def _owes_answers(self) -> bool:
        """Whether a request has come, at least its head, that is not answered yet."""
        return self.cycle is not None and not self.cycle.response_complete

    def data_received(self, data: bytes) -> None:
        if self._is_deaf:
            return
        self._received_bytes += len(data)
        super().data_received(data)
        if self._in_head:
            if self._received_bytes - self._head_from > _HEAD_BYTES:
                self._refuse_head()
            # Most heads come whole, and wait for nothing. While we owe an answer there is no hurry,
            # and we may not even read.
            elif self._head_timer is None and not self._owes_answers:
                self._await_head()
        elif self._lingering is not None:
            if self._received_bytes - self._linger_from > _LINGER_BYTES:
                self.transport.close()
        elif not self._owes_answers and not self.transport.is_closing():
            # The library has ended its timer. This was the rest of a body whose answer went
            # early, or an empty line, with which no request begins.
            self._await_next()

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= _IN_LINE:
            # The rest of what was read may be thousands. What is raised here ends the parsing.
            raise OverflowError
        super().on_message_begin()
        self._body = _Pace()
        if not self._in_head:
            self._in_head = True
            self._head_from = self._received_bytes

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._end_head_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        if self._lingering is not None:
            self._end_linger()
            if not self.cycle.keep_alive:
                self.transport.close()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        if self._owes_answers and not self.cycle.more_body:
            self._hear_no_more()
        else:
            super().send_400_response(msg)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        cycle.transport = _UntilRead(self.transport, cycle)  # type: ignore[assignment]
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        # With others in line behind it a request was read to its end.
        is_last = not self.pipeline and not self.transport.is_closing()
        if is_last and self.cycle.more_body:
            self._answered_early()
        running = self._running
        if running is not None and not running.more_body:
            # Nothing is waited for any more. Else the two would hold each other, and all of the
            # request, until garbage is collected.
            running.transport = self.transport
        super().on_response_complete()
        if is_last and self._in_head:
            self._unset_keepalive_if_required()
            self._await_head()

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(
            min(_HEAD_S, self._bounds.stall_s), self._end_without_head
        )

    def _end_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _end_without_head(self) -> None:
        if self._received_bytes:
            self._counts.stalled["head"] += 1
            log.warning("listener.stalled", head=1, open=len(self.connections))
            self.transport.write(_TOO_SLOW)
        self.transport.close()

    def _refuse_head(self) -> None:
        if self._owes_answers:
            self._hear_no_more()
        elif not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def _hear_no_more(self) -> None:
        """Answer the whole requests that are here, then close.

        A refusal of what came behind them would be taken for an answer to one of them.
        """
        self._is_deaf = True
        self.cycle.keep_alive = False
        # What lies in the kernel when a line is closed costs the answers before it.
        self.flow.resume_reading()

    def _await_next(self) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def _answered_early(self) -> None:
        if self.expect_100_continue:
            # The body may come or not, and the next request could not be told from it.
            self.transport.close()
            return
        self._linger_from = self._received_bytes
        self._lingering = self.loop.call_later(_LINGER_S, self.transport.close)

    def _end_linger(self) -> None:
        if self._lingering is not None:
            self._lingering.cancel()
            self._lingering = None


class _UntilRead:
    """The transport of one request, whose end waits for the rest of a body that was answered early.

    The kernel resets a line that is closed with something unread, and a proxy, which asks for the
    end with `Connection: close` or HTTP/1.0, would have a broken line in place of the answer.
    """

    __slots__ = ("_cycle", "_transport", "write")

    def __init__(self, transport: Any, cycle: RequestResponseCycle) -> None:
        self._transport = transport
        self._cycle = cycle
        self.write = transport.write

    def close(self) -> None:
        if not (self._cycle.response_complete and self._cycle.more_body):
            self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


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
