"""Pages of a list: always bounded, always in a total order."""

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Select

from sightline.core.errors import InvalidRequestError

T = TypeVar("T")

# What the largest drop-down of a UI asks for at once.
MAX_SIZE = 1_000
# Ids in one statement; SQLite takes 32,766 parameters, Postgres 65,535.
MAX_IDS = 1_000


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Some of `total` items."""

    items: list[T]
    total: int


class Sort(msgspec.Struct, frozen=True):
    """One field of an order."""

    field: str
    descending: bool = False


def window(query: Select[tuple[object, ...]], page: int, size: int) -> Select[tuple[object, ...]]:
    """Cut page `page` (from 1) of `size` items, at most 1,000, out of an ordered query.

    Raises `InvalidRequestError` for a page or size below 1.
    """
    for name, value in (("page", page), ("size", size)):
        if value < 1:
            text = f"query param {name} must be greater than or equal to 1"
            raise InvalidRequestError(text, fields=[text])
    size = min(size, MAX_SIZE)
    return query.limit(size).offset((page - 1) * size)


def order(
    sorting: Sequence[Sort],
    columns: Mapping[str, ColumnElement[object]],
    last: ColumnElement[object],
) -> list[ColumnElement[object]]:
    """Return the ORDER BY of `sorting`, ties broken by `last`, newest first.

    Raises `InvalidRequestError` for a field that is not in `columns`.
    """
    unknown = [sort.field for sort in sorting if sort.field not in columns]
    if unknown:
        raise InvalidRequestError(
            f"Invalid sorting fields {unknown}", hint=f"Sortable are {sorted(columns)}"
        )
    terms = [
        columns[sort.field].desc() if sort.descending else columns[sort.field].asc()
        for sort in sorting
    ]
    return [*terms, last.desc()]
