"""When to try again: waits that grow, spread by jitter, and what a `Retry-After` says."""

import zlib
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from sightline.core.clock import to_us
from sightline.services.broadcast.options import BroadcastOptions

_FIRST_WAIT_S = 1.0
_FIRST_PAUSE_S = 5.0


def wait_s(tries: int, seed: bytes, options: BroadcastOptions) -> float:
    """Return how long a job waits after its `tries`-th failure: 1 s, 2 s, 4 s …

    Between half and all of that, by `seed`, so that jobs which failed together part ways.
    """
    longest = min(_FIRST_WAIT_S * 2.0 ** min(tries - 1, 30), options.max_pause_s)
    return longest * (0.5 + 0.5 * _fraction(seed, tries))


def pause_s(failures: int, seed: bytes, options: BroadcastOptions) -> float:
    """Return how long a destination rests after so many failures in a row; 0 when not at all."""
    over = failures - options.breaker_failures
    if over < 0:
        return 0.0
    longest = min(_FIRST_PAUSE_S * 2.0 ** min(over, 30), options.max_pause_s)
    return longest * (0.8 + 0.2 * _fraction(seed, failures))


def retry_after_s(headers: Mapping[str, str], now_us: int) -> float | None:
    """Return the seconds that `Retry-After` asks for (a number or an HTTP date)."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        return max(0.0, float(text)) if text[0].isdigit() else _until(text, now_us)
    except (ValueError, OverflowError):
        return None


def _until(text: str, now_us: int) -> float:
    when = parsedate_to_datetime(text)
    return max(0.0, (to_us(when.astimezone(UTC)) - now_us) / 1_000_000)


def _fraction(seed: bytes, number: int) -> float:
    return zlib.crc32(b"%s:%d" % (seed, number)) / 0xFFFF_FFFF
