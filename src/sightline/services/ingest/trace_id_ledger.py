"""Settles with the catalog which trace an OpenTelemetry trace id is, many requests at a time."""

import asyncio
from collections.abc import Mapping

import msgspec
from sqlalchemy import Connection

from sightline.core.clock import Clock
from sightline.core.errors import SightlineError, StoreUnavailableError
from sightline.core.ids import Id
from sightline.core.log import get_logger
from sightline.core.tasks import TaskGroup
from sightline.stores.catalog import otlp_trace_ids
from sightline.stores.catalog.engine import Catalog

log = get_logger(__name__)

# Spans that come later than this after the first of their trace begin a trace of their own.
KEEP_US = 30 * 24 * 3600 * 1_000_000
# Often enough to keep up, and no statement long enough to be felt by those who wait for theirs.
_FORGET_EVERY_US = 60_000_000
_FORGOTTEN_AT_ONCE = 2_000


class _Waiting(msgspec.Struct, gc=False):
    workspace_id: Id
    proposed: Mapping[bytes, Id]
    done: "asyncio.Future[dict[bytes, Id]]"


class TraceIdLedger:
    """Group commit: what arrived while the last transaction ran shares the next one's fsync.

    What is older than `KEEP_US` is forgotten on the way, so that the catalog does not grow on.
    """

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock
        self._queue: list[_Waiting] = []
        self._running = False
        self._forget_at_us = 0
        self._tasks = TaskGroup()

    async def settle(self, workspace_id: Id, proposed: Mapping[bytes, Id]) -> dict[bytes, Id]:
        """Store pairs that are new and return what holds for each: the first writer's pair.

        They are on disk when it returns. Raises the catalog's errors.
        """
        done: asyncio.Future[dict[bytes, Id]] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(workspace_id, proposed, done))
        self._start()
        # A caller that hangs up must not take back what is already queued.
        return await asyncio.shield(done)

    def _start(self) -> None:
        if self._queue and not self._running:
            self._running = True
            self._tasks.spawn("settle-trace-ids", self._run())

    async def _run(self) -> None:
        try:
            while self._queue:
                await self._commit()
                await self._forget_old()
        finally:
            self._running = False
            self._start()

    async def _commit(self) -> None:
        group, self._queue = self._queue, []
        now_us = self._clock.now_us()
        wanted: dict[Id, dict[bytes, Id]] = {}
        for waiting in group:
            pairs = wanted.setdefault(waiting.workspace_id, {})
            for otel_id, id in waiting.proposed.items():
                pairs.setdefault(otel_id, id)

        def put(connection: Connection) -> dict[Id, dict[bytes, Id]]:
            return {
                workspace_id: otlp_trace_ids.put_many(
                    connection, workspace_id, pairs, now_us=now_us
                )
                # In one order everywhere, so that two transactions never wait for each other.
                for workspace_id, pairs in sorted(wanted.items())
            }

        try:
            settled = await self._catalog.write(put)
        except BaseException as error:
            failure = (
                error
                if isinstance(error, SightlineError)
                else StoreUnavailableError("The write was interrupted", retry_after_s=2)
            )
            for waiting in group:
                if not waiting.done.done():
                    waiting.done.set_exception(failure)
                    # A caller that hung up never looks at the result.
                    waiting.done.exception()
            if not isinstance(error, SightlineError):
                raise
            return
        for waiting in group:
            if not waiting.done.done():
                known = settled[waiting.workspace_id]
                waiting.done.set_result({otel_id: known[otel_id] for otel_id in waiting.proposed})

    async def _forget_old(self) -> None:
        now_us = self._clock.now_us()
        if now_us < self._forget_at_us:
            return
        self._forget_at_us = now_us + _FORGET_EVERY_US
        before_us = now_us - KEEP_US
        try:
            gone = await self._catalog.write(
                lambda c: otlp_trace_ids.purge(c, before_us=before_us, limit=_FORGOTTEN_AT_ONCE)
            )
        except SightlineError as error:
            # Nothing depends on it; the next minute tries again.
            log.debug("trace_ids.not_forgotten", code=error.code)
            return
        if gone == _FORGOTTEN_AT_ONCE:
            # There are more: the next group takes its share.
            self._forget_at_us = now_us
