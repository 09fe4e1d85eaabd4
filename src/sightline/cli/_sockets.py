"""Who listens on which port or holds which file, from /proc; knows nothing where that is not."""

import contextlib
import socket
from pathlib import Path

_LISTEN = "0A"
_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")


def is_free(host: str, port: int) -> bool:
    """Say whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As servers do: a connection that has just closed keeps nobody out.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def owner(port: int) -> str | None:
    """Return `process 12 (name …)` for who listens on the port, None when it cannot be told."""
    wanted = {inode for found, inode in _listening() if found == port}
    for process in Path("/proc").glob("[0-9]*"):
        if wanted & _inodes(process):
            with contextlib.suppress(OSError):
                words = (process / "cmdline").read_bytes().split(b"\0")
                return f"process {process.name} ({b' '.join(words).decode(errors='replace')[:80]})"
    return None


def ports(pid: int) -> list[int]:
    """Return the ports that the process listens on."""
    inodes = _inodes(Path(f"/proc/{pid}"))
    return sorted({port for port, inode in _listening() if inode in inodes})


def holders(path: Path) -> list[int]:
    """Return the processes that have a file open."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(_leads_to(link, path) for link in (process / "fd").iterdir()):
                found.append(int(process.name))
    return sorted(found)


def _leads_to(link: Path, path: Path) -> bool:
    with contextlib.suppress(OSError):
        return link.readlink() == path
    return False


def _listening() -> list[tuple[int, str]]:
    found = []
    for table in _TABLES:
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTEN:
                    found.append((int(fields[1].rpartition(":")[2], 16), fields[9]))
    return found


def _inodes(process: Path) -> set[str]:
    inodes = set()
    with contextlib.suppress(OSError):
        for link in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                target = str(link.readlink())
                if target.startswith("socket:["):
                    inodes.add(target[8:-1])
    return inodes
