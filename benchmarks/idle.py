"""Idling: whether memory, files, threads, parts or processor time grow while little happens.

    python -m benchmarks.idle --minutes 30

What a day of little use brings is asked for as fast as 75 to 1: `/health` and `/metrics`, which
are scraped every 15 s, each 0.2 s; an open page that listens to the live stream and reads its
table again; and a trace each second. A line every so often says what the server holds; at the end
stands the growth an hour, measured from the second quarter on, when caches are warm.
"""

import argparse
import contextlib
import http.client
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from benchmarks.asking import Client
from benchmarks.common import Row, end_when_told, report, server
from benchmarks.payloads import Spans, now_us
from benchmarks.watching import Look, look
from tests.live import LiveServer

_PROJECT = "bench"
_SCRAPE_S = 0.2
_TRACE_S = 1.0
_READ_S = 2.0
_FIELDS = ("rss_mb", "files", "threads", "parts", "old_parts", "disk_mb")


class Seen(NamedTuple):
    at_s: float
    look: Look
    cpu_share: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--every", type=float, default=15, help="seconds between two lines")
    args = parser.parse_args()
    end_when_told()
    with server() as live:
        seen = list(watch(live, args.minutes * 60, args.every))
    report(f"idle for {args.minutes:g} minutes", rows(seen))


def watch(live: LiveServer, seconds: float, every_s: float) -> Iterator[Seen]:
    """Ask a little all the time, and yield what a look every so often finds."""
    asking = _Asking(live)
    print("   at s  RSS MB  CPU %  files  threads  parts  old  disk MB  asked  failed", flush=True)
    with asking:
        begun = last = time.monotonic()
        before = look(live.pid, live.data)
        while time.monotonic() - begun < seconds:
            time.sleep(max(0, min(last + every_s, begun + seconds) - time.monotonic()))
            now, found = time.monotonic(), look(live.pid, live.data)
            share = (found.cpu_s - before.cpu_s) / (now - last)
            print(
                f"{now - begun:>7,.0f} {found.rss_mb:>7,.1f} {share:>6.1%} {found.files:>6} "
                f"{found.threads:>8} {found.parts:>6} {found.old_parts:>4} {found.disk_mb:>8,.1f} "
                f"{asking.asked:>6,} {asking.failed:>7}",
                flush=True,
            )
            yield Seen(now - begun, found, share)
            before, last = found, now


class _Asking:
    """Threads that ask, each its own thing, until the block ends."""

    def __init__(self, live: LiveServer) -> None:
        self._live = live
        self._over = threading.Event()
        self.asked = self.failed = 0
        self._spans = Spans(_PROJECT, pool=200)
        self._threads = [
            threading.Thread(target=run, daemon=True)
            for run in (
                lambda: self._each(_SCRAPE_S, self._scrape),
                lambda: self._each(_TRACE_S, self._trace),
                lambda: self._each(_READ_S, self._page),
                self._listen,
            )
        ]

    def __enter__(self) -> "_Asking":
        self._send_trace(Client(self._live))
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(20)

    def _each(self, every_s: float, ask: Callable[[Client], None]) -> None:
        client = Client(self._live)
        while not self._over.wait(every_s):
            try:
                ask(client)
                self.asked += 1
            except (OSError, http.client.HTTPException, SystemExit):
                self.failed += 1
                client.close()

    def _scrape(self, client: Client) -> None:
        client.json("/health")
        if client.ask("/metrics").status != 200:
            raise SystemExit

    def _trace(self, client: Client) -> None:
        self._send_trace(client)

    def _send_trace(self, client: Client) -> None:
        us = now_us()
        id, trace = self._spans.trace(us)
        client.json("/api/v1/private/traces/batch", body=b'{"traces":[%s]}' % trace)
        spans = [self._spans.span(id, None, us + n)[1] for n in range(3)]
        client.json("/api/v1/private/spans/batch", body=b'{"spans":[%s]}' % b",".join(spans))

    def _page(self, client: Client) -> None:
        path = f"/api/console/projects/{self._project(client)}"
        client.json(f"{path}/rows", {"entity": "trace", "columns": "id,name,duration"})
        client.json(f"{path}/summary", {"entity": "trace"})

    def _project(self, client: Client) -> str:
        page = client.json("/api/v1/private/projects", {"name": _PROJECT})
        return str(page["content"][0]["id"])

    def _listen(self) -> None:
        project = self._project(Client(self._live))
        while not self._over.is_set():
            connection = http.client.HTTPConnection(self._live.host, self._live.port, timeout=30)
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection.request("GET", f"/api/console/projects/{project}/live")
                answer = connection.getresponse()
                while not self._over.is_set() and answer.read1(4096):
                    pass
            connection.close()


def rows(seen: Sequence[Seen]) -> list[Row]:
    """Say the growth an hour by a straight line through all but the first quarter."""
    warm = seen[len(seen) // 4 :]
    found = []
    for name in _FIELDS:
        values = [float(getattr(s.look, name)) for s in warm]
        growth = slope([s.at_s for s in warm], values) * 3600
        figure = f"{values[0]:,.1f} to {values[-1]:,.1f}, {max(values):,.1f} at most"
        found.append(Row(name.replace("_", " "), figure, f"{growth:+,.1f} an hour"))
    shares = [s.cpu_share for s in warm]
    growth = slope([s.at_s for s in warm], shares) * 3600
    figure = f"{sum(shares) / len(shares):.1%} of a core, {max(shares):.1%} at most"
    return [*found, Row("CPU", figure, f"{growth:+.1%} an hour")]


def slope(times: Sequence[float], values: Sequence[float]) -> float:
    """Return how much the values grow in a second, by least squares."""
    n = len(times)
    if n < 2:
        return 0.0
    middle, mean = sum(times) / n, sum(values) / n
    spread = sum((t - middle) ** 2 for t in times)
    return sum((t - middle) * (v - mean) for t, v in zip(times, values, strict=True)) / spread


if __name__ == "__main__":
    main()
