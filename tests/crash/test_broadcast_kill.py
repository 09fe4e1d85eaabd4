"""Killed while it broadcasts: nothing that was taken in is lost, and little is sent twice."""

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from tests.fakes.destination import Receiver, Reply
from tests.live import ROOT


def start(folder: Path, url: str, ahead_s: int, batches: int) -> subprocess.Popen[str]:
    words = ["-m", "tests.crash.broadcast_child", str(folder), url, str(ahead_s), str(batches)]
    return subprocess.Popen([sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True)


LIVES = 4
# What is done is noted at the end of a round, if not before; a round is four full deliveries.
ROUND = 4 * 100


def test_a_kill_between_sending_and_noting_loses_nothing(tmp_path: Path) -> None:
    with Receiver() as receiver:
        acknowledged: list[str] = []
        # The connection test, which saves the destination, is answered at once.
        receiver.refuse = lambda got: Reply(delay_s=0.03 if got.generations else 0)
        for life in range(LIVES):
            child = start(tmp_path, "-" if life else receiver.url, life * 600, 1_000)
            enough = len(set(receiver.ids)) + 2 * ROUND
            end = time.monotonic() + 60
            while len(set(receiver.ids)) < enough and time.monotonic() < end:
                time.sleep(0.05)
            child.kill()
            said, _ = child.communicate(timeout=30)
            # The last line may be cut: it was not acknowledged as a whole.
            acknowledged += said.rpartition("\n")[0].split()
            assert len(set(receiver.ids)) >= enough, "it did not go on behind what it repeats"
        receiver.refuse = lambda got: None
        last = start(tmp_path, "-", 6_000, 0)
        said, _ = last.communicate(timeout=90)
        assert said.endswith("done\n")
        came = Counter(receiver.ids)
    assert len(acknowledged) > LIVES * ROUND
    missing = set(acknowledged) - set(came)
    assert not missing, f"{len(missing)} of {len(acknowledged)} never came"
    again = sum(count - 1 for count in came.values())
    # A kill repeats what was on its way, or not yet noted; never all from the beginning.
    assert again <= LIVES * ROUND
    assert max(came.values()) <= LIVES + 1
