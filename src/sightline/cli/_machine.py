"""What `doctor` finds of the machine: disk, port, memory, open files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

# Room for a day of lively traffic, and for the merges of the engine.
_LOW_DISK = 5 << 30
# Parts and connections each take descriptors; a busy engine holds some thousands.
_FEW_FILES, _TOO_FEW_FILES = 8192, 1024


class Finding(NamedTuple):
    level: Literal["ok", "warning", "problem"]
    subject: str
    text: str
    mend: str = ""


def disk(settings: Any, running: Any) -> Iterator[Finding]:
    from sightline.stores.disk import Disk

    folder = Path(settings.server.data).resolve()
    there = next(p for p in (folder, *folder.parents) if p.exists())
    room = Disk(there, settings.server.min_free_bytes).room()
    used = (
        sum(p.lstat().st_size for p in folder.rglob("*") if p.is_file()) if folder.exists() else 0
    )
    text = f"{shown_size(room.free_bytes)} free, the data takes {shown_size(used)}"
    if room.state == "read_only":
        yield Finding(
            "problem",
            "disk",
            "it is read-only: writes are answered 503",
            "The system's log (dmesg) says why; mount it for writing, and start again if it was "
            "checked or copied meanwhile",
        )
    elif room.state == "full":
        yield Finding(
            "problem",
            "disk",
            f"{text}: writes are answered 507 below {shown_size(room.needed_bytes)}",
            "Make room: they then go on by themselves",
        )
    elif room.state == "out_of_inodes":
        yield Finding(
            "problem",
            "disk",
            f"{text}, and {room.free_inodes:,} inodes: writes are answered 507",
            "Delete small files there, or make the file system anew with more inodes (mkfs -N)",
        )
    elif room.free_bytes < _LOW_DISK:
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
    from sightline.api.kit.memory import GROWTH, OWN_BYTES, Memory
    from sightline.core.memory import limit_bytes

    system, limit, engine = limit_bytes(), settings.memory_bytes, settings.engine_bytes
    largest = Memory(limit, engine).largest(GROWTH)
    text = f"{shown_size(limit)}"
    if engine:
        text += f", of which the engine may take {shown_size(engine)}"
    if limit > system:
        yield Finding(
            "problem",
            "memory",
            f"{text}; the system ends the process at {shown_size(system)}, "
            "before it refuses anything",
            f"SIGHTLINE_SERVER__MAX_MEMORY_BYTES={system}, or leave it away",
        )
    elif engine + OWN_BYTES > limit:
        yield Finding(
            "problem",
            "memory",
            f"{text}: the system will end the process before the cap works",
            f"Give it {shown_size(engine + 2 * OWN_BYTES)}, or "
            f"SIGHTLINE_ANALYTICS__MAX_MEMORY_BYTES={max(limit // 2, 256 << 20)}",
        )
    elif largest < settings.ingest.max_body_bytes:
        yield Finding("ok", "memory", f"{text}; bodies of up to {shown_size(largest)} fit")
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


def shown_size(n: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if n < 1000:
            return f"{n:,.1f} {unit}" if unit == "GB" else f"{n:,.0f} {unit}"
        n /= 1000
    return f"{n:,.1f} TB"
