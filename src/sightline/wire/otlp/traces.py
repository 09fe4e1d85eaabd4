"""The trace row: made from the root span, and from what other spans say about their trace."""

from typing import Any

import msgspec

from sightline.core.codec import encode_text
from sightline.core.ids import Id
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.wire.otlp.draft import Draft, add_tags
from sightline.wire.otlp.node import Node

_RESOURCE_KEY = "opentelemetry.resource"
_NOISE = ("telemetry.", "process.", "service.instance.id")
"""Resource attributes that say how the sender was built and started, not what it is."""


class TraceFacts(msgspec.Struct, gc=False):
    """What the spans of one request say about one trace; the first to say a thing wins."""

    root: Node | None = None
    root_write: SpanWrite | None = None
    name: str | None = None
    thread_id: str | None = None
    environment: str | None = None
    input: dict[str, Any] | None = None
    output: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    tags: list[str] | None = None

    @staticmethod
    def note(facts: dict[Id, "TraceFacts"], node: Node, write: SpanWrite) -> None:
        """Add what one span says; spans linked into a trace say nothing about it."""
        if node.is_linked:
            return
        found = facts.get(node.trace_id)
        if found is None:
            found = facts[node.trace_id] = TraceFacts()
        if not node.span.parent_span_id:
            earlier = found.root_write
            if earlier is None or (write.start_time_us or 0) < (earlier.start_time_us or 0):
                found.root, found.root_write = node, write
        found._hear(node.draft)

    def _hear(self, draft: Draft) -> None:
        self.thread_id = self.thread_id or draft.thread_id
        self.environment = self.environment or draft.environment
        if not draft.says_trace:
            return
        self.name = self.name or draft.trace_name
        self.input = self.input or draft.trace_input
        self.output = self.output or draft.trace_output
        if draft.trace_metadata:
            self.metadata = draft.trace_metadata | (self.metadata or {})
        if draft.trace_tags:
            self.tags = add_tags(self.tags, draft.trace_tags)


def trace_writes(
    facts: dict[Id, TraceFacts], now_us: int, project_name: str | None
) -> list[TraceWrite]:
    """Return one write for each trace whose root is here."""
    return [
        _trace_write(trace_id, found, found.root, found.root_write, now_us, project_name)
        for trace_id, found in facts.items()
        if found.root is not None and found.root_write is not None
    ]


def _trace_write(
    trace_id: Id,
    facts: TraceFacts,
    root: Node,
    span: SpanWrite,
    now_us: int,
    project_name: str | None,
) -> TraceWrite:
    # What the root says itself goes before what its descendants say.
    thread_id = root.draft.thread_id or facts.thread_id
    metadata = root.draft.metadata | (facts.metadata or {})
    if thread_id is not None:
        metadata["thread_id"] = thread_id
    resource = {
        key: value for key, value in root.origin.resource.items() if not key.startswith(_NOISE)
    }
    if resource:
        metadata[_RESOURCE_KEY] = resource
    tags = add_tags(root.draft.tags, facts.tags) if facts.tags else root.draft.tags
    return TraceWrite(
        id=trace_id,
        version_us=now_us,
        project_name=project_name,
        name=root.draft.trace_name or facts.name or span.name,
        start_time_us=span.start_time_us,
        end_time_us=span.end_time_us,
        input=encode_text(facts.input) if facts.input else span.input,
        output=encode_text(facts.output) if facts.output else span.output,
        metadata=encode_text(metadata) if metadata else None,
        tags=tags or None,
        error_info=span.error_info,
        thread_id=thread_id,
        ttft_ms=span.ttft_ms,
        source=span.source,
        environment=root.draft.environment or facts.environment or span.environment,
    )
