"""Rows of workspaces."""

from sqlalchemy import Connection, func, select

from sightline.core.ids import Id
from sightline.domain.workspace import Workspace
from sightline.stores.catalog import names, notices
from sightline.stores.catalog.pages import Page, window
from sightline.stores.catalog.tables import workspaces
from sightline.stores.catalog.upserts import insert_or_skip

_COLUMNS = (workspaces.c.id, workspaces.c.name, workspaces.c.created_at_us)


def get(connection: Connection, id: Id) -> Workspace | None:
    row = connection.execute(select(*_COLUMNS).where(workspaces.c.id == id)).one_or_none()
    return Workspace(**row._mapping) if row else None


def get_by_name(connection: Connection, name: str) -> Workspace | None:
    query = select(*_COLUMNS).where(workspaces.c.name_key == names.key(name))
    row = connection.execute(query).one_or_none()
    return Workspace(**row._mapping) if row else None


def insert_if_absent(connection: Connection, workspace: Workspace) -> bool:
    """Insert the workspace unless its name is taken; say whether it was free."""
    # Destinations of the operator's file are every workspace's.
    notices.tell(connection, notices.DESTINATIONS)
    row = {
        "id": workspace.id,
        "name": workspace.name,
        "name_key": names.key(workspace.name),
        "created_at_us": workspace.created_at_us,
    }
    return insert_or_skip(connection, workspaces, [row]) > 0


def lock(connection: Connection, id: Id) -> None:
    """Make other writers that lock this workspace wait until this transaction ends.

    SQLite has one writer at a time and needs nothing.
    """
    connection.execute(select(workspaces.c.id).where(workspaces.c.id == id).with_for_update())


def list_page(connection: Connection, *, page: int, size: int) -> Page[Workspace]:
    """Return workspaces by name."""
    total = connection.execute(select(func.count()).select_from(workspaces)).scalar_one()
    query = window(select(*_COLUMNS).order_by(workspaces.c.name_key), page, size)
    return Page([Workspace(**row._mapping) for row in connection.execute(query)], total)
