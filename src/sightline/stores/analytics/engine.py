"""One client for the embedded engine and for a ClickHouse server: threads, caps, errors.

The driver is synchronous; calls run on a small pool of threads, each with a client of its own,
so queries run side by side and inserts never wait for them.
"""

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sightline.core.errors import ConfigurationError, StoreFullError, StoreUnavailableError
from sightline.core.log import get_logger
from sightline.stores.analytics import embedded, lineage, moment, table_settings
from sightline.stores.analytics.clients import connect, database_of
from sightline.stores.analytics.cluster import Cluster
from sightline.stores.analytics.failures import (
    FAILURES,
    EngineMemoryError,
    Part,
    damaged_part,
    is_away,
    translate,
)
from sightline.stores.analytics.lane import Lane
from sightline.stores.analytics.migrate import migrate
from sightline.stores.analytics.options import AnalyticsOptions
from sightline.stores.disk import Disk, sync_disk, sync_folder

log = get_logger(__name__)

T = TypeVar("T")
Params = dict[str, Any]
Row = Sequence[Any]

_CHUNK_BYTES = 1024 * 1024
_MOST_NOTED = 1_000
_RETRY_AFTER_S = 10
_MEMORY_WAITS_S = (0.2, 0.5, 1.0, 2.0, 4.0)
_NO_WAIT = {"lightweight_deletes_sync": "0"}


class Behind(Protocol):
    """Somebody with rows that are acknowledged and not yet in their table."""

    @property
    def is_behind(self) -> bool: ...

    async def caught_up(self, *, durably: bool = False) -> None: ...


