"""A steady stream of spans for an hour: whether parts, disk and memory stay within bounds.

    python -m benchmarks.steady --rate 5000 --minutes 60 [--data /var/tmp/steady]

Batches of 100 spans of 2 kB come on 8 connections when their time has come, with the traces they
belong to. Every minute a line says what the server holds and how long answers took, counted from
when a batch was due: a server that falls behind shows in it. Without `--data` the store is empty at
first and goes away afterwards.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.common import Row, end_when_told, folder, percentile, report
from benchmarks.pace import Load, Pace, said
from benchmarks.straight import PROJECT
from benchmarks.watching import Look, look
from tests.live import LiveServer

_HEAD = (
    "min    spans/s  p50 ms  p99 ms  most ms  behind s   RSS MB  CPU %  parts  most  old  files  "
    "disk MB  other answers"
)


class Minute(NamedTuple):
    number: int
    seconds: float
    pace: Pace
    seen: Look
    cpu_share: float

    @property
    def rate(self) -> float:
        return self.pace.spans / self.seconds

    def ms(self, share: float) -> float:
        return percentile(self.pace.latencies_s or [0], share) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=5_000, help="spans a second")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--every", type=float, default=60, help="seconds between two lines")
    parser.add_argument("--data", type=Path, help="a folder that is kept, `data` in it")
    args = parser.parse_args()
    end_when_told()
    with folder(args.data) as path:
        live = LiveServer(path / "data")
        live.start(300)
        try:
            minutes = list(watch(live, args.rate, args.minutes * 60, args.every))
        finally:
            live.stop(300)
    report(f"steady, {args.rate:,} spans a second for {args.minutes:g} minutes", rows(minutes))


def watch(live: LiveServer, rate: float, seconds: float, every_s: float) -> Iterator[Minute]:
    """Load the server, and yield what a look at it every so often finds."""
    load = Load(live.port, rate, project=PROJECT)
    load.look()
    begun = last = time.monotonic()
    before = look(live.pid, live.data)
    print(_HEAD, flush=True)
    number = 0
    while time.monotonic() - begun < seconds:
        time.sleep(max(0, min(last + every_s, begun + seconds) - time.monotonic()))
        now, pace, seen = time.monotonic(), load.look(), look(live.pid, live.data)
        number += 1
        share = (seen.cpu_s - before.cpu_s) / (now - last)
        minute = Minute(number, now - last, pace, seen, share)
        print(line(minute), flush=True)
        yield minute
        before, last = seen, now
    load.stop()


def line(minute: Minute) -> str:
    seen = minute.seen
    pace = f"{minute.number:>3} {minute.rate:>10,.0f} " + " ".join(
        f"{minute.ms(share):>7,.0f}" for share in (0.5, 0.99, 1)
    )
    return (
        f"{pace}  {minute.pace.behind_s:>8.1f} {seen.rss_mb:>8,.0f} {minute.cpu_share:>6.0%} "
        f"{seen.parts:>6} {seen.most_parts:>5} {seen.old_parts:>4} {seen.files:>6} "
        f"{seen.disk_mb:>8,.0f}  {said(minute.pace.statuses)}"
    )


def rows(minutes: Sequence[Minute]) -> list[Row]:
    """Sum up: what holds at the end against what held after the first tenth."""
    first, last = minutes[len(minutes) // 10], minutes[-1]
    spans = sum(minute.pace.spans for minute in minutes)
    seconds = sum(minute.seconds for minute in minutes)
    every = [s for minute in minutes for s in minute.pace.latencies_s]
    statuses: dict[int, int] = {}
    for minute in minutes:
        for status, count in minute.pace.statuses.items():
            statuses[status] = statuses.get(status, 0) + count

    def both(name: str, form: str = ",.0f") -> str:
        most = max(getattr(minute.seen, name) for minute in minutes)
        early, late = getattr(first.seen, name), getattr(last.seen, name)
        return f"{early:{form}} early, {late:{form}} at the end, {most:{form}} at most"

    p50, p99, most = (percentile(every, share) * 1000 for share in (0.5, 0.99, 1))
    cpu = sum(minute.cpu_share * minute.seconds for minute in minutes)
    return [
        Row("acknowledged", f"{spans / seconds:,.0f} spans/s, {spans:,} in all"),
        Row("answers", f"{p50:,.0f} / {p99:,.0f} / {most:,.0f} ms (p50 / p99 / most)", "from due"),
        Row("answers that refused", said(statuses)),
        Row("the longest that a batch waited", f"{max(m.pace.behind_s for m in minutes):.1f} s"),
        Row("server CPU", f"{cpu / seconds:.0%} of a core, {cpu / spans * 1e6:,.0f} ms per 1,000"),
        Row("memory, MB", both("rss_mb"), "resident"),
        Row("parts", both("parts"), "of all tables, that hold rows"),
        Row("parts of one table", both("most_parts")),
        Row("parts replaced", both("old_parts"), "that go some minutes later"),
        Row("open files", both("files")),
        Row("threads", both("threads")),
        Row("disk, MB", both("disk_mb")),
        Row("disk a span", f"{last.seen.disk_mb * 1e6 / max(1, spans):,.0f} B", "all of it"),
    ]


if __name__ == "__main__":
    main()
