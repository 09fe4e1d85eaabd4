"""A server whose analytics are a cluster of two shards, reached over HTTP."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from sightline.core.ids import new_text_id
from tests import outside
from tests.live import LiveServer
from tests.outside import OnClickHouse

PRIVATE = "/api/v1/private"
CLIENTS = 8


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnClickHouse]:
    env = {"SIGHTLINE_LOG__LEVEL": "debug"}
    with outside.on_clickhouse(tmp_path_factory.mktemp("server"), 2, env) as it:
        yield it


def trace(project: str, **more: Any) -> dict[str, Any]:
    start = {"project_name": project, "start_time": "2026-03-02T10:00:00Z"}
    return {"id": new_text_id(), **start, **more}


def listed(server: LiveServer, project: str) -> set[str]:
    """Return the ids of all traces of a project."""
    found: set[str] = set()
    page = 1
    while True:
        query = f"project_name={project}&size=500&page={page}"
        answer = server.get(f"{PRIVATE}/traces?{query}").json
        found |= {item["id"] for item in answer["content"]}
        if len(found) >= answer["total"] or not answer["content"]:
            return found
        page += 1


def test_what_was_acknowledged_is_there_though_it_was_killed(world: OnClickHouse) -> None:
    """Eight clients send while ClickHouse is killed and comes back, twice."""
    server, clickhouse = world
    acknowledged: set[str] = set()
    refused: list[Any] = []
    over = threading.Event()

    def send() -> None:
        while not over.is_set():
            batch = [trace("killed") for _ in range(5)]
            answer = server.post(f"{PRIVATE}/traces/batch", {"traces": batch})
            if answer.status == 204:
                acknowledged.update(item["id"] for item in batch)
            else:
                refused.append(answer)
                time.sleep(0.05)

    with ThreadPoolExecutor(CLIENTS) as pool:
        running = [pool.submit(send) for _ in range(CLIENTS)]
        try:
            for how in (signal.SIGKILL, signal.SIGTERM):
                before = len(acknowledged)
                _until(lambda before=before: len(acknowledged) > before + 40)
                clickhouse.stop(how)
                told = len(refused)
                _until(lambda told=told: len(refused) > told + CLIENTS)
                clickhouse.start()
            before = len(acknowledged)
            _until(lambda: len(acknowledged) > before + 40)
        finally:
            over.set()
        for done in running:
            done.result()
    for answer in refused:
        assert answer.status == 503, answer
        assert int(answer.headers["retry-after"]) >= 1
        assert str(clickhouse.port) not in answer.body.decode()
    assert acknowledged <= listed(server, "killed")


def test_reads_come_again_after_it_was_gone(world: OnClickHouse) -> None:
    server, clickhouse = world
    one = trace("gone", name="one")
    span = {**trace("gone", name="s", usage={"total_tokens": 3}), "trace_id": one["id"]}
    assert server.post(f"{PRIVATE}/traces", one).status == 201
    assert server.post(f"{PRIVATE}/spans", span).status == 201
    clickhouse.stop()
    try:
        for path in ("traces?project_name=gone", f"traces/{one['id']}"):
            answer = server.get(f"{PRIVATE}/{path}")
            assert answer.status == 503, answer
            assert int(answer.headers["retry-after"]) >= 1
    finally:
        clickhouse.start()
    found = server.get(f"{PRIVATE}/traces/{one['id']}").json
    assert (found["name"], found["usage"], found["span_count"]) == ("one", {"total_tokens": 3}, 1)
    usage = quote(json.dumps([{"field": "usage.total_tokens", "operator": "=", "value": "3"}]))
    (only,) = server.get(f"{PRIVATE}/traces?project_name=gone&filters={usage}").json["content"]
    assert only["id"] == one["id"]
    assert server.request("DELETE", f"{PRIVATE}/traces/{one['id']}").status == 204
    assert server.get(f"{PRIVATE}/traces/{one['id']}").status == 404
    assert server.get(f"{PRIVATE}/spans/{span['id']}").status == 404


def test_operators_see_what_it_is_and_no_password(world: OnClickHouse) -> None:
    server = world.server
    about = server.get("/api/console/about").json["stores"]["analytics"]
    assert about["kind"] == "ClickHouse server"
    words = [sys.executable, "-m", "sightline"]
    shown = _run(server, [*words, "config", "show", "--all"])
    doctor = _run(server, [*words, "doctor", "--data", str(server.data)])
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    backup = _run(server, [*words, "backup", "--to", "b.tar", "--data", str(server.data)])
    assert backup.returncode != 0
    said = json.dumps(about) + shown.stdout + doctor.stdout + backup.stdout + backup.stderr
    for secret in (outside.CH_PASSWORD, quote(outside.CH_PASSWORD, safe="")):
        assert secret not in said


def test_a_start_without_it_says_why(world: OnClickHouse, tmp_path: Path) -> None:
    env = {"SIGHTLINE_ANALYTICS__DSN": outside.ClickHouse.dsn(world.clickhouse, "x", "wr0ng")}
    with pytest.raises(AssertionError, match="Authentication failed") as ended:
        LiveServer(tmp_path / "data", env=env).start()
    assert "wr0ng" not in str(ended.value)


def _run(server: LiveServer, words: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        words, cwd=server.data.parent, env=server.env, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip


def _until(fact: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, "it has not come to pass"
        time.sleep(0.02)
