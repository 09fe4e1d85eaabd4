"""Clients of the engine, made when they are needed and used again."""

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any


class Lane:
    """Clients that do the same work, at most `limit`; one takes 20 ms to make, when none is idle.

    For any number of threads.
    """

    def __init__(self, make: Callable[[], Any], limit: int) -> None:
        self._make = make
        self._idle: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._may_make = threading.Semaphore(limit)

    def get(self) -> Any:
        """Take a client; `put` gives it back."""
        with suppress(queue.Empty):
            return self._idle.get_nowait()
        return self._new() if self._may_make.acquire(blocking=False) else self._idle.get()

    def put(self, client: Any) -> None:
        self._idle.put(client)

    def fill(self) -> None:
        """Make all that may be."""
        while self._may_make.acquire(blocking=False):
            self.put(self._new())

    def _new(self) -> Any:
        try:
            return self._make()
        except BaseException:
            self._may_make.release()
            raise
