"""The embedded engine as a library of this process: its import, and its threads."""

import importlib
import os
import sys
from contextlib import suppress
from pathlib import Path
from types import ModuleType

_MERGE_THREADS = {"MergeMutate", "Move", "Fetch", "Common"}
_NICE = 10


def load() -> None:
    """Import chDB; where no other thread looks at relative paths, for it changes the folder.

    It imports pyarrow, and so numpy, for answers as Arrow tables, which nobody here asks for: that
    is half of its 0.3 s, and 30 MB. While it is imported an empty module stands in.
    """
    if "chdb" in sys.modules or "pyarrow" in sys.modules:
        return
    stand_in = ModuleType("pyarrow")
    # Its names stand in annotations.
    vars(stand_in)["__getattr__"] = lambda name: name
    sys.modules["pyarrow"] = stand_in
    try:
        importlib.import_module("chdb")
    finally:
        del sys.modules["pyarrow"]


def let_merges_yield() -> None:
    """Lower the priority of the engine's merges: people who write and read go first.

    Linux has priorities for each thread; elsewhere this does nothing.
    """
    tasks = Path("/proc/self/task")
    if not tasks.is_dir():
        return
    for task in tasks.iterdir():
        with suppress(OSError, ValueError):
            if (task / "comm").read_text().strip() in _MERGE_THREADS:
                os.setpriority(os.PRIO_PROCESS, int(task.name), _NICE)
