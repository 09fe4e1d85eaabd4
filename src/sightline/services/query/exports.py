"""Exports that run: how many at once, how far each has come, and ending them at shutdown.

Several processes on one set of stores: each tells the others twice a second how far its exports
are, so that whichever is asked can say.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Literal

import msgspec

from sightline.core.clock import Clock
from sightline.core.errors import (
    ConflictError,
    RateLimitedError,
    SightlineError,
    StoreUnavailableError,
)
from sightline.core.ids import Id, new_id
from sightline.core.log import get_logger
from sightline.core.tasks import TaskGroup

log = get_logger(__name__)

# Each reads as fast as its client takes it; the engine has few readers, and people wait for those.
MAX_RUNNING = 8
# Of one workspace, so that another gets one too.
MAX_OF_WORKSPACE = 6
_MAX_KNOWN = 1_000
_KNOWN_FOR_US = 3600 * 1_000_000
_TELL_EVERY_S = 0.5

Tell = Callable[[str], Awaitable[None]]
"""Gives a text to the exports of all other processes."""


class Progress(msgspec.Struct, kw_only=True):
    """How far an export has come; `total` is None until it is counted."""

    workspace_id: Id
    state: Literal["running", "done", "failed", "cancelled"] = "running"
    rows: int = 0
    total: int | None = None
    at_us: int


class _Told(msgspec.Struct, frozen=True):
    token: Id
    progress: Progress


_decoder = msgspec.json.Decoder(_Told)


class Exports:
    """Knows exports by the token that who asks for one has chosen.

    `tell` reaches other processes, whose texts come in by `heard`; None where there are none.
    """

    def __init__(self, clock: Clock, tell: Tell | None = None) -> None:
        self._clock = clock
        self._tell = tell
        self._known: dict[Id, Progress] = {}
        self._own: set[Id] = set()
        """Tokens of those that began here."""
        self._tasks = TaskGroup()
        self._is_closing = False

    def begin(self, workspace_id: Id, token: Id | None) -> Progress:
        """Note that an export begins.

        Raises `RateLimitedError` when too many run, `ConflictError` for a token that is in use.
        """
        now_us = self._clock.now_us()
        self._forget(now_us)
        running = [one for t in self._own if (one := self._known[t]).state == "running"]
        theirs = sum(one.workspace_id == workspace_id for one in running)
        if len(running) >= MAX_RUNNING or theirs >= MAX_OF_WORKSPACE:
            raise RateLimitedError(
                f"{len(running)} exports run already, {theirs} of them of this workspace",
                hint="Try again when one has ended",
            )
        token = token or new_id()
        if token in self._known:
            raise ConflictError("The token is in use", hint="Make a new one for each export")
        progress = self._known[token] = Progress(workspace_id=workspace_id, at_us=now_us)
        self._own.add(token)
        if self._tell is not None:
            self._tasks.spawn("export-tell", self._keep_telling(self._tell, token, progress))
        return progress

    def heard(self, text: str) -> None:
        """Hear how far an export of another process is."""
        if text:
            told = _decoder.decode(text)
            if told.token not in self._own:
                now_us = self._clock.now_us()
                self._forget(now_us)
                self._known[told.token] = msgspec.structs.replace(told.progress, at_us=now_us)

    def find(self, workspace_id: Id, token: Id) -> Progress | None:
        """Return how far an export of the workspace has come, None when none is known."""
        found = self._known.get(token)
        return found if found is not None and found.workspace_id == workspace_id else None

    async def run(
        self, progress: Progress, pieces: AsyncIterator[bytes], total: Awaitable[int]
    ) -> AsyncGenerator[bytes, None]:
        """Yield an empty piece, the pieces, and keep the progress; ends when the program stops."""
        counting = self._tasks.spawn("export-count", _count(progress, total))
        try:
            yield b""
            async for piece in pieces:
                if self._is_closing:
                    raise StoreUnavailableError("Sightline is shutting down", retry_after_s=5)
                yield piece
            progress.state = "done"
        except (GeneratorExit, asyncio.CancelledError):
            progress.state = "cancelled"
            raise
        except SightlineError as error:
            log.warning("export.failed", exc=error, rows=progress.rows)
            raise
        finally:
            counting.cancel()
            if progress.state == "running":
                progress.state = "failed"
            progress.at_us = self._clock.now_us()

    def close(self) -> None:
        """Let exports end with their next piece: the server waits for open answers to end."""
        self._is_closing = True

    async def stop(self) -> None:
        """Give up what still runs in the background."""
        await self._tasks.stop()

    def _forget(self, now_us: int) -> None:
        # Of another process's the end may never be heard.
        ended = [t for t, p in self._known.items() if p.state != "running" or t not in self._own]
        old = [t for t in ended if now_us - self._known[t].at_us > _KNOWN_FOR_US]
        too_many = len(self._known) - len(old) - _MAX_KNOWN + 1
        by_age = sorted(set(ended) - set(old), key=lambda t: self._known[t].at_us)
        for token in [*old, *by_age[: max(0, too_many)]]:
            del self._known[token]
            self._own.discard(token)

    async def _keep_telling(self, tell: Tell, token: Id, progress: Progress) -> None:
        while True:
            is_over = progress.state != "running"
            text = msgspec.json.encode(_Told(token, progress)).decode()
            # Who missed it hears the next.
            with contextlib.suppress(SightlineError):
                await tell(text)
            if is_over:
                return
            await asyncio.sleep(_TELL_EVERY_S)


async def _count(progress: Progress, total: Awaitable[int]) -> None:
    try:
        progress.total = await total
    except SightlineError as error:
        # Without it the export is as good; only nobody can say how much is left.
        log.warning("export.not_counted", exc=error)
