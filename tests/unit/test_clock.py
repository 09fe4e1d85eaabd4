"""The clock never goes back, whatever the machine's does."""

import logging
import time

import pytest

from sightline.core.clock import SharedClock, SystemClock

_HOUR_US = 3_600_000_000


class _Machine:
    """The clocks of a machine, in nanoseconds."""

    def __init__(self) -> None:
        self.wall, self.steady = 1_790_000_000_000_000_000, 5_000_000_000

    def pass_s(self, seconds: float) -> None:
        self.wall += round(seconds * 1e9)
        self.steady += round(seconds * 1e9)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> _Machine:
    it = _Machine()
    monkeypatch.setattr(time, "time_ns", lambda: it.wall)
    monkeypatch.setattr(time, "monotonic_ns", lambda: it.steady)
    return it


def test_it_is_the_machines_while_that_goes_forward(machine: _Machine) -> None:
    clock = SystemClock()
    assert clock.now_us() == machine.wall // 1000
    machine.pass_s(1.5)
    assert clock.now_us() == clock.wall_us() == machine.wall // 1000


def test_set_back_it_goes_on_at_half_speed_until_the_machine_has_caught_up(
    machine: _Machine,
) -> None:
    clock = SystemClock()
    before = clock.now_us()
    machine.wall -= 3_600_000_000_000
    assert clock.now_us() == before
    machine.pass_s(10)
    assert clock.now_us() == before + 5_000_000
    assert clock.wall_us() == before - _HOUR_US + 10_000_000
    # Asked often, it does not stand still.
    for _ in range(1_000):
        machine.pass_s(0.0000005)
        clock.now_us()
    assert clock.now_us() == before + 5_000_250
    machine.pass_s(7_200)
    assert clock.now_us() == machine.wall // 1000


def test_a_process_begins_where_an_earlier_one_ended(machine: _Machine) -> None:
    later = machine.wall // 1000 + _HOUR_US
    clock = SystemClock(later)
    assert clock.now_us() == later
    machine.pass_s(3)
    assert clock.now_us() == later + 1_500_000


def test_a_machine_set_right_again_while_another_thread_says_that_it_was_not(
    machine: _Machine,
) -> None:
    clock = SystemClock()
    before = clock.now_us()

    class Meanwhile(logging.Handler):
        """What another thread does while the log is written."""

        def emit(self, _record: logging.LogRecord) -> None:
            machine.wall += 3_600_000_000_000
            assert clock.now_us() == machine.wall // 1000

    logger = logging.getLogger("sightline.core.clock")
    handler = Meanwhile()
    logger.addHandler(handler)
    try:
        machine.wall -= 3_600_000_000_000
        assert clock.now_us() == before
    finally:
        logger.removeHandler(handler)
    machine.pass_s(1)
    assert clock.now_us() == before + 1_000_000


def test_a_shared_clock_goes_by_what_it_is_told_whatever_the_machine_says(
    machine: _Machine,
) -> None:
    told_us = machine.wall // 1000 + _HOUR_US
    clock = SharedClock(told_us - machine.steady // 1000)
    assert clock.now_us() == clock.wall_us() == told_us
    assert clock.machine_ahead_us() == -_HOUR_US
    # Somebody sets the machine right, and then wrong.
    machine.wall += 2 * _HOUR_US * 1000
    machine.pass_s(10)
    assert clock.now_us() == told_us + 10_000_000
    assert clock.machine_ahead_us() == _HOUR_US


def test_a_shared_clock_passes_over_little_and_never_goes_back(machine: _Machine) -> None:
    ahead_us = machine.wall // 1000 - machine.steady // 1000
    clock = SharedClock(ahead_us)
    before = clock.now_us()
    clock.told(ahead_us + 40_000)
    clock.told(ahead_us - 40_000)
    assert clock.now_us() == before
    clock.told(ahead_us + 60_000)
    assert clock.now_us() == before + 60_000
    clock.told(ahead_us)
    assert clock.now_us() == before + 60_000
    machine.pass_s(0.01)
    assert clock.now_us() == before + 65_000
    machine.pass_s(1)
    assert clock.now_us() == before + 1_010_000
