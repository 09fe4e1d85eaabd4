"""Supervised background tasks: named, counted, awaited at shutdown."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from sightline.core.log import get_logger

log = get_logger(__name__)

# Longer than anybody takes to note what was under way.
_TELL_AGAIN_S = 10


class TaskGroup:
    """Owns background tasks of one room; a task that dies is logged, never lost in silence."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, name: str, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start `work` under `name`."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("tasks.died", exc=error, task=task.get_name())

    async def stop(self) -> None:
        """Cancel what still runs and wait for it."""
        pending = set(self._tasks)
        while pending:
            for task in pending:
                task.cancel()
            # `asyncio.wait_for` loses a cancellation that comes with its result (Python 3.11):
            # whoever goes on is told again.
            _, pending = await asyncio.wait(pending, timeout=_TELL_AGAIN_S)
