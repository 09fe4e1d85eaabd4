"""What happened in a project lately, newest first: for now the days on which traces came in."""

import msgspec

from sightline.core.ids import Id
from sightline.stores.analytics import project_figures
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.scope import Scope

_DAY_US = 86_400_000_000
LOOK_BACK_DAYS = 30


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the feed; `id` is that of the thing that it is about."""

    type: str
    id: Id
    name: str
    at_us: int


async def recent(
    analytics: Analytics, workspace_id: Id, project_id: Id, now_us: int, *, page: int, size: int
) -> tuple[list[Activity], int]:
    """Return a page of the last 30 days' activities, and how many there are."""
    today_us = now_us // _DAY_US * _DAY_US
    scope = Scope(
        workspace_id=workspace_id,
        project_ids=(project_id,),
        from_us=today_us - (LOOK_BACK_DAYS - 1) * _DAY_US,
        to_us=today_us + _DAY_US,
    )
    days = await project_figures.daily_traces(analytics, scope)
    found = [
        Activity(
            type="trace_daily",
            id=project_id,
            name=f"{count:,} trace{'' if count == 1 else 's'}",
            at_us=last_us,
        )
        for last_us, count in days
    ]
    return found[(page - 1) * size : page * size], len(found)
