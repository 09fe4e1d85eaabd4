"""What a filter needs of what is put down of hours, from what its conditions need (ADR 18)."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from sightline.domain.filter import And, Condition, Filter, Not

Needs = TypeVar("Needs")


class SqlNeeds(msgspec.Struct, frozen=True):
    """What must hold of what is put down of an hour, as SQL; `is_of_spans` says that it is about
    what the spans of traces add up to, or their scores."""

    condition: str
    is_of_spans: bool


def sql_joined(parts: Sequence[SqlNeeds], how: str) -> SqlNeeds:
    """Put needs together, for `needs_of`."""
    condition = how.join(part.condition for part in parts)
    return SqlNeeds(f"({condition})", any(part.is_of_spans for part in parts))


def needs_of(
    tree: Filter,
    of_condition: Callable[[Condition], Needs | None],
    joined: Callable[[Sequence[Needs], str], Needs],
) -> Needs | None:
    """Return what a filter needs, None where there is no telling.

    What must hold of conditions joined by AND adds up, of OR each must have needs, NOT has none.
    `joined` puts needs together by `" AND "` or `" OR "`.
    """
    if isinstance(tree, Condition):
        return of_condition(tree)
    if isinstance(tree, Not):
        return None
    parts = [needs_of(child, of_condition, joined) for child in tree.children]
    known = [part for part in parts if part is not None]
    is_all = isinstance(tree, And)
    if not known or (not is_all and len(known) < len(parts)):
        return None
    return joined(known, " AND " if is_all else " OR ")
