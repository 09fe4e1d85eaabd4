"""What people type as values: durations, costs and times, as the filter tree holds them.

A duration is a number of ms there. A time is ISO text, or relative to the moment of asking: `now`,
`-24h`, `+1h`.
"""

import re
from datetime import date, timedelta
from decimal import Decimal

from sightline.core.clock import format_us
from sightline.domain.literals import number_of, time_us_of
from sightline.wire.query.fields import Kind

_UNITS_MS = {
    "us": Decimal("0.001"),
    "µs": Decimal("0.001"),
    "ms": Decimal(1),
    "s": Decimal(1000),
    "m": Decimal(60_000),
    "min": Decimal(60_000),
    "h": Decimal(3_600_000),
    "d": Decimal(86_400_000),
}
_PART = r"(\d+\.?\d*|\.\d+)\s*(us|µs|ms|s|min|m|h|d)"
_DURATION = re.compile(rf"[+-]?(?:{_PART})+", re.ASCII)
_PARTS = re.compile(_PART, re.ASCII)
_WRITTEN = (("h", 3_600_000), ("m", 60_000), ("s", 1000))
_PLAIN = re.compile(r"\d{1,15}(?:\.\d{1,9})?", re.ASCII)
_MAX_DIGITS = 30

_RELATIVE = re.compile(r"(?:now)?(?:([+-])(\d{1,6})([smhdw]))?", re.ASCII)
_STEPS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
# 1900 and 2299: what the store can hold.
_EARLIEST_US, _LATEST_US = -2_208_988_800_000_000, 10_413_705_600_000_000
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

EXPECTED: dict[Kind, str] = {
    "number": "a number",
    "score": "a number",
    "dictionary": "a number",
    "cost": "an amount in USD, such as 0.01",
    "duration": "a duration, such as 300ms, 2s or 1.5m",
    "time": "a time, such as 2026-01-31, 2026-01-31T12:00:00Z or -24h",
}


def read_value(kind: Kind, text: str) -> str | None:
    """Return the value that a tree holds for what was typed, None when it does not read."""
    if kind == "duration":
        return _duration(text)
    if kind == "time":
        return _time(text)
    if kind == "cost":
        text = text.removeprefix("$")
    return text if number_of(text) is not None else None


def write_value(kind: Kind, value: str) -> str:
    """Return how a value of a tree is typed; `read_value` gives it back."""
    if kind != "duration" or not _PLAIN.fullmatch(value):
        return value
    ms = Decimal(value)
    for unit, factor in _WRITTEN:
        if ms >= factor:
            count = _text(ms / factor)
            if len(count) <= len(_text(ms)) and _duration(f"{count}{unit}") == value:
                return f"{count}{unit}"
    return f"{value}ms"


def next_day(text: str) -> str | None:
    """Return the day after a bare date, None for any other text."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return (date.fromisoformat(text) + timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return None


def at_midnight(text: str) -> str:
    """Return a bare date as the moment at which it begins; any other text as it is."""
    return f"{text}T00:00:00Z" if _DATE.fullmatch(text) else text


def absolute(text: str, now_us: int) -> str:
    """Return a time without reference to now."""
    match = _RELATIVE.fullmatch(text)
    if match is None or not text:
        return text
    seconds = int(match[2] or 0) * _STEPS[match[3] or "s"]
    at_us = now_us + (-seconds if match[1] == "-" else seconds) * 1_000_000
    return format_us(min(max(at_us, _EARLIEST_US), _LATEST_US))


def _duration(text: str) -> str | None:
    if _PLAIN.fullmatch(text):
        return _text(Decimal(text))
    if number_of(text) is not None:
        return text.strip()
    if len(text) > _MAX_DIGITS or not _DURATION.fullmatch(text):
        return None
    ms = sum((Decimal(n) * _UNITS_MS[unit] for n, unit in _PARTS.findall(text)), Decimal(0))
    return _text(-ms if text.startswith("-") else ms)


def _time(text: str) -> str | None:
    match = _RELATIVE.fullmatch(text)
    if match is not None and text:
        return f"{match[1]}{int(match[2])}{match[3]}" if match[2] else "now"
    return text if time_us_of(text) is not None else None


def _text(number: Decimal) -> str:
    """Return a number in digits, without zeros at its end."""
    text = format(number, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
