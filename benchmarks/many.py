"""How long people wait for everything that they may ask, among millions of spans.

    python -m benchmarks.many --spans 10000000 --data /var/tmp/ten
    python -m benchmarks.many --spans 10000000 --data /var/tmp/ten --only filters sorts

serves `DATA/data`, filled first (see `benchmarks.straight`) where there is none, and asks over
HTTP what the screens and Opik's client ask. Beside the wall it gives the processor seconds of the
server for each question, which say the same on a busy machine. What matters most goes into
RESULTS.md, all figures into `results/many-SPANS.json`, where `benchmarks.growth` finds them; with
`--only` the other groups stay as they were.

Without `--data` the folder goes away afterwards. `large` leaves its traces in it; `beside` and
`deletes` work on a copy of it.
"""

import argparse
import asyncio
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from benchmarks import many_reads, many_writes
from benchmarks.asking import Client, Measured, Question, measure
from benchmarks.common import ROOT, Row, end_when_told, folder, peak_mb, percentile, report, rss_mb
from benchmarks.straight import fill
from benchmarks.straight_sql import SPANS_PER_TRACE
from tests.live import LiveServer

RESULTS = ROOT / "benchmarks" / "results"
Reads = Callable[[Client, many_reads.Place], Iterator[Question]]
READS: dict[str, Reads] = {
    "goals": many_reads.goals,
    "filters": many_reads.filters,
    "filtered figures": many_reads.filtered_figures,
    "sorts": many_reads.sorts,
    "deep": many_reads.deep,
    "facets": many_reads.facets,
    "projects": many_reads.projects,
    "slices": many_reads.slices,
    "charts": many_reads.charts,
    "exports": many_reads.exports,
}
ON_A_COPY = ("beside", "deletes")
GROUPS = (*READS, "large", *ON_A_COPY)
TOLD_WHOLE = ("goals", "projects", "exports", "large", *ON_A_COPY)
_WORST = 6
# Longer than this in any row is said at the end.
_SLOW_MS = 1_000


class Group(msgspec.Struct, kw_only=True):
    """What a group of questions took, and how busy the machine was when it began."""

    load: float
    taken_s: float
    rss_mb: float
    rows: list[Measured]


