"""Brings the catalog's tables to this program's revision, and refuses newer ones."""

from sqlalchemy import Connection, inspect, text

from sightline.core.errors import ConfigurationError
from sightline.core.log import get_logger
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.migrations import HEAD, REVISIONS
from sightline.stores.catalog.migrations.fresh import make_all

log = get_logger(__name__)


def revision(connection: Connection) -> str | None:
    """Return the revision the database was left at, None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def migrate(catalog: Catalog) -> None:
    """Make or upgrade the tables; all of it or nothing.

    Raises `ConfigurationError` when a newer program has written the database, and when a server
    does not let us in.
    """
    catalog.check()
    before = catalog.read_sync(revision)
    if before == HEAD:
        return
    if before is not None and before not in REVISIONS:
        raise ConfigurationError(
            f"this data was written by a newer Sightline (catalog revision `{before}`)",
            hint="Start the newer version again, or restore a backup made before the upgrade",
        )
    if before is None and catalog.kind == "SQLite" and catalog.write_sync(make_all):
        log.info("catalog.migrated", before="nothing", after=HEAD)
        return
    # Alembic takes 0.13 s to import; a start that has nothing to migrate does not pay it.
    from sightline.stores.catalog.migrations.upgrade import upgrade  # noqa: PLC0415

    catalog.write_sync(upgrade)
    log.info("catalog.migrated", before=before or "nothing", after=HEAD)
