"""HTTP as strangers speak it: on the socket, without a client library in between."""

import re
import socket
from collections.abc import Iterator

import pytest

from tests.live import LiveServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("listener") / "data") as live:
        yield live


def talk(server: LiveServer, *sent: bytes) -> bytes:
    """Send this, past any proxy; return all that comes until the other side closes."""
    with socket.create_connection((server.host, server.own_port), timeout=30) as line:
        for piece in sent:
            try:
                line.sendall(piece)
            except OSError:
                break
        got = b""
        try:
            while piece := line.recv(65536):
                got += piece
        except ConnectionResetError:
            pass
        return got


def test_requests_on_one_line_are_answered_in_order(server: LiveServer) -> None:
    got = talk(
        server,
        b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
        b"GET /api/v1/private/traces/nonsense HTTP/1.1\r\nHost: localhost\r\n\r\n"
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    )
    statuses = re.findall(rb"HTTP/1\.1 (\d+)", got)
    assert statuses[0] == statuses[2] == b"200"
    assert statuses[1].startswith(b"4")


def test_a_head_without_end_is_refused(server: LiveServer) -> None:
    lines = [b"X-Long-%d: %s\r\n" % (i, b"a" * 1000) for i in range(2000)]
    got = talk(server, b"GET /health HTTP/1.1\r\nHost: localhost\r\n", *lines)
    assert got.startswith(b"HTTP/1.1 431 ")
    assert server.get("/health").status == 200


def test_rubbish_is_a_bad_request(server: LiveServer) -> None:
    assert talk(server, b"\x16\x03\x01\x02\x00\x01\x00 hello\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_lengths_that_disagree_are_a_bad_request(server: LiveServer) -> None:
    got = talk(
        server,
        b"POST /api/v1/private/traces HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health HTTP/1.1\r\n\r\n",
    )
    assert got.startswith(b"HTTP/1.1 400 ")
    assert got.count(b"HTTP/1.1 ") == 1


def test_who_asks_before_sending_is_told_without_sending(server: LiveServer) -> None:
    got = talk(
        server,
        b"POST /api/v1/private/traces/batch HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/json\r\nContent-Length: 99999999999\r\n"
        b"Expect: 100-continue\r\n\r\n",
    )
    assert got.startswith(b"HTTP/1.1 413 ")


def test_who_sends_on_after_an_early_answer_is_left(server: LiveServer) -> None:
    head = (
        b"POST /api/v1/private/traces/batch HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n"
    )
    # More than is read for the answer's sake: the sender meets a closed line before its end.
    got = talk(server, head, *([b" " * (1 << 20)] * 2000))
    assert got.startswith(b"HTTP/1.1 413 ") or got == b""
    assert server.get("/health").status == 200


def test_an_offer_to_change_the_protocol_is_passed_over(server: LiveServer) -> None:
    body = b'{"traces": []}'
    got = talk(
        server,
        b"POST /api/v1/private/traces/batch HTTP/1.1\r\nHost: localhost\r\n"
        b"Connection: Upgrade, HTTP2-Settings, close\r\n"
        b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body),
    )
    assert got.startswith((b"HTTP/1.1 4", b"HTTP/1.1 204"))
    assert b"101" not in got.splitlines()[0]


def test_a_head_is_answered_without_its_body(server: LiveServer) -> None:
    got = talk(server, b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    head, _, body = got.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 ")
    assert b"\r\ndate: " in head.lower()
    assert body == b""
