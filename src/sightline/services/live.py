"""Tells open pages that rows arrived: ingest says so here after each commit, streams listen.

Several processes on one store: each hears of its own commits at once. With a ClickHouse server
behind them, each also asks it every five seconds what came into the watched workspaces through
the others. An embedded store has one process, so nobody asks.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Literal

import msgspec

from sightline.core.clock import Clock
from sightline.core.errors import RateLimitedError, SightlineError
from sightline.core.ids import Id
from sightline.core.log import get_logger
from sightline.core.tasks import TaskGroup
from sightline.domain.writes import SpanWrite, TraceWrite

log = get_logger(__name__)

MAX_LISTENERS = 200
# Ids that one event names; whoever watches more reads its list again anyway.
MAX_PROJECTS = 50
_POLL_EVERY_S = 5

Kind = Literal["traces", "spans"]
Poll = Callable[[Sequence[Id], int], Coroutine[Any, Any, list[tuple[Id, Id, int, int]]]]
"""(workspaces, since µs) → (workspace, project, traces, spans) of what came since then."""


class News(msgspec.Struct, kw_only=True):
    """What was stored since the last news: new rows, and messages about rows there were."""

    traces: int = 0
    spans: int = 0
    updates: int = 0
    project_ids: set[Id] = msgspec.field(default_factory=set)


class Listener:
    """One open stream. `next` waits for news; what comes meanwhile is added up, never queued."""

    def __init__(self, workspace_id: Id, project_id: Id | None, closing: asyncio.Event) -> None:
        self.workspace_id = workspace_id
        self.project_id = project_id
        self._closing = closing
        self._woken = asyncio.Event()
        self._news = News()

    @property
    def is_over(self) -> bool:
        """Whether the server stops, so that the stream must end."""
        return self._closing.is_set()

    def wake(self) -> None:
        self._woken.set()

    def hear(self, project_id: Id, traces: int, spans: int, updates: int) -> None:
        """Add to the news, unless they are of a project that nobody here asked for."""
        if self.project_id not in {None, project_id}:
            return
        self._news.traces += traces
        self._news.spans += spans
        self._news.updates += updates
        if len(self._news.project_ids) < MAX_PROJECTS:
            self._news.project_ids.add(project_id)
        self._woken.set()

    async def next(self, timeout_s: float) -> News | None:
        """Return the news as soon as there are some; None after the time, or when all is over."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._woken.wait()
        except TimeoutError:
            return None
        self._woken.clear()
        if self.is_over:
            return None
        news, self._news = self._news, News()
        return news

    async def rest(self, seconds: float) -> None:
        """Wait, but no longer than the server runs."""
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            return


class Hub:
    """Who listens to which workspace. For one event loop."""

    def __init__(
        self, clock: Clock, poll: Poll | None = None, *, poll_every_s: float = _POLL_EVERY_S
    ) -> None:
        self._clock = clock
        self._poll = poll
        self._poll_every_s = poll_every_s
        self._listeners: dict[Id, set[Listener]] = {}
        self._closing = asyncio.Event()
        self._heard: set[Id] = set()
        self._tasks = TaskGroup()

    def start(self) -> None:
        """Begin to ask the store; call inside the running loop."""
        if self._poll is not None:
            self._tasks.spawn("live.poll", self._keep_asking(self._poll))

    def listen(self, workspace_id: Id, project_id: Id | None = None) -> Listener:
        """Begin to listen to a project, or to a workspace; `leave` ends it.

        Raises `RateLimitedError` when too many listen already.
        """
        if sum(map(len, self._listeners.values())) >= MAX_LISTENERS:
            raise RateLimitedError(
                f"{MAX_LISTENERS} pages are listening already",
                hint="Close some, or read the list again from time to time",
                retry_after_s=30,
            )
        listener = Listener(workspace_id, project_id, self._closing)
        self._listeners.setdefault(workspace_id, set()).add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        """End what `listen` began."""
        there = self._listeners.get(listener.workspace_id, set())
        there.discard(listener)
        if not there:
            self._listeners.pop(listener.workspace_id, None)

    def stored(
        self, workspace_id: Id, kind: Kind, writes: Sequence[TraceWrite] | Sequence[SpanWrite]
    ) -> None:
        """Hear that the writes are on disk. Costs nothing while nobody listens."""
        there = self._listeners.get(workspace_id)
        if not there:
            return
        counts: dict[Id, list[int]] = {}
        for write in writes:
            if write.project_id is not None:
                # A message without a start changes a row that is there.
                counts.setdefault(write.project_id, [0, 0])[write.start_time_us is None] += 1
        for project_id, (new, updates) in counts.items():
            traces, spans = (new, 0) if kind == "traces" else (0, new)
            self._heard.add(project_id)
            for listener in there:
                listener.hear(project_id, traces, spans, updates)

    def close(self) -> None:
        """End every stream: the server stops and waits for them."""
        self._closing.set()
        for there in self._listeners.values():
            for listener in there:
                listener.wake()

    async def stop(self) -> None:
        """Stop asking the store."""
        self.close()
        await self._tasks.stop()

    async def _keep_asking(self, poll: Poll) -> None:
        since_us = self._clock.now_us()
        while True:
            await asyncio.sleep(self._poll_every_s)
            now_us = self._clock.now_us()
            heard, self._heard = self._heard, set()
            try:
                found = await poll(list(self._listeners), since_us) if self._listeners else []
            except SightlineError as error:
                # Asked again in five seconds, from the same moment on.
                log.debug("live.poll_failed", code=error.code)
                continue
            since_us = now_us
            for workspace_id, project_id, traces, spans in found:
                if project_id in heard:
                    continue
                for listener in self._listeners.get(workspace_id, ()):
                    listener.hear(project_id, traces, spans, 0)
