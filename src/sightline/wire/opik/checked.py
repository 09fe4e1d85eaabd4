"""Converts the fields of one item and gathers what is wrong with them, each by its path."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from sightline.core.clock import to_us
from sightline.core.errors import UnprocessableError
from sightline.wire.opik.bodies import Word

MAX_TAGS = 50
_LATEST_US = 9_223_372_036_854_775  # 2262-04-11, the latest time that the original takes
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - compared with times whose zone was taken off
_SPAN_TYPES = {"general", "tool", "llm", "guardrail"}


def word(value: Word | None) -> str | None:
    """Return the text of a name; a number or a truth as JSON writes it."""
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


class Checked:
    """Converts the fields of one item and gathers what is wrong with them."""

    __slots__ = ("_errors", "_path")

    def __init__(self, path: str) -> None:
        self._path = f"{path}." if path else ""
        self._errors: list[str] | None = None

    def _wrong(self, field: str, what: str) -> None:
        if self._errors is None:
            self._errors = []
        self._errors.append(f"{self._path}{field} {what}")

    def time(self, field: str, value: datetime) -> int:
        zone = value.tzinfo
        if zone is UTC or zone is None:
            # The common case, without a conversion.
            gap = value.replace(tzinfo=None) - _EPOCH
            us = (gap.days * 86_400 + gap.seconds) * 1_000_000 + gap.microseconds
        else:
            us = to_us(value)
        if us < 0 or us > _LATEST_US:
            self._wrong(field, "must be between 1970-01-01 and 2262-04-11")
            return 0
        return us

    def optional_time(self, field: str, value: datetime | None) -> int | None:
        return None if value is None else self.time(field, value)

    def json(self, field: str, raw: msgspec.Raw) -> str | None:
        try:
            text = str(memoryview(raw), "utf-8")
            return None if text == "null" else text
        except UnicodeDecodeError:
            self._wrong(field, "is not valid UTF-8")
            return None

    def error_info(self, raw: msgspec.Raw) -> str | None:
        """An object as it is; a plain string (Beluga) as the message of one."""
        text = self.json("error_info", raw)
        if text is None or text.startswith("{"):
            return text
        if text.startswith('"'):
            message = msgspec.json.decode(text, type=str)
            if not message:
                return None
            info = {"exception_type": "Error", "message": message, "traceback": message}
            return msgspec.json.encode(info).decode()
        self._wrong("error_info", "must be an object or a string")
        return None

    def tags(self, tags: Sequence[Word | None] | None) -> list[str] | None:
        if tags is None:
            return None
        if len(tags) > MAX_TAGS:
            self._wrong("tags", f"Tag limit exceeded: maximum {MAX_TAGS} tags per item")
            return None
        return list(dict.fromkeys([text for tag in tags if (text := word(tag)) is not None]))

    def not_negative(self, field: str, value: float | None) -> float | None:
        if value is not None and not value >= 0:
            self._wrong(field, "must be greater than or equal to 0")
            return None
        return value

    def cost(self, value: Decimal | None) -> Decimal | None:
        if value is None:
            return None
        if not value.is_finite() or value < 0:
            self._wrong("total_estimated_cost", "must be a number greater than or equal to 0")
            return None
        return value

    def environment(self, value: str | None) -> str | None:
        if value and len(value) > 150:
            self._wrong("environment", "must be at most 150 characters long")
        return value or None

    def span_type(self, value: str | None) -> str | None:
        if value is not None and value not in _SPAN_TYPES:
            self._wrong("type", "must be one of general, tool, llm, guardrail")
        return value

    def done(self) -> None:
        if self._errors:
            raise UnprocessableError("; ".join(self._errors), fields=self._errors)
