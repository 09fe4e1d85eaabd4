"""Spans that name their place in an existing trace: `opik.trace_id`, `.parent_span_id`, `.span_id`.

Opik's SDK sets them where an otel tree begins inside a trace of its own.
"""

from sightline.core.errors import UnprocessableError
from sightline.core.ids import Id, is_v7, parse_id
from sightline.wire.otlp.ids import id_in_trace
from sightline.wire.otlp.node import Node, NodeKey

TRACE = "opik.trace_id"
PARENT = "opik.parent_span_id"
SPAN = "opik.span_id"


def link(nodes: list[Node]) -> None:
    """Move the spans that name a trace into it, and with them their descendants in the request.

    An id that is no UUIDv7 is not followed: it stays readable in metadata. A parent counts only
    beside a trace.
    """
    named = [node for node in nodes if TRACE in node.draft.attributes]
    renamed = [node for node in nodes if SPAN in node.draft.attributes]
    if not named and not renamed:
        return
    by_key = {node.key: node for node in nodes}
    for node in named:
        trace_id = _stated(node, TRACE)
        if trace_id is not None:
            _move(node, trace_id)
            node.parent_id = _stated(node, PARENT) or node.parent_id
    _carry(nodes, by_key)
    for node in renamed:
        span_id = _stated(node, SPAN)
        if span_id is not None:
            node.id = span_id
    _follow_renamed(nodes, by_key)


def _move(node: Node, trace_id: Id) -> None:
    node.trace_id = trace_id
    node.id = id_in_trace(node.span.span_id, trace_id)
    parent = node.span.parent_span_id
    node.parent_id = id_in_trace(parent, trace_id) if parent else None
    node.is_linked = True


def _carry(nodes: list[Node], by_key: dict[NodeKey, Node]) -> None:
    """Move each span after its nearest linked ancestor; every span is climbed over once."""
    settled = {node.key for node in nodes if node.is_linked}
    for start in nodes:
        chain = []
        node: Node | None = start
        while node is not None and node.key not in settled:
            settled.add(node.key)
            chain.append(node)
            node = by_key.get(node.parent_key) if node.parent_key else None
        if node is not None and node.is_linked:
            for below in chain:
                _move(below, node.trace_id)


def _follow_renamed(nodes: list[Node], by_key: dict[NodeKey, Node]) -> None:
    for node in nodes:
        parent = by_key.get(node.parent_key) if node.parent_key else None
        if parent is not None and SPAN in parent.draft.attributes and not _states_parent(node):
            node.parent_id = parent.id


def _states_parent(node: Node) -> bool:
    return node.is_linked and PARENT in node.draft.attributes


def _stated(node: Node, key: str) -> Id | None:
    value = node.draft.attributes.get(key)
    if value is None:
        return None
    try:
        found = parse_id(value, key)
    except UnprocessableError:
        found = b""
    if found and is_v7(found):
        return found
    node.draft.metadata[key] = value
    return None
