"""Counts what became of every message in memory, and adds it to the catalog every few seconds.

Counting never waits and never fails. What was counted since the last time it was added is lost
when the process is killed; the messages themselves are not.
"""

import asyncio
import contextlib
from functools import partial

from sqlalchemy import Connection

from sightline.core.clock import Clock
from sightline.core.errors import SightlineError
from sightline.core.ids import NIL, Id, new_id
from sightline.core.log import get_logger
from sightline.core.tasks import TaskGroup
from sightline.domain.client_name import OTHER, without_version
from sightline.domain.ingest_ledger import Face, Outcome, Place
from sightline.stores.catalog import ingest_ledger, jobs
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.ingest_ledger import FINE_KEPT_US, FINE_US, KEPT_US, Tally

log = get_logger(__name__)

KIND = "ledger-sweep"
FLUSH_S = 5.0
_LONGER = 6
_PATIENCE_S = 30.0
_SWEEP_EVERY_US = 600_000_000
# Hours that one sweep makes of finer rows: enough to catch up after days, and short.
_HOURS_AT_ONCE = 6
# Of the programs that somebody names; a few are usual, and what comes after counts as `other`.
MAX_CLIENTS = 200
# Those of nobody's key may take so many of these names, and leave the rest to others.
MAX_STRANGERS = 50
_OF_STRANGERS: frozenset[Outcome] = frozenset({"no_key", "wrong_key"})
# Different counts within five minutes, that is rows that one process can make in them.
MAX_SERIES = 1_000
# While the catalog does not answer.
MAX_WAITING = 8 * MAX_SERIES

_Key = tuple[int, Id, Place, Face, str, Outcome]


