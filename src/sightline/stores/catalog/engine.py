"""One SQL database behind a small thread pool: transactions, durability, driver errors."""

import asyncio
import contextlib
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from sightline.core.errors import ConfigurationError, StoreAwayError, StoreUnavailableError
from sightline.stores.catalog import sqlite_files
from sightline.stores.catalog.failures import is_away, is_collision, reason_of, translate

T = TypeVar("T")

# Catalog statements take well under a millisecond; more threads only add contention.
_READERS = 4
# How long a statement waits for another writer before it gives up with `StoreUnavailableError`.
_LOCK_WAIT_MS = 5_000
# The longest that a statement on SQLite waits for those before it.
_IN_LINE_S = 20.0
_IDLE_MS = 20_000
# The longest that a statement on Postgres may take. A server that takes connections and answers
# nothing: its connections are given up after so many times that, and nobody waits much longer.
STATEMENT_S = 20.0
_SILENT, _PATIENT = 1.25, 1.5
# A transaction that the database ended in favour of another is tried again after these.
_AGAIN_AFTER_S = (0.01, 0.05, 0.25)
# A server that is gone without a word is noticed within this, also in the middle of a statement.
_SILENCE_S = 20
_POSTGRES = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": _SILENCE_S * 1000,
    "application_name": "sightline",
}
_WRITING = "sightline_writing"
# Any number that nothing else locks, as long as every process takes the same.
_ALONE = 7_240_612


class Catalog:
    """A SQL database reached through SQLAlchemy Core.

    A function given to `read` or `write` gets a connection inside one transaction, runs on a
    thread of the catalog and must not keep the connection. `write` commits when it returns and
    rolls back when it raises; what it acknowledges is on disk. Postgres may end one transaction in
    favour of another: its function then runs again, so it must change nothing but the database.
    Functions may be called from any number of tasks and threads at once.

    Raises `ConflictError` for a broken unique or foreign key, `StoreUnavailableError` for a locked
    or unreachable database and `StoreFullError` for a full disk; other errors pass unchanged.
    """

    def __init__(self, engine: Engine, *, patience_s: float) -> None:
        self._engine = engine
        self._patience_s = patience_s
        self._locked_s = float("-inf")
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._writing = engine.execution_options(**{_WRITING: True})
        # SQLite reads so by itself.
        self._reading = (
            engine
            if self._is_sqlite
            else engine.execution_options(isolation_level="REPEATABLE READ")
        )
        self._write_turn = threading.Lock() if self._is_sqlite else contextlib.nullcontext()
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="catalog-read")
        self._writers = ThreadPoolExecutor(
            1 if self._is_sqlite else _READERS, thread_name_prefix="catalog-write"
        )

    @classmethod
    def open(
        cls,
        url: str,
        *,
        lock_wait_ms: int = _LOCK_WAIT_MS,
        statement_s: float = STATEMENT_S,
        patience_s: float | None = None,
    ) -> "Catalog":
        """Open `sqlite:////path/catalog.db` or `postgresql://user:password@host/database`.

        A SQLite file that is missing is created with mode 0600, its folder with 0700. The tables
        are made by `migrate`. Raises `ConfigurationError` for a URL that cannot be used.
        """
        target = _parse(url)
        if target.get_backend_name() == "sqlite":
            _create_file(target)
            engine = _engine(target, connect_args={"isolation_level": None})
            sqlite_files.listen(engine, Path(str(target.database)), lock_wait_ms)
            event.listen(engine, "begin", _sqlite_begun)
        else:
            # What the URL says wins.
            options = {name: value for name, value in _POSTGRES.items() if name not in target.query}
            engine = _engine(target, pool_pre_ping=True, connect_args=options)
            event.listen(engine, "do_connect", _bounded(statement_s * _SILENT))
            event.listen(engine, "connect", _postgres_connected(lock_wait_ms, statement_s))
        return cls(engine, patience_s=patience_s or statement_s * _PATIENT)

    @property
    def kind(self) -> str:
        """What the database is, for people."""
        return "SQLite" if self._is_sqlite else "Postgres"

    @property
    def conninfo(self) -> str | None:
        """The Postgres server as its driver takes it; None for a SQLite file."""
        if self._is_sqlite:
            return None
        url = self._engine.url.set(drivername="postgresql")
        options = {name: str(value) for name, value in _POSTGRES.items() if name not in url.query}
        return url.update_query_dict(options).render_as_string(hide_password=False)

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """Run `fn` in a transaction that changes nothing and sees one moment."""
        return await self._patiently(self._readers, self.read_sync, fn)

    async def write(self, fn: Callable[[Connection], T]) -> T:
        """Run `fn` in one transaction and commit it."""
        return await self._patiently(self._writers, self.write_sync, fn)

    async def ping(self) -> None:
        """Ask the database for nothing. Raises `SightlineError` when it does not answer."""
        await self.read(lambda connection: connection.execute(select(1)).all())

    async def _patiently(
        self,
        pool: ThreadPoolExecutor,
        run: Callable[[Callable[[Connection], T]], T],
        fn: Callable[[Connection], T],
    ) -> T:
        loop = asyncio.get_running_loop()
        if self._is_sqlite:
            return await loop.run_in_executor(pool, self._in_time, run, fn, time.monotonic())
        work = loop.run_in_executor(pool, run, fn)
        try:
            # Not `wait_for`: of a cancelled task whose work is just done it says nothing (3.11).
            async with asyncio.timeout(self._patience_s):
                return await work
        except TimeoutError:
            raise StoreUnavailableError("The catalog does not answer", retry_after_s=5) from None

    def _in_time(
        self,
        run: Callable[[Callable[[Connection], T]], T],
        fn: Callable[[Connection], T],
        asked_s: float,
    ) -> T:
        """Do not begin what waited behind one that found the database locked, or for too long."""
        if asked_s < self._locked_s or time.monotonic() - asked_s > _IN_LINE_S:
            raise StoreUnavailableError("The catalog is locked or too busy", retry_after_s=1)
        try:
            return run(fn)
        except StoreUnavailableError:
            self._locked_s = time.monotonic()
            raise

    def read_sync(self, fn: Callable[[Connection], T]) -> T:
        """Do what `read` does, on this thread."""
        with _translated(), self._reading.connect() as connection:
            return fn(connection)

    def write_sync(self, fn: Callable[[Connection], T]) -> T:
        """Do what `write` does, on this thread."""
        with _translated():
            for pause_s in _AGAIN_AFTER_S:
                try:
                    return self._write_once(fn)
                except DBAPIError as error:
                    if not is_collision(error):
                        raise
                time.sleep(pause_s * random.uniform(0.5, 1.5))  # noqa: S311 - apart, not secret
            return self._write_once(fn)

    def _write_once(self, fn: Callable[[Connection], T]) -> T:
        with self._write_turn, self._writing.begin() as connection:
            return fn(connection)

    def alone(self, fn: Callable[[], T]) -> T:
        """Run `fn` while no other process runs one so, waiting for it as long as it takes.

        A SQLite file has one process anyway.
        """
        if self._is_sqlite:
            return fn()
        from sightline.stores.catalog.bounded import unbounded  # noqa: PLC0415 - an extra's driver

        with _translated(), self._engine.connect() as connection, connection.begin():
            # It says nothing more until `fn` is done.
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            with unbounded(connection):
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ALONE})
            return fn()

    def check(self) -> None:
        """Ask a server whether it lets us in; call before the first use.

        Raises `ConfigurationError` that says why not, for the operator's eyes alone:
        `StoreAwayError` where it may let us in later.
        """
        if self._is_sqlite:
            return
        try:
            with self._engine.connect():
                return
        except DBAPIError as error:
            kind = StoreAwayError if is_away(error) else ConfigurationError
            raise kind(
                f"The catalog cannot be reached: {reason_of(error)}",
                hint="Is Postgres up, and is `catalog.url` right?",
            ) from None

    def close(self) -> None:
        """Finish what runs, then close every connection."""
        self._readers.shutdown()
        self._writers.shutdown()
        self._engine.dispose()


