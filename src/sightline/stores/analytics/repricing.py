"""Reads what is needed to price a span from its merged row, and writes the price back."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from sightline.core.ids import Id
from sightline.domain.writes import SpanWrite
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.row_binary import encode_span
from sightline.stores.analytics.sql import id_list


class PricedSpan(msgspec.Struct, frozen=True):
    project_id: Id
    trace_id: Id
    id: Id
    model: str
    provider: str
    usage: dict[str, int]
    computed_cost: Decimal | None
    last_updated_us: int


async def select(
    analytics: Analytics, workspace_id: Id, keys: Sequence[tuple[Id, Id, Id]]
) -> list[PricedSpan]:
    """Return model, provider and usage of spans given as (project, trace, span) ids."""
    rows = await analytics.query(
        "SELECT project_id, trace_id, id, model, provider, usage, "
        "if(tupleElement(computed_cost_v, 1) = 0, NULL, tupleElement(computed_cost_v, 2)), "
        "toUnixTimestamp64Micro(last_updated_at) FROM spans FINAL "
        f"WHERE workspace_id = {id_list([workspace_id])[1:-1]} "
        f"AND project_id IN {id_list({k[0] for k in keys})} "
        f"AND trace_id IN {id_list({k[1] for k in keys})} AND id IN {id_list({k[2] for k in keys})}"
    )
    return [PricedSpan(*row) for row in rows]


def encode(span: PricedSpan, workspace_id: Id, cost: Decimal, version: str) -> bytes:
    """Return a row of `spans` that says the computed cost alone."""
    write = SpanWrite(
        id=span.id,
        trace_id=span.trace_id,
        project_id=span.project_id,
        version_us=span.last_updated_us,
    )
    return encode_span(write, workspace_id, "", span.last_updated_us, cost, version)
