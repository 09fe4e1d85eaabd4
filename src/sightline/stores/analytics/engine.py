"""One client for the embedded engine and for a ClickHouse server: threads, caps, errors.

The driver is synchronous; calls run on a small pool of threads, each with a client of its own,
so queries run side by side and inserts never wait for them.
"""

import asyncio
import os
import queue
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import clickhouse_connect
from clickhouse_connect import common as driver_common
from clickhouse_connect.driver.exceptions import ClickHouseError

from sightline.core.errors import (
    ConfigurationError,
    InternalError,
    PayloadTooLargeError,
    SightlineError,
    StoreFullError,
    StoreUnavailableError,
)
from sightline.core.log import get_logger
from sightline.stores.analytics.migrate import migrate
from sightline.stores.analytics.options import AnalyticsOptions

log = get_logger(__name__)

T = TypeVar("T")
Params = dict[str, Any]
Row = Sequence[Any]

_MIB = 1024 * 1024
_CHUNK_BYTES = _MIB
_CODE = re.compile(r"Code: (\d+)")
# ClickHouse error codes: NOT_ENOUGH_SPACE, CANNOT_WRITE_TO_FILE_DESCRIPTOR.
_FULL = {243, 75}
# TIMEOUT_EXCEEDED, MEMORY_LIMIT_EXCEEDED, NETWORK_ERROR, TOO_MANY_PARTS, TOO_MANY_SIMULTANEOUS…
_BUSY = {159, 241, 210, 209, 252, 202, 236, 999}
_TOO_BIG = {386, 396}

# A tuple's element must be read through FINAL as a whole: read as a subcolumn, it is not merged.
_SESSION = {
    "optimize_functions_to_subcolumns": "0",
    "use_skip_indexes_if_final": "1",
    "use_skip_indexes_if_final_exact_mode": "1",
    "date_time_output_format": "iso",
    "async_insert": "0",
    # Duplicates inside one insert are merged with all others, later: FINAL and merges see to it.
    "optimize_on_insert": "0",
    "max_partitions_per_insert_block": "0",
}


