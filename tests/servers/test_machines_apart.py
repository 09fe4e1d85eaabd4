"""Two processes over one Postgres, on machines whose clocks are five minutes apart."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sightline.core.ids import format_id, new_id
from tests import outside
from tests.crash.test_clock_back import FAKETIME
from tests.live import Answer, LiveServer
from tests.waiting import until

_API = "/api/v1/private"
_AHEAD_S = 300
_NAMED = {"project_name": "apart"}

pytestmark = pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not installed")


class Apart:
    """One process whose machine's clock is right, and one whose is ahead."""

    def __init__(self, folder: Path) -> None:
        self.stores = outside.stores_for(folder / "data")
        told = {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME": f"+{_AHEAD_S}s",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }
        self.right = LiveServer(folder / "right", stores=self.stores, processes=1)
        self.ahead = LiveServer(folder / "ahead", stores=self.stores, processes=1, env=told)

    def log(self, server: LiveServer, text: str, id: str | None = None) -> str:
        """Send a trace whose version is the moment of arrival; return its id."""
        id = id or format_id(new_id())
        start = "2026-11-22T03:46:12Z"
        trace = {**_NAMED, "id": id, "name": "t", "start_time": start, "output": {"v": text}}
        assert server.post(f"{_API}/traces/batch", {"traces": [trace]}).status == 204
        return id

    def traces(self, ids: list[str]) -> list[dict[str, Any]]:
        """Return traces as each of the two tells them, who must agree."""
        found = [[self._get(server, id).json for id in ids] for server in (self.right, self.ahead)]
        assert found[0] == found[1]
        return found[0]

    def _get(self, server: LiveServer, id: str) -> Answer:
        return server.get(f"{_API}/traces/{id}")

    def tag_all(self, server: LiveServer, tag: str) -> None:
        """Let a job give a tag to all traces that there are by now."""
        project = server.get(f"{_API}/projects?name=apart").json["content"][0]["id"]
        body = {"entity": "trace", "action": "add_tags", "tags": [tag], "slice": {}}
        job = server.post(f"/api/console/projects/{project}/bulk", body)
        assert job.status == 202, job
        until(lambda: server.get(job.headers["location"]).json["state"] == "done")


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    apart = Apart(tmp_path_factory.mktemp("apart"))
    try:
        # The one that is wrong makes the tables.
        apart.ahead.start()
        apart.right.start()
        yield apart
    finally:
        apart.right.kill()
        apart.ahead.kill()


def test_what_comes_later_wins_whoever_takes_it(apart: Apart) -> None:
    id = apart.log(apart.ahead, "first")
    apart.log(apart.right, "second", id)
    (trace,) = apart.traces([id])
    assert trace["output"] == {"v": "second"}
    apart.log(apart.ahead, "third", id)
    (trace,) = apart.traces([id])
    assert trace["output"] == {"v": "third"}


def test_a_job_finds_all_that_was_there_when_it_was_asked_for(apart: Apart) -> None:
    ids = [apart.log(server, "one of them") for server in (apart.ahead, apart.right)]
    for server, tag in ((apart.right, "by-right"), (apart.ahead, "by-ahead")):
        apart.tag_all(server, tag)
        for trace in apart.traces(ids):
            assert tag in trace["tags"]


def test_leases_and_marks_are_of_one_time(apart: Apart) -> None:
    apart.log(apart.ahead, "marks its hour")
    url = apart.stores["SIGHTLINE_CATALOG__URL"]
    with psycopg.connect(url) as connection:

        def latest() -> int:
            moments = "greatest(created_at_us, run_at_us, coalesce(lease_until_us, 0))"
            row = connection.execute(
                f"SELECT max({moments}) FROM jobs WHERE kind = 'rollups'"
            ).fetchone()
            return row[0] if row and row[0] else 0

        until(latest)
        # A lease of it lasts two minutes.
        assert latest() < (time.time() + 150) * 1e6


def test_the_operator_is_told(apart: Apart) -> None:
    for server, offset_s in ((apart.right, 0), (apart.ahead, _AHEAD_S)):
        text = server.get("/metrics").body.decode()
        found = re.search(r"^sightline_clock_offset_seconds (\S+)$", text, re.M)
        assert found is not None
        assert abs(float(found[1]) - offset_s) <= 2
        assert "faults" not in server.get("/health").json
        assert ("clock.machine_is_off" in server.log_text()) == bool(offset_s)
    said = _doctor(apart.ahead)
    assert re.search(r"warning +clock +this machine's is (299|30[01]) seconds ahead of", said), said
    assert re.search(r"ok +clock ", _doctor(apart.right))


def _doctor(server: LiveServer) -> str:
    words = [sys.executable, "-m", "sightline", "doctor", "--data", str(server.data)]
    done = subprocess.run(
        words, cwd=server.data.parent, env=server.env, capture_output=True, text=True, check=False
    )
    return done.stdout
