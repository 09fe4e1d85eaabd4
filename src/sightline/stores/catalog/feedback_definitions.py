"""Rows of feedback definitions; `details` is JSON in the shape of its type."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from sightline.core import codec
from sightline.core.ids import Id
from sightline.domain.feedback_definition import DETAILS, FeedbackDefinition, FeedbackType
from sightline.stores.catalog import names
from sightline.stores.catalog.pages import MAX_IDS, Page, window
from sightline.stores.catalog.tables import feedback_definitions

_table = feedback_definitions
_COLUMNS = tuple(_table.c[name] for name in FeedbackDefinition.__struct_fields__)


def get(connection: Connection, workspace_id: Id, id: Id) -> FeedbackDefinition | None:
    query = select(*_COLUMNS).where(_table.c.id == id, _table.c.workspace_id == workspace_id)
    row = connection.execute(query).one_or_none()
    return _from_row(row) if row else None


def insert(connection: Connection, definition: FeedbackDefinition) -> None:
    """Insert a definition. Raises `ConflictError` (through the catalog) for a name taken."""
    connection.execute(_table.insert().values(_to_row(definition)))


def replace(connection: Connection, definition: FeedbackDefinition) -> bool:
    """Overwrite all but who created it and when; False when there is none."""
    row = _to_row(definition)
    for kept in ("id", "workspace_id", "created_at_us", "created_by"):
        del row[kept]
    changed = update(_table).where(
        _table.c.id == definition.id, _table.c.workspace_id == definition.workspace_id
    )
    return connection.execute(changed.values(row)).rowcount > 0


def delete_many(connection: Connection, workspace_id: Id, ids: Collection[Id]) -> None:
    """Delete the definitions that exist."""
    wanted = list(ids)
    for start in range(0, len(wanted), MAX_IDS):
        connection.execute(
            delete(_table).where(
                _table.c.workspace_id == workspace_id,
                _table.c.id.in_(wanted[start : start + MAX_IDS]),
            )
        )


def list_page(
    connection: Connection,
    workspace_id: Id,
    *,
    page: int,
    size: int,
    name: str | None = None,
    type: FeedbackType | None = None,
) -> Page[FeedbackDefinition]:
    """Return definitions whose name contains `name`, newest first."""
    conditions = [_table.c.workspace_id == workspace_id]
    if name:
        conditions.append(names.contains(_table.c.name_key, name))
    if type is not None:
        conditions.append(_table.c.type == type)
    count = select(func.count()).select_from(_table).where(*conditions)
    query = select(*_COLUMNS).where(*conditions).order_by(_table.c.id.desc())
    rows = connection.execute(window(query, page, size))
    return Page([_from_row(row) for row in rows], connection.execute(count).scalar_one())


def _to_row(definition: FeedbackDefinition) -> dict[str, Any]:
    row = {name: getattr(definition, name) for name in FeedbackDefinition.__struct_fields__}
    row["name_key"] = names.key(definition.name)
    row["details"] = codec.encode_text(definition.details)
    return row


def _from_row(row: Row[Any]) -> FeedbackDefinition:
    values = dict(row._mapping)
    values["details"] = codec.decode(values["details"], DETAILS[values["type"]])
    return FeedbackDefinition(**values)
