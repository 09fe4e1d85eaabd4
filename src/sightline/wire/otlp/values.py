"""Attribute values to what is stored: JSON text opened, numbers, money, tags recognised."""

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

_MAX_TOKENS = 10**12
"""More is a broken counter; what prices are made from stops there too."""
_MAX_USD = Decimal(10**6)
_USD_PLACES = 12
"""Money is stored as Decimal(18, 12)."""

_raw = msgspec.json.Decoder(msgspec.Raw)
_raw_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_raw_array = msgspec.json.Decoder(list[msgspec.Raw])
_text = msgspec.json.Decoder(str)
_any = msgspec.json.Decoder()


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
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        try:
            return _raw_object.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return None
    return None


def as_list(value: Any) -> list[Any] | None:
    """Return a JSON array, from text or a list, with its items as written."""
    if isinstance(value, list):
        return value
    if isinstance(value, str) and value.lstrip()[:1] == "[":
        try:
            return _raw_array.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return None
    return None


def parsed(value: Any) -> Any:
    """Return JSON text as Python values, all else as it is."""
    if isinstance(value, str):
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
    if not amount.is_finite() or not 0 <= amount < _MAX_USD:
        return None
    exponent = amount.as_tuple().exponent
    # Doubles carry digits beyond the stored places: 0.00031000000000000005.
    is_longer = isinstance(exponent, int) and exponent < -_USD_PLACES
    return round(amount, _USD_PLACES) if is_longer else amount


def tags(value: Any) -> list[str]:
    """Return the distinct tags of a comma list, a JSON array as text, or an array."""
    if isinstance(value, str):
        members = parsed(value) if value.lstrip()[:1] == "[" else value
        value = members if isinstance(members, list) else value.split(",")
    if not isinstance(value, list):
        value = [value]
    return list(dict.fromkeys(tag for tag in map(text, value) if tag))


def _checked(value: str) -> Any:
    try:
        return _raw.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return value
