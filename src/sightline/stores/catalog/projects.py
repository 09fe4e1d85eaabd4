"""Rows of projects."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from sightline.core.ids import Id
from sightline.domain.workspace import Project
from sightline.stores.catalog import names, notices
from sightline.stores.catalog.pages import MAX_IDS, Page, Sort, order, window
from sightline.stores.catalog.tables import projects
from sightline.stores.catalog.upserts import insert_or_skip

_COLUMNS = tuple(projects.c[name] for name in Project.__struct_fields__)
SORTABLE = {
    "id": projects.c.id,
    "name": projects.c.name_key,
    "created_at": projects.c.created_at_us,
    "last_updated_at": projects.c.last_updated_at_us,
}


def get(connection: Connection, workspace_id: Id, id: Id) -> Project | None:
    query = select(*_COLUMNS).where(projects.c.id == id, projects.c.workspace_id == workspace_id)
    row = connection.execute(query).one_or_none()
    return Project(**row._mapping) if row else None


def get_by_name(connection: Connection, workspace_id: Id, name: str) -> Project | None:
    return get_by_names(connection, workspace_id, [name]).get(names.key(name))


def get_by_names(
    connection: Connection, workspace_id: Id, wanted: Collection[str]
) -> dict[str, Project]:
    """Return the projects that exist, by the key of their name."""
    found: dict[str, Project] = {}
    keys = list({names.key(name) for name in wanted})
    for start in range(0, len(keys), MAX_IDS):
        query = select(*_COLUMNS).where(
            projects.c.workspace_id == workspace_id,
            projects.c.name_key.in_(keys[start : start + MAX_IDS]),
        )
        for row in connection.execute(query):
            project = Project(**row._mapping)
            found[names.key(project.name)] = project
    return found


def list_by_ids(connection: Connection, workspace_id: Id, ids: Collection[Id]) -> list[Project]:
    """Return the projects that exist, newest first."""
    found: list[Project] = []
    wanted = list(ids)
    for start in range(0, len(wanted), MAX_IDS):
        query = select(*_COLUMNS).where(
            projects.c.workspace_id == workspace_id,
            projects.c.id.in_(wanted[start : start + MAX_IDS]),
        )
        found.extend(Project(**row._mapping) for row in connection.execute(query))
    return sorted(found, key=lambda project: project.id, reverse=True)


def insert(connection: Connection, project: Project) -> None:
    """Insert a project. Raises `ConflictError` (through the catalog) when its name is taken."""
    connection.execute(projects.insert().values(_row(project)))


def insert_if_absent(connection: Connection, wanted: Sequence[Project]) -> None:
    """Insert the projects whose names are free."""
    insert_or_skip(connection, projects, [_row(project) for project in wanted])


def update_fields(
    connection: Connection, workspace_id: Id, id: Id, changes: Mapping[str, Any]
) -> bool:
    """Set the named columns; False when there is no such project."""
    notices.tell(connection, notices.PROJECTS)
    values = dict(changes)
    if "name" in values:
        values["name_key"] = names.key(values["name"])
    changed = update(projects).where(projects.c.id == id, projects.c.workspace_id == workspace_id)
    return connection.execute(changed.values(values)).rowcount > 0


def delete_many(connection: Connection, workspace_id: Id, ids: Collection[Id]) -> list[Id]:
    """Delete the projects that exist; return their ids."""
    notices.tell(connection, notices.PROJECTS)
    wanted = list(ids)
    gone: list[Id] = []
    for start in range(0, len(wanted), MAX_IDS):
        some = delete(projects).where(
            projects.c.workspace_id == workspace_id,
            projects.c.id.in_(wanted[start : start + MAX_IDS]),
        )
        gone += connection.execute(some.returning(projects.c.id)).scalars()
    return gone


def list_page(
    connection: Connection,
    workspace_id: Id,
    *,
    page: int,
    size: int,
    name: str | None = None,
    sorting: Sequence[Sort] = (),
) -> Page[Project]:
    """Return projects whose name contains `name`, newest first unless sorted."""
    conditions = [projects.c.workspace_id == workspace_id]
    if name:
        conditions.append(names.contains(projects.c.name_key, name))
    count = select(func.count()).select_from(projects).where(*conditions)
    ordered = select(*_COLUMNS).where(*conditions)
    ordered = ordered.order_by(*order(sorting, SORTABLE, projects.c.id))
    rows = connection.execute(window(ordered, page, size))
    return Page([Project(**row._mapping) for row in rows], connection.execute(count).scalar_one())


def _row(project: Project) -> dict[str, Any]:
    row = {name: getattr(project, name) for name in Project.__struct_fields__}
    return {**row, "name_key": names.key(project.name)}
