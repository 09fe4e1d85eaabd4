"""Attribute values to what is stored: JSON text opened, numbers, money, tags recognised."""

from decimal import Decimal, InvalidOperation
from itertools import accumulate
from typing import Any

import msgspec

_MAX_DEPTH = 400
"""JSON text that nests deeper stays text: readers with a deeper stack must open it again."""

_MAX_TOKENS = 2**31
_MAX_USD = Decimal(10) ** 9

_raw = msgspec.json.Decoder(msgspec.Raw)
_raw_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_text = msgspec.json.Decoder(str)
_any = msgspec.json.Decoder()
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NOT_BRACKETS = bytes(code for code in range(256) if code not in _STEP)


def opened(value: Any) -> Any:
    """Return text that holds a JSON object, array or string as that JSON, all else as it is.

    The JSON is checked and kept as written, never parsed into objects. A string inside a string
    is opened once more.
    """
    if type(value) is not str or not value:
        return value
    first = value[0]
    if first in "{[":
        return _checked(value)
    if first == '"':
        try:
            inner = _text.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return value
        return _checked(inner) if inner[:1] in ("{", "[") else inner
    return value


def as_object(value: Any) -> dict[str, Any] | None:
    """Return a JSON object, from text or a key-value list, with its members as written."""
    if isinstance(value, dict):
        return value
    if isinstance(value, str) and value.lstrip()[:1] == "{" and not _too_deep(value):
        try:
            return _raw_object.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return None
    return None


def parsed(value: Any) -> Any:
    """Return JSON text as Python values, all else as it is."""
    if isinstance(value, str) and not _too_deep(value):
        try:
            return _any.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return value
    return value


def text(value: Any) -> str | None:
    """Return a name or an id; None for what cannot be one."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def tokens(value: Any) -> int | None:
    """Return a count: an int, a numeric string or a double without fraction; else None."""
    if type(value) is not int:
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                return None
        if not isinstance(value, float) or not value.is_integer():
            return None
        value = int(value)
    return value if 0 <= value < _MAX_TOKENS else None


def usd(value: Any) -> Decimal | None:
    """Return an amount of money: a double, an int or a numeric string; else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        # repr of a double is the shortest text that gives it back: 0.1 stays 0.1.
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount < _MAX_USD else None


def tags(value: Any) -> list[str]:
    """Return the distinct tags of a comma list, a JSON array as text, or an array."""
    if isinstance(value, str):
        members = parsed(value) if value.lstrip()[:1] == "[" else value
        value = members if isinstance(members, list) else value.split(",")
    if not isinstance(value, list):
        value = [value]
    return list(dict.fromkeys(tag for tag in map(text, value) if tag))


def _checked(value: str) -> Any:
    if _too_deep(value):
        return value
    try:
        return _raw.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return value


def _too_deep(value: str) -> bool:
    # Brackets inside strings count too: a wrong answer only leaves the text closed.
    if value.count("[") + value.count("{") <= _MAX_DEPTH:
        return False
    brackets = value.encode(errors="replace").translate(None, _NOT_BRACKETS)
    return max(accumulate(map(_STEP.__getitem__, brackets))) > _MAX_DEPTH