def _parse(url: str) -> URL:
    try:
        target = make_url(url)
    except ArgumentError:
        raise ConfigurationError("The catalog's URL is not a database URL") from None
    if target.drivername in {"postgres", "postgresql"}:
        target = target.set(drivername="postgresql+psycopg")
    backend = target.get_backend_name()
    if backend not in {"sqlite", "postgresql"}:
        raise ConfigurationError(
            f"The catalog cannot live in `{backend}`", hint="Use a sqlite: or postgresql: URL"
        )
    if backend == "sqlite" and target.database in {None, "", ":memory:"}:
        raise ConfigurationError("The catalog's SQLite URL must name a file")
    return target


def _engine(target: URL, **options: Any) -> Engine:
    try:
        return create_engine(
            target,
            pool_size=2 * _READERS,
            max_overflow=2,
            pool_timeout=10,
            # Values are people's, and an error may come into a log.
            hide_parameters=True,
            **options,
        )
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise ConfigurationError(
            f"The catalog's driver is missing: {error}", hint="Install `sightline[postgres]`"
        ) from None


def _create_file(target: URL) -> None:
    path = Path(str(target.database))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite gives its journal files the mode of the database file.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise ConfigurationError(f"Cannot write the catalog `{path}`: {error.strerror}") from error


def _sqlite_begun(connection: Connection) -> None:
    # A writer takes the write lock at once: an upgrade from a read lock could not wait for it.
    writes = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _bounded(silence_s: float) -> Callable[..., Any]:
    """Return what connects to Postgres; the driver's own connections would wait for ever."""

    def connect(_dialect: Any, _record: Any, args: list[Any], options: dict[str, Any]) -> Any:
        from sightline.stores.catalog.bounded import connect  # noqa: PLC0415 - an extra's driver

        return connect(silence_s, *args, **options)

    return connect


def _postgres_connected(lock_wait_ms: int, statement_s: float) -> Callable[[Any, Any], None]:
    def connected(raw: Any, _record: Any) -> None:
        with raw.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {lock_wait_ms}")
            cursor.execute(f"SET statement_timeout = {int(statement_s * 1000)}")
            # A transaction whose client is gone without a word would keep its locks for hours.
            cursor.execute(f"SET idle_in_transaction_session_timeout = {_IDLE_MS}")
        raw.commit()

    return connected


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        ours = translate(error)
        if ours is None:
            raise
        raise ours from error
