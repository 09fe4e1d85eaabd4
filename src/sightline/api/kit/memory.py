"""Refuses what would not fit into memory, before the system ends the process for it.

A request's body grows on its way to the store: its text, what is decoded of it, the rows made of
it, and the engine's copy are there at the same time. So each byte of a body stands for several, and
all bodies together get what the limit leaves beside the engine and the program. That is reckoned;
besides, what the process really has is looked at, since memory that was freed is not always free.
"""

import time
from collections.abc import Callable

from sightline.core import memory
from sightline.core.errors import QueueFullError, StoreUnavailableError
from sightline.core.log import get_logger

log = get_logger(__name__)

_MIB = 1024 * 1024
# The program itself, with what small requests need.
OWN_BYTES = 300 * _MIB
# How many bytes one of a body is at most at a time, measured with large bodies: of spans as JSON
# 8, of OTLP 12, of a call 9.
GROWTH, OTLP_GROWTH, CALL_GROWTH = 8, 12, 9
# The same in the engine, whose merges of such rows need their part, too.
_ENGINE_GROWTH = 8
# Less always goes on: it is not what fills the memory.
SMALL_BYTES = 64 * 1024
_FULL = 0.9
_TRIM_EVERY_S = 2.0
_SAY_EVERY_S = 10.0


class Memory:
    """What large requests may take. Not for several threads."""

    def __init__(
        self,
        limit_bytes: int,
        engine_bytes: int,
        used: Callable[[], int] = memory.used_bytes,
        give_back: Callable[[], None] = memory.give_back,
    ) -> None:
        """`engine_bytes` of the limit are the engine's, whether it uses them now or not."""
        self.limit_bytes = limit_bytes
        self.engine_bytes = engine_bytes
        self.for_bodies_bytes = max(limit_bytes - engine_bytes - OWN_BYTES, limit_bytes // 8)
        self.taken_bytes = 0
        self.refused = 0
        self._used = used
        self._give_back = give_back
        self._trimmed_s = 0.0
        self._said_s = 0.0

    @property
    def used_bytes(self) -> int:
        """What the process has now."""
        return self._used()

    def largest(self, growth: int) -> int:
        """Return the bytes of the largest body that fits, when there is no other."""
        fits = self.for_bodies_bytes // growth
        return min(fits, self.engine_bytes // _ENGINE_GROWTH) if self.engine_bytes else fits

    def take(self, n: int, growth: int, so_far: int = SMALL_BYTES) -> None:
        """Note that so many bytes of a body came, beside `so_far` that had come of it.

        Raises `QueueFullError`; then none is taken.
        """
        cost = n * growth
        if so_far + n > SMALL_BYTES:
            is_alone = self.taken_bytes <= so_far * growth
            if not is_alone and self.taken_bytes + cost > self.for_bodies_bytes:
                raise self._refusal()
            if self._is_full():
                raise self._refusal()
        self.taken_bytes += cost

    def give(self, n: int, growth: int) -> None:
        """Take back what `take` noted."""
        self.taken_bytes -= n * growth

    def admit(self) -> None:
        """Raise `StoreUnavailableError` when there is no room for a large answer now."""
        if self._is_full():
            self._count()
            raise full()

    def _is_full(self) -> bool:
        if self._used() < self.limit_bytes * _FULL:
            return False
        now_s = time.monotonic()
        if now_s - self._trimmed_s < _TRIM_EVERY_S:
            return True
        self._trimmed_s = now_s
        self._give_back()
        return self._used() >= self.limit_bytes * _FULL

    def _refusal(self) -> QueueFullError:
        self._count()
        return QueueFullError(
            "Too Many Requests: too many large bodies at once, send again later", retry_after_s=1
        )

    def _count(self) -> None:
        self.refused += 1
        now_s = time.monotonic()
        if now_s - self._said_s >= _SAY_EVERY_S:
            self._said_s = now_s
            log.warning(
                "memory.short",
                used_mb=self._used() // _MIB,
                limit_mb=self.limit_bytes // _MIB,
                refused=self.refused,
            )


def full() -> StoreUnavailableError:
    """Return the error for what found no room."""
    return StoreUnavailableError(
        "The server's memory is full; ask again later, or for less", retry_after_s=2
    )
