"""How many spans a second are acknowledged, by REST and by OTLP, and at what cost."""

import time
from collections.abc import Sequence
from urllib.parse import urlencode

from benchmarks import load
from benchmarks.common import Row, arguments, cpu_s, ms, report, server
from benchmarks.payloads import Spans, batches, now_us, otlp_body, request
from tests.live import LiveServer

REST = "/api/v1/private/spans/batch"
OTLP = "/api/v1/private/otel/v1/traces"
_PROJECT = "bench"


def rest_requests(count: int, batch: int, zipped: bool) -> Sequence[bytes]:
    """Return the requests of `count` spans."""
    spans = Spans(_PROJECT)
    until = now_us()
    stream = (data for _, data in spans.stream(count, until - 3_600_000_000, until))
    return [request(REST, body, zipped=zipped) for _, body in batches(stream, "spans", batch)]


def otlp_requests(count: int, batch: int) -> Sequence[bytes]:
    """Return the OTLP requests of `count` spans."""
    spans = Spans(_PROJECT)
    since = now_us() - 3_600_000_000
    content = "application/x-protobuf"
    return [
        request(OTLP, otlp_body(spans, batch, since + n * 1000), content=content)
        for n in range(0, count, batch)
    ]


def total(live: LiveServer, project: str) -> int:
    """Return how many spans a query finds."""
    query = urlencode({"project_name": project, "page": 1, "size": 1})
    answer = live.get(f"/api/v1/private/spans?{query}")
    return int(answer.json["total"]) if answer.status == 200 else 0


def visible(live: LiveServer, project: str, count: int) -> float:
    """Wait until a query finds `count` spans; return when that was."""
    until = time.monotonic() + 60
    while total(live, project) < count:
        if time.monotonic() > until:
            raise SystemExit(f"only {total(live, project)} of {count} spans became visible")
        time.sleep(0.01)
    return time.monotonic()


def main() -> None:
    args = arguments(__doc__ or "", spans=60_000, batch=100, connections=8)
    count = args.spans - args.spans % args.batch
    how = f"{count:,} spans of 2 kB, batches of {args.batch}, {args.connections} connections"
    rows: list[Row] = []
    for name, zipped in (("REST spans/batch", False), ("REST spans/batch, gzip", True)):
        with server() as live:
            _warm(live)
            before = cpu_s(live.pid)
            outcome = load.run(
                live.port,
                rest_requests,
                (count, args.batch, zipped),
                connections=args.connections,
            ).only(204)
            rows += _rows(name, outcome, count, cpu_s(live.pid) - before, how)
    with server() as live:
        _warm(live)
        before = cpu_s(live.pid)
        outcome = load.run(
            live.port, otlp_requests, (count, args.batch), connections=args.connections
        ).only(200)
        outcome.ended = visible(live, "Default Project", count)
        rows += _rows("OTLP protobuf, until visible", outcome, count, cpu_s(live.pid) - before, how)
    report("ingest", rows)


def _warm(live: LiveServer) -> None:
    """A first batch makes the project and loads what is loaded late."""
    load.run(live.port, rest_requests, (1000, 100, False), connections=2).only(204)


def _rows(name: str, outcome: load.Outcome, count: int, cpu: float, how: str) -> list[Row]:
    return [
        Row(name, f"{count / outcome.seconds:,.0f} spans/s", how),
        Row(f"{name}: answer", ms(outcome.latencies_s)),
        Row(f"{name}: server CPU", f"{cpu * 1e6 / count:,.0f} ms per 1,000 spans"),
    ]


if __name__ == "__main__":
    main()
