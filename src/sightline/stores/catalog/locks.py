"""Locks over a read and the write that depends on it, in every process of one Postgres.

The analytics store has none: of two edits that read the same tags, the later write would undo the
earlier. Whoever edits holds a lock of this process, and with Postgres an advisory one, too, in a
transaction that does nothing else. It ends with the process that holds it.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from zlib import crc32

from sqlalchemy import Connection, text

from sightline.core.errors import StoreUnavailableError
from sightline.core.ids import Id
from sightline.stores.catalog.engine import Catalog

# What is locked falls on one of so many: here, and in Postgres, where each costs memory.
_STRIPES, _SHARED_STRIPES = 1024, 64
# Any number that nothing else locks, as long as every process takes the same.
_SPACE = 7_240_613
# Each that is held keeps a connection of the catalog's pool, which has so many to spare.
_HELD = 2
_WAIT_S = 20.0
# Longer than a read and a write of the analytics store take; then who is gone without a word, or
# waits for ever, has lost its lock.
_HELD_FOR_MS = 150_000


class Locks:
    """Locks by workspace and id. For one event loop; without a catalog for one process alone."""

    def __init__(self, catalog: Catalog | None = None) -> None:
        is_shared = catalog is not None and catalog.conninfo is not None
        self._catalog = catalog if is_shared else None
        self._here = [asyncio.Lock() for _ in range(_STRIPES)]
        self._holders = ThreadPoolExecutor(_HELD, thread_name_prefix="catalog-locks")

    @asynccontextmanager
    async def hold(
        self, workspace_id: Id, ids: Iterable[bytes], *, everywhere: bool = True
    ) -> AsyncIterator[None]:
        """Let nobody else hold any of the ids, here or, with `everywhere`, in any process.

        Raises `StoreUnavailableError` when the others take too long, or the catalog is away.
        """
        stripes = sorted({crc32(workspace_id + id) % _STRIPES for id in ids})
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(_WAIT_S):
                    # In one order everywhere, and those of this process first: nobody waits for
                    # somebody who waits for him.
                    for stripe in stripes:
                        await stack.enter_async_context(self._here[stripe])
                    if everywhere and stripes and self._catalog is not None:
                        shared = sorted({stripe % _SHARED_STRIPES for stripe in stripes})
                        await stack.enter_async_context(self._shared(self._catalog, shared))
            except TimeoutError:
                raise StoreUnavailableError(
                    "Too many edits are waiting for each other", retry_after_s=2
                ) from None
            yield

    def close(self) -> None:
        """Let go of what is still held."""
        self._holders.shutdown()

    @asynccontextmanager
    async def _shared(self, catalog: Catalog, stripes: Sequence[int]) -> AsyncIterator[None]:
        """Hold advisory locks; a thread keeps their transaction open until the block ends."""
        loop, is_held, is_over = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

        def lock_and_wait(connection: Connection) -> None:
            connection.execute(
                text(f"SET LOCAL idle_in_transaction_session_timeout = {_HELD_FOR_MS}")
            )
            # One after the other, in the order of the array.
            connection.execute(
                text("SELECT pg_advisory_xact_lock(:space, n) FROM unnest(CAST(:all AS int[])) n"),
                {"space": _SPACE, "all": list(stripes)},
            )
            loop.call_soon_threadsafe(is_held.set)
            is_over.wait()

        def work() -> None:
            # Who has given up while others held theirs needs none any more.
            if not is_over.is_set():
                catalog.read_sync(lock_and_wait)

        held = loop.run_in_executor(self._holders, work)
        held.add_done_callback(lambda _: is_held.set())
        try:
            await is_held.wait()
            if held.done():
                held.result()
            yield
        finally:
            is_over.set()
            # What went wrong was raised above, or nobody waits for it any more.
            held.add_done_callback(lambda done: done.cancelled() or done.exception())
