"""SIGTERM ends the process after it has finished what it accepted; two never share a folder."""

import contextlib
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.crash.traffic import Traffic
from tests.live import LiveServer, free_port
from tests.modes import of_one_process
from tests.waiting import until

# What is being answered may take this long, then the rest of the stop.
ENDS_WITHIN_S = 60


def test_a_stop_under_load_finishes_what_was_accepted(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "data")
    server.start()
    try:
        with Traffic(server.url, files=True) as traffic:
            for how in (signal.SIGTERM, signal.SIGINT):
                traffic.wait_for_more(300)
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
        # Half of what it would wait for those that are being answered.
        assert server.stop(15) == 0
    finally:
        server.kill()
        for connection in idle:
            connection.close()


def test_sigterm_waits_for_nobody_who_stands_still(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "data")
    server.start()
    begun = (
        b"POST /api/v1/private/spans/batch HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/json\r\nContent-Length: 1000\r\n"
        b"Expect: 100-continue\r\n\r\n"
    )
    try:
        with socket.create_connection((server.host, server.port), timeout=60) as line:
            line.sendall(begun)
            # From now on the body is waited for.
            assert line.recv(4096).startswith(b"HTTP/1.1 100 ")
            line.sendall(b"{")
            assert server.stop(15) == 0
            assert line.recv(4096).startswith(b"HTTP/1.1 408 ")
    finally:
        server.kill()


@of_one_process
def test_a_second_process_is_told_who_holds_the_folder(server: LiveServer) -> None:
    second = _serve(server.data)
    assert second.returncode == 1
    assert str(server.data) in second.stderr
    assert str(server.pid) in second.stderr
    assert "Traceback" not in second.stderr
    assert server.get("/health").status == 200


def test_of_many_that_start_at_once_one_serves(tmp_path: Path) -> None:
    ports = [free_port() for _ in range(3)]
    started = [_started(tmp_path / "data", port) for port in ports]
    try:
        until(lambda: sum(one.poll() is not None for one in started) == 2)
        (serving,) = [one for one in started if one.poll() is None]
        for one in started:
            if one is not serving:
                assert one.wait() == 1
                # Which process has it may not be written yet.
                assert "data` is in use by " in one.communicate()[1]
        port = ports[started.index(serving)]
        until(lambda: _is_served(port))
        serving.terminate()
        _, said = serving.communicate(timeout=ENDS_WITHIN_S)
        assert serving.returncode == 0, said
    finally:
        for one in started:
            one.kill()
            one.communicate()


def _is_served(port: int) -> bool:
    url = f"http://127.0.0.1:{port}/health"
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=10) as answer:
        return bool(answer.status == 200)
    return False


def test_a_taken_port_is_said_so(tmp_path: Path, server: LiveServer) -> None:
    second = _serve(tmp_path / "other", server.port)
    assert second.returncode == 1
    assert str(server.port) in second.stderr, second.stderr
    assert "Traceback" not in second.stderr


def _serve(data: Path, port: int | None = None) -> subprocess.CompletedProcess[str]:
    """Start a server that is expected to end by itself."""
    process = _started(data, port or free_port())
    try:
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def _started(data: Path, port: int) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "sightline", "serve", "--data", str(data), "--port", str(port)]
    pipe = subprocess.PIPE
    return subprocess.Popen(words, cwd=data.parent, stdout=pipe, stderr=pipe, text=True)
