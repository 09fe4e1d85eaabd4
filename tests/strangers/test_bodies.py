"""Bodies and bytes on the wire that no client should send, on every face that takes any."""

import gzip
import socket
import time
import uuid
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from backports import zstd

from tests.live import Answer, LiveServer
from tests.modes import of_one_process
from tests.strangers.table import operations
from tests.strangers.test_document import _shows
from tests.strangers.world import START, Side, Things, fill, filled

DEEP = b"[" * 10_000 + b"]" * 10_000
TEXTS = {
    "nothing": b"",
    "a lone surrogate": b'{"name":"\\ud800","model":"\\udfff","id":"\\ud800"}',
    "NUL": b'{"name":"\\u0000","\\u0000":"\\u0000"}',
    "no UTF-8": b'{"name":"\xff\xfe"}',
    "an encoded surrogate": b'{"name":"\xed\xa0\x80"}',
    "NaN": b'{"name":NaN,"value":NaN,"limit":Infinity,"page":-Infinity}',
    "a huge number": b'{"name":' + b"9" * 5000 + b',"value":1e99999,"limit":1e400}',
    "deep": DEEP,
    "deep inside": b'{"name":' + DEEP + b',"messages":' + DEEP + b"}",
    "a number": b"7",
    "null": b"null",
    "a list": b"[{}]",
    "two objects": b"{}{}",
    "the same name twice": b'{"name":"a","name":{"b":1}}',
    "UTF-16": '{"name":"a"}'.encode("utf-16"),
    "protobuf garbage": b"\x0a\xff\xff\xff\xff\x0f\x12\x00" * 50,
    "gzip without saying so": gzip.compress(b"{}"),
}
KINDS = ("application/json", "text/plain", "application/x-protobuf", "multipart/form-data", "\t;")
LIMIT = 2_000_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    env = {
        "SIGHTLINE_AUTH__KEYS": "off",
        "SIGHTLINE_INGEST__MAX_BODY_BYTES": str(LIMIT),
        "SIGHTLINE_GATEWAY__MAX_BODY_BYTES": str(LIMIT),
    }
    with LiveServer(tmp_path_factory.mktemp("bodies") / "data", env=env) as server:
        yield server
        assert server.get("/health").status == 200
        assert "api.failed" not in server.log_text(), server.log_text()[-6000:]
        assert "request_died" not in server.log_text(), server.log_text()[-6000:]


@pytest.fixture(scope="module")
def things(server: LiveServer) -> Things:
    return fill(Side(server), "acme")


WRITES = [
    one
    for one in operations()
    if one.method in {"POST", "PUT", "PATCH"}
    and one.is_built
    and not one.path.endswith(("/demo", "console/keys", "/backup", "/attachment/upload"))
]


def fault(what: Any, answer: Answer) -> list[Any]:
    """Return what is wrong with an answer, empty for nothing."""
    text = answer.body.decode()
    bad = answer.status >= 500 and answer.status != 501
    return [(what, answer.status, text[:300])] if bad or _shows(text) else []


def test_rubbish_to_every_operation_that_takes_a_body(server: LiveServer, things: Things) -> None:
    faults: list[Any] = []
    for one in WRITES:
        path = filled(one.path, things.ids)
        for at, (name, body) in enumerate(TEXTS.items()):
            sent = {"Content-Type": KINDS[at % len(KINDS)] if at % 3 == 0 else KINDS[0]}
            answer = server.request(one.method, path, body, headers=sent)
            faults += fault((one.name, name, sent), answer)
    assert not faults, "\n".join(map(str, faults[:40]))


