"""Addresses that users type, tried from outside: nothing private is ever called."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.destination import Receiver, Reply
from tests.live import Answer, LiveServer, live

PROVIDERS = "/api/console/gateway/providers"
MODELS = "/api/console/gateway/models"
CONSOLE = "/api/console/broadcast"
PUBLIC = "/api/v1/observability/destinations"
# Every spelling leads to this machine, to a private network, or to where clouds keep secrets.
HOSTS = (
    "127.0.0.1", "localhost", "LOCALHOST.", "127.1", "127.0.1", "2130706433", "0x7f000001",
    "0x7f.0.0.1", "0177.0.0.1", "017700000001", "0", "0.0.0.0", "127.0.0.1.", "127.127.127.127",
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::1%25lo]", "[fe80::1]",
    "①②⑦.0.0.1", "127。0。0。1", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "%6c%6f%63%61%6c%68%6f%73%74", "169.254.169.254",
    "[fd00:ec2::254]", "10.0.0.1", "192.168.0.1", "172.16.0.1", "100.100.100.200",
    "user:pass@127.0.0.1", "example.com@127.0.0.1", "127.0.0.1#@example.com",
    "127.0.0.1\\@example.com", "127.0.0.1\t", "\u200b127.0.0.1",
)  # fmt: skip


class Trap:
    """Listens on all addresses of this machine, and notes who connects."""

    def __init__(self) -> None:
        self.caught = 0
        self._sockets = []
        self.port = 0
        for family, host in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            listener = socket.socket(family, socket.SOCK_STREAM)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                listener.bind((host, self.port))
            except OSError:
                listener.close()
                continue
            listener.listen(64)
            self.port = listener.getsockname()[1]
            self._sockets.append(listener)
            threading.Thread(target=self._serve, args=(listener,), daemon=True).start()

    def _serve(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = listener.accept()
                self.caught += 1
                with contextlib.suppress(OSError):
                    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\ninner secret")
                line.close()

    def close(self) -> None:
        for listener in self._sockets:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()


@pytest.fixture(scope="module")
def trap() -> Iterator[Trap]:
    trap = Trap()
    with socket.create_connection(("127.0.0.1", trap.port), timeout=5) as line:
        assert line.recv(100), "the trap works"
    trap.caught = 0
    yield trap
    trap.close()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live(tmp_path_factory.mktemp("outbound") / "data") as server:
        yield server
        assert "api.failed" not in server.log_text(), server.log_text()[-3000:]
        assert "request_died" not in server.log_text(), server.log_text()[-3000:]


def refused(answer: Answer, url: str) -> None:
    assert answer.status < 500 or answer.status == 502, (url, answer)
    assert b"inner secret" not in answer.body, url
    assert b"pass@" not in answer.body, url


@pytest.mark.parametrize("kind", ["webhook", "otel-collector", "clickhouse"])
def test_destinations(guarded: LiveServer, trap: Trap, kind: str) -> None:
    for host in HOSTS:
        url = f"http://{host}:{trap.port}/" if "\\" not in host else f"http://{host}"
        config: dict[str, Any] = {"url": url}
        if kind == "otel-collector":
            config = {"endpoint": url}
        if kind == "clickhouse":
            config = {"host": url, "database": "d", "table": "t", "username": "u", "password": "p"}
        body = {"type": kind, "name": f"{kind} {host}"[:90], "config": config}
        test = guarded.post(f"{CONSOLE}/test", body)
        refused(test, url)
        made = guarded.post(f"{CONSOLE}/destinations", body)
        refused(made, url)
        assert made.status != 201, (url, made)
        public = guarded.post(PUBLIC, body)
        refused(public, url)
        assert public.status != 201, (url, public)
    assert trap.caught == 0


def test_providers(guarded: LiveServer, trap: Trap) -> None:
    for at, host in enumerate(HOSTS):
        url = f"http://{host}:{trap.port}/v1"
        body = {"slug": f"p{at}", "name": "p", "dialect": "openai", "base_url": url}
        made = guarded.post(PROVIDERS, {**body, "api_key": "sk-provider-key"})
        refused(made, url)
        if made.status != 201:
            continue
        # One that can be kept is refused when it is called.
        id = made.json["id"]
        tried = guarded.post(f"{PROVIDERS}/{id}/test", b"")
        refused(tried, url)
        endpoint = {"provider_id": id, "upstream_model": "m"}
        model = {"slug": f"m/{at}", "name": "m", "endpoints": [endpoint]}
        if guarded.post(MODELS, model).status == 201:
            call = {"model": f"m/{at}", "messages": [{"role": "user", "content": "x"}]}
            said = guarded.post("/v1/chat/completions", call)
            assert said.status >= 400, (url, said)
            assert b"inner secret" not in said.body, url
    assert trap.caught == 0


def test_other_schemes_are_no_addresses(guarded: LiveServer) -> None:
    for url in (
        "file:///etc/passwd", "gopher://127.0.0.1:70/_x", "ftp://127.0.0.1/", "//127.0.0.1/",
        "http:127.0.0.1", "dict://127.0.0.1:1/", "javascript:alert(1)", "http://", "unix:/run/x",
    ):  # fmt: skip
        body = {"type": "webhook", "name": "w", "config": {"url": url}}
        answer = guarded.post(f"{CONSOLE}/destinations", body)
        assert 400 <= answer.status < 500, (url, answer)
        body = {"slug": "p", "name": "p", "dialect": "openai", "base_url": url, "api_key": "k"}
        answer = guarded.post(PROVIDERS, body)
        assert 400 <= answer.status < 500, (url, answer)


def test_a_redirect_is_no_way_in(tmp_path_factory: pytest.TempPathFactory, trap: Trap) -> None:
    """Where the operator allows private addresses, an answer still leads nowhere else."""
    env = {"SIGHTLINE_GATEWAY__ALLOW_PRIVATE_ADDRESSES": "true"}
    with live(tmp_path_factory.mktemp("redirects") / "data", env=env) as server, Receiver() as to:
        config = {"url": to.url}
        body = {"type": "webhook", "name": "w", "config": config}
        made = server.post(f"{CONSOLE}/destinations", body)
        assert made.status == 201, made
        for status in (301, 302, 303, 307, 308):
            to.refuse = lambda got, status=status: Reply(
                status, b"", location=f"http://127.0.0.1:{trap.port}/"
            )
            said = server.post(f"{CONSOLE}/destinations/{made.json['id']}/sample", b"")
            assert b"inner secret" not in said.body
    assert trap.caught == 0
