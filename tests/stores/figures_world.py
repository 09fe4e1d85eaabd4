"""A workspace of its own with hand-made traces, for tests whose numbers one can add up by hand."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest

from sightline.core.clock import FakeClock, to_us
from sightline.core.ids import Id, format_id, new_id
from sightline.domain.filter import EVERYTHING, Filter
from sightline.domain.workspace import Principal
from sightline.domain.writes import GuardrailWrite, ScoreWrite, SpanWrite, TraceWrite
from sightline.services import rollups
from sightline.services.ingest.options import IngestOptions
from sightline.services.ingest.service import Ingest
from sightline.services.query import metrics
from sightline.services.query.metrics import Breakdown, Timeline
from sightline.services.rollups import Rollups
from sightline.stores.analytics import rollup_units
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.rollup_units import Done
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.thread_columns import Lifecycle
from sightline.stores.catalog.engine import Catalog
from tests.outside import sqlite_with_tables

HOUR = 3_600_000_000
DAY = 24 * HOUR
# Monday 2026-03-02, midnight UTC.
MONDAY = 1_772_409_600_000_000
LIFECYCLE = Lifecycle(now_us=MONDAY, timeout_us=900_000_000)

Lines = dict[str, list[float | None]]


class NoAttachments:
    """What deletion asks where there are none."""

    async def delete_for_entities(self, *_: object) -> None:
        return None


class World:
    """Writes to one workspace; times are given in µs after `MONDAY`."""

    def __init__(self, analytics: Analytics, ingest: Ingest) -> None:
        self.analytics = analytics
        self.ingest = ingest
        self.who = Principal(workspace_id=new_id(), workspace_name="w", user="u")
        self.project = new_id()

    @property
    def workspace_id(self) -> Id:
        return self.who.workspace_id

    async def trace(
        self,
        at: int = 0,
        ms: float | None = 100,
        *,
        project: Id | None = None,
        scores: dict[str, float] | None = None,
        failed: Collection[str] = (),
        **fields: Any,
    ) -> Id:
        """Write a trace that starts `at` and takes `ms`, with scores and failed guardrails."""
        id = new_id()
        place = project or self.project
        start = MONDAY + at
        end = None if ms is None else start + int(ms * 1000)
        write = TraceWrite(
            id=id, version_us=start, project_id=place, start_time_us=start, end_time_us=end,
            **fields,
        )  # fmt: skip
        await self.ingest.write_traces(self.who, [write])
        for name, value in (scores or {}).items():
            await self.score("trace", format_id(id), name, value, project=place)
        checks = [
            GuardrailWrite(
                id=new_id(), entity_id=id, secondary_id=new_id(), name=name, result=result,
                version_us=start, project_id=place,
            )
            for name, result in [*((n, "failed") for n in failed), ("PASSES", "passed")]
        ]  # fmt: skip
        await self.ingest.write_guardrails(self.who, checks)
        return id

    async def span(
        self,
        trace: Id,
        at: int = 0,
        ms: float | None = 50,
        *,
        project: Id | None = None,
        cost: str | None = None,
        scores: dict[str, float] | None = None,
        **fields: Any,
    ) -> Id:
        """Write a span that starts `at` and takes `ms`; `cost` is USD."""
        id = new_id()
        place = project or self.project
        start = MONDAY + at
        write = SpanWrite(
            id=id, trace_id=trace, version_us=start, project_id=place, start_time_us=start,
            end_time_us=None if ms is None else start + int(ms * 1000),
            total_estimated_cost=None if cost is None else Decimal(cost), **fields,
        )  # fmt: skip
        await self.ingest.write_spans(self.who, [write])
        for name, value in (scores or {}).items():
            await self.score("span", format_id(id), name, value, project=place)
        return id

    async def score(
        self,
        entity: str,
        id: str,
        name: str,
        value: float,
        *,
        author: str = "",
        project: Id | None = None,
    ) -> None:
        """Give a score to a trace, a span or a thread."""
        write = ScoreWrite(
            entity_type=entity, entity_id=id, name=name, value=Decimal(str(value)), version_us=1,
            author=author, project_id=project or self.project,
        )  # fmt: skip
        await self.ingest.write_scores(self.who, [write])

    async def lines(
        self,
        metric: str,
        interval: str = "HOURLY",
        start: int = 0,
        end: int = 3 * HOUR,
        *,
        by: Breakdown | None = None,
        filter: Filter = EVERYTHING,
        project: Id | None = None,
    ) -> Lines:
        """Return a chart's values by series, from `start` to `end` after `MONDAY`."""
        found = await metrics.chart(
            self.analytics,
            self.workspace_id,
            [project or self.project],
            metric,
            Timeline.of(interval, MONDAY + start, MONDAY + end),
            lifecycle=LIFECYCLE,
            filter=filter,
            breakdown=by,
        )
        return {series.name: [value for _, value in series.points] for series in found}


