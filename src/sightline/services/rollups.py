"""Adds up hours that have come to rest, and their scores, and puts down their rows, their words and
the least and the most of their numbers, so that figures of long periods, filters and the search for
a text read little (ADR 17, 18, 20).

Any process may do it, one at a time. Questions go first: it rests as long as it works.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection

from sightline.core.clock import Clock
from sightline.core.errors import SightlineError
from sightline.core.ids import Id
from sightline.core.log import get_logger
from sightline.core.tasks import TaskGroup
from sightline.stores.analytics import bounds, resting, rollup_units, rollups, score_sums, words
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.rollup_units import Done, Unit
from sightline.stores.catalog import jobs
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.jobs import Job, NewJob

log = get_logger(__name__)

KIND = "rollups"
# A file in the data folder that says that nothing which was added up may be believed.
STALE_ROLLUPS = "rollups.stale"
_EVERY_S = 20.0
_LEASE_US = 120_000_000
_HELD_EVERY_S = 30.0
_CLEARED_EVERY_US = 900_000_000
# What fails with one hour alone is tried again later; so many of them, one after the other, say
# that the store is at fault.
_AGAIN_US, _MOST_FAILURES = 600_000_000, 3
_AT_ONCE = 2_000
# While processes are replaced one by one, those of a version that does not mark scores write some.
_REPLACED_US = 3_600_000_000
# Hours in one statement: as many as take about so long, for they may have any number of rows.
_MOST_HOURS, _PROJECTS = 48, 100
_SHORT_S, _LONG_S = 2.0, 8.0


class LeaseLostError(Exception):
    """Another process has the job, or nobody can tell."""


class Rollups:
    """Keeps the figures of hours; `start` inside the running loop."""

    def __init__(self, analytics: Analytics, catalog: Catalog, clock: Clock) -> None:
        self._analytics = analytics
        self._catalog = catalog
        self._clock = clock
        self._tasks = TaskGroup()
        # Each takes another time for an hour.
        self._hours = {work.done: 4 for work in _WORKS}
        # Not before when it is tried again.
        self._failed: dict[tuple[Done, Unit], int] = {}
        self._failures = 0
        self._cleared_us = 0
        self._scores_from_us = 0

    def start(self) -> None:
        if not self._analytics.is_embedded:
            self._scores_from_us = self._clock.steady_us() + _REPLACED_US
        self._tasks.spawn("rollups", self._work())

    async def stop(self) -> None:
        """Stop between two steps."""
        await self._tasks.stop()

    async def _work(self) -> None:
        while True:
            try:
                await self._turn()
            except SightlineError as error:
                log.warning("rollups.failed", code=error.code)
            await asyncio.sleep(_EVERY_S)

    async def _turn(self) -> None:
        now_us = self._clock.now_us()

        def lease(connection: Connection) -> list[Job]:
            new = NewJob(kind=KIND, key="all", payload="{}", run_at_us=now_us)
            jobs.enqueue(connection, [new], now_us=now_us)
            return jobs.lease(connection, [KIND], now_us=now_us, lease_us=_LEASE_US)

        for job in await self._catalog.write(lease):
            working = self._tasks.spawn("rollups.turn", self._use(job, now_us + _LEASE_US // 2))
            held = self._tasks.spawn("rollups.lease", self._hold(job))
            try:
                await asyncio.wait((working, held), return_when=asyncio.FIRST_COMPLETED)
            finally:
                working.cancel()
                held.cancel()
                await asyncio.wait((working, held))
                # Also when the process ends: the next one need not wait for the lease to. Of
                # several processes one is enough each time.
                next_us = now_us + round(_EVERY_S * 1_000_000)
                await self._catalog.write(partial(jobs.reschedule, job=job, run_at_us=next_us))

    async def _use(self, job: Job, until_us: int) -> None:
        try:
            while await self.add_up(until_us, job=job):
                if self._clock.now_us() > until_us:
                    break
            await self._clear(job)
        except LeaseLostError:
            log.warning("rollups.lease_lost")
        except SightlineError as error:
            # What was added up stays; the rest is read as it is until the next time.
            log.warning("rollups.failed", code=error.code)

    async def _hold(self, job: Job) -> None:
        """Keep the job while it is worked on: two processes would take each other's rows away.

        Returns when another has it, or soon may: what is being written ends before.
        """
        held_us = self._clock.steady_us()
        while True:
            await asyncio.sleep(_HELD_EVERY_S)
            asked_us = self._clock.steady_us()
            try:
                if not await self._extend(job):
                    break
                held_us = asked_us
            except SightlineError:
                if self._clock.steady_us() - held_us >= _LEASE_US // 2:
                    break
        log.warning("rollups.lease_lost")

    async def _extend(self, job: Job) -> bool:
        until_us = self._clock.now_us() + _LEASE_US
        return await self._catalog.write(partial(jobs.extend, job=job, lease_until_us=until_us))

    async def _must_hold(self, job: Job | None) -> None:
        """Raise `LeaseLostError` where another has the job, or nobody can tell."""
        try:
            if job is None or await self._extend(job):
                return
        except SightlineError as error:
            raise LeaseLostError from error
        raise LeaseLostError

    async def _clear(self, job: Job) -> None:
        """Once in a while, see to it that no words and no rows of what is deleted are kept."""
        now_us = self._clock.now_us()
        if abs(now_us - self._cleared_us) > _CLEARED_EVERY_US:
            await self._must_hold(job)
            await words.clear(self._analytics, now_us)
            await self._must_hold(job)
            await resting.clear(self._analytics, now_us)
            self._cleared_us = now_us

    async def add_up(
        self,
        until_us: int | None = None,
        workspace_id: Id | None = None,
        job: Job | None = None,
    ) -> int:
        """Do what is to be done with hours at rest, till some moment; return how many those were.

        Not all at once: call it again. Of one workspace alone, if given. Raises `LeaseLostError`
        as soon as another has the job.
        """
        await rollup_units.reload(self._analytics)
        if not await rollup_units.is_ready(self._analytics):
            await rollup_units.seed(self._analytics, self._clock.now_us())
        found = 0
        for work in _WORKS:
            if not self._is_wanted(work.done):
                continue
            now_us = self._clock.now_us()
            left = await rollup_units.due(
                self._analytics, now_us, _AT_ONCE, work.done, workspace_id
            )
            left = self._possible(work, left, now_us)
            if not left and work.outdated is not None:
                of_before = await work.outdated(self._analytics, _AT_ONCE, workspace_id)
                left = self._possible(work, of_before, now_us)
            found += len(left)
            while left and not self._is_over(until_us):
                batch = _first(left, self._hours[work.done])
                left = left[len(batch) :]
                await self._try(work, batch, until_us, job)
        return found

    def _possible(self, work: "_Work", units: list[Unit], now_us: int) -> list[Unit]:
        return [unit for unit in units if self._failed.get((work.done, unit), 0) <= now_us]

    def _is_wanted(self, done: Done) -> bool:
        if done == "scored_us":
            return self._clock.steady_us() >= self._scores_from_us
        return done != "rested_us" or resting.are_kept(self._analytics)

    def _is_over(self, until_us: int | None) -> bool:
        return until_us is not None and self._clock.now_us() >= until_us

    async def _try(
        self, work: "_Work", units: list[Unit], until_us: int | None, job: Job | None
    ) -> None:
        """Do it with units, and where that fails one by one: what cannot be done with one of them
        for now must not keep the others from it."""
        try:
            await self._do(work, units, job)
            self._failures = 0
        except SightlineError as error:
            if len(units) > 1:
                self._hours[work.done] = 1
                for unit in units:
                    if self._is_over(until_us):
                        return
                    await self._try(work, [unit], until_us, job)
                return
            self._failures += 1
            now_us = self._clock.now_us()
            self._failed = {key: at for key, at in self._failed.items() if at > now_us}
            self._failed[work.done, units[0]] = now_us + _AGAIN_US
            log.warning("rollups.unit_failed", code=error.code, work=work.done, hour=units[0].hour)
            if self._failures >= _MOST_FAILURES:
                # It is not the hours.
                raise

    async def _do(self, work: "_Work", units: list[Unit], job: Job | None) -> None:
        begun = time.monotonic()
        await self._must_hold(job)
        at_us = await rollup_units.tick(self._analytics, self._clock.now_us())
        await work.compute(self._analytics, units, at_us)
        await self._must_hold(job)
        await rollup_units.note(self._analytics, units, at_us, work.done)
        took_s = time.monotonic() - begun
        hours = self._hours[work.done]
        if took_s < _SHORT_S:
            self._hours[work.done] = min(_MOST_HOURS, hours * 2)
        elif took_s > _LONG_S:
            self._hours[work.done] = max(1, hours // 2)
        await asyncio.sleep(took_s)


class _Work(NamedTuple):
    """Something that is done with hours at rest, and where it is noted that it was. `outdated`
    returns those with which an older version did it, for when there is nothing else to do."""

    done: Done
    compute: Callable[[Analytics, Sequence[Unit], int], Awaitable[None]]
    outdated: Callable[[Analytics, int, Id | None], Awaitable[list[Unit]]] | None = None


_WORKS = (
    _Work("computed_us", rollups.compute),
    _Work("scored_us", score_sums.compute),
    _Work("rested_us", resting.compute),
    _Work("bounded_us", bounds.compute),
    _Work("worded_us", words.compute, words.outdated),
)


def _first(units: Sequence[Unit], most_hours: int) -> list[Unit]:
    """Return the first units, of one workspace and at most so many hours."""
    hours: set[int] = set()
    for n, unit in enumerate(units):
        hours.add(unit.hour)
        is_full = len(hours) > most_hours or n == most_hours * _PROJECTS
        if is_full or unit.workspace_id != units[0].workspace_id:
            return list(units[:n])
    return list(units)
