"""Saved views of a project, shared by everybody who sees it."""

from typing import Any

from sqlalchemy import Connection

from sightline.core.clock import Clock
from sightline.core.errors import ConflictError, NotFoundError, UnprocessableError
from sightline.core.ids import Id, new_id
from sightline.domain.view import MAX_PER_PROJECT, MAX_STATE_BYTES, View, ViewEntity
from sightline.services.workspace.rules import checked_name
from sightline.stores.catalog import projects, views, workspaces
from sightline.stores.catalog.engine import Catalog


class Views:
    """Makes, changes, lists and deletes views."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock

    async def list_all(self, workspace_id: Id, project_id: Id) -> list[View]:
        """Return a project's views by name. Raises `NotFoundError` without the project."""

        def read(connection: Connection) -> list[View]:
            _check_project(connection, workspace_id, project_id)
            return views.list_all(connection, workspace_id, project_id)

        return await self._catalog.read(read)

    async def create(
        self,
        workspace_id: Id,
        project_id: Id,
        name: str,
        *,
        entity: ViewEntity,
        state: str,
        user: str,
    ) -> View:
        """Make a view of a project.

        Raises `NotFoundError` without the project, `ConflictError` when the name is taken or the
        project has as many views as it may, `UnprocessableError` for a state that is too large.
        """
        now_us = self._clock.now_us()
        view = View(
            id=new_id(),
            workspace_id=workspace_id,
            project_id=project_id,
            name=checked_name(name, "name"),
            entity=entity,
            state=_checked_state(state),
            created_at_us=now_us,
            created_by=user,
            last_updated_at_us=now_us,
            last_updated_by=user,
        )

        def insert(connection: Connection) -> None:
            _check_project(connection, workspace_id, project_id)
            # Two at once could each be the last that may be.
            workspaces.lock(connection, workspace_id)
            if views.count(connection, workspace_id, project_id) >= MAX_PER_PROJECT:
                raise UnprocessableError(
                    f"A project has at most {MAX_PER_PROJECT} views",
                    hint="Delete one that nobody uses",
                )
            views.insert(connection, view)

        try:
            await self._catalog.write(insert)
        except ConflictError:
            raise _taken(view.name) from None
        return view

    async def update(
        self,
        workspace_id: Id,
        id: Id,
        *,
        user: str,
        name: str | None = None,
        state: str | None = None,
    ) -> View:
        """Change what is not None and return the view. Raises as `create` does."""
        changes: dict[str, Any] = {
            "last_updated_at_us": self._clock.now_us(),
            "last_updated_by": user,
        }
        if name is not None:
            changes["name"] = checked_name(name, "name")
        if state is not None:
            changes["state"] = _checked_state(state)

        def change(connection: Connection) -> View | None:
            views.update_fields(connection, workspace_id, id, changes)
            return views.get(connection, workspace_id, id)

        try:
            found = await self._catalog.write(change)
        except ConflictError:
            raise _taken(str(changes.get("name"))) from None
        if found is None:
            raise NotFoundError("View not found")
        return found

    async def delete(self, workspace_id: Id, id: Id) -> None:
        """Delete a view. Raises `NotFoundError` when there is none."""
        if not await self._catalog.write(lambda c: views.remove(c, workspace_id, id)):
            raise NotFoundError("View not found")


def _check_project(connection: Connection, workspace_id: Id, project_id: Id) -> None:
    if projects.get(connection, workspace_id, project_id) is None:
        raise NotFoundError("Project not found")


def _checked_state(state: str) -> str:
    size = len(state.encode())
    if size > MAX_STATE_BYTES:
        text = f"state must be at most {MAX_STATE_BYTES} bytes of JSON, not {size}"
        raise UnprocessableError(text, fields=[text])
    return state


def _taken(name: str) -> ConflictError:
    return ConflictError(f"The project has a view `{name}` already", hint="Choose another name")
