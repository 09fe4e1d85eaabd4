"""What is counted in a minute takes memory for a minute, however long a process runs."""

import tracemalloc
from collections.abc import Iterator

import pytest

from sightline.core.clock import FakeClock
from sightline.core.ids import new_id
from sightline.services.gateway._limits import MinuteWindow
from sightline.services.gateway.rates import TokenCounts

_ENOUGH = 250_000


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


def held() -> int:
    """How many bytes are held that were taken since the test began."""
    return tracemalloc.get_traced_memory()[0]


@pytest.mark.usefixtures("traced")
def test_a_window_that_nobody_reads_holds_one_minute() -> None:
    window = MinuteWindow()
    for second in range(3_000):
        window.add(1, second * 1_000_000)
    assert held() < _ENOUGH
    assert window.count(2_999_000_000) == 60


@pytest.mark.usefixtures("traced")
def test_keys_that_are_heard_of_once_are_forgotten() -> None:
    clock = FakeClock()
    counts = TokenCounts(clock)
    used = new_id()
    for _ in range(3_000):
        counts.heard(f"other {new_id().hex()}:5,{used.hex()}:1")
        clock.advance(1)
    assert held() < _ENOUGH
    # And those that are used are not.
    assert (counts.wait_s(used, 60), counts.wait_s(used, 59) > 0) == (0, True)
