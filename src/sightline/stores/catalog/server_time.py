"""The time that processes of one Postgres share: its own.

Machines' clocks may be minutes apart. What one process writes others compare with their own time:
leases, when work is due, whether an hour is at rest. So all go by one clock, the database's. A
SQLite file has one process, which goes by its machine's.
"""

import asyncio

from sqlalchemy import BigInteger, Connection, cast, func, select

from sightline.core.clock import Clock, SharedClock, SystemClock
from sightline.core.errors import SightlineError
from sightline.core.log import get_logger
from sightline.core.tasks import TaskGroup
from sightline.stores.catalog.engine import Catalog

log = get_logger(__name__)

FAR_OFF_US = 10_000_000
"""A machine's clock that is so far from the database's should be set right."""
_EVERY_S = 60.0
# Of several answers the quickest tells the time best.
_TIMES = 3


def read(connection: Connection) -> int:
    """Return by how much Postgres' clock is ahead of this machine's steady time, in µs."""
    clock = SystemClock()
    now = func.extract("epoch", func.clock_timestamp()) * 1_000_000
    found = []
    for _ in range(_TIMES):
        asked_us = clock.steady_us()
        told_us = int(connection.execute(select(cast(now, BigInteger))).scalar_one())
        took_us = clock.steady_us() - asked_us
        found.append((took_us, told_us - asked_us - took_us // 2))
    return min(found)[1]


def shared_clock(catalog: Catalog) -> SharedClock | None:
    """Ask for the time and return a clock that goes by it; None where nobody shares the catalog.

    Raises `StoreUnavailableError` when the database does not answer.
    """
    return None if catalog.conninfo is None else SharedClock(catalog.read_sync(read))


class SharedTime:
    """Keeps a process's clock right; `start` inside the running loop."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock
        self._tasks = TaskGroup()

    def start(self) -> None:
        if isinstance(self._clock, SharedClock):
            self._tasks.spawn("catalog.time", self._work(self._clock))

    async def stop(self) -> None:
        await self._tasks.stop()

    async def _work(self, clock: SharedClock) -> None:
        was_off = False
        while True:
            ahead_us = clock.machine_ahead_us()
            is_off = abs(ahead_us) > FAR_OFF_US
            if is_off and not was_off:
                log.warning(
                    "clock.machine_is_off",
                    ahead_s=round(ahead_us / 1_000_000),
                    hint="The database's clock is gone by. Set both machines' clocks right (NTP)",
                )
            was_off = is_off
            await asyncio.sleep(_EVERY_S)
            try:
                clock.told(await self._catalog.read(read))
            except SightlineError as error:
                # The steady time goes on well for hours.
                log.debug("clock.not_told", code=error.code)
