"""Tries to sign in are counted for wrong keys alone."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import make_url

from sightline.core.clock import FakeClock
from sightline.core.errors import AuthenticationError, RateLimitedError, StoreUnavailableError
from sightline.services.workspace.api_keys import ApiKeys
from sightline.services.workspace.directory import Directory
from sightline.services.workspace.sessions import Sessions
from sightline.stores.catalog.engine import Catalog

_ADDRESS = "10.0.0.1"


@contextmanager
def locked(url: str, conninfo: str | None) -> Iterator[None]:
    """Let nobody else read keys."""
    if conninfo is None:
        connection = sqlite3.connect(str(make_url(url).database), isolation_level=None)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            connection.close()
        return
    with psycopg.connect(conninfo) as server:
        server.execute("LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE")
        yield


async def test_a_catalog_that_is_away_takes_nobodys_tries(catalog_url: str) -> None:
    clock = FakeClock()
    catalog = Catalog.open(catalog_url)
    directory = Directory(catalog, clock)
    issued = await ApiKeys(catalog, directory, clock).create("acme", "ci")
    key = issued.key.reveal()
    await directory.close()
    catalog.close()

    conninfo = catalog.conninfo
    with locked(catalog_url, conninfo):
        catalog = Catalog.open(catalog_url, lock_wait_ms=20)
        directory = Directory(catalog, clock)
        sessions = Sessions(catalog, directory, clock)
        for _ in range(12):
            with pytest.raises(StoreUnavailableError):
                await sessions.sign_in(key, _ADDRESS)
    try:
        for _ in range(9):
            with pytest.raises(AuthenticationError):
                await sessions.sign_in("wrong", _ADDRESS)
        assert (await sessions.sign_in(key, _ADDRESS)).key.id == issued.record.id
        with pytest.raises(AuthenticationError):
            await sessions.sign_in("wrong", _ADDRESS)
        with pytest.raises(RateLimitedError):
            await sessions.sign_in(key, _ADDRESS)
    finally:
        await directory.close()
        catalog.close()
