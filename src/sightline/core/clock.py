"""Time as a value that is passed in, so that tests can hold it still."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = EPOCH.replace(tzinfo=None)
_MICROSECOND = timedelta(microseconds=1)


class Clock(Protocol):
    """Tells the time in Unix microseconds, UTC."""

    def now_us(self) -> int: ...


class SystemClock:
    """The machine's clock."""

    def now_us(self) -> int:
        return time.time_ns() // 1000


class FakeClock:
    """A clock for tests: stands still until moved."""

    def __init__(self, now_us: int = 1_790_000_000_000_000) -> None:
        self._now_us = now_us

    def now_us(self) -> int:
        return self._now_us

    def advance(self, seconds: float) -> None:
        self._now_us += round(seconds * 1_000_000)


def to_us(value: datetime) -> int:
    """Return Unix microseconds; a time without a zone is read as UTC."""
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return (value - EPOCH) // _MICROSECOND


def from_us(value_us: int) -> datetime:
    """Return the UTC time of Unix microseconds."""
    return EPOCH + timedelta(microseconds=value_us)


def format_us(value_us: int) -> str:
    """Return RFC 3339 text with microseconds and `Z`."""
    # Several times as fast as strftime; a page formats four times a row.
    return (_NAIVE_EPOCH + timedelta(microseconds=value_us)).isoformat("T", "microseconds") + "Z"
