"""Rows of saved views."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from sightline.core.ids import Id
from sightline.domain.view import MAX_PER_PROJECT, View
from sightline.stores.catalog import names
from sightline.stores.catalog.pages import MAX_IDS
from sightline.stores.catalog.tables import views

_COLUMNS = tuple(views.c[name] for name in View.__struct_fields__)


def get(connection: Connection, workspace_id: Id, id: Id) -> View | None:
    query = select(*_COLUMNS).where(views.c.id == id, views.c.workspace_id == workspace_id)
    row = connection.execute(query).one_or_none()
    return View(**row._mapping) if row else None


def list_all(connection: Connection, workspace_id: Id, project_id: Id) -> list[View]:
    """Return a project's views by name; never more than may exist."""
    query = (
        select(*_COLUMNS)
        .where(views.c.workspace_id == workspace_id, views.c.project_id == project_id)
        .order_by(views.c.name_key, views.c.id)
        .limit(MAX_PER_PROJECT)
    )
    return [View(**row._mapping) for row in connection.execute(query)]


def count(connection: Connection, workspace_id: Id, project_id: Id) -> int:
    query = select(func.count()).where(
        views.c.workspace_id == workspace_id, views.c.project_id == project_id
    )
    return connection.execute(query).scalar_one()


def insert(connection: Connection, view: View) -> None:
    """Insert one. Raises `ConflictError` (through the catalog) when its name is taken."""
    row = {name: getattr(view, name) for name in View.__struct_fields__}
    connection.execute(views.insert().values({**row, "name_key": names.key(view.name)}))


def update_fields(
    connection: Connection, workspace_id: Id, id: Id, changes: Mapping[str, Any]
) -> bool:
    """Set the named columns; False when there is no such view."""
    values = dict(changes)
    if "name" in values:
        values["name_key"] = names.key(values["name"])
    changed = update(views).where(views.c.id == id, views.c.workspace_id == workspace_id)
    return connection.execute(changed.values(values)).rowcount > 0


def remove(connection: Connection, workspace_id: Id, id: Id) -> bool:
    """Delete one; False when there is no such view."""
    gone = delete(views).where(views.c.id == id, views.c.workspace_id == workspace_id)
    return connection.execute(gone).rowcount > 0


def remove_of_projects(connection: Connection, workspace_id: Id, ids: Collection[Id]) -> None:
    """Delete the views of projects that go."""
    wanted = list(ids)
    for start in range(0, len(wanted), MAX_IDS):
        connection.execute(
            delete(views).where(
                views.c.workspace_id == workspace_id,
                views.c.project_id.in_(wanted[start : start + MAX_IDS]),
            )
        )
