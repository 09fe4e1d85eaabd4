"""What every driver shares: named steps, whose outcomes end as one JSON file for the test.

A driver is run by the Python of the client's own environment, so it knows nothing of our code:

    drivers/<name>.py <transcript file> [argument …]
"""

import dataclasses
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydantic


class Transcript:
    """Steps by name: `{"ok": true, "value": …}` or `{"ok": false, "error": …, "status": …}`."""

    def __init__(self) -> None:
        self.steps: dict[str, Any] = {}

    def step(self, name: str, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call, note what came back or was raised, and return the value (None when it raised)."""
        try:
            value = call(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 — the error is what the test asks about
            self.steps[name] = {
                "ok": False,
                "error": type(error).__name__,
                "status": getattr(error, "status_code", None),
                "body": plain(getattr(error, "body", None)),
                "text": str(error),
            }
            return None
        self.steps[name] = {"ok": True, "value": plain(value)}
        return value

    def note(self, name: str, value: Any) -> None:
        """Note a value that no step gave."""
        self.steps[name] = {"ok": True, "value": plain(value)}

    def write(self) -> None:
        Path(sys.argv[1]).write_text(json.dumps(self.steps))


def plain(value: Any) -> Any:
    """Return the value as JSON types; a client's model as what it parsed."""
    if isinstance(value, pydantic.BaseModel):
        return plain(value.model_dump(mode="json"))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain(dataclasses.asdict(value))
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return repr(value)


def until(what: Callable[[], Any], deadline_s: float = 60) -> Any:
    """Return the first true answer; the last one when the deadline passes."""
    end = time.monotonic() + deadline_s
    while not (found := what()) and time.monotonic() < end:
        time.sleep(0.02)
    return found
