"""Serves an ASGI app on an address, and looks through its connections.

Everything runs on the loop's own thread. A server with threads of its own would hand each request
over and back, which with small answers costs more than reading and writing them.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from email.utils import formatdate
from typing import Any

from uvicorn.config import Config
from uvicorn.server import ServerState

from sightline.api.kit.connections import Connections
from sightline.core.log import get_logger
from sightline.listener.connection import Bounds, Connection
from sightline.listener.door import Door

log = get_logger(__name__)

AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]

# Connections are looked through so many times while one may stall, but not more often than this.
_LOOKS, _LEAST_BETWEEN_S = 4, 0.25
# Who stands still for so long is not waited for at the end.
_STALL_AT_END_S = 5.0


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
            http=Connection,
            ws="none",
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            date_header=False,
            access_log=False,
            log_config=None,
            # What clients do wrong is theirs to know, and what the app does wrong is logged below.
            log_level="critical",
            timeout_keep_alive=self._bounds.idle_s,
        )
        self._stall_s = self._bounds.stall_s
        self._state = ServerState()
        self._date: asyncio.TimerHandle | None = None
        self._look: asyncio.TimerHandle | None = None
        self._doors: list[Door] = []

    async def open(self) -> None:
        """Begin to listen. Raises `OSError` when the address is taken or not ours."""
        self._config.load()
        loop = asyncio.get_running_loop()
        self._tell_date()
        found = await loop.getaddrinfo(
            self._host or None, self._port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        for family, _, _, _, address in dict.fromkeys(found):
            door = Door(family, address, self._connection, self._room, stall_s=self._bounds.stall_s)
            self._doors.append(door)
            door.open()
        self._look_through()

    async def close(self, timeout_s: float) -> None:
        """Take no more, finish what is being answered, and close."""
        for door in self._doors:
            door.close()
        for connection in list(self._state.connections):
            connection.shutdown()
        self._stall_s = min(self._stall_s, _STALL_AT_END_S)
        self._end_look()
        self._look_through()
        tasks = set(self._state.tasks)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=timeout_s)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=1.0)
        self._end_look()
        if self._date is not None:
            self._date.cancel()
        # What was written last is still on its way out.
        for _ in range(100):
            if not self._state.connections:
                break
            await asyncio.sleep(0.01)

    def _connection(self) -> Connection:
        loop = asyncio.get_running_loop()
        return Connection(
            self._config, self._state, {}, loop, bounds=self._bounds, counts=self._counts
        )

    def _room(self) -> int:
        """Return how many connections are still welcome."""
        return max(self._bounds.connections - len(self._state.connections), 0)

    def _tell_date(self) -> None:
        """Every answer says when it was made (RFC 9110, 6.6.1), to the second."""
        self._state.default_headers = [(b"date", formatdate(usegmt=True).encode())]
        self._date = asyncio.get_running_loop().call_later(1.0, self._tell_date)

    def _look_through(self) -> None:
        """End the connections that have stalled."""
        loop = asyncio.get_running_loop()
        # Before all else: what goes wrong with one connection must not end the watch over all.
        again_s = max(self._stall_s / _LOOKS, _LEAST_BETWEEN_S)
        self._look = loop.call_later(again_s, self._look_through)
        now = loop.time()
        late = Counter[str]()
        here = [c for c in self._state.connections if isinstance(c, Connection)]
        for connection in here:
            try:
                found = connection.look(now, self._stall_s)
            except Exception as error:  # noqa: BLE001 - the others are looked at all the same
                log.error("listener.cannot_look", exc=error)
            else:
                late.update(() if found is None else (found,))
        self._counts.stalled += late
        if late:
            log.warning("listener.stalled", open=len(here), **late)

    def _end_look(self) -> None:
        if self._look is not None:
            self._look.cancel()


def _plain(app: AsgiApp) -> Callable[[Any, Any, Any], Coroutine[Any, Any, None]]:
    """Return the app as a coroutine function, which the library makes a task of."""

    async def call(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except Exception as error:
            log.error("listener.failed", exc=error, path=scope["path"])
            raise

    return call
