"""Projects, made by hand or by the first trace that names them."""

from collections.abc import Collection, Sequence
from typing import Any, Literal

from sqlalchemy import Connection

from sightline.core.clock import Clock
from sightline.core.errors import ConflictError, NotFoundError
from sightline.core.ids import Id, new_id
from sightline.domain.workspace import Project
from sightline.services.workspace.bulk import delete_left_behind
from sightline.services.workspace.directory import Directory
from sightline.services.workspace.rules import checked_description, checked_name
from sightline.stores.catalog import projects, views
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.pages import Page, Sort

Visibility = Literal["private", "public"]

SORTABLE = tuple(projects.SORTABLE)


class Projects:
    """Makes, changes, lists and deletes projects. What is in them is not its business."""

    def __init__(self, catalog: Catalog, directory: Directory, clock: Clock) -> None:
        self._catalog = catalog
        self._directory = directory
        self._clock = clock

    async def create(
        self,
        workspace_id: Id,
        name: str,
        *,
        user: str,
        description: str | None = None,
        visibility: Visibility = "private",
    ) -> Project:
        """Make a project. Raises `ConflictError` when the name is taken, whatever its case."""
        now_us = self._clock.now_us()
        project = Project(
            id=new_id(),
            workspace_id=workspace_id,
            name=checked_name(name, "name"),
            description=checked_description(description),
            visibility=visibility,
            created_at_us=now_us,
            created_by=user,
            last_updated_at_us=now_us,
            last_updated_by=user,
        )
        try:
            await self._catalog.write(lambda c: projects.insert(c, project))
        except ConflictError:
            raise _taken() from None
        return project

    async def update(
        self,
        workspace_id: Id,
        id: Id,
        *,
        user: str,
        name: str | None = None,
        description: str | None = None,
        visibility: Visibility | None = None,
    ) -> None:
        """Change what is not None. Raises `NotFoundError`, and `ConflictError` as `create`."""
        changes: dict[str, Any] = {
            "name": None if name is None else checked_name(name, "name"),
            "description": checked_description(description),
            "visibility": visibility,
            "last_updated_at_us": self._clock.now_us(),
            "last_updated_by": user,
        }
        said = {column: value for column, value in changes.items() if value is not None}
        try:
            found = await self._catalog.write(
                lambda c: projects.update_fields(c, workspace_id, id, said)
            )
        except ConflictError:
            raise _taken() from None
        if not found:
            raise _missing()
        self._directory.forget_projects()

    async def get(self, workspace_id: Id, id: Id) -> Project:
        """Return a project. Raises `NotFoundError`."""
        found = await self._catalog.read(lambda c: projects.get(c, workspace_id, id))
        if found is None:
            raise _missing()
        return found

    async def retrieve(self, workspace_id: Id, name: str) -> Project:
        """Return the project of that name, whatever its case. Raises `NotFoundError`."""
        found = await self._catalog.read(lambda c: projects.get_by_name(c, workspace_id, name))
        if found is None:
            raise _missing()
        return found

    async def list_page(
        self,
        workspace_id: Id,
        *,
        page: int = 1,
        size: int = 10,
        name: str | None = None,
        sorting: Sequence[Sort] = (),
    ) -> Page[Project]:
        """Return projects whose name contains `name`, newest first unless sorted.

        Raises `InvalidRequestError` for a field that is not in `SORTABLE`.
        """
        return await self._catalog.read(
            lambda c: projects.list_page(
                c, workspace_id, page=page, size=size, name=name, sorting=sorting
            )
        )

    async def list_by_ids(self, workspace_id: Id, ids: Collection[Id]) -> list[Project]:
        """Return those of the projects that exist, newest first."""
        return await self._catalog.read(lambda c: projects.list_by_ids(c, workspace_id, ids))

    async def delete(self, workspace_id: Id, ids: Collection[Id]) -> None:
        """Delete those of the projects that exist, with their views.

        Their traces are the caller's to delete; what other processes write to them until they hear
        of it goes some minutes later.
        """
        now_us = self._clock.now_us()

        def delete(connection: Connection) -> None:
            views.remove_of_projects(connection, workspace_id, ids)
            gone = projects.delete_many(connection, workspace_id, ids)
            delete_left_behind(connection, workspace_id, gone, now_us=now_us)

        await self._catalog.write(delete)
        self._directory.forget_projects()


def _taken() -> ConflictError:
    return ConflictError("Project already exists")


def _missing() -> NotFoundError:
    return NotFoundError("Project not found")
