"""Clients that send slowly, stop in the middle, or never read: they end, and nobody waits for them.

The server gives a client two seconds here for each 4 KiB, and a minute as it comes.
"""

import contextlib
import json
import os
import re
import resource
import select
import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sightline.core.ids import new_text_id
from tests.crash.traffic import Traffic
from tests.live import Answer, LiveServer, limited, live
from tests.waiting import until

PRIVATE = "/api/v1/private"
CONSOLE = "/api/console"
ROWS, ROW_BYTES = 80, 1_000_000
MIB = 1 << 20
# How many stall below, at least.
_STALLED = {"head": 10, "body": 60, "answer": 6}


class Endless:
    """An upstream whose streams have no end; `hung_up` counts callers that went away."""

    def __init__(self) -> None:
        self._line = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._line.getsockname()[1]}/v1"
        self.hung_up = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._line.accept()
                threading.Thread(target=self._stream, args=(line,), daemon=True).start()

    def _stream(self, line: socket.socket) -> None:
        word = {"choices": [{"index": 0, "delta": {"content": "word " * 20_000}}]}
        event = b"data: " + json.dumps(word).encode() + b"\n\n"
        with line, contextlib.suppress(OSError):
            line.recv(65536)
            line.sendall(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
                b"transfer-encoding: chunked\r\n\r\n"
            )
            while True:
                line.sendall(b"%x\r\n%b\r\n" % (len(event), event))
        self.hung_up += 1

    def close(self) -> None:
        self._line.close()


@pytest.fixture(scope="module")
def upstream() -> Iterator[Endless]:
    endless = Endless()
    yield endless
    endless.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    env = {
        "SIGHTLINE_SERVER__STALL_TIMEOUT_S": "2",
        "SIGHTLINE_GATEWAY__ALLOW_PRIVATE_ADDRESSES": "true",
    }
    with live(tmp_path_factory.mktemp("slow") / "data", env=env, processes=1) as it:
        yield it


