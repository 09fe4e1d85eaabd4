"""The catalog's engine: transactions, durability and what driver errors become."""

import asyncio
import contextlib
import os
import sqlite3
import stat
import threading

import pytest
from sqlalchemy import text

from sightline.core.errors import (
    ConfigurationError,
    ConflictError,
    InternalError,
    NotFoundError,
    StoreFullError,
    StoreUnavailableError,
)
from sightline.stores.catalog import settings
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.migrate import migrate


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "catalog.db"


@pytest.fixture
def catalog(path):
    catalog = Catalog.open(f"sqlite:///{path}", lock_wait_ms=200)
    migrate(catalog)
    yield catalog
    catalog.close()


def test_file_is_for_its_owner_alone(catalog, path):
    catalog.write_sync(lambda c: settings.put(c, "a", "1", now_us=1))

    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_acknowledged_means_synced(catalog):
    def pragmas(connection):
        names = ("journal_mode", "synchronous", "busy_timeout")
        return [connection.execute(text(f"PRAGMA {name}")).scalar() for name in names]

    full = 2
    assert catalog.read_sync(pragmas) == ["wal", full, 200]
    assert catalog.write_sync(pragmas) == ["wal", full, 200]


async def test_write_commits_and_survives_reopening(catalog, path):
    await catalog.write(lambda c: settings.put(c, "a", "1", now_us=1))

    again = Catalog.open(f"sqlite:///{path}")
    try:
        assert await again.read(lambda c: settings.get(c, "a")) == "1"
    finally:
        again.close()


async def test_write_that_raises_leaves_nothing(catalog):
    def fail(connection):
        settings.put(connection, "a", "1", now_us=1)
        raise NotFoundError("no")

    with pytest.raises(NotFoundError):
        await catalog.write(fail)
    assert await catalog.read(lambda c: settings.get(c, "a")) is None


async def test_read_leaves_nothing(catalog):
    await catalog.read(lambda c: settings.put(c, "a", "1", now_us=1))

    assert await catalog.read(lambda c: settings.get(c, "a")) is None


async def test_reads_go_on_while_a_write_is_open(catalog):
    opened, release = threading.Event(), threading.Event()

    def slow(connection):
        settings.put(connection, "a", "1", now_us=1)
        opened.set()
        release.wait(10)

    writing = asyncio.create_task(catalog.write(slow))
    await asyncio.to_thread(opened.wait, 10)
    assert await catalog.read(lambda c: settings.get(c, "a")) is None
    release.set()
    await writing
    assert await catalog.read(lambda c: settings.get(c, "a")) == "1"


async def test_many_writers_take_turns(catalog):
    await catalog.write(lambda c: settings.put(c, "n", "0", now_us=1))

    def increment(connection):
        value = int(settings.get(connection, "n"))
        settings.put(connection, "n", str(value + 1), now_us=1)

    threads = [threading.Thread(target=catalog.write_sync, args=(increment,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    await asyncio.gather(*(catalog.write(increment) for _ in range(20)))
    for thread in threads:
        thread.join()
    assert await catalog.read(lambda c: settings.get(c, "n")) == "40"


async def test_database_locked_by_another_process_is_unavailable(catalog, path):
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailableError) as caught:
            await catalog.write(lambda c: settings.put(c, "a", "1", now_us=1))
        assert caught.value.retryable
        assert await catalog.read(lambda c: settings.get(c, "a")) is None
        other.execute("ROLLBACK")
    await catalog.write(lambda c: settings.put(c, "a", "1", now_us=1))


async def test_full_disk_is_told_as_such(catalog):
    def fill(connection):
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        settings.put(connection, "a", "x" * 1_000_000, now_us=1)

    with pytest.raises(StoreFullError):
        await catalog.write(fill)
    assert await catalog.read(lambda c: settings.get(c, "a")) is None


async def test_unique_key_broken_is_a_conflict(catalog):
    def insert(connection):
        connection.execute(text("INSERT INTO settings (key, value, updated_at_us) VALUES (1,1,1)"))

    await catalog.write(insert)
    with pytest.raises(ConflictError):
        await catalog.write(insert)


async def test_our_own_mistake_is_not_a_conflict(catalog):
    with pytest.raises(Exception, match="NOT NULL") as caught:
        await catalog.write(lambda c: c.execute(text("INSERT INTO settings (key) VALUES ('a')")))
    assert not isinstance(caught.value, ConflictError)


def test_file_that_is_no_database_is_told(tmp_path):
    (tmp_path / "catalog.db").write_bytes(os.urandom(8192))
    catalog = Catalog.open(f"sqlite:///{tmp_path}/catalog.db")
    with pytest.raises(InternalError):
        migrate(catalog)
    catalog.close()


@pytest.mark.parametrize(
    "url", ["", "nonsense", "sqlite://", "sqlite:///:memory:", "mysql://localhost/x", "x:///y"]
)
def test_url_that_cannot_be_used_stops_the_start(url):
    with pytest.raises(ConfigurationError):
        Catalog.open(url)


def test_folder_that_cannot_be_made_stops_the_start(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="Cannot write"):
        Catalog.open(f"sqlite:///{tmp_path}/file/catalog.db")
