"""Converts the fields of one item and gathers what is wrong with them, each by its path."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Self

import msgspec

from sightline.core.clock import EPOCH, to_us
from sightline.core.errors import UnprocessableError
from sightline.core.ids import Id, parse_id
from sightline.wire.opik.bodies import Word

MAX_TAGS = 50
_LATEST_US = 9_223_372_036_854_775  # 2262-04-11, the latest time that the original takes
_MICROSECOND = timedelta(microseconds=1)
SPAN_TYPES = {None, "general", "tool", "llm", "guardrail"}


def word(value: Word | None) -> str | None:
    """Return the text of a name; a number or a truth as JSON writes it."""
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


class Checked:
    """Converts the fields of one item and gathers what is wrong with them.

    One does for all items of a request, which share ids of traces and parents:
    `span_write(item, fields.at(3), now_us)`.
    """

    __slots__ = ("_errors", "_ids", "_number", "_path")

    def __init__(self, path: str) -> None:
        """`path` names the item in errors, or the list of items (`spans`)."""
        self._path = path
        self._number: int | None = None
        self._errors: list[str] | None = None
        self._ids: dict[str, Id] = {}

    def at(self, number: int) -> Self:
        """Go on to an item of the list: the errors of `spans` at 3 are those of `spans[3]`."""
        self._number = number
        return self

    def _named(self, field: str) -> str:
        item = self._path if self._number is None else f"{self._path}[{self._number}]"
        return f"{item}.{field}" if item else field

    def _wrong(self, field: str, what: str) -> None:
        if self._errors is None:
            self._errors = []
        self._errors.append(f"{self._named(field)} {what}")

    def id(self, field: str, text: str) -> Id:
        """Return the 16 bytes of an id. Raises `UnprocessableError` at once when it is none."""
        known = self._ids.get(text)
        if known is None:
            try:
                known = self._ids[text] = parse_id(text)
            except UnprocessableError:
                return parse_id(text, self._named(field))
        return known

    def time(self, field: str, value: datetime) -> int:
        # The common case, without a call.
        us = (value - EPOCH) // _MICROSECOND if value.tzinfo is UTC else to_us(value)
        if us < 0 or us > _LATEST_US:
            self._wrong(field, "must be between 1970-01-01 and 2262-04-11")
            return 0
        return us

    def optional_time(self, field: str, value: datetime | None) -> int | None:
        return None if value is None else self.time(field, value)

    def json(self, field: str, raw: msgspec.Raw) -> str | None:
        try:
            text = str(raw, "utf-8")
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
        texts: Any = tags
        for tag in tags:
            if tag.__class__ is not str:
                texts = [text for one in tags if (text := word(one)) is not None]
                break
        return list(dict.fromkeys(texts))

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
        if value not in SPAN_TYPES:
            self._wrong("type", "must be one of general, tool, llm, guardrail")
        return value

    def done(self) -> None:
        if self._errors:
            raise UnprocessableError("; ".join(self._errors), fields=self._errors)
