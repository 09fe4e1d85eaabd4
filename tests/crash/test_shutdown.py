"""SIGTERM ends the process after it has finished what it accepted; two never share a folder."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.crash.traffic import Traffic
from tests.live import LiveServer, free_port

# What is being answered may take this long, then the rest of the stop.
ENDS_WITHIN_S = 60


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_a_stop_under_load_finishes_what_was_accepted(tmp_path: Path, how: signal.Signals) -> None:
    server = LiveServer(tmp_path / "data")
    server.start()
    try:
        with Traffic(server.url, files=True) as traffic:
            traffic.wait_for_more(500)
            assert server.stop(ENDS_WITHIN_S, how) == 0, server.log_text()
            assert "Traceback" not in server.log_text()
        server.start()
        traffic.check()
    finally:
        server.kill()
    # Who comes late finds the connection closed, or hears that it stops and when to come back.
    assert set(traffic.refusals) <= {503}, traffic.answers
    for refusal in traffic.answers:
        assert int(refusal.headers["retry-after"]) >= 1
        assert b"shutting down" in refusal.body, refusal


def test_sigterm_ends_soon_with_idle_connections(tmp_path: Path) -> None:
    import http.client

    server = LiveServer(tmp_path / "data")
    server.start()
    idle = [http.client.HTTPConnection(server.host, server.port) for _ in range(5)]
    try:
        for connection in idle:
            connection.request("GET", "/health")
            connection.getresponse().read()
        begun = time.monotonic()
        assert server.stop(20) == 0
        assert time.monotonic() - begun < 20
    finally:
        server.kill()
        for connection in idle:
            connection.close()


def test_a_second_process_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data") as server:
        second = _serve(server.data)
        assert second.returncode == 1
        assert str(server.data) in second.stderr
        assert str(server.pid) in second.stderr
        assert "Traceback" not in second.stderr
        assert server.get("/health").status == 200


def test_a_killed_server_leaves_no_lock_behind(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "data")
    server.start()
    server.kill()
    server.start()
    assert server.stop() == 0


def test_of_many_that_start_at_once_one_serves(tmp_path: Path) -> None:
    data = tmp_path / "data"
    ended: list[subprocess.CompletedProcess[str]] = []
    server = LiveServer(data)
    threads = [threading.Thread(target=lambda: ended.append(_serve(data))) for _ in range(2)]
    server.start()
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert [done.returncode for done in ended] == [1, 1]
        assert server.get("/health").status == 200
    finally:
        server.kill()


def test_a_taken_port_is_said_so(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data") as server:
        second = _serve(tmp_path / "other", server.port)
        assert second.returncode == 1
        assert str(server.port) in second.stderr, second.stderr
        assert "Traceback" not in second.stderr


def _serve(data: Path, port: int | None = None) -> subprocess.CompletedProcess[str]:
    """Start a server that is expected to end by itself."""
    command = [sys.executable, "-m", "sightline", "serve", "--data", str(data)]
    return subprocess.run(
        [*command, "--port", str(port or free_port())],
        cwd=data.parent,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
