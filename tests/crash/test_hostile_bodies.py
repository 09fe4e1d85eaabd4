"""Bodies that no client should send: each is refused with a clear 4xx, none ends in a 500."""

import gzip
import json
import random
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from backports import zstd

from tests.live import Answer, LiveServer

TRACES, SPANS = "/api/v1/private/traces/batch", "/api/v1/private/spans/batch"
START = "2026-11-22T03:46:12.367037Z"
LIMITS = {
    "SIGHTLINE_INGEST__MAX_BODY_BYTES": str(2_000_000),
    "SIGHTLINE_INGEST__MAX_FIELD_BYTES": str(100_000),
}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with small limits, whose log must stay free of unforeseen errors."""
    server = LiveServer(tmp_path_factory.mktemp("strict") / "data", env=LIMITS)
    server.start()
    try:
        yield server
        assert server.get("/health").status == 200
        assert "api.failed" not in server.log_text(), server.log_text()[-4000:]
    finally:
        server.kill()


def trace(**more: Any) -> dict[str, Any]:
    return {"name": "t", "start_time": START, "project_name": "hostile", **more}


def span(**more: Any) -> dict[str, Any]:
    return {**trace(**more), "trace_id": more.get("trace_id", str(uuid.uuid4()))}


def refused(answer: Answer, *statuses: int) -> Answer:
    """Assert a 4xx in Opik's shape: JSON with the code and a message for people."""
    assert answer.status in (statuses or range(400, 500)), (answer.status, answer.body[:500])
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json["code"] == answer.status
    assert answer.json["message"]
    assert "Traceback" not in answer.body.decode()
    return answer


NOT_JSON = {
    "nothing": b"",
    "spaces": b"   ",
    "half an object": b'{"traces":[{"name":"a"',
    "text": b"hello",
    "two values": b'{"traces":[]}{}',
    "a bare key": b"{traces:[]}",
    "NaN": b'{"traces":[{"start_time":NaN}]}',
    "bytes": bytes(range(256)),
    "not UTF-8 in a string": b'{"traces":[{"name":"\xff\xfe","start_time":"'
    + START.encode()
    + b'"}]}',
    "a lone surrogate": b'{"traces":[{"name":"\\ud800","start_time":"2026"}]}',
    "a deep nest": b'{"traces":' + b"[" * 100_000,
    "a UTF-16 text": '{"traces":[]}'.encode("utf-16"),
}

WRONG: dict[str, Any] = {
    "null": None,
    "a list": [],
    "a number": 7,
    "no items": {},
    "items that are no list": {"traces": {"a": 1}},
    "an empty batch": {"traces": []},
    "an item that is null": {"traces": [None]},
    "an item that is text": {"traces": ["a"]},
    "too many items": {"traces": [trace() for _ in range(1001)]},
    "no start": {"traces": [{"name": "t"}]},
    "a start that is null": {"traces": [trace(start_time=None)]},
    "a start that is a word": {"traces": [trace(start_time="yesterday")]},
    "a start before 1970": {"traces": [trace(start_time="1890-01-01T00:00:00Z")]},
    "a start too late": {"traces": [trace(start_time="2600-01-01T00:00:00Z")]},
    "an id that is no UUID": {"traces": [trace(id="12")]},
    "an id that is a number": {"traces": [trace(id=12)]},
    "a name that is an object": {"traces": [trace(name={"a": 1})]},
    "tags that are text": {"traces": [trace(tags="a,b")]},
    "too many tags": {"traces": [trace(tags=[str(n) for n in range(51)])]},
    "a thread id that is a list": {"traces": [trace(thread_id=[])]},
    "an error that is a number": {"traces": [trace(error_info=3)]},
    "an environment too long": {"traces": [trace(environment="e" * 151)]},
    "a ttft below zero": {"traces": [trace(ttft=-1)]},
    "one bad among good ones": {"traces": [trace(), trace(), trace(start_time=1.5)]},
}

WRONG_SPANS: dict[str, Any] = {
    "no trace id": [trace()],
    "a trace id that is no UUID": [span(trace_id="x")],
    "an unknown type": [span(type="dance")],
    "usage that is text": [span(usage="many")],
    "usage with text in it": [span(usage={"total_tokens": "many"})],
    "usage that is a list": [span(usage=[1])],
    "a cost below zero": [span(total_estimated_cost=-1)],
    "a cost that is text": [span(total_estimated_cost="much")],
    "a parent that is no UUID": [span(parent_span_id="p")],
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_what_is_no_json_is_refused(strict: LiveServer, body: bytes) -> None:
    refused(strict.post(TRACES, body))


@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG.keys())
def test_json_of_the_wrong_shape_is_refused(strict: LiveServer, value: Any) -> None:
    refused(strict.post(TRACES, json.dumps(value).encode()), 400, 422)


@pytest.mark.parametrize("items", WRONG_SPANS.values(), ids=WRONG_SPANS.keys())
def test_spans_of_the_wrong_shape_are_refused(strict: LiveServer, items: Any) -> None:
    refused(strict.post(SPANS, {"spans": items}), 400, 422)


def test_a_refusal_names_the_item_and_the_field(strict: LiveServer) -> None:
    answer = refused(strict.post(TRACES, {"traces": [trace(), trace(id="12")]}), 400, 422)
    assert "traces[1].id" in answer.body.decode()


