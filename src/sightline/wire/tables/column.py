"""A column of an exported table: its name, the kind of its values, how it is written."""

from typing import Any, Literal

import msgspec

Kind = Literal["text", "integer", "number", "bool", "time", "list"]

Cell = str | int | float | bool | list[str] | None
"""A value of a table: a time is Unix µs, a list holds texts, None is none."""


class Column(msgspec.Struct, frozen=True):
    """One column; `kind` says what its cells are."""

    name: str
    kind: Kind


Rows = list[list[Any]]
"""Rows of cells, each as long as there are columns."""
