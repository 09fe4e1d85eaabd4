"""Writes a filter tree as a query: the one canonical text of each, which reads as the same tree."""

import re

from sightline.domain.filter import (
    And,
    Condition,
    EntityType,
    Filter,
    Not,
    Or,
    pattern_parts,
)
from sightline.domain.literals import split_values
from sightline.wire.query import fields
from sightline.wire.query.fields import ORDERED, Kind
from sightline.wire.query.normal import normal
from sightline.wire.query.values import read_value, write_value

# What may stand without quotes in every place where a text may stand.
_PLAIN_WORD = re.compile(r"\w[\w.@/#$%&;+~^|'-]*")
_PLAIN_VALUE = re.compile(r"[\w.@/#$%&;+~^|'{}\[\]?:-]+")
_PLAIN_KEY = re.compile(r"[\w$-]+(?:\.[\w$-]+|\[(?:-?\d+|\*)\])*", re.ASCII)
_KEYWORDS = frozenset(("AND", "OR", "NOT"))
_SPLITS = re.compile(r'[\s()*"]')
_RANGES = {"<=": "..", "<": "..<"}


def write(entity: EntityType, tree: Filter) -> str:
    """Return the text that reads as `normal(tree)`, "" for the tree that matches all.

    Raises `ValueError` for a tree that no query says, such as an Or of nothing.
    """
    return _write(entity, normal(entity, tree), is_outermost=True)


def quote(text: str) -> str:
    """Return a text in quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def value_text(text: str) -> str:
    """Return a text as a value that stands for itself, in quotes where it needs them."""
    if _PLAIN_VALUE.fullmatch(text) and text != "null" and ".." not in text:
        return text
    return quote(text)


def _write(entity: EntityType, tree: Filter, *, is_outermost: bool = False) -> str:
    if isinstance(tree, Not):
        return f"-{_write(entity, tree.child)}"
    if isinstance(tree, Condition):
        return _condition(entity, tree)
    if isinstance(tree, Or):
        if not tree.children:
            raise ValueError("An Or of nothing matches nothing, which no query says")
        parts = [_write(entity, child) for child in tree.children]
        text = " OR ".join(parts)
        return text if is_outermost else f"({text})"
    parts = _conjuncts(entity, tree)
    if not parts and not is_outermost:
        raise ValueError("A condition that is always met, which no query says")
    text = " ".join(parts)
    return text if is_outermost or len(parts) == 1 else f"({text})"


def _conjuncts(entity: EntityType, tree: And) -> list[str]:
    """Write the parts of an And; two that are the ends of a range become one."""
    parts: list[str] = []
    at = 0
    while at < len(tree.children):
        low, high = tree.children[at], tree.children[at + 1 : at + 2]
        text = _range(entity, low, high[0]) if high else None
        parts.append(text or _write(entity, low))
        at += 2 if text else 1
    return parts


def _range(entity: EntityType, low: Filter, high: Filter) -> str | None:
    if not isinstance(low, Condition) or not isinstance(high, Condition):
        return None
    if low.operator != ">=" or high.operator not in _RANGES:
        return None
    if (low.field, low.key) != (high.field, high.key):
        return None
    name, kind = _named(entity, low)
    if any(read_value(kind, node.value) is None for node in (low, high)):
        return None
    ends = [write_value(kind, node.value) for node in (low, high)]
    if any(_SPLITS.search(end) for end in ends):
        return None
    return f"{name}:{ends[0]}{_RANGES[high.operator]}{ends[1]}"


def _condition(entity: EntityType, node: Condition) -> str:
    if node.field == fields.TEXT.name:
        return _free_text(node)
    name, kind = _named(entity, node)
    if kind == "bool":
        return f"{name}:{'true' if node.operator == 'is_not_empty' else 'false'}"
    match node.operator:
        case "is_empty":
            return f"-{name}:*"
        case "is_not_empty":
            return f"{name}:*"
        case ">" | ">=" | "<" | "<=":
            return f"{name}{node.operator}{_value(kind, node.value)}"
        case "!=":
            return f"{name}!={_value(kind, node.value)}"
        case "contains" if kind == "text" and node.value:
            return f"{name}:{value_text(node.value)}"
        case "contains":
            return f"{name}:*{value_text(node.value)}*"
        case "starts_with":
            return f"{name}:{value_text(node.value)}*"
        case "ends_with":
            return f"{name}:*{value_text(node.value)}"
        case "like":
            return f"{name}:{_pattern(node.value)}"
        case "in":
            values = split_values(node.value)
            if not values:
                raise ValueError("A list without values matches nothing, which no query says")
            listed = ", ".join(map(value_text, values))
            return f"{name}{'=' if kind == 'text' else ':'}({listed})"
        case _:
            is_whole = kind == "text" and node.value != ""
            return f"{name}{'=' if is_whole else ':'}{_value(kind, node.value)}"


def _named(entity: EntityType, node: Condition) -> tuple[str, Kind]:
    field = fields.of_condition(entity, node.field, node.key)
    if field is None or (field.needs_key and not node.key):
        raise ValueError(f"The field `{node.field}` is not in the language")
    kind = field.kind_of(node.key)
    if field.key or not node.key:
        return field.written, kind
    key = node.key if _PLAIN_KEY.fullmatch(node.key) else quote(node.key)
    return f"{field.written}.{key}", kind


def _value(kind: Kind, value: str) -> str:
    if kind not in ORDERED:
        return value_text(value)
    text = write_value(kind, value)
    return quote(text) if _SPLITS.search(text) or not text else text


def _free_text(node: Condition) -> str:
    if node.operator == "contains" and node.value:
        return _word(node.value)
    parts = pattern_parts(node.value)
    if node.operator != "like" or len(parts) < 3 or parts[0] or parts[-1]:
        raise ValueError("Free text is looked for anywhere, and only that")
    return "".join("*" if part is None else _word(part) for part in parts[1:-1])


def _word(text: str) -> str:
    is_plain = _PLAIN_WORD.fullmatch(text) and text not in _KEYWORDS
    return text if is_plain else quote(text)


def _pattern(pattern: str) -> str:
    parts = pattern_parts(pattern)
    return "".join("*" if part is None else value_text(part) for part in parts)