@pytest.mark.parametrize(
    "path", ["/api/v1/private/traces/batch", "/v1/traces", "/v1/messages", "/v1/chat/completions"]
)
@pytest.mark.parametrize("encoding", ["gzip", "zstd", "deflate"])
def test_bombs_are_refused_before_they_grow(server: LiveServer, path: str, encoding: str) -> None:
    chunk = b'{"model":"' + b" " * (1 << 20)
    if encoding == "zstd":
        packer: Any = zstd.ZstdCompressor()
    else:
        packer = zlib.compressobj(9, wbits=31 if encoding == "gzip" else 15)
    bomb = b"".join(packer.compress(chunk) for _ in range(300)) + packer.flush()
    # And a bomb in a bomb, said to be packed once.
    before = _rss_mb(server.pid)
    for body in (bomb, gzip.compress(bomb)):
        sent = {"Content-Encoding": encoding, "Content-Type": "application/json"}
        answer = server.request("POST", path, body, headers=sent)
        assert 400 <= answer.status < 500, (path, answer)
        assert not fault(path, answer)
    assert server.request("POST", path, bomb, headers=sent).status == 413
    assert _rss_mb(server.pid) - before < 150


def test_ten_thousand_tags(server: LiveServer) -> None:
    many = [f"tag {n}" for n in range(10_000)]
    base = "/api/v1/private"
    item = {"name": "t", "start_time": START, "project_name": "tags", "tags": many}
    for kind, body in (("traces", item), ("spans", {**item, "trace_id": str(uuid.uuid4())})):
        answer = server.post(f"{base}/{kind}/batch", {kind: [body]})
        assert 400 <= answer.status < 500
        assert "tags" in answer.json["message"]
    call = {
        "model": "sightline/echo",
        "messages": [{"role": "user", "content": "x"}],
        "metadata": {"tags": many, "opik": {"tags": many}},
        "trace": {"tags": many},
    }
    assert server.post("/v1/chat/completions", call).status < 500


SURROGATES = b"\\ud83d and \\udc00\\ud800"


def test_half_characters_do_not_cost_a_batch_or_a_call(server: LiveServer) -> None:
    """As a client sends a text that was cut in the middle of an emoji."""
    base, id, span = "/api/v1/private", _new_id(), _new_id()
    item = (
        b'{"id":"%s","trace_id":"%s","project_name":"cut","start_time":"%s","name":"n %s",'
        b'"input":{"k %s":"v %s"},"metadata":{"m %s":{"%s":1}},"tags":["t %s"],'
        b'"usage":{"u%s":3},"model":"m %s"}'
    )
    parts = [SURROGATES] * 8
    for kind, own, trace in (("traces", id, id), ("spans", span, id)):
        body = item % (own.encode(), trace.encode(), START.encode(), *parts)
        answer = server.post(f"{base}/{kind}/batch", b'{"%s":[%s]}' % (kind.encode(), body))
        assert answer.status == 204, answer
    lost = "\ufffd and \ufffd\ufffd"
    found = server.get(f"{base}/traces/{id}").json
    assert (found["name"], found["input"]) == (f"n {lost}", {f"k {lost}": f"v {lost}"})
    assert (found["metadata"], found["tags"]) == ({f"m {lost}": {lost: 1}}, [f"t {lost}"])
    project = server.post(f"{base}/projects/retrieve", {"name": "cut"}).json["id"]
    for entity in ("trace", "span"):
        for path in ("query/fields", "facets", "rows?columns=input,metadata,usage", "columns"):
            mark = "&" if "?" in path else "?"
            answer = server.get(f"/api/console/projects/{project}/{path}{mark}entity={entity}")
            assert answer.status == 200, (path, answer)
    call = b'{"model":"sightline/echo","messages":[{"role":"user","content":"c %s"}],"user":"%s"}'
    said = server.post("/v1/chat/completions", call % (SURROGATES, SURROGATES))
    assert said.status == 200, said
    assert lost in said.json["choices"][0]["message"]["content"]
    span_attributes = (
        b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"%s","spanId":"%s","name":"o %s",'
        b'"startTimeUnixNano":"1795000000000000000","endTimeUnixNano":"1795000001000000000",'
        b'"attributes":[{"key":"a %s","value":{"stringValue":"%s"}}]}]}]}]}'
    ) % (b"5" * 32, b"6" * 16, SURROGATES, SURROGATES, SURROGATES)
    sent = {"Content-Type": "application/json"}
    answer = server.request("POST", "/v1/traces", span_attributes, headers=sent)
    assert answer.status == 200, answer


