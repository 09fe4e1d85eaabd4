"""What the verbs ask of the stores while no server has them open."""

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from sightline.cli._running import Running
from sightline.cli._sockets import holders
from sightline.core.errors import ConfigurationError
from sightline.settings import Settings
from sightline.stores.analytics import migrate as analytics_migrate
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.options import AnalyticsOptions
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.migrate import revision
from sightline.stores.catalog.migrations import HEAD, REVISIONS

# Longer than any write of the server takes.
_LOCK_WAIT_S = 3.0


class Versions(NamedTuple):
    """What a store was left at (None: there is no store yet) and what this program knows."""

    found: str | None
    known: str
    is_newer: bool

    @property
    def is_older(self) -> bool:
        return self.found is not None and not self.is_newer and self.found != self.known


def analytics_options(settings: Settings) -> AnalyticsOptions:
    """Return the analytics options with the address that is meant."""
    return msgspec.structs.replace(settings.analytics, dsn=settings.analytics_dsn)


def analytics_exists(settings: Settings) -> bool:
    """Say whether there is a store to open; a server is always there to be asked."""
    dsn = settings.analytics_dsn
    return not dsn.startswith("chdb:") or Path(dsn.removeprefix("chdb://"), "metadata").exists()


def analytics_versions(settings: Settings) -> Versions:
    """Open the engine, read the schema's version and close it again; nothing is upgraded."""
    known = analytics_migrate.load()[-1].version
    if not analytics_exists(settings):
        return Versions(None, str(known), is_newer=False)
    store = Analytics(analytics_options(settings))
    try:
        client: Any = store._connect()
        ledger = "SELECT count() FROM system.tables WHERE name = 'schema_migrations'"
        if not client.query(f"{ledger} AND database = currentDatabase()").result_rows[0][0]:
            return Versions(None, str(known), is_newer=False)
        found = client.query("SELECT max(version) FROM schema_migrations").result_rows[0][0]
        return Versions(str(found), str(known), is_newer=found > known)
    finally:
        store.close()


def catalog_exists(settings: Settings) -> bool:
    """Say whether there is a catalog to open."""
    url = settings.catalog_url
    return not url.startswith("sqlite") or Path(url.partition("///")[2]).exists()


def locked_by(settings: Settings, running: Running | None) -> str | None:
    """Return who keeps others from writing to a SQLite catalog, None when nobody does."""
    path = Path(settings.catalog_url.partition("///")[2])
    if not settings.catalog_url.startswith("sqlite") or not path.exists():
        return None
    with contextlib.closing(
        sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=_LOCK_WAIT_S)
    ) as catalog:
        try:
            catalog.execute("BEGIN IMMEDIATE")
            catalog.rollback()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                return None
        except sqlite3.Error:
            return None
        else:
            return None
    server = None if running is None else running.pid
    others = [pid for pid in holders(path) if pid not in {os.getpid(), server}]
    return f"process {', '.join(map(str, others))}" if others else "a process"


def catalog_versions(settings: Settings) -> Versions:
    """Read the catalog's revision; nothing is upgraded."""
    if not catalog_exists(settings):
        return Versions(None, HEAD, is_newer=False)
    catalog = Catalog.open(settings.catalog_url)
    try:
        catalog.check()
        found = catalog.read_sync(revision)
        return Versions(found, HEAD, is_newer=found is not None and found not in REVISIONS)
    finally:
        catalog.close()


def check_embedded(settings: Settings) -> None:
    """Raise `ConfigurationError` unless every store lies in the data folder."""
    elsewhere = [
        name
        for name, url in (
            ("analytics.dsn", settings.analytics.dsn),
            ("catalog.url", settings.catalog.url),
            ("blobs.url", settings.blobs.url),
        )
        if url
    ]
    if elsewhere:
        raise ConfigurationError(
            f"{' and '.join(elsewhere)} say that data lies outside the data folder",
            hint="Use the tools of ClickHouse, Postgres or the bucket for those",
        )
