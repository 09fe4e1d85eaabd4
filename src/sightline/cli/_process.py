"""What `doctor` finds of the process that serves: stopped, short of memory, short of files."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sightline.cli._machine import Finding, shown_size

_NEARLY = 0.9
_STATES = {"T": "stopped by a signal", "t": "held by a debugger", "D": "waiting for its disk"}
_MENDS = {
    "T": "kill -CONT {pid}",
    "t": "Let the debugger go on, or end it",
    "D": "Look after the disk: dmesg says what is wrong",
}
_ANY_OTHER = (
    "Its log says why; SIGTERM makes it finish what it accepted and end, SIGKILL loses nothing "
    "that was acknowledged"
)


def health_mend(pid: int | None) -> tuple[str, str]:
    """Return why a process may not answer, as far as the system knows, and what to do."""
    state = _status(pid).get("State", "")[:1]
    return _STATES.get(state, ""), _MENDS.get(state, _ANY_OTHER).format(pid=pid)


def process(settings: Any, running: Any) -> Iterator[Finding]:
    """Compare what the process has with what it may have."""
    if running is None or running.pid is None:
        return
    status = _status(running.pid)
    taken = int(status.get("VmRSS", "0 kB").split()[0]) * 1024
    limit = settings.memory_bytes
    if taken > limit * _NEARLY:
        yield Finding(
            "problem",
            "memory",
            f"{running} takes {shown_size(taken)} of {shown_size(limit)}: soon it refuses large "
            "bodies and queries, or the system ends it",
            "Give it more (server.max_memory_bytes, the container's limit), or send smaller bodies",
        )
    have, may = _files(running.pid)
    if may and have > may * _NEARLY:
        yield Finding(
            "problem",
            "open files",
            f"{running} has {have:,} of {may:,} open: new connections are refused",
            "Raise the limit (LimitNOFILE=, ulimit -Hn) and start it again; look who holds "
            "connections: ss -tn",
        )


def _status(pid: int | None) -> dict[str, str]:
    found: dict[str, str] = {}
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            found[name] = value.strip()
    return found


def _files(pid: int) -> tuple[int, int]:
    with contextlib.suppress(OSError):
        limits = Path(f"/proc/{pid}/limits").read_text()
        most = re.search(r"Max open files\s+(\d+)", limits)
        return len(list(Path(f"/proc/{pid}/fd").iterdir())), int(most[1]) if most else 0
    return 0, 0
