"""What `doctor` finds of the machine: disk, port, memory, open files."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

# Room for a day of lively traffic, and for the merges of the engine.
_LOW_DISK, _NO_DISK = 5 << 30, 500 << 20
# Parts and connections each take descriptors; a busy engine holds some thousands.
_FEW_FILES, _TOO_FEW_FILES = 8192, 1024
# The program itself, beside the engine's cap.
_OWN_MEMORY = 300 << 20


class Finding(NamedTuple):
    level: Literal["ok", "warning", "problem"]
    subject: str
    text: str
    mend: str = ""


def disk(settings: Any, running: Any) -> Iterator[Finding]:
    from sightline.cli._archive import free_bytes

    folder = Path(settings.server.data).resolve()
    free = free_bytes(folder)
    used = (
        sum(p.lstat().st_size for p in folder.rglob("*") if p.is_file()) if folder.exists() else 0
    )
    text = f"{_size(free)} free, the data takes {_size(used)}"
    if free < _NO_DISK:
        yield Finding("problem", "disk", text, "Writes fail when it is full: make room now")
    elif free < _LOW_DISK:
        yield Finding("warning", "disk", text, "Make room, or move the data folder")
    else:
        yield Finding("ok", "disk", text)


def address(settings: Any, running: Any) -> Iterator[Finding]:
    from sightline.cli._sockets import is_free, owner

    host, port = settings.server.host, settings.server.port
    if running is not None and running.url and running.url.endswith(f":{port}"):
        yield Finding("ok", "address", f"{host}:{port}, taken by this server")
    elif port == 0 or is_free(host, port):
        yield Finding("ok", "address", f"{host}:{port} is free")
    else:
        who = owner(port) or "another process"
        yield Finding(
            "problem",
            "address",
            f"{host}:{port} is taken by {who}",
            "Stop it, or serve with another --port",
        )


def memory(settings: Any, running: Any) -> Iterator[Finding]:
    if not settings.analytics_dsn.startswith("chdb:"):
        return
    from sightline.stores.analytics.clients import default_memory_bytes

    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = min(machine, _container_limit() or machine)
    cap = settings.analytics.max_memory_bytes or default_memory_bytes()
    text = f"the engine may take {_size(cap)} of {_size(limit)}"
    if cap + _OWN_MEMORY > limit:
        want = max(limit // 2, 256 << 20)
        yield Finding(
            "problem",
            "memory",
            f"{text}: the system will end the process before the cap works",
            f"SIGHTLINE_ANALYTICS__MAX_MEMORY_BYTES={want}",
        )
    else:
        yield Finding("ok", "memory", text)


def files(settings: Any, running: Any) -> Iterator[Finding]:
    import resource

    # The server raises what it is given to what it may have.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY:
        yield Finding("ok", "open files", "a process may have any number open")
    elif most < _FEW_FILES:
        yield Finding(
            "problem" if most < _TOO_FEW_FILES else "warning",
            "open files",
            f"a process may have {most:,} open, and half of them may be connections",
            "Raise the hard limit: ulimit -Hn 65536 as root, LimitNOFILE= of the service, or "
            "nofile of the container",
        )
    else:
        yield Finding("ok", "open files", f"a process may have {most:,} open")


def _container_limit() -> int | None:
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            return int(Path(path).read_text())
        except (OSError, ValueError):
            continue
    return None


def _size(n: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if n < 1000:
            return f"{n:,.1f} {unit}" if unit == "GB" else f"{n:,.0f} {unit}"
        n /= 1000
    return f"{n:,.1f} TB"
