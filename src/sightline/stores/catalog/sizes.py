"""How much the catalog and the attachments that it knows of take."""

from sqlalchemy import Connection, func, select, text

from sightline.stores.catalog.tables import attachments


def catalog_bytes(connection: Connection) -> int:
    """Return the size of the database."""
    if connection.dialect.name == "postgresql":
        size = text("SELECT pg_database_size(current_database())")
    else:
        size = text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
    return int(connection.execute(size).scalar_one())


def blob_bytes(connection: Connection) -> int:
    """Return the size of all attachments together."""
    total = select(func.coalesce(func.sum(attachments.c.size_bytes), 0))
    return int(connection.execute(total).scalar_one())
