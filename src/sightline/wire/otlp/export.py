"""The neutral form of an OTLP trace export: what both encodings decode to.

Ids are raw bytes, times Unix nanoseconds, attribute values plain Python values
(`None`, `bool`, `int`, `float`, `str`, `list`, `dict`; bytes are base64 text).
"""

from collections.abc import Sequence
from typing import Any

import msgspec

STATUS_ERROR = 2
"""`Status.code` of a failed span (OTLP 1.x, trace.proto)."""

_TEST_SPAN_NAME = "openrouter-connection-test"
_TEST_TRACE_ID = (1).to_bytes(16, "big")


class Event(msgspec.Struct, gc=False):
    name: str
    time_unix_nano: int
    attributes: dict[str, Any]


class Link(msgspec.Struct, gc=False):
    trace_id: bytes
    span_id: bytes
    attributes: dict[str, Any]


class Span(msgspec.Struct, gc=False):
    """One span; `parent_span_id` is empty on a root, a time of 0 was not said."""

    trace_id: bytes
    span_id: bytes
    parent_span_id: bytes
    name: str
    kind: int
    start_unix_nano: int
    end_unix_nano: int
    attributes: dict[str, Any]
    events: Sequence[Event]
    links: Sequence[Link]
    status_code: int
    status_message: str


class ScopeSpans(msgspec.Struct, gc=False):
    """The spans of one instrumentation scope of one resource."""

    resource: dict[str, Any]
    scope_name: str
    scope_version: str
    spans: list[Span]


class ExportRequest(msgspec.Struct, gc=False):
    scopes: list[ScopeSpans]


def is_connection_test(span: Span) -> bool:
    """Say whether this is the span by which OpenRouter tries a new destination.

    It is answered like any other and never stored.
    """
    return span.name == _TEST_SPAN_NAME and span.trace_id == _TEST_TRACE_ID


def messages_of(request: ExportRequest) -> int:
    """Return how many spans a request brings to be stored."""
    return sum(not is_connection_test(span) for scope in request.scopes for span in scope.spans)
