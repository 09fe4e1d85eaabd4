"""A bounded cache whose entries grow old."""

from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class AgingCache(Generic[K, V]):
    """At most `size` entries, each good for `max_age_us`; the oldest make room.

    For one event loop. A loader notes `generation` before it reads and hands it to `put`: what was
    read before a `clear` is not kept.
    """

    def __init__(self, size: int, max_age_us: int) -> None:
        self._size = size
        self._max_age_us = max_age_us
        self._entries: dict[K, tuple[int, V]] = {}
        self.generation = 0

    def get(self, key: K, now_us: int) -> V | None:
        entry = self._entries.get(key)
        if entry is None or now_us - entry[0] >= self._max_age_us:
            return None
        return entry[1]

    def put(self, key: K, value: V, now_us: int, generation: int) -> None:
        if generation != self.generation:
            return
        # Removed first, so that the dict stays in the order of age.
        self._entries.pop(key, None)
        while len(self._entries) >= self._size:
            del self._entries[next(iter(self._entries))]
        self._entries[key] = (now_us, value)

    def drop(self, key: K) -> None:
        self._entries.pop(key, None)

    def clear(self) -> None:
        self._entries.clear()
        self.generation += 1
