"""What went through the gateway, by day, model and provider."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from sightline.core.clock import Clock
from sightline.core.errors import InvalidRequestError
from sightline.core.ids import Id
from sightline.domain.literals import time_us_of
from sightline.providers import _table
from sightline.stores.analytics import gateway_activity
from sightline.stores.analytics.engine import Analytics

_DAY_US = 86_400_000_000
_DAYS = 30


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """A day's calls of one model at one provider; `day_us` is its UTC midnight."""

    day_us: int
    model: str
    provider_name: str
    provider: str
    requests: int
    prompt_tokens: int
    completion_tokens: int
    reasoning_tokens: int
    cached_tokens: int
    usage: Decimal


async def activity(
    analytics: Analytics, clock: Clock, workspace_id: Id, *, date: str | None = None
) -> Sequence[Activity]:
    """Return the last 30 UTC days, newest first, or the one `date` (`2026-11-26`) among them.

    Raises `InvalidRequestError` for a date that is none or longer ago.
    """
    today_us = clock.now_us() // _DAY_US * _DAY_US
    from_us, to_us = today_us - (_DAYS - 1) * _DAY_US, today_us + _DAY_US
    if date is not None:
        day_us = time_us_of(date) if len(date) == len("2026-11-26") else None
        if day_us is None or not from_us - _DAY_US <= day_us < to_us:
            raise InvalidRequestError(f"Date must be within the last {_DAYS} days: YYYY-MM-DD")
        from_us, to_us = day_us, day_us + _DAY_US
    rows = await gateway_activity.by_day(analytics, workspace_id, from_us=from_us, to_us=to_us)
    return [
        Activity(
            day_us=row.day * _DAY_US,
            model=_slug(row.provider, row.model),
            provider=row.provider,
            provider_name=_name(row.provider),
            requests=row.requests,
            prompt_tokens=row.prompt_tokens,
            completion_tokens=row.completion_tokens,
            reasoning_tokens=row.reasoning_tokens,
            cached_tokens=row.cached_tokens,
            usage=row.cost_usd,
        )
        for row in rows
    ]


def _slug(provider: str, model: str) -> str:
    return model if "/" in model or not provider else f"{provider}/{model}"


def _name(provider: str) -> str:
    row = _table.find(provider)
    return row.name if row else provider
