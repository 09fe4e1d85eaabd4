"""A load that does not fit into memory is refused, clearly, before the system ends the process."""

import base64
import gzip
import json
import os
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from backports import zstd
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.crash.traffic import Traffic, new_id
from tests.live import Answer, LiveServer, limited, live

MIB = 1 << 20
LIMIT = 1024 * MIB
# The embedded engine gets 512 MiB and the program 300: of spans bodies of 26 MiB fit, but no two.
SIZE = 16 * MIB
LONGEST_S = 120
START = "2026-11-22T03:46:12.367037Z"
SPANS = "/api/v1/private/spans/batch"

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="what a process takes is read from /proc"
)


@pytest.mark.timeout(300)
def test_big_bodies_and_answers_are_refused_before_memory_is_full(tmp_path: Path) -> None:
    # Beyond 4 GiB of addresses the system gives it nothing; 3 of them are not memory.
    python = limited(tmp_path, f"-v {4 << 20}")
    with live(tmp_path / "data", python=python, stores={}, processes=1) as server:
        answers: list[Answer] = []
        with Traffic(server.url, clients=2, project="small") as small:
            _all_at_once(server, answers)
            small.wait_for_more(10)
        statuses = Counter(answer.status for answer in answers)
        print(statuses, f"{_peak(server.pid) / MIB:,.0f} MiB at most")
        assert _peak(server.pid) < LIMIT
        assert set(statuses) == {200, 204, 429} or set(statuses) == {200, 204, 429, 503}
        for answer in answers:
            if answer.status in {429, 503}:
                assert int(answer.headers["retry-after"]) >= 1
                assert b"again" in answer.body, answer
        # Small ones go on: at most they wait for the engine's memory, not for that of bodies.
        assert set(small.refusals) <= {503}, small.answers
        assert not small.broken
        small.check()
        # Afterwards there is room again, and none of it is held by what was refused.
        assert _send(server, SPANS, _spans(SIZE)).status == 204
        assert "sightline_memory_taken_by_bodies_bytes 0" in _metrics(server)
        assert f"sightline_memory_limit_bytes {LIMIT}" in _metrics(server)
        refused = re.search(r"sightline_memory_refusals_total (\d+)", _metrics(server))
        assert refused and int(refused[1]) >= statuses[429]


@pytest.mark.timeout(300)
def test_a_body_that_never_fits_is_too_large(tmp_path: Path) -> None:
    env = {"SIGHTLINE_SERVER__MAX_MEMORY_BYTES": str(LIMIT)}
    with live(tmp_path / "data", env=env, stores={}, processes=1) as server:
        text = b"[" + b" " * (64 * MIB)
        packed = {"gzip": gzip.compress(text, 1), "zstd": zstd.compress(b" " * (256 * MIB))}
        for path, kind in (
            (SPANS, "application/json"),
            ("/v1/traces", "application/x-protobuf"),
            ("/v1/chat/completions", "application/json"),
        ):
            said = {"Content-Type": kind}
            for body, encoding in ((text, None), *((packed[name], name) for name in packed)):
                headers = {**said, "Content-Encoding": encoding} if encoding else said
                answer = server.request("POST", path, body, headers=headers)
                assert answer.status == 413, (path, encoding, answer)
                assert b"larger than" in answer.body
        # None of it was ever in memory.
        assert _peak(server.pid) < 700 * MIB
        assert server.get("/health").status == 200


def _all_at_once(server: LiveServer, answers: list[Answer]) -> None:
    """Send large bodies of every kind and ask for large pages, from eight clients."""
    _good(_send(server, SPANS, _spans(SIZE)))
    packed = gzip.compress(_spans(SIZE), 1)
    image = _spans(100, output={"image": _picture(SIZE)})
    protobuf, call = _otlp(SIZE), _call(SIZE)
    pages = "/api/v1/private/spans?project_name=big&size=200"
    work: list[Callable[[], Answer]] = [
        lambda: _send(server, SPANS, _spans_again(SIZE)),
        lambda: _send(server, SPANS, packed, {"Content-Encoding": "gzip"}),
        lambda: _send(server, SPANS, image),
        lambda: _send(server, "/v1/traces", protobuf, {"Content-Type": "application/x-protobuf"}),
        lambda: _send(server, "/v1/chat/completions", call),
        lambda: server.get(pages),
        lambda: server.get(pages),
        lambda: server.post(
            "/api/v1/private/spans/search",
            {"project_name": "big", "limit": 200, "truncate": False},
        ),
    ]
    until = time.monotonic() + LONGEST_S

    def run(one: Callable[[], Answer]) -> None:
        """Send again when one is told to, until it came through and somebody was refused."""
        while time.monotonic() < until:
            answer = one()
            answers.append(answer)
            if answer.status in {200, 204} and any(a.status == 429 for a in answers):
                return
            if answer.status in {429, 503}:
                time.sleep(int(answer.headers["retry-after"]))

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONGEST_S + 100)
        assert not thread.is_alive(), "no answer within 100 s"


def _send(
    server: LiveServer, path: str, body: bytes, headers: dict[str, str] | None = None
) -> Answer:
    return server.request("POST", path, body, headers=headers or {}, timeout_s=100)


def _good(answer: Answer) -> None:
    assert answer.status in {200, 204}, answer


_rng = random.Random(5)
_WORDS = " ".join("".join(_rng.choices("abcdefghij", k=6)) for _ in range(MIB // 7))


def _text(size: int) -> str:
    return (_WORDS * (size // len(_WORDS) + 1))[:size]


def _spans(size: int, **more: Any) -> bytes:
    """Return a batch of eight spans that have so many bytes together."""
    spans = [
        {
            "id": new_id(_rng),
            "trace_id": new_id(_rng),
            "project_name": "big",
            "name": "large",
            "start_time": START,
            "input": {"text": _text(size // 8)},
            **more,
        }
        for _ in range(1 if more else 8)
    ]
    return json.dumps({"spans": spans}).encode()


def _spans_again(size: int, made: list[bytes] = []) -> bytes:  # noqa: B006 - made once
    if not made:
        made.append(_spans(size))
    return made[0]


def _picture(size: int) -> str:
    return "data:image/png;base64," + base64.b64encode(os.urandom(size * 3 // 4)).decode()


def _otlp(size: int) -> bytes:
    message = ExportTraceServiceRequest()
    scope = message.resource_spans.add().scope_spans.add()
    for _ in range(8):
        span = scope.spans.add(trace_id=os.urandom(16), span_id=os.urandom(8), name="large")
        span.start_time_unix_nano = span.end_time_unix_nano = 1_795_319_172_367_037_000
        span.attributes.add(key="input.value").value.string_value = _text(size // 8)
    data: bytes = message.SerializeToString()
    return data


def _call(size: int) -> bytes:
    body = {"model": "sightline/echo", "messages": [{"role": "user", "content": _text(size)}]}
    return json.dumps(body).encode()


def _metrics(server: LiveServer) -> str:
    return server.get("/metrics").body.decode()


def _peak(pid: int) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) * 1024
