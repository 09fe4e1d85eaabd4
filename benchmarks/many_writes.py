"""What changes a full store: a huge trace, a payload of 100 MB, ingest beside reads, deletes."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import load
from benchmarks.asking import Client, Measured, Question, measure
from benchmarks.common import cpu_s, folder_bytes, peak_mb, percentile, rss_mb, settle
from benchmarks.many_reads import Place, figures, rows
from benchmarks.pace import Load, Pace, said
from benchmarks.payloads import Prose, Spans, new_id, now_us, stamp
from benchmarks.query import tree_requests
from benchmarks.straight import PROJECT
from benchmarks.straight_sql import RARE, SPANS_PER_TRACE
from sightline.domain.literals import time_us_of
from tests.live import LiveServer

TREES = (10_000, 50_000)
_NOTE = "many-bench.json"
_DAY_US = 86_400_000_000
_PAYLOAD_BYTES = 100_000_000
_DELETED = 100_000
_AT_ONCE = 1_000
_RATE = 2_000
_BESIDE_S = 40
_PATIENCE_S = 1_800
# What the engine never writes into once it is there.
_FIXED = (".bin", ".mrk", ".mrk2", ".mrk3", ".cmrk", ".cmrk2", ".cmrk3", ".idx", ".cidx", ".idx2")


def large(client: Client, live: LiveServer, folder: Path, place: Place) -> list[Measured]:
    """Open traces of 10,000 and 50,000 spans, and a span of 100 MB; send them if need be."""
    found = []
    for size, id in _trees(live, folder).items():
        base = f"/api/console/traces/{id}"
        many = f"{size:,} spans"
        body = {"project_name": PROJECT, "trace_id": id, "limit": 2_000, "truncate": True}
        for question in (
            Question(f"tree of a trace, {many}", f"{base}/tree"),
            Question(f"trace of {many}: its own row", base),
            Question(f"trace of {many}: search in it", f"{base}/search", {"text": RARE}),
            Question(f"Opik: 2,000 spans of {many}", "/api/v1/private/spans/search", body=body),
        ):
            found.append(measure(client, live.pid, "large", question, budget_s=5))
            _show(found[-1])
    return [*found, *_payload(client, live, folder, place)]


def _trees(live: LiveServer, folder: Path) -> dict[int, str]:
    known = _note(folder)
    for size in TREES:
        if str(size) in known:
            continue
        # Away from the newest, so that opening one is no luck of the cache.
        start = now_us() - 10 * _DAY_US - size * 1_000
        trace = new_id(start, Spans(PROJECT, seed=size, pool=1).rng)
        load.run(live.port, tree_requests, (trace, size, start), connections=4).only(204)
        known = _noted(folder, str(size), trace)
        settle(live.data, live.pid, 60)
    return {size: known[str(size)] for size in TREES}


def _payload(client: Client, live: LiveServer, folder: Path, place: Place) -> list[Measured]:
    known, found = _note(folder), []
    if "payload" not in known:
        start = now_us() - 5 * _DAY_US
        rng = Spans(PROJECT, seed=5, pool=1).rng
        id, trace = new_id(start, rng), new_id(start, rng)
        text = Prose(9).text(1_000_000) * (_PAYLOAD_BYTES // 1_000_000)
        span = {
            "id": id,
            "trace_id": trace,
            "project_name": PROJECT,
            "name": "a hundred megabytes",
            "type": "tool",
            "start_time": stamp(start),
            "end_time": stamp(start + 1_000_000),
            "input": {"text": text},
        }
        data = json.dumps({"spans": [span]}).encode()
        before, begun = cpu_s(live.pid), time.monotonic()
        answer = client.ask("/api/v1/private/spans/batch", body=data)
        row = _once("large", f"send a span of {len(data) / 1e6:,.0f} MB", begun, before, live)
        if answer.status >= 300:
            row.failed = f"{answer.status} {answer.body[:200].decode()}"
        _show(row)
        found.append(row)
        known = _noted(folder, "payload", id)
    id = known["payload"]
    asked = (
        Question("read it back: console", f"/api/console/spans/{id}/payload/input"),
        Question("read it back: Opik", f"/api/v1/private/spans/{id}"),
        Question("the span of 100 MB, opened", f"/api/console/spans/{id}"),
        rows(place, "the row of it, with a preview", "span", f"id:{id}", columns="id,name,input"),
    )
    for question in asked:
        found.append(measure(client, live.pid, "large", question, most=3, budget_s=10))
        _show(found[-1])
    print(f"  memory {rss_mb(live.pid):,.0f} MB, most {peak_mb(live.pid):,.0f} MB", flush=True)
    return found


def beside(client: Client, live: LiveServer, place: Place) -> list[Measured]:
    """Reads alone, ingest alone, and both at once: how long each waits."""
    print(f"  {_RATE:,} spans a second, 8 connections, {_BESIDE_S} s each", flush=True)
    found = [*_reads(client, live, place, "alone")]
    ingest = Load(live.port, _RATE, project=PROJECT)
    ingest.look()
    before = cpu_s(live.pid)
    time.sleep(_BESIDE_S)
    alone = ingest.look()
    found.append(_acks("ingest alone: answers", alone, cpu_s(live.pid) - before))
    before = cpu_s(live.pid)
    found += _reads(client, live, place, "beside ingest")
    found.append(_acks("ingest beside reads: answers", ingest.look(), cpu_s(live.pid) - before))
    ingest.stop()
    return found


def _reads(client: Client, live: LiveServer, place: Place, how: str) -> list[Measured]:
    trees = tuple(f"/api/console/traces/{id}/tree" for id in place.trace_ids)
    asked = (
        rows(place, f"first page of traces, {how}", "trace", days=14),
        rows(place, f"first page of spans, {how}", "span", days=14),
        Question(f"tree of a trace, {how}", trees[0], kinds=trees),
        figures(place, f"summary of traces, 14 days, {how}", "summary", "trace", days=14),
        figures(place, f"facets of traces, 14 days, {how}", "facets", "trace", days=14),
        rows(place, f"failed traces, {how}", "trace", "status:error", days=14),
    )
    found = []
    for question in asked:
        found.append(
            measure(client, live.pid, "beside", question, most=200, budget_s=_BESIDE_S / 6)
        )
        _show(found[-1])
    return found


def _acks(what: str, pace: Pace, cpu_s: float) -> Measured:
    row = Measured(group="beside", what=what, times=len(pace.latencies_s), found=pace.spans)
    if pace.latencies_s:
        row.p50_ms, row.p95_ms, row.p99_ms = (
            percentile(pace.latencies_s, share) * 1000 for share in (0.5, 0.95, 0.99)
        )
        row.cpu_ms = cpu_s / len(pace.latencies_s) * 1000
    if (bad := said(pace.statuses)) != "none":
        row.failed = bad
    _show(row)
    return row


def deletes(client: Client, live: LiveServer, place: Place, spans: int) -> list[Measured]:
    """Delete up to 100,000 traces by Opik's route, then as many by a job with a filter."""
    path = f"{place.console}/summary"
    there = client.json(path, {"entity": "trace"})["count"]
    many = min(_DELETED, there // 4)
    ids = _ids(client, place, many)
    size = folder_bytes(live.data)
    found = [_by_opik(client, live, ids)]

    def left() -> int:
        return int(client.json(path, {"entity": "trace"})["count"])

    found.append(_gone(live, f"until {many:,} traces are gone", left, there - many))
    found.append(_by_job(client, live, place, many, spans))
    before, begun = cpu_s(live.pid), time.monotonic()
    settle(live.data, live.pid, 300)
    row = _once("deletes", "until nothing works on it any more", begun, before, live)
    _show(row)
    print(f"  disk {size / 1e6:,.0f} MB before, {folder_bytes(live.data) / 1e6:,.0f} MB after")
    first = rows(place, "first page of traces after deletes", "trace", days=14)
    return [*found, row, measure(client, live.pid, "deletes", first)]


def _ids(client: Client, place: Place, many: int) -> list[str]:
    found: list[str] = []
    while len(found) < many:
        params = {"entity": "trace", "columns": "id", "limit": 1000, "offset": len(found)}
        page = client.json(f"{place.console}/rows", params)["rows"]
        found += [row["id"] for row in page]
        if len(page) < 1000:
            break
    return found[:many]


def _by_opik(client: Client, live: LiveServer, ids: list[str]) -> Measured:
    row = Measured(group="deletes", what=f"Opik: delete {len(ids):,} traces, 1,000 a request")
    before, taken = cpu_s(live.pid), []
    for first in range(0, len(ids), _AT_ONCE):
        body = {"ids": ids[first : first + _AT_ONCE]}
        answer = client.ask("/api/v1/private/traces/delete", body=body)
        if answer.status >= 300:
            row.failed = f"{answer.status} {answer.body[:200].decode()} after {first:,}"
            break
        taken.append(answer.seconds)
    row.times = len(taken)
    if taken:
        row.p50_ms, row.p95_ms, row.p99_ms = (
            percentile(taken, share) * 1000 for share in (0.5, 0.95, 0.99)
        )
        row.cpu_ms = (cpu_s(live.pid) - before) / len(taken) * 1000
        print(f"  all of them: {sum(taken):.1f} s", flush=True)
    _show(row)
    return row


def _by_job(client: Client, live: LiveServer, place: Place, many: int, spans: int) -> Measured:
    # The oldest: as long a time as it takes for so many to begin, four in five of them here.
    per_us = 0.8 * spans / SPANS_PER_TRACE / (30 * _DAY_US)
    oldest = client.json(
        f"{place.console}/rows",
        {"entity": "trace", "columns": "id", "limit": 1, "sort": "start_time"},
    )["rows"][0]["start_time"]
    until = stamp(_us(oldest) + round(many / per_us))
    body = {"entity": "trace", "action": "delete", "slice": {"query": "", "to": until}}
    before, begun = cpu_s(live.pid), time.monotonic()
    job = client.json(f"{place.console}/bulk", body=body)
    answered = time.monotonic() - begun
    state: dict[str, Any] = {}
    while time.monotonic() - begun < _PATIENCE_S:
        state = client.json(f"/api/console/jobs/{job['job_id']}")
        if state["state"] not in {"waiting", "running"}:
            break
        time.sleep(0.25)
    row = _once("deletes", f"job: delete {state['done']:,} traces by a query", begun, before, live)
    row.first_ms = answered * 1000
    if state["state"] != "done":
        row.failed = f"{state}"
    print(f"  taken in after {answered * 1000:,.0f} ms", flush=True)
    _show(row)
    return row


def _gone(live: LiveServer, what: str, left: Callable[[], int], until: int) -> Measured:
    before, begun = cpu_s(live.pid), time.monotonic()
    while (now := left()) > until and time.monotonic() - begun < _PATIENCE_S:
        time.sleep(0.2)
    row = _once("deletes", what, begun, before, live)
    if now > until:
        row.failed = f"{now - until:,} are still there"
    _show(row)
    return row


def _once(group: str, what: str, begun: float, cpu_before: float, live: LiveServer) -> Measured:
    ms = (time.monotonic() - begun) * 1000
    cpu_ms = (cpu_s(live.pid) - cpu_before) * 1000
    return Measured(
        group=group, what=what, times=1, p50_ms=ms, p95_ms=ms, p99_ms=ms, first_ms=ms, cpu_ms=cpu_ms
    )


def _us(text: str) -> int:
    found = time_us_of(text)
    assert found is not None
    return found


@contextmanager
def copied(folder: Path) -> Iterator[Path]:
    """Copy a data folder that no server uses; what the engine never changes is linked."""
    copy = folder / "copy" / "data"
    shutil.rmtree(copy.parent, ignore_errors=True)

    def place(source: str, target: str) -> None:
        if source.endswith(_FIXED):
            os.link(source, target)
        else:
            shutil.copy2(source, target)

    shutil.copytree(folder / "data", copy, copy_function=place, symlinks=True)
    try:
        yield copy
    finally:
        shutil.rmtree(copy.parent, ignore_errors=True)


def _note(folder: Path) -> dict[str, str]:
    note = folder / _NOTE
    return dict(json.loads(note.read_text())) if note.exists() else {}


def _noted(folder: Path, name: str, id: str) -> dict[str, str]:
    known = {**_note(folder), name: id}
    (folder / _NOTE).write_text(json.dumps(known))
    return known


def _show(row: Measured) -> None:
    print(f"  {row.what:<60} {row.figure:>28}  cpu {row.cpu_ms:,.0f} ms, {row.times}x", flush=True)
