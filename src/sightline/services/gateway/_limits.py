"""What a key has used, in memory: money since the day, week and month began, calls in a minute."""

from collections import deque

from sightline.domain.gateway import LimitReset
from sightline.stores.catalog.gateway_spend import Spent, month_start, week_start

_SECOND_US = 1_000_000
_MINUTE_S = 60
_FIELDS: dict[LimitReset | None, str] = {
    None: "total",
    "daily": "daily",
    "weekly": "weekly",
    "monthly": "monthly",
}


class Meter:
    """A key's spending in billionths of a USD: what is stored, and what is not stored yet."""

    __slots__ = ("pending", "pending_byok", "stored")

    def __init__(self, stored: Spent) -> None:
        self.stored = stored
        self.pending = 0
        self.pending_byok = 0

    def add(self, nano: int, *, is_byok: bool) -> None:
        """Count a call whose record is on its way to the store."""
        if is_byok:
            self.pending_byok += nano
        else:
            self.pending += nano

    def recorded(self, usage: int, byok: int, stored: Spent) -> None:
        """Say that so much has been stored, and what is stored now.

        A replay records what was never counted here; the pending sum then stays at zero.
        """
        self.pending = max(0, self.pending - usage)
        self.pending_byok = max(0, self.pending_byok - byok)
        self.stored = stored

    def used(self, reset: LimitReset | None, today: int, *, with_byok: bool) -> int:
        """Return what counts against a limit that begins anew so often."""
        if self.stored.day != today:
            roll(self.stored, today)
        name = _FIELDS[reset]
        used: int = getattr(self.stored, name) + self.pending
        if with_byok:
            used += getattr(self.stored, f"byok_{name}") + self.pending_byok
        return used

    def snapshot(self, today: int) -> Spent:
        """Return what was spent, with what is not stored yet."""
        return with_pending(self.stored, self, today)


def with_pending(stored: Spent, meter: Meter, today: int) -> Spent:
    """Return stored sums with what a meter holds beside."""
    roll(stored, today)
    return Spent(
        day=today,
        **{
            prefix + name: getattr(stored, prefix + name) + pending
            for prefix, pending in (("", meter.pending), ("byok_", meter.pending_byok))
            for name in _FIELDS.values()
        },
    )


def roll(spent: Spent, today: int) -> None:
    """Begin the periods anew that have ended since `spent.day`."""
    if spent.day == today:
        return
    spent.daily = spent.byok_daily = 0
    if week_start(spent.day) != week_start(today):
        spent.weekly = spent.byok_weekly = 0
    if month_start(spent.day) != month_start(today):
        spent.monthly = spent.byok_monthly = 0
    spent.day = today


class MinuteWindow:
    """Counts what was in the last 60 s, to the second; it holds 60 numbers at most."""

    __slots__ = ("_seconds", "_total")

    def __init__(self) -> None:
        self._seconds: deque[list[int]] = deque()
        self._total = 0

    def count(self, now_us: int) -> int:
        """Return how many there were in the last 60 s."""
        gone = now_us // _SECOND_US - _MINUTE_S
        seconds = self._seconds
        while seconds and seconds[0][0] <= gone:
            self._total -= seconds.popleft()[1]
        return self._total

    def add(self, n: int, now_us: int) -> None:
        second = now_us // _SECOND_US
        if self._seconds and self._seconds[-1][0] == second:
            self._seconds[-1][1] += n
        else:
            # Nobody may ever ask for the count.
            self.count(now_us)
            self._seconds.append([second, n])
        self._total += n

    def add_all(self, later: "MinuteWindow") -> None:
        """Count what another window has, which began after this one."""
        for second, n in later._seconds:
            self.add(n, second * _SECOND_US)

    def wait_s(self, limit: int, now_us: int) -> int:
        """Return after how many whole seconds there are fewer than `limit`, from 1 to 60."""
        left = self.count(now_us)
        for second, n in self._seconds:
            left -= n
            if left < limit:
                return max(1, -((now_us - (second + _MINUTE_S) * _SECOND_US) // _SECOND_US))
        return 1
