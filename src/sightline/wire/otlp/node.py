"""One span between its otel form and its write: what was read, and which ids it got."""

from typing import Any

import msgspec

from sightline.core.ids import Id
from sightline.wire.otlp.draft import Draft
from sightline.wire.otlp.export import Span

NodeKey = bytes
"""The otel trace id and span id, one after the other: a span's name within a request."""


class Origin(msgspec.Struct, gc=False):
    """Where spans come from: what their resource and their scope say."""

    resource: dict[str, Any]
    integration: str | None
    environment: str | None


class Node(msgspec.Struct, gc=False):
    """`is_linked` says that the span hangs in a trace which another client makes."""

    key: NodeKey
    parent_key: NodeKey | None
    span: Span
    draft: Draft
    origin: Origin
    trace_id: Id
    id: Id
    parent_id: Id | None
    is_linked: bool = False
