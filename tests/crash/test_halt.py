"""SIGSTOP under load: clients give up waiting; when the process goes on, so does everything.

`python -m benchmarks.soak --kills 0 --stop 30` is the same for as long as one likes.
"""

import os
import signal
import time
from pathlib import Path

from tests.crash.traffic import Traffic
from tests.live import LiveServer
from tests.waiting import until

HALTED_S = 3
# Clients hang up and call again while nobody answers.
TIMEOUT_S = 1


def test_a_process_that_stood_still_goes_on(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data") as server:
        with Traffic(server.url, timeout_s=TIMEOUT_S) as traffic:
            traffic.wait_for_more(100)
            job = _tag_all(server)
            os.kill(server.pid, signal.SIGSTOP)
            time.sleep(HALTED_S)
            os.kill(server.pid, signal.SIGCONT)
            traffic.wait_for_more(100)
        assert traffic.broken["TimeoutError"], traffic.broken
        assert not traffic.refusals, traffic.answers[:3]
        traffic.check()
        # Work that was under way is done: its lease is still its own.
        until(lambda: server.get(job).json["state"] not in {"waiting", "running"})
        found = server.get(job).json
        assert (found["state"], found["error"]) == ("done", None)
        # What was on its way when it was asked came too late for the total alone.
        assert found["done"] >= found["total"] > 0


def _tag_all(server: LiveServer) -> str:
    """Begin to tag every trace of the project; return the path of the job."""
    (project,) = server.get("/api/v1/private/projects?name=traffic").json["content"]
    asked = {"entity": "trace", "action": "add_tags", "tags": ["halted"], "slice": {}}
    answer = server.post(f"/api/console/projects/{project['id']}/bulk", asked)
    assert answer.status == 202, answer
    return answer.headers["location"]
