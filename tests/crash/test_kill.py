"""SIGKILL under load: what was acknowledged is there afterwards, once.

`python -m benchmarks.soak` is the same for as long as one likes.
"""

import random
import time
from pathlib import Path

import pytest

from tests.crash.traffic import Traffic
from tests.live import LiveServer

KILLS = 3
# Generous: the figure is reported, a start that hangs must fail.
STARTS_WITHIN_S = 30


@pytest.mark.timeout(300)
def test_nothing_acknowledged_is_lost_when_killed(tmp_path: Path) -> None:
    rng = random.Random(20)
    server = LiveServer(tmp_path / "data")
    server.start(STARTS_WITHIN_S)
    starts: list[float] = []
    try:
        with Traffic(server.url, files=True) as traffic:
            for _ in range(KILLS):
                # From the first batch after the start to some seconds of load and merges; each
                # kill counts, since the server had taken writes since it started.
                traffic.wait_for_more(1)
                time.sleep(rng.choice([0.05, 0.2, 0.4, 0.8]) * rng.uniform(0.5, 1.5))
                server.kill()
                starts.append(server.start(STARTS_WITHIN_S))
            traffic.wait_for_more(1)
        result = traffic.check()
        assert server.stop() == 0
    finally:
        server.kill()
    print(f"{KILLS} kills: {result}; start {max(starts):.2f} s at most")
    assert not traffic.refusals, traffic.answers[:3]
    assert traffic.broken, "no request was on its way when the process was killed"
