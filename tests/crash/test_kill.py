"""SIGKILL under load: what was acknowledged is there afterwards, once."""

import random
import time
from pathlib import Path

import pytest

from tests.crash.ledger import Ledger, Writers
from tests.live import LiveServer

KILLS = 20
# Generous: the figure is reported, a start that hangs must fail.
STARTS_WITHIN_S = 30


@pytest.mark.timeout(300)
def test_nothing_acknowledged_is_lost_when_killed(tmp_path: Path) -> None:
    rng = random.Random(20)
    server, ledger = LiveServer(tmp_path / "data"), Ledger()
    server.start(STARTS_WITHIN_S)
    starts: list[float] = []
    try:
        with Writers(server, ledger, "killed"):
            for _ in range(KILLS):
                # From the first batch after the start to some seconds of load and merges.
                time.sleep(rng.choice([0.05, 0.2, 0.4, 0.8]) * rng.uniform(0.5, 1.5))
                before = ledger.count
                server.kill()
                starts.append(server.start(STARTS_WITHIN_S))
                _wait_for_more(ledger, before)
        ledger.check(server, "killed")
        assert server.stop() == 0
    finally:
        server.kill()
    starts.sort()
    print(
        f"{KILLS} kills, {ledger.count:,} items acknowledged, "
        f"start {starts[KILLS // 2]:.2f} s median, {starts[-1]:.2f} s at most"
    )
    assert set(ledger.statuses) == {204}


def _wait_for_more(ledger: Ledger, before: int) -> None:
    """A kill counts when the server had taken writes since it started."""
    until = time.monotonic() + 20
    while ledger.count <= before:
        assert time.monotonic() < until, "no write was acknowledged within 20 s of the start"
        time.sleep(0.01)
