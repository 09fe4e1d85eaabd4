"""Comments in a stream whose upstream is silent, so that nobody on the way closes it."""

import asyncio
from collections.abc import Mapping

from sightline.core.tasks import TaskGroup
from sightline.services.gateway.calls import Sink
from sightline.wire import sse

_COMMENT = sse.comment("SIGHTLINE PROCESSING")


class KeepAlive:
    """Watches one stream. It costs a timer as long as the stream is not silent too long.

    The first comment begins the answer: from then on the status is 200, whatever comes.
    """

    def __init__(
        self, sink: Sink, headers: Mapping[str, str], every_s: float, tasks: TaskGroup
    ) -> None:
        self._sink = sink
        self._headers = headers
        self._every_s = every_s
        self._tasks = tasks
        self._loop = asyncio.get_running_loop()
        self._last = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self._saying: asyncio.Task[None] | None = None
        self._arm(every_s)

    async def write(self, data: bytes) -> None:
        """Send events, with the head of the answer before the first."""
        self._last = self._loop.time()
        if self._saying is not None:
            # The head, or a comment, is on its way: events come behind it.
            await self._saying
        if not self._sink.has_started:
            await self._sink.start(self._headers)
        if data:
            await self._sink.write(data)

    async def end(self, data: bytes) -> None:
        """Send the last events."""
        self.stop()
        await self.write(b"")
        await self._sink.write(data, is_last=True)

    def stop(self) -> None:
        """Say no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self, after_s: float) -> None:
        self._timer = self._loop.call_later(after_s, self._fire)

    def _fire(self) -> None:
        silent_s = self._loop.time() - self._last
        if silent_s >= self._every_s:
            if self._saying is None or self._saying.done():
                self._saying = self._tasks.spawn("gateway.keep-alive", self._say())
            self._last += silent_s
            silent_s = 0.0
        self._arm(self._every_s - silent_s)

    async def _say(self) -> None:
        if not self._sink.has_started:
            await self._sink.start(self._headers)
        await self._sink.write(_COMMENT)
