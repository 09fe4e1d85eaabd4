"""Makes all tables of an empty SQLite database at once, as the revisions would one by one.

The first start is what people wait for, and Alembic is three quarters of a migration's time. That
both ways lead to the same database, a test sees to.
"""

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, inspect

from sightline.domain.workspace import DEFAULT_WORKSPACE, DEFAULT_WORKSPACE_ID
from sightline.stores.catalog.migrations import HEAD
from sightline.stores.catalog.tables import metadata, workspaces

_ledger = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def make_all(connection: Connection) -> bool:
    """Make the tables within the transaction of `connection`; False where any table is."""
    if inspect(connection).get_table_names():
        return False
    metadata.create_all(connection, checkfirst=False)
    _ledger.create(connection)
    connection.execute(
        workspaces.insert().values(
            id=DEFAULT_WORKSPACE_ID,
            name=DEFAULT_WORKSPACE,
            name_key=DEFAULT_WORKSPACE,
            # Its UUIDv7 says when it was made.
            created_at_us=int.from_bytes(DEFAULT_WORKSPACE_ID[:6], "big") * 1000,
        )
    )
    connection.execute(_ledger.insert().values(version_num=HEAD))
    return True
