"""Values too large to send are cut, and say so.

A text ends where the room does. A list or object keeps what fits, and holds

    {"sightline_truncated": {"omitted_items": 12, "reason": "size"}}

as its last item, or the inner object (`omitted_keys`) under the key `sightline_truncated`.
"""

from collections.abc import Mapping
from typing import Any

MAX_CHARACTERS = 10_000_000
MARK = "sightline_truncated"

_MIN_ROOM = 16


def marker(**what: Any) -> dict[str, Any]:
    """Return the object that stands for what was cut."""
    return {MARK: what}


def cut(value: Any, limit: int = MAX_CHARACTERS) -> tuple[Any, bool]:
    """Return the JSON value in about `limit` characters or less, and whether it was cut."""
    cutter = _Cutter(limit)
    found = cutter.cut(value)
    return found, cutter.is_cut


class _Cutter:
    """Counts the room down while it walks."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.is_cut = False

    def cut(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            return self._object(value)
        if isinstance(value, list):
            return self._list(value)
        self.room -= 8
        return value

    def _text(self, text: str) -> str:
        room = max(self.room, 0)
        self.room -= len(text) + 2
        if len(text) <= room:
            return text
        self.is_cut = True
        return text[:room]

    def _list(self, items: list[Any]) -> list[Any]:
        kept: list[Any] = []
        for at, item in enumerate(items):
            if self.room < _MIN_ROOM:
                self.is_cut = True
                kept.append(marker(omitted_items=len(items) - at, reason="size"))
                break
            kept.append(self.cut(item))
        return kept

    def _object(self, items: Mapping[str, Any]) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for name, item in items.items():
            if self.room < _MIN_ROOM:
                self.is_cut = True
                kept[MARK] = {"omitted_keys": len(items) - len(kept), "reason": "size"}
                break
            self.room -= len(name) + 4
            kept[name] = self.cut(item)
        return kept
