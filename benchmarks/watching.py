"""A process seen from outside: memory, processor, files, threads, and the parts of its tables."""

import os
from pathlib import Path
from typing import NamedTuple

from benchmarks.common import cpu_s, folder_bytes, rss_mb

_MB = 1e6


class Look(NamedTuple):
    """What a server uses at a moment; `parts` are folders of the engine's tables on disk.

    Parts that merges have replaced stay for some minutes: they count in `old_parts`.
    """

    rss_mb: float
    cpu_s: float
    files: int
    threads: int
    parts: int
    most_parts: int
    old_parts: int
    disk_mb: float


def look(pid: int, data: Path) -> Look:
    """Look at the process `pid` that serves the data folder."""
    live, old, most = _parts(data / "analytics")
    return Look(
        rss_mb=rss_mb(pid),
        cpu_s=cpu_s(pid),
        files=len(os.listdir(f"/proc/{pid}/fd")),
        threads=len(os.listdir(f"/proc/{pid}/task")),
        parts=live,
        most_parts=most,
        old_parts=old,
        disk_mb=folder_bytes(data) / _MB,
    )


def _parts(folder: Path) -> tuple[int, int, int]:
    """Count parts: those that hold rows, those that another covers, and the most of one table.

    A part is a folder `<partition>_<first block>_<last block>_<level>[_<mutation>]`.
    """
    live = old = most = 0
    for table in _tables(folder):
        spans = []
        for name in _names(table):
            pieces = name.split("_")
            if len(pieces) in (4, 5) and all(piece.isdigit() for piece in pieces[1:]):
                first, last, level, *change = (int(piece) for piece in pieces[1:])
                spans.append((pieces[0], first, last, level, change[0] if change else 0))
        here = sum(not any(_covers(b, a) for b in spans if b is not a) for a in spans)
        live, old, most = live + here, old + len(spans) - here, max(most, here)
    return live, old, most


def _covers(outer: tuple[str, int, int, int, int], inner: tuple[str, int, int, int, int]) -> bool:
    is_around = outer[0] == inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2]
    return is_around and outer[3:] > inner[3:]


def _tables(folder: Path) -> list[Path]:
    """Return the folders that have parts, wherever the engine keeps them."""
    return [Path(at) for at, names, _ in os.walk(folder) if "detached" in names]


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []
