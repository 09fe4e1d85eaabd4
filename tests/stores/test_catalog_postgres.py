"""What Postgres alone does: it ends transactions, goes away, refuses, and knows no NUL."""

import asyncio
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from sightline.core.errors import (
    ConfigurationError,
    ConflictError,
    InvalidRequestError,
    StoreUnavailableError,
)
from sightline.stores.catalog import jobs, settings
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.migrate import migrate
from sightline.stores.catalog.names import kept_text
from tests import outside
from tests.live import free_port
from tools.postgres import Cluster


@pytest.fixture
def url():
    url = outside.postgres().take()
    yield url
    outside.postgres().give_back(url)


@pytest.fixture
def empty_url():
    url = outside.postgres().take_empty()
    yield url
    outside.postgres().drop(url)


@pytest.fixture
def catalog(url):
    catalog = Catalog.open(url, lock_wait_ms=200)
    yield catalog
    catalog.close()


def put(catalog, key="a", value="1"):
    catalog.write_sync(lambda c: settings.put(c, key, value, now_us=1))


def get(catalog, key="a"):
    return catalog.read_sync(lambda c: settings.get(c, key))


@pytest.mark.parametrize("isolation", ["READ COMMITTED", "SERIALIZABLE"])
def test_transactions_that_collide_both_come_through(catalog, isolation):
    """Each takes what the other wants, or reads what the other writes: one is run again."""
    put(catalog, "a", "0")
    put(catalog, "b", "0")
    together = threading.Barrier(2)
    runs = []

    def move(first, second):
        is_first_time = True

        def work(connection):
            nonlocal is_first_time
            runs.append(first)
            connection.execute(text(f"SET TRANSACTION ISOLATION LEVEL {isolation}"))
            connection.execute(text("SET LOCAL deadlock_timeout = 10"))
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            value = int(settings.get(connection, first))
            settings.put(connection, first, str(value + 1), now_us=1)
            if is_first_time:
                is_first_time = False
                together.wait(10)
            value = int(settings.get(connection, second))
            settings.put(connection, second, str(value + 1), now_us=1)

        return work

    threads = [
        threading.Thread(target=catalog.write_sync, args=(move(*pair),)) for pair in ("ab", "ba")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (get(catalog, "a"), get(catalog, "b")) == ("2", "2")
    assert len(runs) == 3


def test_a_lock_that_cannot_be_had_is_unavailable(catalog, url):
    other = Catalog.open(url)
    held, release = threading.Event(), threading.Event()

    def hold(connection):
        connection.execute(text("LOCK TABLE settings IN EXCLUSIVE MODE"))
        held.set()
        release.wait(10)

    thread = threading.Thread(target=other.write_sync, args=(hold,))
    thread.start()
    held.wait(10)
    with pytest.raises(StoreUnavailableError) as caught:
        put(catalog)
    assert caught.value.retry_after_s
    assert get(catalog) is None
    release.set()
    thread.join()
    put(catalog)
    other.close()


def test_a_server_that_comes_back_is_found_again():
    with Cluster() as cluster:
        catalog = Catalog.open(cluster.url("postgres"))
        migrate(catalog)
        put(catalog)
        cluster.stop(signal.SIGQUIT)
        for _ in range(3):
            with pytest.raises(StoreUnavailableError) as caught:
                get(catalog)
            assert caught.value.retry_after_s
        with pytest.raises(StoreUnavailableError):
            put(catalog, "a", "2")
        cluster.start()
        assert get(catalog) == "1"
        put(catalog, "a", "3")
        assert get(catalog) == "3"
        catalog.close()


def test_a_connection_that_is_cut_in_a_transaction_is_unavailable_once(catalog):
    def cut(connection):
        settings.put(connection, "a", "1", now_us=1)
        me = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        outside.postgres().admin(f"SELECT pg_terminate_backend({me}, 5000)")
        settings.put(connection, "a", "2", now_us=1)

    with pytest.raises(StoreUnavailableError):
        catalog.write_sync(cut)
    assert get(catalog) is None


def test_a_statement_that_takes_too_long_is_ended(catalog):
    def slow(connection):
        connection.execute(text("SET LOCAL statement_timeout = 50"))
        connection.execute(text("SELECT pg_sleep(5)"))

    begun = time.monotonic()
    with pytest.raises(StoreUnavailableError):
        catalog.read_sync(slow)
    assert time.monotonic() - begun < 4


async def test_nobody_waits_for_a_server_that_says_nothing(url):
    catalog = Catalog.open(url, patience_s=0.2)
    begun = time.monotonic()
    # More than there are threads: those that wait for one give up too.
    asked = [catalog.read(lambda c: c.execute(text("SELECT pg_sleep(2)"))) for _ in range(12)]
    for answer in await asyncio.gather(*asked, return_exceptions=True):
        assert isinstance(answer, StoreUnavailableError)
        assert answer.retry_after_s
    assert time.monotonic() - begun < 1.5
    catalog.close()


def test_a_long_answer_may_come_slowly(url):
    catalog = Catalog.open(url, statement_s=1.0)
    try:
        # Two seconds, never silent for as long as one that says nothing may be.
        slow = text("SELECT repeat('x', 20000), pg_sleep(0.2) FROM generate_series(1, 10)")

        def ask(connection):
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            return connection.execute(slow).all()

        assert len(catalog.read_sync(ask)) == 10
    finally:
        catalog.close()


def test_who_is_alone_may_take_as_long_as_it_takes(url, monkeypatch):
    monkeypatch.setattr("sightline.stores.catalog.engine._IDLE_MS", 200)
    catalog = Catalog.open(url)
    try:
        assert catalog.alone(lambda: time.sleep(1) or "done") == "done"
        assert catalog.alone(lambda: "again") == "again"
    finally:
        catalog.close()


def test_who_waits_to_be_alone_waits_as_long_as_it_takes(url):
    """Longer than a server may say nothing, and the connection is an ordinary one afterwards."""
    catalog = Catalog.open(url, statement_s=0.4)
    begun = threading.Event()

    def long():
        begun.set()
        time.sleep(2)

    try:
        with ThreadPoolExecutor() as pool:
            first = pool.submit(catalog.alone, long)
            assert begun.wait(10)
            assert catalog.alone(lambda: "second") == "second"
            first.result()
        with pytest.raises(StoreUnavailableError):
            catalog.read_sync(lambda c: c.execute(text("SELECT pg_sleep(2)")))
    finally:
        catalog.close()


def test_a_migration_that_takes_long_is_not_given_up(empty_url, monkeypatch):
    revision = "sightline.stores.catalog.migrations.upgrade.command.upgrade"

    def slow(config, _):
        config.attributes["connection"].execute(text("SELECT pg_sleep(2)"))

    monkeypatch.setattr(revision, slow)
    catalog = Catalog.open(empty_url, statement_s=0.4)
    try:
        migrate(catalog)
    finally:
        catalog.close()


def test_broken_keys_are_conflicts_and_what_cannot_be_stored_is_the_callers(catalog):
    insert = text("INSERT INTO settings (key, value, updated_at_us) VALUES ('k', '1', :at)")
    catalog.write_sync(lambda c: c.execute(insert, {"at": 1}))
    with pytest.raises(ConflictError):
        catalog.write_sync(lambda c: c.execute(insert, {"at": 1}))
    with pytest.raises(InvalidRequestError, match=r"U\+0000"):
        put(catalog, "a", "x\0y")
    with pytest.raises(InvalidRequestError, match="too large"):
        catalog.write_sync(lambda c: c.execute(insert, {"at": 2**70}))


def test_what_another_server_said_is_kept_without_nul(catalog):
    def fail(connection):
        jobs.enqueue(
            connection, [jobs.NewJob(kind="k", key="1", payload="{}", run_at_us=0)], now_us=0
        )
        (job,) = jobs.lease(connection, ["k"], now_us=0, lease_us=1)
        jobs.fail(connection, job, error="no\0 way", retry_at_us=5, now_us=0)
        return jobs.get(connection, "k", "1").last_error

    assert catalog.write_sync(fail) == "no way"
    assert kept_text("abc", 2) == "ab"


def test_a_server_that_does_not_let_us_in_stops_the_start_and_says_why(url):
    nobody = f"postgresql://sightline:pa55-word@127.0.0.1:{free_port()}/x"
    for bad, why in (
        (url.replace("pa55-word", "wr0ng"), "password authentication failed"),
        (url.rpartition("/")[0] + "/nosuch", "does not exist"),
        (nobody, "refused"),
    ):
        catalog = Catalog.open(bad)
        with pytest.raises(ConfigurationError, match=why) as caught:
            migrate(catalog)
        assert "pa55-word" not in str(caught.value)
        assert "wr0ng" not in str(caught.value)
        catalog.close()
