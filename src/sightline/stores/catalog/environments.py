"""Rows of environments."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from sightline.core.ids import Id
from sightline.domain.environment import MAX_PER_WORKSPACE, Environment
from sightline.stores.catalog import names
from sightline.stores.catalog.tables import environments

_COLUMNS = tuple(environments.c[name] for name in Environment.__struct_fields__)


def get(connection: Connection, workspace_id: Id, id: Id) -> Environment | None:
    query = select(*_COLUMNS).where(
        environments.c.id == id, environments.c.workspace_id == workspace_id
    )
    row = connection.execute(query).one_or_none()
    return Environment(**row._mapping) if row else None


def get_by_name(connection: Connection, workspace_id: Id, name: str) -> Environment | None:
    query = select(*_COLUMNS).where(
        environments.c.workspace_id == workspace_id,
        environments.c.name_key == names.key(name),
    )
    row = connection.execute(query).one_or_none()
    return Environment(**row._mapping) if row else None


def count(connection: Connection, workspace_id: Id) -> int:
    query = select(func.count()).where(environments.c.workspace_id == workspace_id)
    return connection.execute(query).scalar_one()


def insert(connection: Connection, environment: Environment) -> None:
    """Insert one. Raises `ConflictError` (through the catalog) for a name or id taken."""
    row = {name: getattr(environment, name) for name in Environment.__struct_fields__}
    row["name_key"] = names.key(environment.name)
    connection.execute(environments.insert().values(row))


def update_fields(
    connection: Connection, workspace_id: Id, id: Id, changes: Mapping[str, Any]
) -> bool:
    """Set the named columns; False when there is no such environment."""
    values = dict(changes)
    if "name" in values:
        values["name_key"] = names.key(values["name"])
    changed = update(environments).where(
        environments.c.id == id, environments.c.workspace_id == workspace_id
    )
    return connection.execute(changed.values(values)).rowcount > 0


def delete_many(connection: Connection, workspace_id: Id, ids: Collection[Id]) -> None:
    """Delete the environments that exist, of at most as many ids as a workspace may have."""
    connection.execute(
        delete(environments).where(
            environments.c.workspace_id == workspace_id,
            environments.c.id.in_(list(ids)),
        )
    )


def list_all(connection: Connection, workspace_id: Id) -> list[Environment]:
    """Return a workspace's environments, oldest first; never more than may exist."""
    query = (
        select(*_COLUMNS)
        .where(environments.c.workspace_id == workspace_id)
        .order_by(environments.c.created_at_us, environments.c.id)
        .limit(MAX_PER_WORKSPACE)
    )
    return [Environment(**row._mapping) for row in connection.execute(query)]
