"""Reads others' JSON without trusting its shape: what has another type counts as not there."""

from collections.abc import Mapping
from typing import Any

import msgspec

# No call moves this many tokens: anything above is a broken counter, taken as not sent.
_MAX_COUNT = 10**12
_decoder = msgspec.json.Decoder()


def as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def as_dicts(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def as_count(value: Any) -> int:
    """Return a count of something: whole, not negative, not absurd."""
    if value.__class__ is float and value.is_integer():
        value = int(value)
    return value if value.__class__ is int and 0 < value <= _MAX_COUNT else 0


def as_number(value: Any) -> float | None:
    return float(value) if value.__class__ in (int, float) else None


def decoded(data: bytes | str) -> Any:
    """Return the value of JSON. Raises `ValueError`, whatever is wrong with it."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError("no valid JSON") from error


def object_of(text: Any) -> dict[str, Any] | None:
    """Return the object in JSON text, as tool calls carry it; None when there is none."""
    if not isinstance(text, str):
        return text if isinstance(text, dict) else None
    try:
        value = decoded(text) if text.strip() else {}
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def plain(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body with each `msgspec.Raw` value decoded."""
    return {
        key: _decoder.decode(value) if isinstance(value, msgspec.Raw) else value
        for key, value in body.items()
    }