class Ledger:
    """The counts of one process. Bounded, whatever clients call themselves and their projects."""

    def __init__(self, catalog: Catalog, clock: Clock, *, sweeps: bool = True) -> None:
        self._catalog = catalog
        self._clock = clock
        self._sweeps = sweeps
        self._waiting: dict[_Key, list[int]] = {}
        # What is being added, under which number, till it is known to be in the catalog.
        self._held: list[Tally] = []
        self._process_id, self._number = new_id(), 0
        self._totals: dict[tuple[Face, Outcome], int] = {}
        self._start_us = 0
        self._seen: set[tuple[Id, Place, Face, str, Outcome]] = set()
        self._clients: set[str] = set()
        self._clients_day = 0
        self._swept_us = 0
        self._is_failing = False
        self._turn = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._tasks = TaskGroup()
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start adding up; call inside the running loop."""
        self._running = self._tasks.spawn("ingest.ledger", self._run())

    async def stop(self) -> None:
        """Add what is left, when everything that counts has ended."""
        self._stopping.set()
        if self._running is not None:
            # What is being added takes its time.
            await asyncio.wait({self._running}, timeout=_PATIENCE_S)
        await self._tasks.stop()
        try:
            await self.flush()
        except Exception as error:  # noqa: BLE001 - what else there is to close must be closed
            log.error("ledger.lost", exc=error, counts=self.waiting)

    def count(
        self,
        outcome: Outcome,
        messages: int,
        *,
        face: Face,
        client: str,
        workspace_id: Id = NIL,
        project: Place = None,
    ) -> None:
        """Count messages of one outcome."""
        if messages <= 0:
            return
        now_us = self._clock.now_us()
        total = (face, outcome)
        self._totals[total] = self._totals.get(total, 0) + messages
        start_us = now_us - now_us % FINE_US
        key = (start_us, workspace_id, project, face, client, outcome)
        entry = self._waiting.get(key)
        if entry is None:
            entry = self._entry(key)
        entry[0] += messages
        entry[1] = now_us

    def totals(self) -> dict[tuple[Face, Outcome], int]:
        """Return the messages since the start of the process."""
        return dict(self._totals)

    @property
    def waiting(self) -> int:
        """How many counts are not in the catalog yet."""
        return len(self._waiting) + len(self._held)

    async def flush(self) -> None:
        """Add to the catalog what was counted. Raises the catalog's errors; nothing is lost, and
        nothing added twice when it was the answer that got lost."""
        async with self._turn:
            # What was held from an earlier time goes first, as it was.
            for _ in range(2):
                if not self._held:
                    self._hold()
                if not self._held:
                    return
                add = partial(
                    ingest_ledger.add,
                    tallies=self._held,
                    process_id=self._process_id,
                    number=self._number,
                    now_us=self._clock.now_us(),
                )
                await self._catalog.write(add)
                self._held = []

    def _hold(self) -> None:
        taken, self._waiting = self._waiting, {}
        self._number += 1
        self._held = [
            Tally(
                start_us=start_us,
                workspace_id=workspace_id,
                project=project,
                face=face,
                client=client,
                outcome=outcome,
                messages=messages,
                last_us=last_us,
            )
            for (start_us, workspace_id, project, face, client, outcome), (
                messages,
                last_us,
            ) in taken.items()
        ]

    async def sweep(self) -> None:
        """Make hours of what is two days old, and forget what is a month old.

        When it is time to, and no other process does or did.
        """
        now_us = self._clock.now_us()

        def tidy(connection: Connection) -> bool:
            job = jobs.lease_turn(connection, KIND, now_us=now_us, lease_us=_SWEEP_EVERY_US)
            if job is None:
                return False
            ingest_ledger.forget(connection, before_us=now_us - KEPT_US)
            ingest_ledger.fold(connection, before_us=now_us - FINE_KEPT_US, steps=_HOURS_AT_ONCE)
            # In the same transaction: whoever dies in it has done nothing.
            return jobs.reschedule(connection, job, run_at_us=now_us + _SWEEP_EVERY_US)

        if await self._catalog.write(tidy):
            log.debug("job.ran", kind=KIND)

    async def _run(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                # Others wait for the catalog too: it is not asked all the time while it is gone.
                wait_s = FLUSH_S * (_LONGER if self._is_failing else 1)
                # Not `wait_for`, which may swallow a cancellation (3.11).
                async with asyncio.timeout(wait_s):
                    await self._stopping.wait()
            try:
                await self.flush()
                now_us = self._clock.now_us()
                if self._sweeps and now_us - self._swept_us > _SWEEP_EVERY_US:
                    self._swept_us = now_us
                    await self.sweep()
                self._is_failing = False
            except SightlineError as error:
                if not self._is_failing:
                    log.warning("ledger.waits", code=error.code, counts=self.waiting)
                self._is_failing = True
            except Exception as error:  # noqa: BLE001 - counting goes on, whatever the catalog says
                if not self._is_failing:
                    log.error("ledger.failed", exc=error, counts=self.waiting)
                self._is_failing = True

    def _entry(self, key: _Key) -> list[int]:
        """Return the counter for a key that has none: its own while there is room for more."""
        start_us, workspace_id, project, face, client, outcome = key
        if start_us != self._start_us:
            self._start_us = start_us
            self._seen.clear()
        client = self._client(client, start_us, outcome)
        series = (workspace_id, project, face, client, outcome)
        if series not in self._seen:
            if len(self._seen) >= MAX_SERIES:
                project, client = None, OTHER
            else:
                self._seen.add(series)
        return self._place_for((start_us, workspace_id, project, face, client, outcome))

    def _place_for(self, key: _Key) -> list[int]:
        entry = self._waiting.get(key)
        if entry is not None:
            return entry
        if self.waiting >= MAX_WAITING:
            # The catalog has not answered for long: what comes now is told apart by outcome alone.
            oldest_us = next(iter(self._waiting), key)[0]
            key = (oldest_us, NIL, None, key[3], OTHER, key[5])
        return self._waiting.setdefault(key, [0, 0])

    def _client(self, client: str, now_us: int, outcome: Outcome) -> str:
        day = now_us // ingest_ledger.DAY_US
        if day != self._clients_day:
            self._clients_day = day
            self._clients.clear()
        if client in self._clients:
            return client
        most = MAX_STRANGERS if outcome in _OF_STRANGERS else MAX_CLIENTS
        if len(self._clients) < most:
            self._clients.add(client)
            return client
        name = without_version(client)
        return name if name in self._clients else OTHER