def test_a_refused_batch_stores_none_of_its_items(strict: LiveServer) -> None:
    good = str(uuid.uuid4())
    refused(strict.post(TRACES, {"traces": [trace(id=good), trace(id="12")]}), 400, 422)
    assert strict.get(f"/api/v1/private/traces/{good}").status == 404


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "deflate"])
def test_compressed_bodies_are_read(strict: LiveServer, encoding: str) -> None:
    import zlib

    pack: Any = {"gzip": gzip.compress, "zstd": zstd.compress, "deflate": zlib.compress}[encoding]
    body = pack(json.dumps({"traces": [trace(name=encoding)]}).encode())
    assert _post(strict, body, encoding).status == 204


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "deflate"])
def test_a_compressed_body_cut_short_is_refused(strict: LiveServer, encoding: str) -> None:
    import zlib

    pack: Any = {"gzip": gzip.compress, "zstd": zstd.compress, "deflate": zlib.compress}[encoding]
    whole = pack(json.dumps({"traces": [trace(input={"t": _words(5000)})]}).encode())
    for share in (0.05, 0.5, 0.98):
        refused(_post(strict, whole[: int(len(whole) * share)], encoding), 400)


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "deflate"])
def test_what_only_says_it_is_compressed_is_refused(strict: LiveServer, encoding: str) -> None:
    refused(_post(strict, b'{"traces":[]}', encoding), 400)


def test_an_encoding_that_nobody_knows_is_refused(strict: LiveServer) -> None:
    refused(_post(strict, b"x", "br"), 415)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_bomb_is_refused_before_it_grows(strict: LiveServer, encoding: str) -> None:
    size = 1 << 30
    pack: Any = zstd.ZstdCompressor() if encoding == "zstd" else None
    if pack is None:
        bomb = gzip.compress(b"[" * (size // 8), 9)
    else:
        chunks = [pack.compress(b"\0" * (1 << 20)) for _ in range(size >> 20)]
        bomb = b"".join([*chunks, pack.flush()])
    before = _rss_mb(strict.pid)
    refused(_post(strict, bomb, encoding), 413)
    assert _rss_mb(strict.pid) - before < 200


def test_a_body_too_large_is_refused(strict: LiveServer) -> None:
    answer = strict.post(TRACES, b'{"traces":[' + b" " * 3_000_000 + b"]}")
    refused(answer, 413)


def test_an_item_too_large_is_refused(strict: LiveServer) -> None:
    large = {"text": _words(200_000)}
    refused(strict.post(TRACES, {"traces": [trace(input=large)]}), 413)
    refused(strict.post(SPANS, {"spans": [span(output=large)]}), 413)
    assert strict.post(TRACES, {"traces": [trace(input={"text": _words(50_000)})]}).status == 204


def test_a_body_that_never_comes_holds_up_nobody(strict: LiveServer) -> None:
    head = f"POST {TRACES} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{{"
    slow = [socket.create_connection((strict.host, strict.port)) for _ in range(20)]
    try:
        for connection in slow:
            connection.sendall(head.encode())
        # They stall for a minute before they are ended.
        assert strict.post(TRACES, {"traces": [trace()]}, timeout_s=40).status == 204
    finally:
        for connection in slow:
            connection.close()
    assert strict.get("/health").status == 200


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xff\xff", b"\x0a\xff\xff\xff\xff\x0f", b"hello", b"{}"], ids=repr
)
def test_otlp_that_is_none_is_refused(strict: LiveServer, body: bytes) -> None:
    for content in ("application/x-protobuf", "application/json", "text/plain"):
        answer = strict.request(
            "POST", "/api/v1/private/otel/v1/traces", body, headers={"Content-Type": content}
        )
        # An empty message is a good one in protobuf, and {} in JSON.
        assert answer.status == 200 or 400 <= answer.status < 500, (content, answer)


def test_no_chance_made_body_ends_in_a_500(strict: LiveServer) -> None:
    rng = random.Random(4)
    for _ in range(200):
        kind = rng.choice(["traces", "spans"])
        items = [_twisted(span(), rng) for _ in range(rng.randint(1, 3))]
        answer = strict.post(f"/api/v1/private/{kind}/batch", {kind: items})
        assert answer.status < 500, (answer, items)
        if answer.status != 204:
            refused(answer)
    # What odd things were taken can be read again.
    for kind in ("traces", "spans"):
        answer = strict.get(f"/api/v1/private/{kind}?project_name=hostile&page=1&size=1000")
        assert answer.status == 200, answer


ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1e308, -1e-300, 2**63, -(2**70), "", " ", "\0", "a" * 5000, "ü💥\u202e",
    "2026-11-22T03:46:12Z", "9999-12-31T23:59:59.999999999Z", "1970-01-01T00:00:00Z",
    [], {}, [[[]]], {"a": {"b": None}}, [None], "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff", {"": ""}, ["a"] * 60,
)  # fmt: skip
FIELDS = (
    "id", "trace_id", "parent_span_id", "project_name", "name", "type", "start_time", "end_time",
    "input", "output", "metadata", "tags", "error_info", "last_updated_at", "ttft", "thread_id",
    "model", "provider", "usage", "total_estimated_cost", "total_cost", "environment", "source",
    "visibility_mode", "project_id", "unheard_of",
)  # fmt: skip


def _twisted(item: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    for _ in range(rng.randint(1, 3)):
        item[rng.choice(FIELDS)] = rng.choice(ODD)
    return item


def _post(server: LiveServer, body: bytes, encoding: str) -> Answer:
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    return server.request("POST", TRACES, body, headers=headers)


def _words(characters: int) -> str:
    rng = random.Random(characters)
    return "".join(rng.choices("abcdefghij klmnop qrstuv ", k=characters))


def _rss_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6
