"""What people type into filters, read with good will: numbers, times, ids, lists."""

import math
import re
import uuid
from datetime import UTC, datetime

import msgspec

from sightline.core.clock import to_us
from sightline.core.ids import Id

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
# In a query string that was not escaped the plus of an offset comes as a space.
_LOST_PLUS = re.compile(r"(:\d\d(?:\.\d+)?) (?=\d\d:?\d\d$)")
# What DateTime64 holds.
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(2299, 12, 31, tzinfo=UTC)
_DIGITS_TO_US = {10: 1_000_000, 13: 1_000, 16: 1}


def number_of(text: str) -> float | None:
    """Return a finite number, or None."""
    text = text.strip()
    if not _NUMBER.fullmatch(text) or len(text) > 400:
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def time_us_of(text: str) -> int | None:
    """Return Unix µs of an ISO 8601 text, or of Unix seconds, ms or µs in digits, or None.

    A time without a zone is UTC; a date is its midnight.
    """
    text = text.strip()
    if text.isascii() and text.isdigit():
        factor = _DIGITS_TO_US.get(len(text))
        return None if factor is None else int(text) * factor
    try:
        moment = datetime.fromisoformat(_LOST_PLUS.sub(r"\1+", text.upper()))
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        return None
    return to_us(min(max(moment, _EARLIEST), _LATEST))


def uuid_of(text: str) -> Id | None:
    """Return the bytes of a UUID in any notation, or None."""
    try:
        return uuid.UUID(text.strip()).bytes
    except ValueError:
        return None


def split_values(value: str) -> list[str]:
    """Return the members of an `in` list: `a,b` or a JSON list of strings."""
    text = value.strip()
    if text.startswith("["):
        try:
            return [str(v) for v in msgspec.json.decode(text, type=list[str | int | float])]
        except msgspec.DecodeError:
            pass
    return [part.strip() for part in value.split(",") if part.strip()]
