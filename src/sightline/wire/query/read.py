"""From a query's text to the filter that the stores take."""

import msgspec

from sightline.domain.filter import And, Condition, EntityType, Filter, Not, Or
from sightline.wire.query import fields
from sightline.wire.query.parser import parse
from sightline.wire.query.values import absolute


def read_query(entity: EntityType, text: str | None, now_us: int) -> Filter:
    """Return the filter of a query, its relative times made absolute; none matches all.

    Raises `QueryError`.
    """
    return at_moment(entity, parse(entity, text or "").tree, now_us)


def at_moment(entity: EntityType, tree: Filter, now_us: int) -> Filter:
    """Return the filter as it holds at a moment: `-24h` becomes a time."""
    if isinstance(tree, Not):
        return Not(at_moment(entity, tree.child, now_us))
    if isinstance(tree, And | Or):
        children = tuple(at_moment(entity, child, now_us) for child in tree.children)
        return And(children) if isinstance(tree, And) else Or(children)
    field = fields.of_condition(entity, tree.field, tree.key)
    if field is None or field.kind != "time":
        return tree
    return _absolute(tree, now_us)


def _absolute(node: Condition, now_us: int) -> Condition:
    return msgspec.structs.replace(node, value=absolute(node.value, now_us))
