"""How long a reader waits: first page, one trace, a large tree, statistics, among many spans."""

import itertools
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from benchmarks import load
from benchmarks.common import Row, arguments, ms, peak_mb, report, rss_mb, server, settle
from benchmarks.ingest import REST
from benchmarks.payloads import SPANS_PER_TRACE, Spans, batches, new_id, now_us, request
from tests.live import LiveServer

TRACES = "/api/v1/private/traces/batch"
_PROJECT = "bench"
_TREE = 10_000
_AT_ONCE = 100_000
_TIMES = 40
_DAYS_US = 7 * 86_400_000_000


def requests(count: int, part: int, since_us: int, until_us: int) -> Sequence[bytes]:
    """Return requests of `count` spans and of the traces they belong to."""
    spans = Spans(_PROJECT, seed=part)
    ids: dict[str, None] = {}
    bodies: list[bytes] = []

    def stream() -> itertools.chain[bytes]:
        found = []
        for trace, data in spans.stream(count, since_us, until_us):
            ids.setdefault(trace)
            found.append(data)
        return itertools.chain(found)

    bodies += [request(REST, body) for _, body in batches(iter(stream()), "spans", 500)]
    step = (until_us - since_us) // max(1, len(ids))
    traces = (spans.trace(since_us + n * step, id)[1] for n, id in enumerate(ids))
    return bodies + [request(TRACES, body) for _, body in batches(traces, "traces", 500)]


def tree_requests(trace: str, count: int, since_us: int) -> Sequence[bytes]:
    """Return requests of one trace with `count` spans below each other."""
    spans = Spans(_PROJECT, seed=99)
    parents: list[str] = []
    items = []
    for n in range(count):
        parent = spans.rng.choice(parents[-400:]) if parents else None
        id, data = spans.span(trace, parent, since_us + n * 1000)
        parents.append(id)
        items.append(data)
    bodies = [request(REST, body) for _, body in batches(iter(items), "spans", 500)]
    one = spans.trace(since_us, trace)[1]
    return [*bodies, request(TRACES, b'{"traces":[%s]}' % one)]


def main() -> None:
    args = arguments(__doc__ or "", spans=1_000_000)
    with server() as live:
        big = fill(live, args.spans)
        rows = [
            Row("memory after loading", f"{rss_mb(live.pid):,.0f} MB", "resident, merges ended"),
            Row("most memory ever", f"{peak_mb(live.pid):,.0f} MB"),
        ]
        rows += [Row(what, figure, how) for what, figure, how in measure(live, big)]
    report(f"query, {args.spans:,} spans", rows)


def fill(live: LiveServer, count: int) -> str:
    """Load the spans and one large trace; return that trace's id."""
    until = now_us()
    since = until - _DAYS_US
    parts = range(0, count, _AT_ONCE)
    for part, first in enumerate(parts):
        size = min(_AT_ONCE, count - first)
        span = (until - since) // len(parts)
        begun = since + part * span
        load.run(live.port, requests, (size, part, begun, begun + span)).only(204)
        print(f"  loaded {first + size:,} spans", flush=True)
    start = until - 3_600_000_000
    big = new_id(start, Spans(_PROJECT, pool=1).rng)
    load.run(live.port, tree_requests, (big, _TREE, start), connections=4).only(204)
    settle(live.data, live.pid, 180)
    return big


def measure(live: LiveServer, big: str) -> list[tuple[str, str, str]]:
    """Time the questions that people ask most."""
    page = get(live, "traces", page=1, size=25)
    some = [t["id"] for t in page["content"]]
    ids = itertools.cycle(some)
    return [
        _timed("first page of traces", lambda: get(live, "traces", page=1, size=25)),
        _timed("first page of spans", lambda: get(live, "spans", page=1, size=25)),
        _timed("page 200 of traces", lambda: get(live, "traces", page=200, size=25)),
        _timed("one trace", lambda: get(live, f"traces/{next(ids)}", plain=True)),
        _timed(
            f"tree of a trace, {SPANS_PER_TRACE} spans",
            lambda: tree(live, next(ids)),
        ),
        _timed(f"tree of a trace, {_TREE:,} spans", lambda: tree(live, big), times=8),
        _timed("statistics of traces", lambda: get(live, "traces/stats"), times=12),
        _timed("statistics of spans", lambda: get(live, "spans/stats"), times=12),
    ]


def tree(live: LiveServer, trace: str) -> int:
    """Read all spans of a trace, without their payloads."""
    body = {"project_name": _PROJECT, "trace_id": trace, "limit": 20_000}
    body["exclude"] = ["input", "output", "metadata"]
    answer = live.post("/api/v1/private/spans/search", body)
    assert answer.status == 200, answer
    return len(answer.lines)


def get(live: LiveServer, path: str, *, plain: bool = False, **query: object) -> dict:  # type: ignore[type-arg]
    """Ask for a path of the project and return its JSON."""
    text = "" if plain else "?" + urlencode({"project_name": _PROJECT, **query})
    answer = live.get(f"/api/v1/private/{path}{text}")
    assert answer.status == 200, answer
    return dict(answer.json)


def _timed(what: str, ask: Callable[[], object], times: int = _TIMES) -> tuple[str, str, str]:
    ask()
    taken = []
    for _ in range(times):
        begun = time.monotonic()
        ask()
        taken.append(time.monotonic() - begun)
    return what, ms(taken), f"{times} times, each on a new connection"


if __name__ == "__main__":
    main()
