"""The response cache: answers of calls that said they may be answered again, in memory.

By OpenRouter's rules: asked for by header or preset, only answers with status 200, no more than a
day, the same key and body alone; a hit costs nothing and has an id of its own.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sightline.core import codec
from sightline.core.clock import Clock
from sightline.services.gateway.calls import Call

_DEFAULT_TTL_S = 300
_MAX_TTL_S = 86_400
_DIGITS = re.compile(rb"\s*(\d{1,12})")
_APIS = frozenset({"chat", "responses", "messages", "embeddings"})
_ENTRY_BYTES = 500  # what an entry takes beside its values, roughly

Event = tuple[str | None, bytes]


class CacheEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A kept answer: JSON values with the name of each event; of a whole answer there is one."""

    source_id: str
    model: str
    provider: str
    provider_slug: str
    upstream_model: str
    events: tuple[Event, ...]
    stored_us: int
    ttl_s: int
    size_bytes: int


class CacheWish(msgspec.Struct, frozen=True, kw_only=True):
    """What a call asks of the cache; `key` tells the same call again."""

    key: bytes
    ttl_s: int
    clears: bool


class ResponseCache:
    """Bounded by bytes: what was used longest ago goes first."""

    def __init__(self, clock: Clock, max_bytes: int) -> None:
        self._clock = clock
        self._max_bytes = max_bytes
        self._entries: dict[bytes, CacheEntry] = {}
        self.size_bytes = 0
        self.hits = 0
        self.misses = 0

    def find(self, wish: CacheWish) -> CacheEntry | None:
        """Return what is kept for a call, used up by it if it says `clears`."""
        entry = self._entries.pop(wish.key, None)
        if entry is None:
            self.misses += 1
            return None
        is_old = self.age_s(entry) >= entry.ttl_s
        if wish.clears or is_old:
            self.size_bytes -= entry.size_bytes
            self.misses += 1
            return None
        self._entries[wish.key] = entry
        self.hits += 1
        return entry

    def age_s(self, entry: CacheEntry) -> int:
        return max(0, (self._clock.now_us() - entry.stored_us) // 1_000_000)

    def store(
        self,
        wish: CacheWish,
        events: Sequence[Event],
        *,
        source_id: str,
        served: tuple[str, str, str, str],
    ) -> None:
        """Keep an answer. `served` is model, provider, its slug, and the upstream's model."""
        size = sum(len(data) for _, data in events) + _ENTRY_BYTES
        if size > self._max_bytes:
            return
        old = self._entries.pop(wish.key, None)
        if old is not None:
            self.size_bytes -= old.size_bytes
        self._entries[wish.key] = CacheEntry(
            source_id=source_id,
            model=served[0],
            provider=served[1],
            provider_slug=served[2],
            upstream_model=served[3],
            events=tuple(events),
            stored_us=self._clock.now_us(),
            ttl_s=wish.ttl_s,
            size_bytes=size,
        )
        self.size_bytes += size
        while self.size_bytes > self._max_bytes:
            oldest = next(iter(self._entries))
            self.size_bytes -= self._entries.pop(oldest).size_bytes


def wish_of(call: Call, preset: Mapping[str, Any]) -> CacheWish | None:
    """Return what a call asks of the cache; None when it wants none.

    A preset that says no beats everything, a header beats what else a preset says.
    """
    headers = call.headers
    said = headers.get(b"x-openrouter-cache", b"").strip().lower()
    by_preset = preset.get("cache_enabled")
    if call.api not in _APIS or by_preset is False or said == b"false":
        return None
    if said != b"true" and by_preset is not True:
        return None
    ttl = ttl_s(headers.get(b"x-openrouter-cache-ttl"))
    if ttl is None:
        told = preset.get("cache_ttl_seconds")
        is_count = isinstance(told, int) and not isinstance(told, bool)
        ttl = clamped(told) if is_count and told is not None else _DEFAULT_TTL_S
    clears = headers.get(b"x-openrouter-cache-clear", b"").strip().lower() == b"true"
    return CacheWish(key=key_of(call), ttl_s=ttl, clears=clears)


def ttl_s(header: bytes | None) -> int | None:
    """Return the seconds that a header says: its leading digits, within a day; else None."""
    match = _DIGITS.match(header) if header is not None else None
    return None if match is None else clamped(int(match[1]))


def clamped(seconds: int) -> int:
    return min(max(seconds, 1), _MAX_TTL_S)


def key_of(call: Call) -> bytes:
    """Return the same bytes for the same call: white space does not count, order of fields does."""
    digest = hashlib.sha256()
    caller = call.caller
    model = call.body.get("model")
    for part in (
        caller.workspace_id,
        caller.key.hash.encode(),
        call.api.encode(),
        b"stream" if call.is_stream else b"whole",
        (model if isinstance(model, str) else "").encode(),
    ):
        digest.update(part + b"\0")
    digest.update(codec.encode(call.body))
    return digest.digest()
