"""The spans of one trace: which they are, and what they add up to.

Few rows are read as they were written and put together here, which takes a third of what the
engine needs to merge them and to add them up.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from sightline.core.ids import Id
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.sql import id_literal

_MOST = 1_000
# What was said of a span, each as (version, value): the greatest counts.
_SAID = (
    "type_v.v, type_v.x, provider_v.v, provider_v.x, client_cost_v.v, client_cost_v.x, "
    "computed_cost_v.v, computed_cost_v.x, usage_v.v, usage_v.x.k, usage_v.x.n"
)


class TraceSpans(msgspec.Struct, frozen=True):
    """Types of spans by id, and the sums of a trace by column; no sums where there are no spans."""

    types: dict[Id, str]
    sums: dict[str, Any]


async def of_trace(analytics: Analytics, workspace_id: Id, trace_id: Id) -> TraceSpans | None:
    """Return the spans of a trace; None where so many messages are told of them that the engine
    adds them up sooner."""
    rows = await analytics.query(
        f"SELECT project_id, id, {_SAID} FROM spans "
        f"PREWHERE workspace_id = {id_literal(workspace_id)} "
        f"AND trace_id = {id_literal(trace_id)} LIMIT {_MOST + 1} SETTINGS max_threads = 1"
    )
    if len(rows) > _MOST:
        return None
    written: dict[tuple[Id, Id], list[Sequence[Any]]] = {}
    for project_id, id, *said in rows:
        written.setdefault((project_id, id), []).append(said)
    spans = [(id, _put_together(said)) for (_, id), said in written.items()]
    return TraceSpans({id: span.type for id, span in spans}, _sums([span for _, span in spans]))


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
    if not spans:
        return {}
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