class Run(msgspec.Struct, kw_only=True):
    """The figures of a store of a size."""

    spans: int
    groups: dict[str, Group] = {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=1_000_000)
    parser.add_argument("--data", type=Path, help="a folder that is kept, `data` in it")
    parser.add_argument("--only", nargs="+", choices=[g.replace(" ", "-") for g in GROUPS])
    parser.add_argument("--match", default="", help="ask only what has this in its name")
    parser.add_argument("--budget", type=float, default=2, help="seconds for each question")
    args = parser.parse_args()
    end_when_told()
    wanted = [g for g in GROUPS if args.only is None or g.replace(" ", "-") in args.only]
    run = read_run(args.spans)
    started_s, most = 0.0, 0.0
    with folder(args.data) as path:
        if not (path / "data").exists():
            asyncio.run(fill(path / "data", args.spans // SPANS_PER_TRACE))
        if on_folder := [name for name in wanted if name not in ON_A_COPY]:
            started_s, most = serve(path / "data", run, on_folder, args)
        if on_copy := [name for name in wanted if name in ON_A_COPY]:
            with many_writes.copied(path) as copy:
                serve(copy, run, on_copy, args)
    if not args.match:
        report(f"many, {args.spans:,} spans", lines(run, started_s, most))
    say_slow(run, wanted)


def serve(
    data: Path, run: "Run", wanted: Sequence[str], args: argparse.Namespace
) -> tuple[float, float]:
    """Ask the groups of questions; return the seconds that the start took, and the most MB."""
    live = LiveServer(data)
    started_s = live.start(300)
    print(f"started in {started_s:.1f} s, {rss_mb(live.pid):,.0f} MB", flush=True)
    try:
        client = Client(live)
        place = many_reads.place_of(client)
        for name in wanted:
            begun, load = time.monotonic(), os.getloadavg()[0]
            print(f"{name} (load {load:.1f})", flush=True)
            if name in READS:
                asked = READS[name](client, place)
                rows = ask_all(client, live, name, asked, args.match, args.budget)
            elif name == "large":
                rows = many_writes.large(client, live, data.parent, place)
            elif name == "beside":
                rows = many_writes.beside(client, live, place)
            else:
                rows = many_writes.deletes(client, live, place, args.spans)
            taken_s, rss = time.monotonic() - begun, rss_mb(live.pid)
            print(f"  ({name}: {taken_s:.0f} s, {rss:,.0f} MB)", flush=True)
            if rows and not args.match:
                run.groups[name] = Group(load=load, taken_s=taken_s, rss_mb=rss, rows=rows)
                write_run(run)
        return started_s, peak_mb(live.pid)
    finally:
        live.stop(300)


def ask_all(
    client: Client,
    live: LiveServer,
    group: str,
    questions: Iterator[Question],
    match: str,
    budget_s: float,
) -> list[Measured]:
    found = []
    for question in questions:
        if match not in question.what:
            continue
        row = measure(client, live.pid, group, question, budget_s=budget_s)
        show(row)
        found.append(row)
    return found


def show(row: Measured) -> None:
    rows = "" if row.found is None else f", {row.found} found"
    print(
        f"  {row.what:<60} {row.figure:>28}  cpu {row.cpu_ms:,.0f} ms, {row.times}x{rows}",
        flush=True,
    )


def path_of(spans: int) -> Path:
    return RESULTS / f"many-{spans}.json"


def read_run(spans: int) -> Run:
    """Return what was measured before at this size; nothing where nothing was."""
    path = path_of(spans)
    if not path.exists():
        return Run(spans=spans)
    return msgspec.json.decode(path.read_bytes(), type=Run)


def write_run(run: Run) -> None:
    RESULTS.mkdir(exist_ok=True)
    run.groups = {name: run.groups[name] for name in GROUPS if name in run.groups}
    data = msgspec.json.format(msgspec.json.encode(run), indent=1)
    path_of(run.spans).write_bytes(data + b"\n")


def lines(run: Run, started_s: float, most_mb: float) -> list[Row]:
    """Return the table of a run: all of the groups that are told whole, the worst of others."""
    found = []
    if started_s:
        found = [
            Row("start on this store", f"{started_s:.2f} s", "until the first answer"),
            Row("most memory ever", f"{most_mb:,.0f} MB", "resident, in the last run"),
        ]
    for name, group in run.groups.items():
        how = f"{len(group.rows)} questions, load before {group.load:.1f}"
        if name in TOLD_WHOLE:
            found.append(Row(f"**{name}**", "p50 / p95 / p99", how))
            found += [_line(row) for row in group.rows]
            continue
        answered = [row for row in group.rows if row.times]
        if not answered:
            continue
        middle = percentile([row.p50_ms for row in answered], 0.5)
        cpu = percentile([row.cpu_ms for row in answered], 0.5)
        found.append(Row(f"**{name}**", f"{middle:,.0f} ms, CPU {cpu:,.0f} ms", f"median of {how}"))
        worst = sorted(group.rows, key=lambda row: (not row.failed, -row.cpu_ms))
        found += [_line(row) for row in worst[:_WORST]]
    return found


def _line(row: Measured) -> Row:
    how = f"CPU {row.cpu_ms:,.0f} ms, {row.times} times" if row.times else ""
    return Row(row.what.replace("|", "/"), row.figure.replace("|", "/"), how)


def say_slow(run: Run, wanted: Sequence[str]) -> None:
    every = [row for name in wanted if name in run.groups for row in run.groups[name].rows]
    slow = [row for row in every if row.failed or row.p50_ms > _SLOW_MS]
    print(f"\nover {_SLOW_MS} ms, or failed:")
    for row in sorted(slow, key=lambda row: -row.p50_ms):
        print(f"  {row.group}: {row.what}: {row.figure}, CPU {row.cpu_ms:,.0f} ms")


if __name__ == "__main__":
    main()
