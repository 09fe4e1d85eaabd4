"""Server-wide settings kept with the data: key and value, both text."""

from sqlalchemy import Connection, delete, select

from sightline.stores.catalog.tables import settings
from sightline.stores.catalog.upserts import insert_or_skip, upsert


def get(connection: Connection, key: str) -> str | None:
    return connection.execute(select(settings.c.value).where(settings.c.key == key)).scalar()


def put(connection: Connection, key: str, value: str, *, now_us: int) -> None:
    """Set the value, whatever it was."""
    upsert(connection, settings, {"key": key, "value": value, "updated_at_us": now_us})


def put_if_absent(connection: Connection, key: str, value: str, *, now_us: int) -> str:
    """Set the value unless there is one; return what holds now, the first writer's."""
    insert_or_skip(connection, settings, [{"key": key, "value": value, "updated_at_us": now_us}])
    holds = get(connection, key)
    return value if holds is None else holds


def remove(connection: Connection, key: str) -> bool:
    """Forget the value; False when there was none."""
    return connection.execute(delete(settings).where(settings.c.key == key)).rowcount > 0
