"""Waiting for a fact, with a generous end."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(fact: Callable[[], T], seconds: float = 60, *, why: str = "", every_s: float = 0.05) -> T:
    """Return what `fact` finds as soon as that is something."""
    end = time.monotonic() + seconds
    while not (found := fact()):
        assert time.monotonic() < end, f"it has not come to pass in {seconds} s: {why}"
        time.sleep(every_s)
    return found