# The method, what follows the headers that all have, and what follows the head.
_LENGTH, _CHUNKS = b"Content-Length: 2\r\n", b"Transfer-Encoding: chunked\r\n"
_CLOSE = b"Connection: close\r\n"
_SMUGGLED = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
HEADS = {
    "two lengths": (b"POST", _LENGTH + b"Content-Length: 30\r\n", b"{}"),
    "length and chunks": (b"POST", b"Content-Length: 4\r\n" + _CHUNKS, _SMUGGLED),
    "an odd encoding": (b"POST", b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"),
    "a space before the colon": (b"POST", b"Content-Length : 2\r\n", b"{}"),
    "a folded header": (b"POST", b"X: a\r\n b\r\n" + _LENGTH, b"{}"),
    "a negative length": (b"POST", b"Content-Length: -1\r\n", b""),
    "a huge length": (b"POST", b"Content-Length: 99999999999999999999\r\n", b""),
    "a broken chunk": (b"POST", _CHUNKS, b"zz\r\n{}\r\n0\r\n\r\n"),
    "a second chunk that is broken": (b"POST", _CHUNKS, b"2\r\n{}\r\nzz\r\n\r\n"),
    "a huge chunk": (b"POST", _CHUNKS, b"ffffffffffffffff\r\n{}"),
    "two hosts": (b"GET", b"Host: evil.example\r\n" + _CLOSE, b""),
    "NUL in a header": (b"GET", b"X: a\x00b\r\n", b""),
    "a header that is no text": (b"GET", b"X: \xff\xfe\r\nAuthorization: \xff\r\n" + _CLOSE, b""),
    "no such method": (b"BREW", _CLOSE, b""),
    "a method that is none": (b"G\x00T", _CLOSE, b""),
}
NO_HTTP = {
    "bare line feeds": b"GET /health HTTP/1.1\nHost: localhost\nConnection: close\n\n",
    "no version": b"GET /health\r\n\r\n",
    "an absolute address": b"GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\n"
    + _CLOSE
    + b"\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
}


@pytest.mark.parametrize("path", ["/api/v1/private/traces/batch", "/v1/chat/completions"])
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS.keys())
def test_odd_requests_get_one_answer_at_most(
    server: LiveServer, path: str, head: tuple[bytes, bytes, bytes]
) -> None:
    method, headers, rest = head
    line = method + b" " + path.encode() + b" HTTP/1.1\r\nHost: localhost\r\n"
    _check_one(server, _raw(server, line + headers + b"\r\n" + rest))


@pytest.mark.parametrize("data", NO_HTTP.values(), ids=NO_HTTP.keys())
def test_what_is_no_http(server: LiveServer, data: bytes) -> None:
    _check_one(server, _raw(server, data))


LONG_PATHS = (
    "/health?" + "a" * 60_000,
    "/" + "a/" * 20_000,
    "/api/v1/private/traces/" + "9" * 50_000,
)
LONG_HEADERS = (
    b"X: " + b"a" * 500_000,
    b"\r\n".join(b"X%d: a" % n for n in range(5000)),
    b"Cookie: sightline_session=x; " + b"a=b; " * 10_000,
    b"Authorization: " + b"k" * 60_000,
    b"Accept-Encoding: " + b"gzip;q=0.1," * 5_000,
    b"X-Forwarded-For: " + b"1.1.1.1," * 8_000,
)


