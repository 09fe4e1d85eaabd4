"""Opik's `filters`: a JSON list of conditions, joined by And."""

from typing import Any

import msgspec

from sightline.core import codec
from sightline.core.errors import InvalidRequestError, SightlineError
from sightline.domain.filter import EVERYTHING, And, Condition, Filter, Operator

MAX_FILTERS = 100


class FilterIn(msgspec.Struct):
    """One condition as clients write it; numbers and booleans may come bare."""

    field: str
    operator: Operator
    key: str | None = None
    value: Any = None


def parse_filters(text: str | bytes | None) -> Filter:
    """Return the tree of a `filters` parameter or body field; none, null and `[]` match all.

    Raises `InvalidRequestError` naming the condition that is wrong.
    """
    if text is None or not text.strip() or text in {"null", b"null"}:
        return EVERYTHING
    try:
        items = codec.decode(text, list[FilterIn])
    except SightlineError as error:
        raise InvalidRequestError(f"Invalid filters query parameter: {error.message}") from None
    return filter_of(items)


def filter_of(items: list[FilterIn]) -> Filter:
    """Return the tree of decoded conditions."""
    if len(items) > MAX_FILTERS:
        raise InvalidRequestError(f"filters: at most {MAX_FILTERS} conditions in one request")
    return And(
        tuple(
            Condition(
                field=item.field,
                operator=item.operator,
                key=item.key or "",
                value=_text(item.value),
            )
            for item in items
        )
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return codec.encode_text(value)
