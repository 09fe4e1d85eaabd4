"""Takes away the bytes of attachments whose row could not be written.

Whether it was, nobody knows at once: what the catalog did not answer in time it may do all the
same. So a job looks an hour later, and deletes the bytes that no row names then. While the catalog
cannot take in the job either, this process keeps it in mind; one that dies meanwhile, or between
the bytes and the row, leaves bytes behind that only cost disk.
"""

import asyncio
import contextlib

import msgspec
from sqlalchemy import Connection

from sightline.core import codec
from sightline.core.clock import Clock
from sightline.core.errors import SightlineError
from sightline.core.log import get_logger
from sightline.core.tasks import TaskGroup
from sightline.domain.attachment import Attachment, EntityType
from sightline.stores.blobs import Blobs
from sightline.stores.catalog import attachments, jobs
from sightline.stores.catalog.engine import Catalog

log = get_logger(__name__)

LOOK_AFTER_US = 3600 * 1_000_000
"""Longer than any transaction goes on that was not answered."""
_KIND = "attachments.discard-file"
_LEASE_US = 600_000_000
_AT_ONCE = 100
_LOOK_S, _AGAIN_S = 600.0, 15.0
# A catalog that is away for long fails so many files at most; a path is some 200 bytes.
_MAX_KEPT = 10_000


class _File(msgspec.Struct, frozen=True):
    """Bytes at `path`, and the row that may name them; ids are hex."""

    workspace_id: str
    entity_type: EntityType
    entity_id: str
    file_name: str
    path: str


class Leftovers:
    """Remembers bytes that may be nobody's and takes away those that are. For one event loop."""

    def __init__(self, catalog: Catalog, blobs: Blobs, clock: Clock) -> None:
        self._catalog = catalog
        self._blobs = blobs
        self._clock = clock
        self._kept: dict[str, jobs.NewJob] = {}
        self._wake = asyncio.Event()
        self._tasks = TaskGroup()

    def start(self) -> None:
        """Begin to look; call inside the running loop."""
        self._tasks.spawn("attachments.leftovers", self._work())

    async def stop(self) -> None:
        """Stop looking; what is only in mind is noted, if the catalog takes it."""
        await self._tasks.stop()
        try:
            await self._queue()
        except SightlineError as error:
            log.warning("attachments.left_behind", exc=error, files=len(self._kept))

    def doubt(self, file: Attachment) -> None:
        """Have it looked later whether the file's row is there; if not, its bytes go."""
        if len(self._kept) >= _MAX_KEPT:
            log.warning("attachments.left_behind", files=1, first=file.path)
            return
        payload = _File(
            file.workspace_id.hex(),
            file.entity_type,
            file.entity_id.hex(),
            file.file_name,
            file.path,
        )
        self._kept[file.path] = jobs.NewJob(
            kind=_KIND,
            key=file.path,
            payload=codec.encode_text(payload),
            run_at_us=self._clock.now_us() + LOOK_AFTER_US,
        )
        self._wake.set()

    async def look(self) -> None:
        """Note what is in mind, and delete what an hour later is nobody's.

        Raises `SightlineError` when a store is away; the next look goes on.
        """
        await self._queue()
        while due := await self._due():
            for job in due:
                await self._discard(job)

    async def _work(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self.look()
            except SightlineError as error:
                log.warning("attachments.look_failed", exc=error, waiting=len(self._kept))
                await asyncio.sleep(_AGAIN_S)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await self._wake.wait()

    async def _queue(self) -> None:
        wanted = list(self._kept.values())
        if not wanted:
            return
        now_us = self._clock.now_us()

        def note(connection: Connection) -> None:
            # Nobody asks what became of them, and no two files have one path.
            jobs.purge(connection, before_us=now_us, kind=_KIND)
            jobs.enqueue(connection, wanted, now_us=now_us)

        await self._catalog.write(note)
        for job in wanted:
            self._kept.pop(job.key or "", None)

    async def _due(self) -> list[jobs.Job]:
        now_us = self._clock.now_us()
        return await self._catalog.write(
            lambda c: jobs.lease(c, [_KIND], now_us=now_us, lease_us=_LEASE_US, limit=_AT_ONCE)
        )

    async def _discard(self, job: jobs.Job) -> None:
        file = codec.decode(job.payload, _File)
        row = await self._catalog.read(
            lambda c: attachments.get(
                c,
                bytes.fromhex(file.workspace_id),
                file.entity_type,
                bytes.fromhex(file.entity_id),
                file.file_name,
            )
        )
        now_us = self._clock.now_us()
        try:
            if row is None or row.path != file.path:
                await self._blobs.delete([file.path])
        except SightlineError as error:
            # Later, so that one that cannot be deleted does not keep others waiting.
            said, again_us = error.message, now_us + LOOK_AFTER_US
            await self._catalog.write(
                lambda c: jobs.fail(c, job, error=said, retry_at_us=again_us, now_us=now_us)
            )
            raise
        await self._catalog.write(lambda c: jobs.complete(c, job, now_us=now_us))