def test_long_addresses_and_headers(server: LiveServer) -> None:
    end = b" HTTP/1.1\r\nHost: localhost\r\n" + _CLOSE
    for path in LONG_PATHS:
        _check_one(server, _raw(server, b"GET " + path.encode() + end + b"\r\n"))
    for header in LONG_HEADERS:
        for line in (b"GET /api/v1/private/projects", b"GET /", b"GET /v1/models"):
            _check_one(server, _raw(server, line + end + header + b"\r\n\r\n"))


def _check_one(server: LiveServer, said: bytes) -> None:
    """There is at most one answer, it is no error of ours, and the server lives."""
    assert said.count(b"HTTP/1.1 ") <= 1, said[:1000]
    assert b"smuggled" not in said
    if said:
        status = said.partition(b"\r\n")[0].split(b" ")[1]
        assert 200 <= int(status) < 500, said[:500]
    assert server.get("/health").status == 200


@pytest.mark.parametrize(
    "path", ["/api/v1/private/traces/batch", "/v1/traces", "/v1/chat/completions"]
)
def test_chunks_without_an_end_are_cut_off(server: LiveServer, path: str) -> None:
    before = _rss_mb(server.pid)
    with socket.create_connection((server.host, server.port), timeout=30) as line:
        line.sendall(
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
            "Content-Type: application/json\r\n\r\n".encode()
        )
        chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
        said = b""
        try:
            for _ in range(4000):
                line.sendall(chunk)
        except OSError:
            pass
        try:
            said = line.recv(4096)
        except OSError:
            said = b""
    assert said == b"" or said.startswith(b"HTTP/1.1 413"), said[:200]
    assert _rss_mb(server.pid) - before < 150


@of_one_process
@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
def test_who_ends_the_connection_still_hears_that_its_body_is_too_large(
    server: LiveServer, version: bytes
) -> None:
    with socket.create_connection((server.host, server.port), timeout=30) as line:
        line.sendall(
            b"POST /v1/chat/completions HTTP/" + version + b"\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 1000000000\r\n"
            b"Connection: close\r\n\r\n"
        )
        assert line.recv(4096).startswith(b"HTTP/1.1 413")
        # What was on its way meanwhile breaks nothing.
        for _ in range(8):
            line.sendall(b" " * 1_000_000)


def test_slow_bodies_hold_up_nobody(server: LiveServer) -> None:
    head = "POST {} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{{\r\n"
    slow = [socket.create_connection((server.host, server.port)) for _ in range(100)]
    try:
        for at, line in enumerate(slow):
            path = ("/v1/chat/completions", "/v1/traces", "/api/v1/private/spans/batch")[at % 3]
            line.sendall(head.format(path).encode())
        begun = time.monotonic()
        call = {"model": "sightline/echo", "messages": [{"role": "user", "content": "x"}]}
        assert server.post("/v1/chat/completions", call).status == 200
        assert server.get("/api/v1/private/projects").status == 200
        assert time.monotonic() - begun < 10
    finally:
        for line in slow:
            line.close()


def test_protobuf_that_is_none(server: LiveServer) -> None:
    import random

    rng = random.Random(7)
    sent = {"Content-Type": "application/x-protobuf"}
    for n in range(300):
        body = rng.randbytes(rng.randint(0, 200))
        if n % 2:
            # As the outer messages are, so that the rubbish comes deeper in.
            for tag in (b"\x0a", b"\x12", b"\x12"):
                body = tag + bytes([len(body) & 0x7F | 0x80, len(body) >> 7]) + body
        answer = server.request("POST", "/v1/traces", body, headers=sent)
        assert answer.status in {200, 400, 422}, (answer, body)


def _raw(server: LiveServer, data: bytes) -> bytes:
    """Send bytes, and return what comes back until it ends or nothing comes for a while."""
    with socket.create_connection((server.host, server.port), timeout=2) as line:
        said = b""
        try:
            line.sendall(data)
            while part := line.recv(65536):
                said += part
        except OSError:
            pass
        return said


def _new_id() -> str:
    from sightline.core.ids import new_text_id

    return new_text_id()


def _rss_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6
