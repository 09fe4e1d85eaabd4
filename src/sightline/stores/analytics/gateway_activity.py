"""Calls that went through the gateway, added up by day, model and provider."""

from decimal import Decimal

import msgspec

from sightline.core.ids import Id
from sightline.stores.analytics.columns import usage_of
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.sql import Binder, id_literal

# More days times models than a page can show.
_MAX_ROWS = 20_000
_SOURCE = "gateway"
_DAY_US = 86_400_000_000


class DayOfModel(msgspec.Struct, frozen=True, kw_only=True):
    """A UTC day (counted from 1970-01-01) of one model at one provider."""

    day: int
    model: str
    provider: str
    requests: int
    prompt_tokens: int
    completion_tokens: int
    reasoning_tokens: int
    cached_tokens: int
    cost_usd: Decimal


async def by_day(
    analytics: Analytics, workspace_id: Id, *, from_us: int, to_us: int
) -> list[DayOfModel]:
    """Return what began at from ≤ t < to, newest day first."""
    binder = Binder()
    sums = [
        f"sum(coalesce({usage_of(name, binder)}, 0))"
        for name in (
            "prompt_tokens",
            "completion_tokens",
            "original_usage.completion_tokens_details.reasoning_tokens",
            "original_usage.prompt_tokens_details.cached_tokens",
        )
    ]
    began = f"fromUnixTimestamp64Micro({int(from_us)}, 'UTC')"
    ended = f"fromUnixTimestamp64Micro({int(to_us)}, 'UTC')"
    rows = await analytics.query(
        f"SELECT intDiv(toUnixTimestamp64Micro(start_time), {_DAY_US}) AS day_, model, provider, "
        f"count(), {', '.join(sums)}, sum(coalesce(total_estimated_cost, 0)) "
        f"FROM spans FINAL WHERE workspace_id = {id_literal(workspace_id)} "
        f"AND start_time >= {began} AND start_time < {ended} "
        # A call that reached no model has none.
        f"AND type = 'llm' AND source = {binder.add(_SOURCE)} AND model != '' "
        f"GROUP BY day_, model, provider ORDER BY day_ DESC, model, provider LIMIT {_MAX_ROWS}",
        binder.params,
    )
    return [
        DayOfModel(
            day=int(row[0]),
            model=row[1],
            provider=row[2],
            requests=int(row[3]),
            prompt_tokens=int(row[4]),
            completion_tokens=int(row[5]),
            reasoning_tokens=int(row[6]),
            cached_tokens=int(row[7]),
            cost_usd=Decimal(row[8]),
        )
        for row in rows
    ]
