"""How much memory this process may have, and has: Linux says both; elsewhere the machine's is known.

`limit_bytes` is in terms of resident memory, whoever sets the limit: the machine, a control group
(containers, systemd's `MemoryMax=`) or `ulimit`, which counts what is reserved, too.
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
# What a process of ours reserves beyond what is resident: the engine's code, stacks of threads.
_RESERVED = {resource.RLIMIT_AS: 1600 * _MIB, resource.RLIMIT_DATA: 300 * _MIB}


def machine_bytes() -> int:
    """Return the memory of the machine."""
    return _PAGE * os.sysconf("SC_PHYS_PAGES")


def limit_bytes() -> int:
    """Return the most that this process can have before the system ends it or says no."""
    limits = [machine_bytes(), *_group_limits()]
    for which, reserved in _RESERVED.items():
        soft, _ = resource.getrlimit(which)
        if soft != resource.RLIM_INFINITY:
            limits.append(max(soft - reserved, 64 * _MIB))
    return min(limits)


def used_bytes() -> int:
    """Return what the process has now, as `limit_bytes` counts; 0 where nobody says."""
    try:
        size, resident, _, _, _, data, _ = map(int, Path("/proc/self/statm").read_bytes().split())
    except (OSError, ValueError):
        return 0
    used = resident * _PAGE
    held = {resource.RLIMIT_AS: size * _PAGE, resource.RLIMIT_DATA: data * _PAGE}
    for which, reserved in _RESERVED.items():
        if resource.getrlimit(which)[0] != resource.RLIM_INFINITY:
            used = max(used, held[which] - reserved)
    return used


def give_back() -> None:
    """Return to the system what was freed; the C library keeps it otherwise, as long as it likes."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _group_limits() -> Iterator[int]:
    """Yield the limits of the control groups that this process is in, of both versions."""
    with suppress(OSError):
        # In a container its own group is the root of what is seen.
        folders = [(_CGROUPS, "memory.max"), (_CGROUPS / "memory", "memory.limit_in_bytes")]
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers and "memory" not in controllers.split(","):
                continue
            root, name = folders[1] if controllers else folders[0]
            folder = root / path.lstrip("/")
            folders += [(place, name) for place in (folder, *folder.parents) if place != root]
        for folder, name in folders:
            with suppress(OSError, ValueError):
                if folder.is_relative_to(_CGROUPS):
                    yield int((folder / name).read_text())
