"""The filter tree shared by REST, UI and store.

A condition compares one field; conditions join by And, Or and Not. `like` takes a pattern for the
whole value: `*` stands for any text, `\\*` and `\\\\` for the characters. Opik's `filters`
parameter is a plain And of conditions. What each operator means for each type of field is written
down in `stores/analytics/filters.py`, which is the only place that turns a tree into SQL.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

Operator = Literal[
    "contains",
    "not_contains",
    "starts_with",
    "ends_with",
    "like",
    "=",
    "!=",
    ">",
    ">=",
    "<",
    "<=",
    "is_empty",
    "is_not_empty",
    "in",
    "not_in",
]

EntityType = Literal["trace", "span", "thread"]


class Condition(msgspec.Struct, frozen=True, kw_only=True, tag_field="node"):
    """`field operator value`; `key` picks an entry of a map, a score's name or a JSON path."""

    field: str
    operator: Operator
    value: str = ""
    key: str = ""


class And(msgspec.Struct, frozen=True, tag_field="node"):
    children: tuple["Filter", ...]


class Or(msgspec.Struct, frozen=True, tag_field="node"):
    children: tuple["Filter", ...]


class Not(msgspec.Struct, frozen=True, tag_field="node"):
    child: "Filter"


Filter = Condition | And | Or | Not
EVERYTHING: Filter = And(())


def all_of(*filters: Filter) -> Filter:
    """Return the And of some filters, flat, so that each condition stands by itself."""
    flat: list[Filter] = []
    for node in filters:
        inner = all_of(*node.children) if isinstance(node, And) else node
        flat += inner.children if isinstance(inner, And) else (inner,)
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def pattern_parts(pattern: str) -> tuple[str | None, ...]:
    """Return the texts of a `like` pattern, with None for each star between or around them."""
    parts: list[str | None] = []
    chars = iter(pattern)
    for char in chars:
        if char == "*":
            if not parts or parts[-1] is not None:
                parts.append(None)
            continue
        text = next(chars, char) if char == "\\" else char
        before = parts.pop() if parts and parts[-1] is not None else ""
        parts.append(f"{before}{text}")
    return tuple(parts)


def pattern_of(parts: Iterable[str | None]) -> str:
    """Return the `like` pattern of texts and stars (None)."""
    escaped = ("*" if p is None else p.replace("\\", "\\\\").replace("*", "\\*") for p in parts)
    return "".join(escaped)


class Sort(msgspec.Struct, frozen=True):
    """Order by a logical field (`usage.total_tokens`, `feedback_scores.accuracy`, `start_time`)."""

    field: str
    descending: bool = True
