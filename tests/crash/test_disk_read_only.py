"""The kernel makes the disk read-only after an error: writes are refused, reads go on."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.crash.traffic import Traffic
from tests.live import Answer, LiveServer
from tests.small_disk import small_ext4

_API = "/api/v1/private"
TRACE = {"id": "01a207a9-2802-7fce-ac0b-89f412d0ba9d", "start_time": "2026-11-22T03:46:12.367037Z"}


@pytest.mark.timeout(120)
def test_writes_stop_and_what_was_written_is_there_on_a_sound_disk(tmp_path: Path) -> None:
    folder, image = tmp_path / "disk", tmp_path / "image"
    with small_ext4(folder, image) as disk:
        server = LiveServer(folder / "data", stores={}, processes=1)
        server.log = tmp_path / "log"
        server.start()
        try:
            # What the gateway has in its spool is on such a disk as after a power cut.
            with Traffic(server.url, project="ro", faces=("rest", "otlp")) as traffic:
                traffic.wait_for_more(400)
                disk.fail()
                _wait_until_refused(server)
            for path in ("/health", "/metrics", "/", f"{_API}/traces?project_name=ro&size=10"):
                answer = server.get(path)
                assert answer.status == 200, (path, answer)
            assert "disk_read_only" in server.get("/health").json["faults"]
            call = {"model": "sightline/echo", "messages": [{"role": "user", "content": "hi"}]}
            refused = server.post("/v1/chat/completions", call)
            assert refused.status == 503
            assert "read-only" in refused.json["error"]["message"]
            server.stop(60)
            _is_refused_at_start(server)
        finally:
            server.kill()
    with small_ext4(folder, image):
        server.start()
        try:
            traffic.check(server.url)
            assert _write(server).status == 204
            # Of a merge that the error met the sources are there, and that is known.
            assert "faults" not in server.get("/health").json
        finally:
            server.kill()


def _is_refused_at_start(server: LiveServer) -> None:
    words = [sys.executable, "-m", "sightline", *server.arguments()]
    ended = subprocess.run(
        words,
        env=server.env,
        cwd=server.data.parents[1],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1, ended
    assert f"Cannot write the data folder `{server.data}`: Read-only file system" in ended.stderr
    assert "Mount its disk for writing" in ended.stderr
    assert "Traceback" not in ended.stderr


def _wait_until_refused(server: LiveServer) -> None:
    until = time.monotonic() + 30
    while (answer := _write(server)).status == 204 or "read-only" not in answer.json["message"]:
        # The first to meet it may say that the catalog is busy.
        assert answer.status in {204, 503}, answer
        assert time.monotonic() < until, answer
        time.sleep(0.05)
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) >= 1


def _write(server: LiveServer) -> Answer:
    trace = {**TRACE, "project_name": "ro-2", "name": "one more"}
    return server.post(f"{_API}/traces/batch", {"traces": [trace]})
