"""How much memory this process may have, and has. Linux says both; elsewhere the first is a guess.

`limit_bytes` is in terms of resident memory, whoever sets the limit: the machine, a control group
(containers, systemd's `MemoryMax=`) or `ulimit`, which counts what is reserved, too. Without Linux
it is what the machine has.
"""

import ctypes
import os
import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_MIB = 1024 * 1024
_PAGE = os.sysconf("SC_PAGE_SIZE")
_CGROUPS = Path("/sys/fs/cgroup")
# What a group may have, and from where on it is held up until it has less; then the older version.
_NEWER: tuple[str, ...] = ("memory.max", "memory.high")
_OLDER: tuple[str, ...] = ("memory.limit_in_bytes",)
# What a process of ours reserves beyond what is resident, which `ulimit` counts, too: the engine's
# code, stacks and heaps of a hundred threads.
_RESERVED = {resource.RLIMIT_AS: 3072 * _MIB, resource.RLIMIT_DATA: 1536 * _MIB}


def machine_bytes() -> int:
    """Return the memory of the machine."""
    return _PAGE * os.sysconf("SC_PHYS_PAGES")


def limit_bytes() -> int:
    """Return the most that this process can have before the system ends it or says no."""
    limits = [machine_bytes(), *group_limits()]
    for which, reserved in _RESERVED.items():
        soft, _ = resource.getrlimit(which)
        if soft != resource.RLIM_INFINITY:
            limits.append(max(soft - reserved, soft // 4))
    return min(limits)


def used_bytes() -> int:
    """Return the resident memory that the process has now; 0 where nobody says."""
    # Asked with each piece of a large body, and a `Path` would be most of what it costs.
    try:
        file = os.open("/proc/self/statm", os.O_RDONLY)
        try:
            return int(os.read(file, 256).split()[1]) * _PAGE
        finally:
            os.close(file)
    except (OSError, ValueError, IndexError):
        return 0


def give_back() -> None:
    """Return to the system what was freed, which the C library keeps as long as it likes."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def group_limits(root: Path = _CGROUPS, own: Path = Path("/proc/self/cgroup")) -> Iterator[int]:
    """Yield the limits of the control groups that a process is in, of both versions; `own` is
    where the system says which these are."""
    with suppress(OSError):
        # In a container its own group is the root of what is seen.
        newer, older = root, root / "memory"
        places = [(newer, _NEWER), (older, _OLDER)]
        for line in own.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers and "memory" not in controllers.split(","):
                continue
            top, names = (older, _OLDER) if controllers else (newer, _NEWER)
            folder = top / path.lstrip("/")
            while folder != top and folder.is_relative_to(top):
                places.append((folder, names))
                folder = folder.parent
        for folder, names in places:
            for name in names:
                # A group without a limit says `max`.
                with suppress(OSError, ValueError):
                    yield int((folder / name).read_text())
