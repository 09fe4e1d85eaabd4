"""Tells open pages that rows arrived: ingest says so here after each commit, streams listen.

Several processes on one set of stores: each hears of its own commits at once, and tells the others
twice a second what it has stored.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

import msgspec

from sightline.core.errors import RateLimitedError, SightlineError
from sightline.core.ids import Id
from sightline.core.log import get_logger
from sightline.core.tasks import TaskGroup
from sightline.domain.writes import SpanWrite, TraceWrite

log = get_logger(__name__)

MAX_LISTENERS = 200
# Of one workspace, so that pages of another can listen too.
MAX_OF_WORKSPACE = 150
# Ids that one event names; whoever watches more reads its list again anyway.
MAX_PROJECTS = 50
_TELL_EVERY_S = 0.5
# Projects in one notice, which must not be long, and at most in half a second.
_TOLD_AT_ONCE = 60
_MAX_UNTOLD = 3_000

Kind = Literal["traces", "spans"]
Tell = Callable[[str], Awaitable[None]]
"""Gives a text to the hubs of all other processes."""


class _Arrival(msgspec.Struct, frozen=True, array_like=True):
    """Rows of one project that another process has stored."""

    workspace_id: Id
    project_id: Id
    traces: int
    spans: int
    updates: int


class _Told(msgspec.Struct, frozen=True):
    sender: str
    arrivals: list[_Arrival]


_decoder = msgspec.json.Decoder(_Told)


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

    def hear_something(self) -> None:
        """Wake up for news of which nothing is known."""
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
    """Who listens to which workspace. For one event loop.

    `tell` reaches the hubs of other processes, whose texts come in by `heard`; None where there
    are none.
    """

    def __init__(self, tell: Tell | None = None) -> None:
        self._tell = tell
        self._sender = os.urandom(8).hex()
        self._listeners: dict[Id, set[Listener]] = {}
        self._closing = asyncio.Event()
        self._untold: dict[tuple[Id, Id], list[int]] = {}
        self._tasks = TaskGroup()

    def start(self) -> None:
        """Begin to tell other processes; call inside the running loop."""
        if self._tell is not None:
            self._tasks.spawn("live.tell", self._keep_telling(self._tell))

    def listen(self, workspace_id: Id, project_id: Id | None = None) -> Listener:
        """Begin to listen to a project, or to a workspace; `leave` ends it.

        Raises `RateLimitedError` when too many listen already.
        """
        listening = sum(map(len, self._listeners.values()))
        theirs = len(self._listeners.get(workspace_id, ()))
        if listening >= MAX_LISTENERS or theirs >= MAX_OF_WORKSPACE:
            raise RateLimitedError(
                f"{listening} pages are listening already, {theirs} of them in this workspace",
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
        """Hear that the writes are on disk. Costs nothing where nobody could listen."""
        there = self._listeners.get(workspace_id)
        if not there and self._tell is None:
            return
        counts: dict[Id, list[int]] = {}
        for write in writes:
            if write.project_id is not None:
                # A message without a start changes a row that is there.
                counts.setdefault(write.project_id, [0, 0])[write.start_time_us is None] += 1
        for project_id, (new, updates) in counts.items():
            traces, spans = (new, 0) if kind == "traces" else (0, new)
            arrival = _Arrival(workspace_id, project_id, traces, spans, updates)
            self._pass_on(arrival)
            if self._tell is not None:
                self._note_untold(arrival)

    def heard(self, text: str) -> None:
        """Hear what another process has told; empty when something of it was missed."""
        if not text:
            for there in self._listeners.values():
                for listener in there:
                    listener.hear_something()
            return
        told = _decoder.decode(text)
        if told.sender != self._sender:
            for arrival in told.arrivals:
                self._pass_on(arrival)

    def _pass_on(self, arrival: _Arrival) -> None:
        for listener in self._listeners.get(arrival.workspace_id, ()):
            listener.hear(arrival.project_id, arrival.traces, arrival.spans, arrival.updates)

    def _note_untold(self, arrival: _Arrival) -> None:
        key = (arrival.workspace_id, arrival.project_id)
        if key not in self._untold and len(self._untold) >= _MAX_UNTOLD:
            return
        counts = self._untold.setdefault(key, [0, 0, 0])
        counts[0] += arrival.traces
        counts[1] += arrival.spans
        counts[2] += arrival.updates

    def close(self) -> None:
        """End every stream: the server stops and waits for them."""
        self._closing.set()
        for there in self._listeners.values():
            for listener in there:
                listener.wake()

    async def stop(self) -> None:
        """Stop telling others."""
        self.close()
        await self._tasks.stop()

    async def _keep_telling(self, tell: Tell) -> None:
        while True:
            await asyncio.sleep(_TELL_EVERY_S)
            untold, self._untold = self._untold, {}
            all_ = [_Arrival(*key, *counts) for key, counts in untold.items()]
            try:
                for start in range(0, len(all_), _TOLD_AT_ONCE):
                    told = _Told(self._sender, all_[start : start + _TOLD_AT_ONCE])
                    await tell(msgspec.json.encode(told).decode())
            except SightlineError as error:
                # A page that misses it shows it with the next news, or when it is read again.
                log.debug("live.not_told", code=error.code)
