"""Environments of a workspace."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection

from sightline.core.clock import Clock
from sightline.core.errors import ConflictError, NotFoundError
from sightline.core.ids import Id, new_id
from sightline.domain.environment import DEFAULT_COLOR, MAX_PER_WORKSPACE, Environment, check
from sightline.stores.catalog import environments, workspaces
from sightline.stores.catalog.engine import Catalog


class Environments:
    """Makes, changes, lists and deletes environments."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock

    async def create(
        self,
        workspace_id: Id,
        name: str,
        *,
        user: str,
        id: Id | None = None,
        description: str | None = None,
        color: str | None = None,
        position: int | None = None,
    ) -> Environment:
        """Make an environment, under the client's id if it gives one.

        Raises `UnprocessableError` for a broken rule, `ConflictError` for a name or id that is
        taken and for one too many.
        """
        check(name=name, description=description, color=color, position=position)
        now_us = self._clock.now_us()
        environment = Environment(
            id=id or new_id(),
            workspace_id=workspace_id,
            name=name,
            description=description,
            color=color or DEFAULT_COLOR,
            position=position or 0,
            created_at_us=now_us,
            created_by=user,
            last_updated_at_us=now_us,
            last_updated_by=user,
        )

        def insert(connection: Connection) -> None:
            # Two at once could each be the hundredth.
            workspaces.lock(connection, workspace_id)
            if environments.get_by_name(connection, workspace_id, name) is not None:
                raise _taken(name)
            if environments.count(connection, workspace_id) >= MAX_PER_WORKSPACE:
                raise ConflictError(
                    f"Workspace already has the maximum of {MAX_PER_WORKSPACE} environments"
                )
            environments.insert(connection, environment)

        await self._catalog.write(insert)
        return environment

    async def update(
        self,
        workspace_id: Id,
        id: Id,
        *,
        user: str,
        name: str | None = None,
        description: str | None = None,
        color: str | None = None,
        position: int | None = None,
    ) -> None:
        """Change what is not None. Raises `NotFoundError`, and the errors of `create`."""
        check(name=name, description=description, color=color, position=position)
        changes: dict[str, Any] = {
            "name": name,
            "description": description,
            "color": color,
            "position": position,
            "last_updated_at_us": self._clock.now_us(),
            "last_updated_by": user,
        }
        said = {column: value for column, value in changes.items() if value is not None}
        try:
            found = await self._catalog.write(
                lambda c: environments.update_fields(c, workspace_id, id, said)
            )
        except ConflictError:
            raise _taken(name or "") from None
        if not found:
            raise _missing()

    async def get(self, workspace_id: Id, id: Id) -> Environment:
        """Return an environment. Raises `NotFoundError`."""
        found = await self._catalog.read(lambda c: environments.get(c, workspace_id, id))
        if found is None:
            raise _missing()
        return found

    async def list_all(self, workspace_id: Id) -> list[Environment]:
        """Return the workspace's environments, oldest first; at most 100."""
        return await self._catalog.read(lambda c: environments.list_all(c, workspace_id))

    async def delete(self, workspace_id: Id, ids: Collection[Id]) -> None:
        """Delete those of the environments that exist."""
        await self._catalog.write(lambda c: environments.delete_many(c, workspace_id, ids))


def _taken(name: str) -> ConflictError:
    return ConflictError(f"Environment with name '{name}' already exists in the workspace")


def _missing() -> NotFoundError:
    return NotFoundError("Environment not found")
