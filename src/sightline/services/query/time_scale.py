"""Time cut into buckets of a round length, aligned in UTC; weeks begin on Monday."""

from collections.abc import Iterator

import msgspec

from sightline.stores.analytics.metrics import Buckets

_SECOND_US = 1_000_000
_DAY_S = 86_400
_WEEK_S = 7 * _DAY_S
# The epoch was a Thursday.
_FIRST_MONDAY_US = -3 * _DAY_S * _SECOND_US
_STEPS_S = (
    *(1, 5, 10, 30),
    *(60, 300, 600, 1_800),
    *(3_600, 3 * 3_600, 6 * 3_600, 12 * 3_600),
    *(_DAY_S, _WEEK_S),
)
MIN_BUCKETS = 2
MAX_BUCKETS = 500


class TimeScale(msgspec.Struct, frozen=True):
    """A period and its buckets; the first begins with the period or a little before it."""

    from_us: int
    to_us: int
    buckets: Buckets

    @classmethod
    def of(cls, from_us: int, to_us: int, most: int) -> "TimeScale":
        """Cut a period into as many buckets as there may be at `most`, at least two."""
        to_us = max(to_us, from_us + 1)
        scale = None
        for step_s in _steps():
            step_us = step_s * _SECOND_US
            origin_us = _FIRST_MONDAY_US if step_s >= _WEEK_S else 0
            start_us = from_us - (from_us - origin_us) % step_us
            scale = cls(from_us, to_us, Buckets(start_us, step_us))
            if scale.count <= max(most, MIN_BUCKETS):
                return scale
        raise AssertionError("a long enough step covers any period")

    @property
    def count(self) -> int:
        """Return the number of buckets."""
        return -((self.buckets.start_us - self.to_us) // self.buckets.step_us)

    @property
    def step_s(self) -> int:
        return self.buckets.step_us // _SECOND_US

    def starts(self) -> list[int]:
        """Return when each bucket begins, in Unix µs."""
        start_us, step_us = self.buckets.start_us, self.buckets.step_us
        return [start_us + b * step_us for b in range(self.count)]


def _steps() -> Iterator[int]:
    yield from _STEPS_S
    weeks = 2
    while True:
        yield weeks * _WEEK_S
        weeks *= 2
