"""Rows of broadcast destinations. `config` is sealed; `rules` is JSON text."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, select, update

from sightline.core.ids import Id
from sightline.stores.catalog import names, notices
from sightline.stores.catalog.tables import destinations

MAX_LISTED = 10_000


class DestinationRow(msgspec.Struct, frozen=True, kw_only=True):
    """One destination of a workspace as the catalog keeps it."""

    id: Id
    workspace_id: Id
    type: str
    name: str
    config: str
    enabled: bool
    privacy_mode: bool
    sampling_rate: float
    rules: str
    created_at_us: int
    created_by: str
    last_updated_at_us: int
    last_updated_by: str


_COLUMNS = tuple(destinations.c[name] for name in DestinationRow.__struct_fields__)


def list_all(connection: Connection) -> list[DestinationRow]:
    """Return every workspace's destinations in the order they were made."""
    query = select(*_COLUMNS).order_by(destinations.c.id).limit(MAX_LISTED)
    return [DestinationRow(**row._mapping) for row in connection.execute(query)]


def get(connection: Connection, workspace_id: Id, id: Id) -> DestinationRow | None:
    query = select(*_COLUMNS).where(
        destinations.c.id == id, destinations.c.workspace_id == workspace_id
    )
    row = connection.execute(query).one_or_none()
    return DestinationRow(**row._mapping) if row else None


def count_of_type(connection: Connection, workspace_id: Id, type: str) -> int:
    query = select(func.count()).where(
        destinations.c.workspace_id == workspace_id, destinations.c.type == type
    )
    return connection.execute(query).scalar_one()


def insert(connection: Connection, row: DestinationRow) -> None:
    """Insert one. Raises `ConflictError` (through the catalog) when its name is taken."""
    notices.tell(connection, notices.DESTINATIONS)
    values = msgspec.structs.asdict(row)
    connection.execute(destinations.insert().values(**values, name_key=names.key(row.name)))


def update_fields(
    connection: Connection, workspace_id: Id, id: Id, changes: Mapping[str, Any]
) -> bool:
    """Set the named columns; False when there is no such destination."""
    notices.tell(connection, notices.DESTINATIONS)
    values = dict(changes)
    if "name" in values:
        values["name_key"] = names.key(values["name"])
    changed = update(destinations).where(
        destinations.c.id == id, destinations.c.workspace_id == workspace_id
    )
    return connection.execute(changed.values(values)).rowcount > 0


def remove(connection: Connection, workspace_id: Id, id: Id) -> bool:
    """Delete one; False when there is no such destination."""
    notices.tell(connection, notices.DESTINATIONS)
    gone = delete(destinations).where(
        destinations.c.id == id, destinations.c.workspace_id == workspace_id
    )
    return connection.execute(gone).rowcount > 0
