"""Where clients come in: a socket that listens, and takes many at once."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sightline.core.log import get_logger

log = get_logger(__name__)

# Connections beyond this wait in the kernel.
_BACKLOG = 4096
# So many are taken in one turn of the loop; of those that are too many, so many, lest their files
# are missing elsewhere before they are closed. When none can be taken, none is for so long.
_AT_ONCE, _SURPLUS_AT_ONCE = 128, 8
_REST_S = 0.5


class Door:
    """A socket that listens; takes all who wait at once, as far as there is room.

    door = Door(family, address, make_connection, room, stall_s=60)   # raises `OSError`
    door.open()

    `room()` says how many more connections are welcome. Others are taken too, to be told, but few
    at a time.

    The loop's own server takes one connection a turn. Where many calls are under way a turn is
    long, and who connects along with a hundred others would wait for seconds.
    """

    def __init__(
        self,
        family: int,
        address: Any,
        connection: Callable[[], asyncio.Protocol],
        room: Callable[[], int],
        stall_s: float,
    ) -> None:
        self._line = _bound(family, address)
        _notice_the_gone(self._line, stall_s)
        self._connection = connection
        self._room = room
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
        at_once = max(min(self._room(), _AT_ONCE), _SURPLUS_AT_ONCE)
        # Those that enter have been taken, and are no connections yet.
        for _ in range(at_once - len(self._entering)):
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
