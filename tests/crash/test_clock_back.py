"""The machine's clock is set back an hour, while Sightline serves and between two starts."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sightline.core.clock import format_us
from sightline.core.ids import format_id, new_id
from tests.contract.http.conftest import Browser
from tests.live import Answer, LiveServer
from tests.waiting import until

_API = "/api/v1/private"
_FOLDERS = ("x86_64-linux-gnu", "aarch64-linux-gnu")
FAKETIME = next(
    (p for f in _FOLDERS if (p := Path("/usr/lib", f, "faketime/libfaketime.so.1")).exists()), None
)
_BACK = "-3600\n"
_CALL = {"model": "sightline/echo", "messages": [{"role": "user", "content": "hi"}]}


@pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not installed: make fault-deps")
@pytest.mark.timeout(240)
def test_what_comes_later_still_wins(tmp_path: Path) -> None:
    offset = tmp_path / "offset"
    offset.write_text("+0\n")
    told = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }
    it = _Machine(LiveServer(tmp_path / "data", env=told))
    try:
        it.make_key()
        it.server.start(120)
        browser = it.sign_in()
        limited, brief = it.gateway_key(rpm=2), it.gateway_key(ends_in_s=6)
        assert it.calls(limited) == 200
        id = it.log("first")
        it.score(id, 0.1)
        it.expect(id, "first", 0.1)

        offset.write_text(_BACK)
        until(it.has_noticed)
        # No call is refused for an hour, no limit is gone, and a key ends when its time is over.
        assert it.calls(limited) == 200
        another = it.gateway_key(rpm=2)
        assert [it.calls(another) for _ in range(3)] == [200, 200, 429]
        until(lambda: it.calls(brief) == 401)
        assert browser.get("/api/console/session").json["signed_in"] is True
        assert it.sign_in().get("/api/console/session").json["signed_in"] is True
        it.log("second", id)
        it.score(id, 0.2)
        it.expect(id, "second", 0.2)
        assert it.send("PATCH", f"traces/{id}", {**it.named, "output": {"v": "third"}}).status < 300
        it.expect(id, "third", 0.2)
        it.log("fourth", id)
        it.expect(id, "fourth", 0.2)
        # Somebody whose clock was set back as well logs something new.
        it.offset_s = -3600
        other = it.log("other")
        it.call()
        it.tag(id)

        # A job that is under way when the process ends is taken up again.
        many = [id, *(it.log("one of many") for _ in range(20))]
        job = it.bulk("more", many * 40)
        it.kill_while_it_runs(job)
        it.server.start(120)
        assert browser.get("/api/console/session").json["signed_in"] is True
        assert it.sign_in().get("/api/console/session").json["signed_in"] is True
        it.expect(id, "fourth", 0.2)
        it.log("fifth", id)
        it.score(id, 0.5)
        it.expect(id, "fifth", 0.5)
        assert {id, other} < it.listed()
        it.await_done(job)
        assert it.send("GET", f"traces/{id}").json["tags"] == ["late", "more"]
        assert it.server.stop(60) == 0
    finally:
        it.server.kill()


class _Machine:
    """A client of a server that asks for a key."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self.named = {"project_name": "clock"}
        self.offset_s = 0
        self._headers: dict[str, str] = {}

    def make_key(self) -> None:
        words = [sys.executable, "-m", "sightline", "keys", "create", "--workspace", "default"]
        made = subprocess.run(
            [*words, "--data", str(self.server.data)],
            env=self.server.env,
            capture_output=True,
            text=True,
            check=True,
        )
        self._headers = {"Authorization": made.stdout.strip()}

    def has_noticed(self) -> bool:
        """Say whether the operator is told: where the stores are servers, it is their time that
        counts, and this machine is behind it."""
        if os.environ.get("TEST_STORES"):
            return "clock.machine_is_off" in self.server.log_text()
        return bool(self.server.get("/health").json.get("faults") == ["clock_set_back"])

    def send(self, method: str, path: str, body: Any = None) -> Answer:
        path = path if path.startswith("/") else f"{_API}/{path}"
        return self.server.request(method, path, body, headers=self._headers)

    def log(self, text: str, id: str | None = None) -> str:
        """Send a trace without `last_updated_at`: the moment of arrival is its version."""
        id = id or format_id(new_id(time.time_ns() // 1000 + self.offset_s * 1_000_000))
        trace = {
            **self.named,
            "id": id,
            "name": "t",
            "start_time": "2026-11-22T03:46:12Z",
            "output": {"v": text},
        }
        assert self.send("POST", "traces/batch", {"traces": [trace]}).status == 204
        return id

    def score(self, id: str, value: float) -> None:
        score = {**self.named, "id": id, "name": "q", "value": value, "source": "sdk"}
        assert self.send("PUT", "traces/feedback-scores", {"scores": [score]}).status == 204

    def expect(self, id: str, text: str, value: float) -> None:
        trace = self.send("GET", f"traces/{id}").json
        assert trace["output"] == {"v": text}
        assert [score["value"] for score in trace["feedback_scores"]] == [value]

    def listed(self) -> set[str]:
        page = self.send("GET", "traces?project_name=clock&size=50").json
        return {trace["id"] for trace in page["content"]}

    def call(self) -> None:
        before = len(self.listed())
        headers = {**self._bearer, "opik_project_name": "clock"}
        assert self.server.post("/v1/chat/completions", _CALL, headers=headers).status == 200
        until(lambda: len(self.listed()) == before + 1)

    def tag(self, id: str) -> None:
        """Give a tag by a job, which has a lease."""
        self.await_done(self.bulk("late", [id]))
        assert self.send("GET", f"traces/{id}").json["tags"] == ["late"]

    def bulk(self, tag: str, ids: list[str]) -> str:
        """Begin to give a tag to traces; return where the job is."""
        project = self.send("GET", "projects?name=clock").json["content"][0]["id"]
        body = {"entity": "trace", "action": "add_tags", "tags": [tag], "ids": ids}
        job = self.send("POST", f"/api/console/projects/{project}/bulk", body)
        assert job.status == 202, job
        return job.headers["location"]

    def await_done(self, job: str) -> None:
        until(lambda: self.send("GET", job).json["state"] == "done")

    def kill_while_it_runs(self, job: str) -> None:
        """Kill the server as soon as somebody has a lease of the job."""
        until(lambda: self.send("GET", job).json["state"] != "waiting", every_s=0.001)
        self.server.kill()

    def sign_in(self) -> Browser:
        browser = Browser(self.server)
        said = browser.sign_in(self._headers["Authorization"])
        assert said.status == 200, said
        return browser

    def gateway_key(self, ends_in_s: int | None = None, **limits: int) -> dict[str, str]:
        """Make a key of the gateway; return the headers of its calls."""
        body: dict[str, Any] = {"name": "k", **limits}
        if ends_in_s is not None:
            body["expires_at"] = format_us(time.time_ns() // 1000 + ends_in_s * 1_000_000)
        made = self.server.post("/api/v1/keys", body, headers=self._bearer)
        assert made.status == 201, made
        return {"Authorization": f"Bearer {made.json['key']}"}

    @property
    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._headers['Authorization']}"}

    def calls(self, key: dict[str, str]) -> int:
        """Make a call of the gateway; return its status."""
        answer = self.server.post("/v1/chat/completions", _CALL, headers=key)
        if answer.status == 429:
            assert 1 <= int(answer.headers["retry-after"]) <= 60
        return answer.status
