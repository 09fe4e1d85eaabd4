"""Entity ids: 16 bytes inside, canonical UUID text outside; new ones are UUIDv7.

Bytes in network order sort as the id's time does, which is what the analytics keys rely on.
"""

import hashlib
import os
import threading
import time
import uuid

from sightline.core.errors import UnprocessableError

Id = bytes
"""16 bytes of a UUID, network order."""

NIL: Id = bytes(16)

_lock = threading.Lock()
_last_us = 0


def new_id(now_us: int | None = None) -> Id:
    """Return a fresh UUIDv7; ids of one process are strictly increasing.

    `now_us` is Unix time in microseconds (RFC 9562 §5.7, sub-millisecond bits in rand_a).
    """
    global _last_us
    if now_us is None:
        now_us = time.time_ns() // 1000
        with _lock:
            now_us = _last_us = max(now_us, _last_us + 1)
    ms, rest_us = divmod(now_us, 1000)
    sub = rest_us * 4096 // 1000
    tail = bytearray(os.urandom(8))
    tail[0] = 0x80 | (tail[0] & 0x3F)
    return ms.to_bytes(6, "big") + (0x7000 | sub).to_bytes(2, "big") + bytes(tail)


def new_text_id() -> str:
    """Return a fresh UUIDv7 as text."""
    return format_id(new_id())


def derived_id(now_ms: int, *parts: str) -> Id:
    """Return the UUIDv7 of time `now_ms` whose random bits are a hash of `parts`."""
    digest = bytearray(hashlib.sha256("\x1f".join(parts).encode()).digest()[:10])
    digest[0] = 0x70 | (digest[0] & 0x0F)
    digest[2] = 0x80 | (digest[2] & 0x3F)
    return now_ms.to_bytes(6, "big") + bytes(digest)


def parse_id(text: str, field: str = "id") -> Id:
    """Return the 16 bytes of a UUID in any text form that `uuid.UUID` takes.

    Raises `UnprocessableError` naming `field` when it is not one.
    """
    try:
        if len(text) == 36 and text[8] == text[13] == text[18] == text[23] == "-":
            raw = bytes.fromhex(text.replace("-", ""))
            if len(raw) == 16:
                return raw
        return uuid.UUID(text).bytes
    except (ValueError, AttributeError, TypeError):
        raise UnprocessableError(
            f"{field} must be a UUID", fields=[f"{field} must be a UUID"]
        ) from None


def format_id(raw: bytes) -> str:
    """Return the canonical text of a 16-byte id."""
    h = raw.hex()
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def is_v7(raw: Id) -> bool:
    """Say whether the id is a UUIDv7."""
    return raw[6] >> 4 == 7 and raw[8] >> 6 == 2


def time_ms(raw: Id) -> int | None:
    """Return the Unix milliseconds in a UUIDv7, or None for any other id."""
    return int.from_bytes(raw[:6], "big") if is_v7(raw) else None
