"""Runs Alembic without an ini file. Imported only when there is something to migrate."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from sightline.stores.catalog.migrations import HEAD

# Any number will do, as long as every process takes the same.
_LOCK = 7_240_611


def configuration(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration for our revisions."""
    config = Config()
    folder = str(Path(__file__).parent)
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, revision: str = HEAD) -> None:
    """Bring the database to `revision` within the transaction of `connection`.

    Processes that start together wait for the first one; the others find nothing to do.
    """
    if connection.dialect.name != "postgresql":
        command.upgrade(configuration(connection), revision)
        return
    from sightline.stores.catalog.bounded import unbounded  # noqa: PLC0415 - an extra's driver

    with unbounded(connection):
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        command.upgrade(configuration(connection), revision)
