"""The way back to the caller: an answer as a whole or a stream, and a watch on who listens."""

import asyncio
from collections.abc import Mapping
from typing import Any

from sightline.core.tasks import TaskGroup
from sightline.services.gateway.calls import Reply

# Most calls are over before: whether their caller still listens is not worth a task.
_WATCH_AFTER_S = 0.05

_STREAM_HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache"),
    # A proxy that gathers a stream makes it none.
    (b"x-accel-buffering", b"no"),
]


class AsgiSink:
    """Sends one answer. Every answer to a call says the generation's id."""

    __slots__ = ("_ids", "_send", "has_started")

    def __init__(self, send: Any, generation_id: str) -> None:
        self._send = send
        # What is refused before it is a call has none.
        self._ids = [(b"x-generation-id", generation_id.encode())] if generation_id else []
        self.has_started = False

    async def start(self, headers: Mapping[str, str]) -> None:
        self.has_started = True
        sent = [*_STREAM_HEADERS, *encoded(headers), *self._ids]
        await self._send({"type": "http.response.start", "status": 200, "headers": sent})

    async def write(self, data: bytes, *, is_last: bool = False) -> None:
        await self._send({"type": "http.response.body", "body": data, "more_body": not is_last})

    async def reply(self, reply: Reply) -> None:
        """Send an answer as a whole."""
        self.has_started = True
        sent = [*encoded(reply.headers), *self._ids]
        sent.append((b"content-length", str(len(reply.body)).encode()))
        await self._send({"type": "http.response.start", "status": reply.status, "headers": sent})
        await self._send({"type": "http.response.body", "body": reply.body, "more_body": False})


class HangUp:
    """Cancels the task of a call when its caller hangs up; `stop` it when the call is over."""

    def __init__(self, receive: Any, tasks: TaskGroup) -> None:
        self._receive = receive
        self._tasks = tasks
        loop = asyncio.get_running_loop()
        self._call = asyncio.current_task(loop)
        self._watch: asyncio.Task[None] | None = None
        self._timer = loop.call_later(_WATCH_AFTER_S, self._begin)
        self.has_gone = False

    def stop(self) -> None:
        self._timer.cancel()
        if self._watch is not None:
            self._watch.cancel()

    def _begin(self) -> None:
        self._watch = self._tasks.spawn("gateway.hang-up", self._wait())

    async def _wait(self) -> None:
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                break
        self.has_gone = True
        if self._call is not None:
            self._call.cancel()


def encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Return headers as ASGI has them."""
    return [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