@asynccontextmanager
async def world(analytics: Analytics, clock: FakeClock | None = None) -> AsyncIterator[World]:
    """Open a workspace in which nothing is yet; `clock` is what its rows are written by."""
    clock = clock or FakeClock(MONDAY)
    ingest = _Settled(analytics, _NoNames(), _NoPrices(), _NoMedia(), clock, IngestOptions())
    ingest.start()
    try:
        yield World(analytics, ingest)
    finally:
        await ingest.stop()


async def later_clock(analytics: Analytics) -> FakeClock:
    """Return a clock by which what is written comes to rest, whatever other tests' clocks say."""
    at_us = await rollup_units.tick(analytics, MONDAY + 20 * HOUR)
    return FakeClock(at_us + HOUR)


class _Settled(Ingest):
    """What it acknowledges is in its table, whatever the clock says afterwards."""

    async def write_traces(self, *args: Any, **kwargs: Any) -> None:
        await super().write_traces(*args, **kwargs)
        await self._analytics.caught_up()

    async def write_spans(self, *args: Any, **kwargs: Any) -> None:
        await super().write_spans(*args, **kwargs)
        await self._analytics.caught_up()


class _NoNames:
    async def project_ids(self, workspace_id: Id, names: Any, user: str = "") -> dict[str, Id]:
        raise AssertionError("every write names its project by id")


class _NoPrices:
    version = "none"

    def cost_usd(self, provider: str | None, model: str | None, usage: dict[str, int]) -> None:
        return None


class _NoMedia:
    def has_media(self, write: Any) -> bool:
        return False

    async def extract(self, workspace_id: Id, write: Any, user: str) -> None:
        raise AssertionError("there is none")


def utc(text: str) -> int:
    """Return Unix µs of an ISO 8601 time."""
    return to_us(datetime.fromisoformat(text))


class Kept:
    """A world and what keeps the figures, rows and words of its hours.

    `works` are those of which its tests are; all are done where it names none.
    """

    works: ClassVar[tuple[Done, ...]] = ()

    def __init__(self, w: World, keeper: Rollups, clock: FakeClock) -> None:
        self.world = w
        self.keeper = keeper
        self.clock = clock
        self.scope = Scope(workspace_id=w.workspace_id, project_ids=(w.project,))

    async def rest(self) -> int:
        """Let all of the workspace come to rest; return how many hours that were.

        Other tests share the engine: what they wrote is left as it is.
        """
        self.clock.advance(300)
        with pytest.MonkeyPatch.context() as patch:
            if self.works:
                some = tuple(work for work in rollups._WORKS if work.done in self.works)
                patch.setattr(rollups, "_WORKS", some)
            return await self.keeper.add_up(workspace_id=self.world.workspace_id)


K = TypeVar("K", bound=Kept)


@asynccontextmanager
async def kept_world(analytics: Analytics, tmp_path: Path, made: type[K]) -> AsyncIterator[K]:
    """A world whose rows are written by the clock by which its hours come to rest."""
    catalog = Catalog.open(sqlite_with_tables(tmp_path))
    clock = await later_clock(analytics)
    async with world(analytics, clock) as w:
        keeper = Rollups(w.analytics, catalog, clock)
        # As many hours in one statement as it comes to by itself, which takes it a while.
        keeper._hours = dict.fromkeys(keeper._hours, rollups._MOST_HOURS)
        yield made(w, keeper, clock)
    catalog.close()