class Analytics:
    """The analytics store. One process opens an embedded store at a time."""

    def __init__(self, options: AnalyticsOptions, disk: Disk | None = None) -> None:
        """`disk` is asked before each write; None for a store that has its own."""
        self.options = options
        self._disk = disk
        self.unreadable: set[Part] = set()
        # While they are, no delete is let in: it would wait for them, and others for it.
        self.merges_stopped = False
        # How often a table was opened anew: what is written meanwhile may not be in it.
        self.reopened = 0
        # Queries and deletes wait for them: whoever was told that rows are stored finds them.
        self.behind: list[Behind] = []
        self._folders: dict[str, str] = {}
        self.is_embedded = options.dsn.startswith("chdb:")
        # What may be written at once is bounded before it comes here; queries are bounded each.
        self._insert_settings = {"max_memory_usage": "0"} if self.is_embedded else None
        self.cluster: Cluster | None = None
        if options.cluster and not self.is_embedded:
            self.cluster = Cluster(options.cluster, database_of(options.dsn))
        if self.is_embedded:
            embedded.load()
        self._clients = Lane(self._connect, options.readers)
        self._writers = Lane(self._connect, _WRITERS)
        self._keeper = Lane(self._connect, 1)
        self._all: list[Any] = []
        self._guard = threading.Lock()
        self._away_s = float("-inf")
        self._read_pool = ThreadPoolExecutor(options.readers, "analytics-read")
        self._write_pool = ThreadPoolExecutor(_WRITERS, "analytics-write")
        # For what deletes may wait for, so that it never waits behind them.
        self._keep_pool = ThreadPoolExecutor(1, "analytics-keep")

    @property
    def folder(self) -> Path:
        """The folder of an embedded store."""
        return Path(self.options.dsn.removeprefix("chdb://"))

    @classmethod
    def open(cls, options: AnalyticsOptions) -> "Analytics":
        """Return a store that is ready; raises as `start` does."""
        store = cls(options)
        store.start()
        return store

    def start(self) -> None:
        """Connect, cap the engine's memory and bring the schema up to date; on any thread.

        Raises `ConfigurationError` when another process holds the store, the schema is newer or the
        disk fails.
        """
        if self.is_embedded:
            folder = self.folder
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                # What the last process merged, for its sources may go half a minute from now: the
                # engine (26.5) does not know any more since when they are replaced.
                sync_disk(folder)
            except OSError as error:
                raise ConfigurationError(
                    f"Cannot write to the disk of the analytics store: {error.strerror}",
                    hint="The system's log says why",
                ) from error
        first = self._writers.get()

        def command(sql: str) -> object:
            # Rewriting what is there takes as long as it takes; nobody waits for it.
            is_change = sql.startswith("ALTER")
            return first.command(sql, settings={"mutations_sync": "0"} if is_change else None)

        try:
            migrate(
                command,
                lambda sql: list(first.query(sql).result_rows),
                cluster=self.cluster,
                settings=table_settings.TEXT if self.is_embedded else "",
            )
        except FAILURES as error:
            raise ConfigurationError(
                f"Cannot bring the analytics schema up to date: {str(error)[:500]}",
                hint="Mend what the store says; a start goes on where this one ended",
            ) from error
        finally:
            self._writers.put(first)
        if self.is_embedded:
            try:
                table_settings.settle(first.command, lambda sql: list(first.query(sql).result_rows))
            except FAILURES as error:
                # On a disk without room; the next start tries again.
                log.warning("analytics.settings_not_changed", why=translate(error).message)
            embedded.let_merges_yield()

    def prepare(self) -> None:
        """Make every client that there may be, so that no query waits for its own to be made."""
        if self.is_embedded:
            self._fail_once()
        self._writers.fill()
        self._keeper.fill()
        self._clients.fill()

    def _fail_once(self) -> None:
        """Let the engine read its own symbols, as it does when a query fails for the first time.

        It opens its files for that, some sixty, and keeps them; where just then none may be opened
        (26.5), that query and all that fail after it stand still for ever.
        """
        client = self._clients.get()
        with suppress(*FAILURES):
            client.query("SELECT throwIf(1, 'as it should')")
        _discard_rest(client)
        self._clients.put(client)

    def _connect(self) -> Any:
        with self._guard:
            if not self.is_embedded and self._all:
                # One client of a server serves all threads.
                return self._all[0]
            at_once = self.options.readers + _WRITERS + 1
            if self.is_embedded and not self._all:
                self._all.append(_open(self.options))
            else:
                self._all.append(connect(self.options, at_once=at_once))
            return self._all[-1]

    async def caught_up(self, *, durably: bool = False) -> None:
        """Return when queries find all that was acknowledged before, or as near as can be.

        `durably` is for what would be undone by rows that a power cut brings back.
        """
        if durably:
            await asyncio.gather(*(one.caught_up(durably=True) for one in self.behind))
        elif self.behind:
            await moment.once(self._catch_up)

    async def _catch_up(self) -> None:
        late = [one for one in self.behind if one.is_behind]
        if late:
            await asyncio.gather(*(one.caught_up() for one in late))

    async def query(
        self, sql: str, params: Params | None = None, *, is_of_writes: bool = True
    ) -> list[Row]:
        """Run a SELECT and return its rows.

        What has nothing to do with traces and spans needs not wait for those just written.
        """
        if is_of_writes:
            await self.caught_up()
        return await self._run(
            self._read_pool,
            self._clients,
            lambda c: c.query(self._sql(sql), parameters=params).result_rows,
        )

    async def query_columns(self, sql: str, params: Params | None = None) -> list[Sequence[Any]]:
        """Run a SELECT and return its columns, which takes half as long as rows of many values.

        Without a row there is no column.
        """
        await self.caught_up()

        def read(client: Any) -> list[Sequence[Any]]:
            found: list[Sequence[Any]] = client.query(
                self._sql(sql), parameters=params, column_oriented=True
            ).result_columns
            return found

        return await self._run(self._read_pool, self._clients, read)

    async def read_bytes(self, sql: str, params: Params | None = None, *, format: str) -> bytes:
        """Run a SELECT and return what the engine writes in a format of its own (`RawBLOB`)."""
        await self.caught_up()

        def read(client: Any) -> bytes:
            found: bytes = client.raw_query(self._sql(sql), parameters=params, fmt=format)
            return found

        return await self._run(self._read_pool, self._clients, read)

    async def spool(
        self,
        sql: str,
        params: Params | None = None,
        *,
        format: str,
        write: Callable[[bytes], object],
    ) -> None:
        """Run a SELECT of any length and hand what the engine writes to `write`, as it comes.

        `write` is called on a thread of the store.
        """
        await self.caught_up()

        def read(client: Any) -> None:
            # Whole before its first byte: what fails in the middle would look like an end.
            whole = {"wait_end_of_query": "1"}
            with closing(
                client.raw_stream(self._sql(sql), parameters=params, fmt=format, settings=whole)
            ) as found:
                while chunk := found.read(_CHUNK_BYTES):
                    write(chunk)

        await self._run(self._read_pool, self._clients, read)

    def query_sync(self, sql: str, params: Params | None = None) -> list[Row]:
        """Run a SELECT from a thread that may wait."""
        with self._borrowed(self._clients) as client:
            rows: list[Row] = client.query(self._sql(sql), parameters=params).result_rows
            return rows

    async def command(self, sql: str, params: Params | None = None) -> None:
        """Run a statement that changes data or schema; raises as `insert` does."""
        self.check_disk()
        await self.caught_up()

        def command(client: Any) -> None:
            with self._whole():
                client.command(sql, parameters=params)

        await self._run(self._write_pool, self._writers, command)

    async def maintain(self, sql: str, params: Params | None = None) -> None:
        """Run a statement that must go on also where the disk has no room for writes.

        It waits for no insert or delete.
        """
        await self._run(self._keep_pool, self._keeper, lambda c: c.command(sql, parameters=params))

    async def delete(self, table: str, where: str, params: Params | None = None) -> None:
        """Delete the rows of a table that meet a condition; when this returns, none is read.

        The engine deletes as it merges: raises `StoreFullError` while merges are stopped. The
        embedded one is not waited for: what it has not carried out yet, queries leave out. They
        pay for each such delete, so of many at once the last ones take seconds, and more than
        `table_settings` lets wait are refused with `StoreUnavailableError`.
        """
        self.check_disk()
        if self.merges_stopped:
            raise StoreFullError(
                "The disk of the data folder has little room: nothing is deleted from the tables",
                hint="Make room; deletes then go on by themselves",
                retry_after_s=_RETRY_AFTER_S,
            )
        if self.cluster is not None:
            await self.command(self.cluster.delete(table, where), params)
            return
        await self.caught_up(durably=True)

        def delete(client: Any) -> None:
            wait = _NO_WAIT if self.is_embedded else None
            client.command(f"DELETE FROM {table} WHERE {where}", parameters=params, settings=wait)
            self._settle(table)

        await self._run(self._write_pool, self._writers, delete)

    async def insert(self, table: str, columns: Sequence[str], data: bytes) -> None:
        """Insert RowBinary `data`; when this returns, the rows are on disk.

        Waits a while for memory that queries and merges have. When it raises the rows may be there
        or not, all of them or none.
        """

        def insert(client: Any) -> None:
            with self._whole():
                client.raw_insert(
                    table,
                    column_names=columns,
                    insert_block=data,
                    fmt="RowBinary",
                    settings=self._insert_settings,
                )
                self._settle(table)

        for wait_s in (*_MEMORY_WAITS_S, None):
            self.check_disk()
            try:
                await self._run(self._write_pool, self._writers, insert)
            except EngineMemoryError:
                if wait_s is None:
                    raise
                await asyncio.sleep(wait_s)
            else:
                return

    def _settle(self, table: str) -> None:
        """Return when the names of a table's files are on disk, too. Raises `OSError`.

        The engine (26.5) passes over an error when it does the same after an insert: a disk that
        became read-only in this moment would lose what was acknowledged. After a delete it does
        nothing. It takes 0.3 ms.
        """
        if not self.is_embedded:
            return
        folder = self._folders.get(table)
        if folder is None:
            # While a table is opened anew it has no name there; its files stay where they are.
            named = Path(self.options.dsn.removeprefix("chdb://"), "data", "default", table)
            folder = self._folders.setdefault(table, str(named.resolve(strict=True)))
        sync_folder(folder)

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Raise where what is written within may not be there whole, though the engine says so.

        An insert that meets a full disk puts its part in place without what could not be written,
        like a merge (26.5, on tmpfs); `Upkeep` takes it out again.
        """
        reopened = self.reopened
        yield
        self.check_disk()
        if self.reopened != reopened:
            raise StoreUnavailableError(
                "A table was opened anew while this was written; send it again", retry_after_s=1
            )

    def check_disk(self) -> None:
        """Raise `StoreFullError` or `StoreUnavailableError` when nothing may be written."""
        if self._disk is not None:
            self._disk.check()

    def note(self, error: BaseException) -> None:
        """Hear of an error of a write to the store's disk."""
        if self._disk is not None:
            self._disk.note(error)

    def _sql(self, sql: str) -> str:
        return sql if self.cluster is None else self.cluster.query(sql)

    async def _run(self, pool: ThreadPoolExecutor, clients: Lane, call: Callable[[Any], T]) -> T:
        asked_s = time.monotonic()

        def work() -> T:
            if asked_s < self._away_s - self.options.query_timeout_s:
                # Those before it met a server that says nothing, and took their time.
                raise StoreUnavailableError("The analytics store does not answer", retry_after_s=2)
            with self._borrowed(clients) as client:
                return call(client)

        return await asyncio.get_running_loop().run_in_executor(pool, work)

    @contextmanager
    def _borrowed(self, clients: Lane) -> Iterator[Any]:
        try:
            client = clients.get()
        except ConfigurationError as error:
            # What let us in at the start does not now. Its message is for the operator alone.
            log.error("analytics.unreachable", exc=error)
            raise StoreUnavailableError(
                "The analytics store cannot be reached", retry_after_s=2
            ) from error
        try:
            yield client
        except FAILURES as error:
            self.note(error)
            if (part := damaged_part(error)) is not None and len(self.unreadable) < _MOST_NOTED:
                self.unreadable.add(part)
            if not self.is_embedded and is_away(error):
                self._away_s = time.monotonic()
            # The driver's text may quote what people wrote, and a log would have it with the cause.
            raise translate(error) from None
        finally:
            if self.is_embedded and sys.exc_info()[0] is not None:
                _discard_rest(client)
            clients.put(client)

    def close(self) -> None:
        """Finish what runs and close the engine."""
        self._read_pool.shutdown(wait=True)
        self._write_pool.shutdown(wait=True)
        self._keep_pool.shutdown(wait=True)
        for client in self._all:
            if not self.is_embedded:
                client.close_connections()
            client.close()


