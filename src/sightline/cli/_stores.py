"""What the verbs ask of the stores while no server has them open."""

from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from sightline.core.errors import ConfigurationError
from sightline.settings import Settings
from sightline.stores.analytics import migrate as analytics_migrate
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.options import AnalyticsOptions
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.migrate import revision
from sightline.stores.catalog.migrations import HEAD, REVISIONS


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
