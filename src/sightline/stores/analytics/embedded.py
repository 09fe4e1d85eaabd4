"""Imports the embedded engine without the libraries that it names and we never reach."""

import importlib
import sys
from types import ModuleType


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
