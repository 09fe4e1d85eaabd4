"""Searching within one trace."""

import asyncio

import msgspec

from sightline.core.ids import Id
from sightline.stores.analytics import trace_search
from sightline.stores.analytics.engine import Analytics

MAX_HITS = 10_000


class Hits(msgspec.Struct, frozen=True):
    """Where a text was found: in spans, the earliest first, and in the trace's own row."""

    span_ids: list[Id]
    is_in_trace: bool


async def search(analytics: Analytics, workspace_id: Id, trace_id: Id, text: str) -> Hits:
    """Return which spans hold a text: name, payloads, tags, model. A blank text is nowhere."""
    if not text.strip():
        return Hits([], is_in_trace=False)
    span_ids, is_in_trace = await asyncio.gather(
        trace_search.spans_with(analytics, workspace_id, trace_id, text, limit=MAX_HITS),
        trace_search.is_in_trace(analytics, workspace_id, trace_id, text),
    )
    return Hits(span_ids, is_in_trace)
