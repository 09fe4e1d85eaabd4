"""Tokens are counted once: agent spans repeat the sum of the model calls below them."""

from sightline.core.ids import Id
from sightline.wire.otlp.node import Node, NodeKey

# What stands below a span: usage somewhere, in a child, and with a cost or a model.
# Plain ints: this runs per span, and an IntFlag costs a microsecond per operation.
BELOW = 1
CHILD = 2
PRICED = 4


class CountedParents:
    """Remembers spans below which usage was counted, for the most recently marked `capacity`.

    An agent's span ends last and often comes in a later request than its model calls. One per
    process; what it forgets, or another process saw, counts as it would without it.
    """

    def __init__(self, capacity: int = 50_000) -> None:
        self._capacity = capacity
        self._marks: dict[tuple[Id, bytes], int] = {}

    def __len__(self) -> int:
        return len(self._marks)

    def mark(self, trace_id: Id, otel_span_id: bytes) -> int:
        return self._marks.get((trace_id, otel_span_id), 0)

    def add(self, trace_id: Id, otel_span_id: bytes, mark: int) -> None:
        key = (trace_id, otel_span_id)
        known = self._marks.pop(key, 0)
        if len(self._marks) >= self._capacity:
            del self._marks[next(iter(self._marks))]
        self._marks[key] = known | mark


def count_once(nodes: list[Node], counted: CountedParents) -> None:
    """Clear usage and cost of spans whose descendants have said them.

    A parent is always cleared; an ancestor further up only if it is no model call itself. A cost
    stays where the spans below can have none: no cost of their own and no model.
    """
    payers = [node for node in nodes if node.draft.usage or node.draft.cost is not None]
    passing = (
        [node for node in nodes if counted.mark(node.trace_id, node.span.span_id)]
        if len(counted)
        else []
    )
    if not payers and not passing:
        return
    by_key = {node.key: node for node in nodes}
    marks: dict[NodeKey, int] = {}
    for node in payers:
        is_priced = node.draft.cost is not None or node.draft.model is not None
        _climb(node, BELOW | PRICED if is_priced else BELOW, CHILD, by_key, marks, counted)
    for node in passing:
        below = counted.mark(node.trace_id, node.span.span_id)
        marks[node.key] = marks.get(node.key, 0) | below
        _climb(node, below & ~CHILD, 0, by_key, marks, counted)
    for node in payers:
        mark = marks.get(node.key)
        if mark and (mark & CHILD or node.draft.stated_type != "llm"):
            node.draft.usage.clear()
            if mark & PRICED:
                node.draft.cost = None


def _climb(
    node: Node,
    below: int,
    first: int,
    by_key: dict[NodeKey, Node],
    marks: dict[NodeKey, int],
    counted: CountedParents,
) -> None:
    """Mark the ancestors of a span. Marks only grow, so a circle ends the climb as well."""
    at: Node | None = node
    while at is not None:
        key = at.parent_key
        if key is None:
            return
        known = marks.get(key, 0)
        mark = known | below | first
        if mark == known:
            return
        marks[key] = mark
        if key not in by_key:
            counted.add(node.trace_id, at.span.parent_span_id, mark)
        at, first = by_key.get(key), 0
