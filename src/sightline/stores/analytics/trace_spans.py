"""The spans of a few traces: which they are, and what they add up to.

Few rows are read as they were written and put together here, which takes a third of what the
engine needs to merge them and to add them up.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from sightline.core.ids import Id
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.sql import id_list, id_literal

_MOST = 1_000
# What was said of a span, each as (version, value): the greatest counts.
_SAID = (
    "type_v.v, type_v.x, provider_v.v, provider_v.x, client_cost_v.v, client_cost_v.x, "
    "computed_cost_v.v, computed_cost_v.x, usage_v.v, usage_v.x.k, usage_v.x.n"
)


class TraceSpans(msgspec.Struct, frozen=True):
    """Traces and types of spans by id, and the sums of each trace that has spans by column."""

    spans: dict[Id, tuple[Id, str]]
    sums: dict[Id, dict[str, Any]]


async def of_traces(
    analytics: Analytics, workspace_id: Id, trace_ids: Sequence[Id]
) -> TraceSpans | None:
    """Return the spans of traces; None where so many messages are told of them that the engine adds
    them up sooner."""
    rows = await analytics.query(
        f"SELECT trace_id, project_id, id, {_SAID} FROM spans "
        f"PREWHERE workspace_id = {id_literal(workspace_id)} "
        f"AND trace_id IN {id_list(trace_ids)} LIMIT {_MOST + 1} SETTINGS max_threads = 1"
    )
    if len(rows) > _MOST:
        return None
    written: dict[tuple[Id, Id, Id], list[Sequence[Any]]] = {}
    for trace_id, project_id, id, *said in rows:
        written.setdefault((trace_id, project_id, id), []).append(said)
    spans: dict[Id, tuple[Id, str]] = {}
    of_trace: dict[Id, list[_Span]] = {}
    for (trace_id, _, id), messages in written.items():
        span = _put_together(messages)
        spans[id] = trace_id, span.type
        of_trace.setdefault(trace_id, []).append(span)
    return TraceSpans(spans, {id: _sums(some) for id, some in of_trace.items()})


class _Span(msgspec.Struct, frozen=True):
    type: str
    provider: str
    cost: Decimal | None
    usage: Sequence[tuple[str, int]]


def _put_together(messages: Sequence[Sequence[Any]]) -> _Span:
    type, provider, client, computed = (
        max((said[i], said[i + 1]) for said in messages) for i in (0, 2, 4, 6)
    )
    usage = max((said[8], list(zip(said[9], said[10], strict=True))) for said in messages)
    cost = client if client[0] else computed
    return _Span(
        type[1] if type[0] else "general", provider[1], cost[1] if cost[0] else None, usage[1]
    )


def _sums(spans: Sequence[_Span]) -> dict[str, Any]:
    usage: dict[str, int] = {}
    for span in spans:
        for key, number in span.usage:
            usage[key] = usage.get(key, 0) + number
    costs = [span.cost for span in spans if span.cost is not None]
    return {
        "usage": {key: _int64(usage[key]) for key in sorted(usage)},
        "total_estimated_cost": sum(costs, Decimal(0)) if costs else None,
        "span_count": len(spans),
        "llm_span_count": sum(span.type == "llm" for span in spans),
        "has_tool_spans": any(span.type == "tool" for span in spans),
        "providers": sorted({span.provider for span in spans} - {""}),
    }


def _int64(number: int) -> int:
    """Add up as the engine does, in 64 bits."""
    return (number + (1 << 63)) % (1 << 64) - (1 << 63)