@pytest.fixture(scope="module")
def export(server: LiveServer) -> str:
    """Return the path of an export of many megabytes, less its format."""
    for _ in range(ROWS // 10):
        traces = [
            {
                "id": new_text_id(),
                "project_name": "large",
                "start_time": "2026-03-02T10:00:00Z",
                "input": {"text": os.urandom(ROW_BYTES // 200).hex() * 100},
            }
            for _ in range(10)
        ]
        assert server.post(f"{PRIVATE}/traces/batch", {"traces": traces}).status == 204
    found = server.post(f"{PRIVATE}/projects/retrieve", {"name": "large"}).json
    return f"{CONSOLE}/projects/{found['id']}/export?entity=trace"


@pytest.fixture(scope="module")
def endless_model(server: LiveServer, upstream: Endless) -> str:
    """Return a model whose streams have no end."""
    at = f"{CONSOLE}/gateway"
    provider = {"slug": "endless", "base_url": upstream.url, "api_key": "k"}
    made = server.post(f"{at}/providers", provider)
    assert made.status == 201, made.body
    endpoint = {"provider_id": made.json["id"], "upstream_model": "any"}
    model = {"slug": "endless", "endpoints": [endpoint]}
    assert server.post(f"{at}/models", model).status == 201
    return "endless"


class Lines:
    """Connections of clients that behave badly."""

    def __init__(self, server: LiveServer) -> None:
        self._server = server
        self.all: list[socket.socket] = []
        self._said: dict[int, bytes] = {}
        self._dribbling: list[socket.socket] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._dribble, daemon=True)

    def open(self, sent: bytes, *, dribble: bool = False, times: int = 1) -> None:
        """Connect, send, and then do nothing, or send on one byte after the other."""
        for _ in range(times):
            line = socket.socket()
            # Little room at this end: what is not read stays with the server.
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.settimeout(60)
            line.connect((self._server.host, self._server.port))
            line.sendall(sent)
            self.all.append(line)
            self._said[line.fileno()] = sent[:60]
            if dribble:
                self._dribbling.append(line)

    def _dribble(self) -> None:
        while not self._over.wait(0.1):
            for line in list(self._dribbling):
                try:
                    line.send(b"1")
                except OSError:
                    self._dribbling.remove(line)

    def await_end(self, seconds: float = 60) -> None:
        """Wait until the server has ended every connection, reading nothing before that."""
        watch = select.poll()
        # Told of an end only: what lies there to be read is no news.
        for line in self.all:
            watch.register(line, select.POLLRDHUP)
        left = {line.fileno() for line in self.all}
        end = time.monotonic() + seconds
        while left:
            assert time.monotonic() < end, f"open are {[self._said[n] for n in left]}"
            for number, _ in watch.poll(1000):
                watch.unregister(number)
                left.discard(number)

    def __enter__(self) -> "Lines":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(10)
        for line in self.all:
            line.close()


def head(method: str, path: str, length: int | None = None, kind: str = "json") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    if length is not None:
        lines += [f"Content-Type: application/{kind}", f"Content-Length: {length}"]
    return "\r\n".join([*lines, "", ""]).encode()


def call(model: str) -> bytes:
    body = {"model": model, "stream": True, "messages": [{"role": "user", "content": "hi"}]}
    data = json.dumps(body).encode()
    return head("POST", "/v1/chat/completions", len(data)) + data


def rss_bytes(server: LiveServer) -> int:
    fields = Path(f"/proc/{server.pid}/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def test_who_stalls_is_ended_and_others_go_on(
    server: LiveServer, export: str, endless_model: str, upstream: Endless
) -> None:
    with Traffic(server.url, project="others", pause_s=0.05) as traffic:
        traffic.wait_for_more(300)
        # Once read, the engine keeps some memory for the next time.
        assert server.get(f"{export}&format=csv").status == 200
        before = rss_bytes(server)
        with Lines(server) as lines:
            lines.open(b"GET /hea", dribble=True, times=10)
            for path, kind in (
                (f"{PRIVATE}/spans/batch", "json"),
                ("/v1/traces", "x-protobuf"),
                ("/v1/chat/completions", "json"),
            ):
                start = head("POST", path, 1_000_000, kind)
                lines.open(start + b'{"', dribble=True, times=10)
                lines.open(start + b'{"spans": [', times=10)
                lines.open(start[:-1], times=10)
            for kind in ("csv", "jsonl"):
                lines.open(head("GET", f"{export}&format={kind}"), times=3)
            lines.open(head("GET", f"{PRIVATE}/traces?project_name=large&truncate=false"), times=2)
            lines.open(call(endless_model), times=5)
            traffic.wait_for_more(300)
            lines.await_end(120)
            grown = rss_bytes(server) - before
        traffic.wait_for_more(100)
    traffic.check()
    assert not traffic.refusals, traffic.answers[:3]
    # The engine's buffers take some; were all kept for them, the exports would add 480 MB.
    assert grown < 500 * MIB, f"{grown / MIB:.0f} MB"
    until(lambda: upstream.hung_up >= 5)
    said = server.log_text()
    counted = server.get("/metrics").body.decode()
    for what in ("head", "body", "answer"):
        assert any("listener.stalled" in ln and f"{what}=" in ln for ln in said.splitlines()), said
        stalled = re.search(rf'connections_stalled_total{{owed="{what}"}} (\d+)\n', counted)
        assert stalled, counted
        assert int(stalled[1]) >= _STALLED[what]
    # None of those that were cut off is in the way of one that reads.
    whole = server.get(f"{export}&format=jsonl")
    assert whole.status == 200
    assert len(whole.lines) == ROWS


def test_a_body_that_stops_is_told_so(server: LiveServer) -> None:
    with socket.create_connection((server.host, server.port), timeout=60) as line:
        line.sendall(head("POST", f"{PRIVATE}/traces/batch", 100) + b"{")
        assert line.recv(65536).startswith(b"HTTP/1.1 408 ")
        assert line.recv(1) == b""


def test_live_pages_that_never_read_hold_up_nobody(server: LiveServer) -> None:
    project = server.post(f"{PRIVATE}/projects", {"name": "watched"})
    assert project.status == 201
    with Lines(server) as lines:
        lines.open(head("GET", f"{CONSOLE}/live"), times=20)
        with Traffic(server.url, clients=2, project="watched", faces=["rest"]) as traffic:
            traffic.wait_for_more(200)
            # They may all go at once, without a word, while they are told of it.
            for line in lines.all:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                line.close()
            traffic.wait_for_more(50)
        traffic.check()
    assert not traffic.refusals
    assert not traffic.broken


def test_who_goes_in_the_middle_leaves_nothing_behind(
    server: LiveServer, endless_model: str, upstream: Endless
) -> None:
    hung_up = upstream.hung_up
    with Lines(server) as lines:
        lines.open(call(endless_model), times=10)
        for line in lines.all:
            assert line.recv(1000)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            line.close()
        until(lambda: upstream.hung_up >= hung_up + 10)
        lines.all.clear()
    assert server.get("/health").status == 200


def test_a_slow_reader_that_reads_gets_all(server: LiveServer, export: str) -> None:
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.settimeout(60)
        line.connect((server.host, server.port))
        line.sendall(head("GET", f"{export}&format=jsonl"))
        got = 0
        # Longer than one may do nothing.
        end = time.monotonic() + 4
        while time.monotonic() < end:
            got += len(line.recv(65536))
            time.sleep(0.05)
        while not (piece := line.recv(1 << 20)).endswith(b"0\r\n\r\n"):
            assert piece, "it was cut off"
            got += len(piece)
    assert got > ROWS * ROW_BYTES


@pytest.fixture
def files() -> Iterator[None]:
    """Let this process have as many connections as the test makes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 4096:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def ask(line: socket.socket) -> Answer:
    """Ask for /health on a connection that stays open."""
    line.sendall(head("GET", "/health"))
    got = b""
    while b"\r\n\r\n" not in got or not got.endswith(b"}"):
        piece = line.recv(65536)
        if not piece:
            break
        got += piece
    start, _, body = got.partition(b"\r\n\r\n")
    status, *fields = start.decode().split("\r\n")
    pairs = (field.partition(":") for field in fields)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    return Answer(int(status.split()[1]), headers, body)


@pytest.mark.usefixtures("files")
def test_two_thousand_idle_connections(tmp_path: Path) -> None:
    python = limited(tmp_path, "-S -n 256")
    with (
        live(tmp_path / "data", python=python, processes=1) as server,
        contextlib.ExitStack() as open_,
    ):
        before = rss_bytes(server)
        idle = [_connect(server, open_) for _ in range(2000)]
        for line in idle[::4]:
            assert ask(line).status == 200
        with Traffic(server.url, clients=4, project="beside") as traffic:
            traffic.wait_for_more(300)
        traffic.check()
        assert not traffic.refusals
        assert rss_bytes(server) - before < 250 * MIB
        # Each is still good.
        for line in idle[::4]:
            assert ask(line).status == 200


@pytest.mark.usefixtures("files")
def test_more_connections_than_files(tmp_path: Path) -> None:
    """Half of the files are for the stores, whatever is asked; who is too many is told."""
    python = limited(tmp_path, "-n 520")
    with (
        live(tmp_path / "data", python=python, processes=1) as server,
        contextlib.ExitStack() as open_,
    ):
        first = [_connect(server, open_) for _ in range(180)]
        for line in first:
            assert ask(line).status == 200
        with contextlib.ExitStack() as more:
            surplus = [_connect(server, more) for _ in range(400)]
            answers = [answer for line in surplus if (answer := _answer(line)) is not None]
            assert {answer.status for answer in answers} == {200, 503}, answers[:30]
            assert all("retry-after" in a.headers for a in answers if a.status == 503)
            for line in first:
                assert ask(line).status == 200
        # None of those that were too many had a file of the stores.
        assert "cannot_take" not in server.log_text()
        with Traffic(server.url, clients=4, project="after") as traffic:
            traffic.wait_for_more(200)
        traffic.check()
        assert not traffic.refusals


def _connect(server: LiveServer, open_: contextlib.ExitStack) -> socket.socket:
    line = socket.create_connection((server.host, server.port), timeout=60)
    return open_.enter_context(line)


def _answer(line: socket.socket) -> Answer | None:
    """Return the answer on a connection, None where it was ended without one."""
    try:
        return ask(line)
    except (OSError, IndexError):
        return None
