"""Who adds up hours holds a job: what happens when another process has it meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from sightline.core.errors import StoreUnavailableError
from sightline.domain.writes import TraceWrite
from sightline.services import rollups
from sightline.services.rollups import KIND, LeaseLostError, Rollups
from sightline.stores.analytics import rollup_units
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.rollup_units import Unit
from sightline.stores.catalog import jobs
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.jobs import Job, NewJob
from tests.outside import sqlite_with_tables
from tests.stores.figures_world import HOUR, MONDAY, Kept, later_clock, world
from tests.stores.test_rollups import trace_id

_LEASE_US = 60_000_000


class Leased(Kept):
    """Three hours that are at rest, and the job of who adds them up."""

    catalog: Catalog

    async def fill(self) -> None:
        traces = [
            TraceWrite(
                id=trace_id(MONDAY + n * HOUR, n), version_us=MONDAY,
                project_id=self.world.project, start_time_us=MONDAY + n * HOUR,
            )
            for n in range(3)
        ]  # fmt: skip
        await self.world.ingest.write_traces(self.world.who, traces)
        self.clock.advance(300)

    async def lease(self) -> Job:
        """Take the job from whoever has it, as another process does whose time is later."""
        now_us = self.clock.now_us()

        def take(connection: Connection) -> list[Job]:
            new = NewJob(kind=KIND, key="all", payload="{}", run_at_us=now_us)
            jobs.enqueue(connection, [new], now_us=now_us)
            later_us = now_us + 10 * _LEASE_US
            return jobs.lease(connection, [KIND], now_us=later_us, lease_us=_LEASE_US)

        (job,) = await self.catalog.write(take)
        return job

    async def add_up(self, job: Job | None = None, until_us: int | None = None) -> int:
        return await self.keeper.add_up(until_us, self.world.workspace_id, job)

    async def due(self) -> list[Unit]:
        now_us = self.clock.now_us()
        return await rollup_units.due(
            self.world.analytics, now_us, 10, workspace_id=self.world.workspace_id
        )


@asynccontextmanager
async def leased_world(analytics: Analytics, tmp_path: Path) -> AsyncIterator[Leased]:
    catalog = Catalog.open(sqlite_with_tables(tmp_path))
    clock = await later_clock(analytics)
    try:
        async with world(analytics, clock) as w:
            leased = Leased(w, Rollups(analytics, catalog, clock), clock)
            leased.catalog = catalog
            await leased.fill()
            yield leased
    finally:
        catalog.close()


def before_each(
    analytics: Analytics, patch: pytest.MonkeyPatch, happens: Callable[[], Awaitable[None]]
) -> None:
    """Let something happen before figures are written."""
    command = analytics.command

    async def slow(sql: str, *rest: Any) -> None:
        if sql.startswith("INSERT INTO rollups"):
            await happens()
        await command(sql, *rest)

    patch.setattr(analytics, "command", slow)


async def test_who_has_the_job_adds_up(analytics: Analytics, tmp_path: Path) -> None:
    async with leased_world(analytics, tmp_path) as leased:
        job = await leased.lease()
        assert await leased.add_up(job) >= 3
        assert await leased.due() == []


async def test_what_was_done_is_not_noted_when_another_has_the_job(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with leased_world(analytics, tmp_path) as leased:
        job = await leased.lease()
        written = []

        async def stolen() -> None:
            if not written:
                await leased.lease()
            written.append(1)

        before_each(analytics, monkeypatch, stolen)
        with pytest.raises(LeaseLostError):
            await leased.add_up(job)
        # Of traces and of spans, and nothing after that.
        assert len(written) == 2
        assert len(await leased.due()) == 3
        with pytest.raises(LeaseLostError):
            await leased.add_up(job)
        assert len(written) == 2


async def test_a_turn_ends_when_another_has_the_job(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollups, "_HELD_EVERY_S", 0.01)
    writes, ended = asyncio.Event(), asyncio.Event()

    async def forever() -> None:
        writes.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with leased_world(analytics, tmp_path) as leased:
        before_each(analytics, monkeypatch, forever)
        leased.keeper.start()
        try:
            async with asyncio.timeout(30):
                await writes.wait()
                await leased.lease()
                await ended.wait()
        finally:
            await leased.keeper.stop()
        assert len(await leased.due()) == 3


async def test_hours_that_are_tried_one_by_one_end_in_time(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with leased_world(analytics, tmp_path) as leased:
        tried = []

        async def failed() -> None:
            tried.append(leased.clock.now_us())
            leased.clock.advance(30)
            raise StoreUnavailableError("The store is slow")

        before_each(analytics, monkeypatch, failed)
        await leased.add_up(until_us=leased.clock.now_us() + 45_000_000)
        # All at once, then one alone.
        assert len(tried) == 2


async def test_moments_of_other_processes_count(analytics: Analytics, tmp_path: Path) -> None:
    async with leased_world(analytics, tmp_path) as leased:
        project = leased.world.project
        other_us = await rollup_units.tick(analytics, leased.clock.now_us()) + HOUR
        unit = Unit(leased.world.workspace_id, project, MONDAY // HOUR)
        await rollup_units.note(analytics, [unit], other_us)
        await leased.add_up()
        assert await rollup_units.tick(analytics, leased.clock.now_us()) > other_us
