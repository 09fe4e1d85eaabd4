"""Time as a value that is passed in, so that tests can hold it still."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sightline.core.log import get_logger

log = get_logger(__name__)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = EPOCH.replace(tzinfo=None)
_MICROSECOND = timedelta(microseconds=1)
# A clock that is kept right by steps goes back by milliseconds.
_WORTH_SAYING_US = 2_000_000
# To ask a server of the time takes some milliseconds, which are not the same there and back.
_WORTH_A_STEP_US = 50_000


class Clock(Protocol):
    """Tells the time in Unix microseconds, UTC."""

    def now_us(self) -> int:
        """Return a time that is never before one that was returned earlier."""
        ...

    def wall_us(self) -> int:
        """Return the time of day as far as it is known, also when that went back: for what others
        compare with theirs, such as signatures."""
        ...

    def steady_us(self) -> int:
        """Return a time of no day, for lengths alone: nobody sets it, and its seconds are whole
        while `now_us` waits for a machine that was set back."""
        ...


class SystemClock:
    """The machine's clock, which here never goes back.

    The versions of rows, leases and expiries are made of it (ADR 3). When the machine's is set
    back, this one goes on at half its speed until the machine's has caught up.
    """

    def __init__(self, not_before_us: int = 0) -> None:
        self._last_us = not_before_us
        self._steady_ns: int | None = None

    def now_us(self) -> int:
        wall_us = self.wall_us()
        if wall_us >= self._last_us:
            self._last_us, self._steady_ns = wall_us, None
            return wall_us
        steady_ns = time.monotonic_ns()
        # Another thread may find the machine right again at any moment.
        began_ns = self._steady_ns
        if began_ns is None:
            began_ns = self._steady_ns = steady_ns
            if self._last_us - wall_us >= _WORTH_SAYING_US:
                log.warning("clock.set_back", seconds=(self._last_us - wall_us) // 1_000_000)
        # Threads that meet here may count a moment twice; none goes back.
        gained_us = max(steady_ns - began_ns, 0) // 2_000
        self._steady_ns = began_ns + gained_us * 2_000
        self._last_us += gained_us
        return self._last_us

    def wall_us(self) -> int:
        return time.time_ns() // 1000

    def steady_us(self) -> int:
        return time.monotonic_ns() // 1000


class SharedClock(SystemClock):
    """The clock of a server that several processes share, as it was told last; never goes back.

    It goes on by the machine's steady time, so that nobody who sets the machine's clock moves it.
    """

    def __init__(self, ahead_us: int) -> None:
        """`ahead_us` is by how much the server's clock is ahead of `steady_us` here."""
        super().__init__()
        self._ahead_us = ahead_us

    def told(self, ahead_us: int) -> None:
        """Go by what the server's clock says now, unless that is as good as the same."""
        if abs(ahead_us - self._ahead_us) >= _WORTH_A_STEP_US:
            self._ahead_us = ahead_us

    def wall_us(self) -> int:
        return self.steady_us() + self._ahead_us

    def machine_ahead_us(self) -> int:
        """Return by how much the machine's own clock is ahead, less than 0 where it is behind."""
        return time.time_ns() // 1000 - self.wall_us()


class FakeClock:
    """A clock for tests: stands still until moved."""

    def __init__(self, now_us: int = 1_790_000_000_000_000) -> None:
        self._now_us = now_us

    def now_us(self) -> int:
        return self._now_us

    def wall_us(self) -> int:
        return self._now_us

    def steady_us(self) -> int:
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
