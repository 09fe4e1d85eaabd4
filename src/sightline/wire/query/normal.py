"""One form for what filter trees say alike, so that a query has one tree and a tree one query."""

import msgspec

from sightline.core import codec
from sightline.domain.filter import (
    And,
    Condition,
    EntityType,
    Filter,
    Not,
    Or,
    all_of,
    pattern_of,
    pattern_parts,
)
from sightline.domain.literals import split_values
from sightline.wire.query import fields
from sightline.wire.query.fields import ORDERED, Kind
from sightline.wire.query.terms import match_of
from sightline.wire.query.values import at_midnight, read_value

_WILD = frozenset(("like", "contains", "starts_with", "ends_with"))
# A date is its whole day to these; a moment is not.
_WHOLE_DAY = frozenset(("=", "!=", ">", "<="))
_POSITIVE = {"not_contains": "contains", "not_in": "in"}


def normal(entity: EntityType, tree: Filter) -> Filter:
    """Return the tree as the parser makes it: flat, and one form for each thing said."""
    if isinstance(tree, Not):
        return negate(normal(entity, tree.child))
    if isinstance(tree, And):
        return all_of(*(normal(entity, child) for child in tree.children))
    if isinstance(tree, Or):
        children: list[Filter] = []
        for child in tree.children:
            node = normal(entity, child)
            children += node.children if isinstance(node, Or) else (node,)
        if And(()) in children:
            return And(())
        return children[0] if len(children) == 1 else Or(tuple(children))
    return _normal_condition(entity, tree)


def negate(tree: Filter) -> Filter:
    """Return the opposite, without a Not where another word says it."""
    if isinstance(tree, Not):
        return tree.child
    if isinstance(tree, Condition):
        if tree.operator == "is_empty":
            return msgspec.structs.replace(tree, operator="is_not_empty")
        if tree.operator == "is_not_empty":
            return msgspec.structs.replace(tree, operator="is_empty")
    return Not(tree)


def _normal_condition(entity: EntityType, node: Condition) -> Filter:
    if not node.key and fields.of_condition(entity, node.field, "") is None:
        head, _, key = node.field.partition(".")
        node = msgspec.structs.replace(node, field=head, key=key)
    positive = _POSITIVE.get(node.operator)
    if positive is not None:
        node = msgspec.structs.replace(node, operator=positive)
        return negate(_normal_condition(entity, node))
    if node.operator in {"is_empty", "is_not_empty"}:
        return msgspec.structs.replace(node, value="")
    field = fields.of_condition(entity, node.field, node.key)
    if field is None:
        return node
    kind = field.kind_of(node.key)
    if node.operator == "in":
        return _normal_list(node)
    if node.operator in _WILD and field != fields.TEXT:
        return _normal_match(kind, node)
    if kind in ORDERED:
        value = read_value(kind, node.value)
        if value is not None:
            if kind == "time" and node.operator in _WHOLE_DAY:
                value = at_midnight(value)
            return msgspec.structs.replace(node, value=value)
    return node


def _normal_match(kind: Kind, node: Condition) -> Filter:
    """One form for what `like` and its simpler relatives say alike."""
    parts = pattern_parts(node.value)
    if node.operator != "like":
        left = [None] if node.operator in {"contains", "ends_with"} else []
        right = [None] if node.operator in {"contains", "starts_with"} else []
        parts = (*left, node.value, *right)
    if kind == "enum":
        # Compared whole, so that one operator says all patterns.
        parts = pattern_parts(pattern_of(parts))
    if None not in parts:
        return msgspec.structs.replace(node, operator="=", value="".join(map(str, parts)))
    if parts == (None,):
        # Any text at all: in a list there must be one.
        return _given(node) if kind == "list" else And(())
    operator, value = match_of(parts)
    if kind == "enum":
        operator, value = "like", pattern_of(parts)
    return msgspec.structs.replace(node, operator=operator, value=value)


def _given(node: Condition) -> Condition:
    return msgspec.structs.replace(node, operator="is_not_empty", value="")


def _normal_list(node: Condition) -> Filter:
    values = split_values(node.value)
    if len(values) == 1:
        return msgspec.structs.replace(node, operator="=", value=values[0])
    return msgspec.structs.replace(node, value=codec.encode_text(values))
