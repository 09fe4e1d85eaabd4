"""Rows of models that a workspace's callers may name, and how the workspace routes."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, select, update

from sightline.core.ids import Id
from sightline.stores.catalog import notices
from sightline.stores.catalog.tables import gateway_models, gateway_routing
from sightline.stores.catalog.upserts import upsert

MAX_MODELS = 5_000


class ModelRow(msgspec.Struct, frozen=True, kw_only=True):
    """A model; `definition` is the JSON text of what the gateway's room makes of it."""

    id: Id
    workspace_id: Id
    slug: str
    definition: str
    enabled: bool = True
    created_at_us: int
    created_by: str
    last_updated_at_us: int
    last_updated_by: str


_COLUMNS = tuple(gateway_models.c[name] for name in ModelRow.__struct_fields__)


def list_all(connection: Connection, workspace_id: Id) -> list[ModelRow]:
    """Return a workspace's models by slug."""
    query = (
        select(*_COLUMNS)
        .where(gateway_models.c.workspace_id == workspace_id)
        .order_by(gateway_models.c.slug)
        .limit(MAX_MODELS)
    )
    return [ModelRow(**row._mapping) for row in connection.execute(query)]


def get(connection: Connection, workspace_id: Id, id: Id) -> ModelRow | None:
    query = select(*_COLUMNS).where(
        gateway_models.c.workspace_id == workspace_id, gateway_models.c.id == id
    )
    row = connection.execute(query).one_or_none()
    return ModelRow(**row._mapping) if row else None


def insert(connection: Connection, model: ModelRow) -> None:
    """Insert one. Raises `ConflictError` (through the catalog) when its slug is taken."""
    notices.tell(connection, notices.GATEWAY)
    connection.execute(gateway_models.insert().values(msgspec.structs.asdict(model)))


def update_fields(
    connection: Connection, workspace_id: Id, id: Id, changes: Mapping[str, Any]
) -> bool:
    """Set the named columns; False when there is no such model."""
    notices.tell(connection, notices.GATEWAY)
    changed = update(gateway_models).where(
        gateway_models.c.workspace_id == workspace_id, gateway_models.c.id == id
    )
    return connection.execute(changed.values(dict(changes))).rowcount > 0


def remove(connection: Connection, workspace_id: Id, id: Id) -> bool:
    """Delete one; False when there is no such model."""
    notices.tell(connection, notices.GATEWAY)
    gone = delete(gateway_models).where(
        gateway_models.c.workspace_id == workspace_id, gateway_models.c.id == id
    )
    return connection.execute(gone).rowcount > 0


def routing(connection: Connection, workspace_id: Id) -> str | None:
    """Return the workspace's routing options, JSON text; None when they were never set."""
    query = select(gateway_routing.c.options).where(gateway_routing.c.workspace_id == workspace_id)
    return connection.execute(query).scalar()


def set_routing(
    connection: Connection, workspace_id: Id, options: str, *, now_us: int, user: str
) -> None:
    """Set the workspace's routing options."""
    notices.tell(connection, notices.GATEWAY)
    row = {
        "workspace_id": workspace_id,
        "options": options,
        "last_updated_at_us": now_us,
        "last_updated_by": user,
    }
    upsert(connection, gateway_routing, row)