def _open(options: AnalyticsOptions) -> Any:
    """Return the first client of an embedded store, whose tables are opened with it.

    Damaged parts that the engine laid aside are deleted where all of their rows are elsewhere.
    """
    folder = Path(options.dsn.removeprefix("chdb://"))
    before: dict[str, lineage.Listing] = {}
    with _passing_over():
        before = lineage.listings(folder)
    client = connect(options)
    with _passing_over():
        # Answered when all tables are open.
        client.query("SELECT count() FROM system.detached_parts")
        for table, name in lineage.replaced_by_table(before, lineage.listings(folder)):
            client.command(lineage.drop(table, name))
            log.info("analytics.sources_are_back", table=table, part=name)
    return client


@contextmanager
def _passing_over() -> Iterator[None]:
    """What cannot be looked at keeps no store from being opened."""
    try:
        yield
    except FAILURES as error:
        log.warning("analytics.parts_not_looked_at", why=translate(error).message)


def _discard_rest(client: Any) -> None:
    """Take what a query wrote before it failed: the engine would put it before the next answer."""
    with suppress(*FAILURES):
        client.raw_query("SELECT 1", fmt="TSV")


# One insert at a time would wait for a delete to finish; three let inserts into two tables and a
# delete go on side by side.
_WRITERS = 3
