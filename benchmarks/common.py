"""What every benchmark needs: a real server, figures from /proc, percentiles, the results file."""

import argparse
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.live import LiveServer

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
# Of others: taken before this run adds to it.
_LOAD_BEFORE = os.getloadavg()[0]


class Row(NamedTuple):
    """One figure: what was measured, the number in words, and how."""

    what: str
    figure: str
    how: str = ""


@contextmanager
def server(env: Mapping[str, str] | None = None) -> Iterator[LiveServer]:
    """Serve an empty data folder on a free port, and remove the folder afterwards."""
    with tempfile.TemporaryDirectory(prefix="sightline-bench-") as folder:
        live = LiveServer(Path(folder) / "data", env=env)
        live.start()
        try:
            yield live
        finally:
            live.stop(120)


@contextmanager
def folder(kept: Path | None) -> Iterator[Path]:
    """Give the folder to work in, made if need be: the one named, or one that goes away."""
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="sightline-bench-") as made:
        yield Path(made)


def end_when_told() -> None:
    """Let SIGTERM end this process as an error does: what it started is stopped on the way."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))


def cpu_s(pid: int) -> float:
    """Return the processor seconds that the process has used, threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def rss_mb(pid: int) -> float:
    """Return the megabytes of memory that the process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE / 1e6


def peak_mb(pid: int) -> float:
    """Return the most that it ever held."""
    match = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(match[1]) * 1024 / 1e6 if match else 0.0


def folder_bytes(path: Path) -> int:
    """Return the bytes that the folder takes on disk; a file with two names counts once."""
    seen: dict[int, int] = {}
    # Merges take folders away while this walks; `os.walk` passes over those.
    for folder, _, names in os.walk(path):
        for name in names:
            try:
                stat = Path(folder, name).lstat()
            except FileNotFoundError:
                continue
            seen[stat.st_ino] = stat.st_blocks * 512
    return sum(seen.values())


def settle(path: Path, pid: int, longest_s: float = 60) -> None:
    """Wait until merges have ended: no processor time used and no change on disk for 2 s."""
    until = time.monotonic() + longest_s
    before = (-1, -1.0)
    while time.monotonic() < until:
        now = (folder_bytes(path), cpu_s(pid))
        if now[0] == before[0] and now[1] - before[1] < 0.1:
            return
        before = now
        time.sleep(2)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def ms(values: Sequence[float]) -> str:
    """Return median, 95th and 99th percentile in words."""
    found = [percentile(values, share) * 1000 for share in (0.5, 0.95, 0.99)]
    return " / ".join(f"{value:,.1f}" for value in found) + " ms (p50 / p95 / p99)"


def header() -> str:
    """Return what was measured on: machine, versions, commit, and how busy it was before."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    kernel = ".".join(platform.release().split(".")[:2])
    memory = _PAGE * os.sysconf("SC_PHYS_PAGES") / 1e9
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return (
        f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC · {os.cpu_count()} x {cpu} · "
        f"{memory:.0f} GB · {platform.system()} {kernel} · "
        f"Python {platform.python_version()} · commit {commit or 'none'} · "
        f"load before {_LOAD_BEFORE:.1f}"
    )


def report(name: str, rows: Sequence[Row], below: str = "") -> None:
    """Print the rows, and put them in the place of the section `name` in RESULTS.md.

    `below` is Markdown that stands under the table.
    """
    head = header()
    print(f"\n{name}: {head}")
    width = max(len(row.what) for row in rows)
    for row in rows:
        print(f"  {row.what:<{width}}  {row.figure}{'   ' + row.how if row.how else ''}")
    lines = [f"## {name}", "", head, "", "| what | figure | how |", "|---|---|---|"]
    lines += [f"| {row.what} | {row.figure} | {row.how} |" for row in rows]
    _replace(name, "\n".join(lines) + "\n" + (f"\n{below.strip()}\n" if below else ""))


def _replace(name: str, section: str) -> None:
    text = RESULTS.read_text() if RESULTS.exists() else "# Results\n\nWritten by `make bench`.\n"
    intro, *sections = re.split(r"(?m)^(?=## )", text)
    kept = {part.splitlines()[0][3:]: part for part in sections}
    kept[name] = section
    RESULTS.write_text("\n".join(part.strip() + "\n" for part in [intro, *kept.values()]))


def arguments(about: str, **defaults: int) -> argparse.Namespace:
    """Read the sizes of a run from the command line: `--spans 100000`."""
    parser = argparse.ArgumentParser(description=about)
    for name, value in defaults.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=value)
    return parser.parse_args(sys.argv[1:])
