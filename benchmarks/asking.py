"""Asking a server questions over HTTP as a browser does, and what each took: wall and processor."""

import gzip
import http.client
import json
import time
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec

from benchmarks.common import cpu_s, percentile
from tests.live import LiveServer

LONGEST_S = 130
_FIRST_BYTES = 1024


class Question(NamedTuple):
    """A request, and what it is called. `is_cut`: only the first bytes are waited for.

    `kinds` are more paths of the same question, asked in turn (another trace's id each time).
    """

    what: str
    path: str
    params: Mapping[str, object] = {}
    body: Any = None
    is_cut: bool = False
    kinds: tuple[str, ...] = ()


class Answer(NamedTuple):
    status: int
    body: bytes
    seconds: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Measured(msgspec.Struct, kw_only=True):
    """What a question took, in ms; `cpu_ms` of the whole server for each time it was asked.

    `first_ms` is the first time, which is not among the others; `found` how many rows an answer
    had, None where it has none.
    """

    group: str
    what: str
    times: int = 0
    p50_ms: float = 0
    p95_ms: float = 0
    p99_ms: float = 0
    first_ms: float = 0
    cpu_ms: float = 0
    found: int | None = None
    failed: str = ""

    @property
    def figure(self) -> str:
        if self.failed:
            return f"failed: {self.failed}"
        return f"{self.p50_ms:,.1f} / {self.p95_ms:,.1f} / {self.p99_ms:,.1f} ms"


class Client:
    """One connection that is kept, as a browser or an SDK keeps one."""

    def __init__(self, live: LiveServer) -> None:
        self._live = live
        self._connection = self._new()

    def _new(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._live.host, self._live.port, timeout=LONGEST_S)

    def ask(
        self, path: str, params: Mapping[str, object] | None = None, body: Any = None
    ) -> Answer:
        """GET, or POST where there is a body; the answer is unpacked after the clock stopped."""
        begun = time.monotonic()
        answer = self._send(path, params or {}, body)
        data = answer.read()
        seconds = time.monotonic() - begun
        if answer.getheader("Content-Encoding") == "gzip":
            data = gzip.decompress(data)
        return Answer(answer.status, data, seconds)

    def begin(self, path: str, params: Mapping[str, object]) -> Answer:
        """GET the first bytes of an answer, and hang up."""
        begun = time.monotonic()
        answer = self._send(path, params, None)
        data = answer.read(_FIRST_BYTES)
        seconds = time.monotonic() - begun
        self.close()
        return Answer(answer.status, data, seconds)

    def json(self, path: str, params: Mapping[str, object] | None = None, body: Any = None) -> Any:
        """Ask for what the benchmark itself needs to know."""
        answer = self.ask(path, params, body)
        if answer.status >= 300:
            raise SystemExit(f"{path}: {answer.status} {answer.body[:300]!r}")
        return answer.json if answer.body else None

    def close(self) -> None:
        self._connection.close()
        self._connection = self._new()

    def _send(self, path: str, params: Mapping[str, object], body: Any) -> http.client.HTTPResponse:
        text = urlencode({k: v for k, v in params.items() if v is not None})
        url = f"{path}?{text}" if text else path
        headers = {"Accept-Encoding": "gzip"}
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        method = "GET" if body is None else "POST"
        try:
            self._connection.request(method, url, data, headers)
            return self._connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # The server let an idle connection go.
            self.close()
            self._connection.request(method, url, data, headers)
            return self._connection.getresponse()


def measure(
    client: Client,
    pid: int,
    group: str,
    question: Question,
    *,
    most: int = 30,
    budget_s: float = 3,
) -> Measured:
    """Ask once for the caches, then as often as `budget_s` lasts, twice at least unless it is slow.

    What takes five times the budget at first is not asked again: that time stands for all.
    """
    row = Measured(group=group, what=question.what)
    paths = question.kinds or (question.path,)
    taken: list[float] = []
    before = cpu_s(pid)
    begun = time.monotonic()
    for n in range(most + 1):
        path = paths[n % len(paths)]
        try:
            if question.is_cut:
                answer = client.begin(path, question.params)
            else:
                answer = client.ask(path, question.params, question.body)
        except (OSError, http.client.HTTPException) as error:
            client.close()
            row.failed = f"{type(error).__name__} after {time.monotonic() - begun:.0f} s"
            return row
        if answer.status >= 300:
            row.failed = f"{answer.status} {answer.body[:200].decode('utf-8', 'replace')}"
            row.first_ms = answer.seconds * 1000
            return row
        if n == 0:
            row.first_ms = answer.seconds * 1000
            row.found = _found(answer.body) if not question.is_cut else None
            if answer.seconds > 5 * budget_s:
                taken.append(answer.seconds)
                break
            before, begun = cpu_s(pid), time.monotonic()
            continue
        taken.append(answer.seconds)
        spent = time.monotonic() - begun
        if spent > budget_s and (n >= 2 or spent > 3 * budget_s):
            break
    row.times = len(taken)
    row.cpu_ms = (cpu_s(pid) - before) / len(taken) * 1000
    row.p50_ms, row.p95_ms, row.p99_ms = (
        percentile(taken, share) * 1000 for share in (0.5, 0.95, 0.99)
    )
    return row


def _found(body: bytes) -> int | None:
    """Return how many rows an answer has: what tells a question from one that finds nothing."""
    if not body.startswith(b"{") or len(body) > 50_000_000:
        return None
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    for name in ("rows", "content", "results", "series", "facets", "buckets", "stats", "values"):
        if isinstance(answer.get(name), list):
            return len(answer[name])
    spans = answer.get("spans")
    if isinstance(spans, dict):
        return int(spans.get("count", 0))
    count = answer.get("count")
    return int(count) if isinstance(count, int) else None