class Analytics:
    """The analytics store. One process opens an embedded store at a time."""

    def __init__(self, options: AnalyticsOptions) -> None:
        self.options = options
        self.is_embedded = options.dsn.startswith("chdb:")
        self._clients: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._writers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._all: list[Any] = []
        self._guard = threading.Lock()
        self._read_pool = ThreadPoolExecutor(options.readers, "analytics-read")
        self._write_pool = ThreadPoolExecutor(_WRITERS, "analytics-write")

    @classmethod
    def open(cls, options: AnalyticsOptions) -> "Analytics":
        """Connect, cap the engine's memory and bring the schema up to date.

        Raises `ConfigurationError` when another process holds the store or the schema is newer.
        """
        store = cls(options)
        if store.is_embedded:
            driver_common.set_setting("autogenerate_session_id", False)
            Path(options.dsn.removeprefix("chdb://")).mkdir(parents=True, exist_ok=True, mode=0o700)
        first = store._connect()
        store._writers.put(first)
        migrate(
            first.command, lambda sql: list(first.query(sql).result_rows), cluster=options.cluster
        )
        for _ in range(_WRITERS - 1):
            store._writers.put(store._connect())
        for _ in range(options.readers):
            store._clients.put(store._connect())
        if store.is_embedded:
            _let_merges_yield()
        return store

    def _connect(self) -> Any:
        settings: dict[str, Any] = dict(_SESSION)
        settings["max_execution_time"] = str(self.options.query_timeout_s)
        kwargs: dict[str, Any] = {}
        if self.is_embedded:
            cap = self.options.max_memory_bytes or default_memory_bytes()
            # The engine as a whole, then any one query, so that one cannot starve the rest.
            kwargs["chdb_options"] = {
                "max_server_memory_usage": cap,
                "mark_cache_size": max(cap // 16, 16 * _MIB),
            }
            settings["max_memory_usage"] = str(cap // 2)
            settings["max_threads"] = str(os.cpu_count() or 2)
        else:
            kwargs["query_retries"] = 1
        try:
            with self._guard:
                client = clickhouse_connect.get_client(
                    dsn=self.options.dsn, settings=settings, **kwargs
                )
                self._all.append(client)
                return client
        except (ClickHouseError, OSError) as error:
            raise ConfigurationError(
                f"Cannot open the analytics store: {_first_line(error)}",
                hint="Is another Sightline running on the same data folder?",
            ) from error

    async def query(self, sql: str, params: Params | None = None) -> list[Row]:
        """Run a SELECT and return its rows."""
        return await self._run(
            self._read_pool, self._clients, lambda c: c.query(sql, parameters=params).result_rows
        )

    async def query_columns(self, sql: str, params: Params | None = None) -> list[Sequence[Any]]:
        """Run a SELECT and return its columns, which takes half as long as rows of many values.

        Without a row there is no column.
        """

        def read(client: Any) -> list[Sequence[Any]]:
            found: list[Sequence[Any]] = client.query(
                sql, parameters=params, column_oriented=True
            ).result_columns
            return found

        return await self._run(self._read_pool, self._clients, read)

    async def read_bytes(self, sql: str, params: Params | None = None, *, format: str) -> bytes:
        """Run a SELECT and return what the engine writes in a format of its own (`RawBLOB`)."""

        def read(client: Any) -> bytes:
            found: bytes = client.raw_query(sql, parameters=params, fmt=format)
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

        def read(client: Any) -> None:
            with closing(client.raw_stream(sql, parameters=params, fmt=format)) as found:
                while chunk := found.read(_CHUNK_BYTES):
                    write(chunk)

        await self._run(self._read_pool, self._clients, read)

    def query_sync(self, sql: str, params: Params | None = None) -> list[Row]:
        """Run a SELECT from a thread that may wait."""
        with self._borrowed(self._clients) as client:
            rows: list[Row] = client.query(sql, parameters=params).result_rows
            return rows

    async def command(self, sql: str, params: Params | None = None) -> None:
        """Run a statement that changes data or schema."""
        await self._run(
            self._write_pool, self._writers, lambda c: c.command(sql, parameters=params)
        )

    async def insert(self, table: str, columns: Sequence[str], data: bytes) -> None:
        """Insert RowBinary `data`; when this returns, the rows are on disk."""
        await self._run(
            self._write_pool,
            self._writers,
            lambda c: c.raw_insert(table, column_names=columns, insert_block=data, fmt="RowBinary"),
        )

    async def _run(
        self, pool: ThreadPoolExecutor, clients: "queue.SimpleQueue[Any]", call: Callable[[Any], T]
    ) -> T:
        def work() -> T:
            with self._borrowed(clients) as client:
                return call(client)

        return await asyncio.get_running_loop().run_in_executor(pool, work)

    @contextmanager
    def _borrowed(self, clients: "queue.SimpleQueue[Any]") -> Iterator[Any]:
        client = clients.get()
        try:
            yield client
        except (ClickHouseError, OSError) as error:
            raise translate(error) from error
        finally:
            clients.put(client)

    def close(self) -> None:
        """Finish what runs and close the engine."""
        self._read_pool.shutdown(wait=True)
        self._write_pool.shutdown(wait=True)
        for client in self._all:
            client.close()


# One insert at a time would wait for a delete to finish; three let inserts into two tables and a
# delete go on side by side.
_WRITERS = 3


_MERGE_THREADS = {"MergeMutate", "Move", "Fetch", "Common"}
_NICE = 10


def _let_merges_yield() -> None:
    """Lower the priority of the engine's merges: people who write and read go first.

    Linux has priorities for each thread; elsewhere this does nothing.
    """
    tasks = Path("/proc/self/task")
    if not tasks.is_dir():
        return
    for task in tasks.iterdir():
        with suppress(OSError, ValueError):
            if (task / "comm").read_text().strip() in _MERGE_THREADS:
                os.setpriority(os.PRIO_PROCESS, int(task.name), _NICE)


def translate(error: Exception) -> SightlineError:
    """Return our error for a driver's, by ClickHouse's numeric code or by the system's errno."""
    if isinstance(error, OSError):
        if error.errno in {28, 122}:
            return StoreFullError("The disk is full", hint="Free space; writes then go on")
        return StoreUnavailableError("The analytics store cannot be reached", retry_after_s=2)
    match = _CODE.search(str(error))
    code = int(match[1]) if match else 0
    text = str(error)
    if code in _FULL or (code and "No space left on device" in text):
        return StoreFullError("The disk is full", hint="Free space; writes then go on")
    if code in _TOO_BIG:
        return PayloadTooLargeError("The answer is too large; ask for less")
    if code in _BUSY:
        log.warning("analytics.busy", code=code)
        return StoreUnavailableError("The analytics store is busy; try again", retry_after_s=2)
    log.error("analytics.failed", exc=error, code=code)
    return InternalError("The analytics store could not do this")


def default_memory_bytes() -> int:
    """Return the cap on the engine's memory: a quarter of the machine (or of its cgroup), between
    512 MiB, below which merges of wide rows fail, and 8 GiB."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):
        total = min(total, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return min(max(total // 4, 512 * _MIB), 8192 * _MIB)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:300] if str(error) else type(error).__name__
