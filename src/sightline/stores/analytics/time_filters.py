"""Conditions on the time at which a trace or span began, as the time of a scope.

`start_time < …` says what the scope's own time says, and that is what pages are sought by, newest
first, and what hours are known by. As a condition each row would be tested instead.
"""

import msgspec

from sightline.domain.filter import EVERYTHING, And, Condition, Filter, all_of
from sightline.domain.literals import time_us_of
from sightline.stores.analytics.scope import Scope


def in_time(scope: Scope) -> Scope:
    """Return the same scope of traces or spans without such conditions in its filter.

    The filter must be right: see `check_filter`.
    """
    tree = all_of(scope.filter)
    children = tree.children if isinstance(tree, And) else (tree,)
    from_us, to_us = scope.from_us, scope.to_us
    left: list[Filter] = []
    for child in children:
        times = _times(child)
        if times is None:
            left.append(child)
            continue
        from_us = max((t for t in (from_us, times[0]) if t is not None), default=None)
        to_us = min((t for t in (to_us, times[1]) if t is not None), default=None)
    if len(left) == len(children):
        return scope
    rest = EVERYTHING if not left else left[0] if len(left) == 1 else And(tuple(left))
    return msgspec.structs.replace(scope, from_us=from_us, to_us=to_us, filter=rest)


def _times(node: Filter) -> tuple[int | None, int | None] | None:
    """Return from when until when an entity must have begun, as a scope says it; None when the
    condition is about anything else."""
    if not isinstance(node, Condition) or node.field != "start_time" or node.key:
        return None
    at_us = time_us_of(node.value)
    if at_us is None:
        return None
    match node.operator:
        case "<":
            return None, at_us
        case "<=":
            return None, at_us + 1
        case ">":
            return at_us + 1, None
        case ">=":
            return at_us, None
        case "=":
            return at_us, at_us + 1
        case _:
            return None
