"""Feedback definitions of a workspace."""

from collections.abc import Collection

from sightline.core.clock import Clock
from sightline.core.errors import ConflictError, NotFoundError
from sightline.core.ids import Id, new_id
from sightline.domain.feedback_definition import (
    Details,
    FeedbackDefinition,
    FeedbackType,
    check,
)
from sightline.stores.catalog import feedback_definitions
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.pages import Page


class FeedbackDefinitions:
    """Makes, changes, lists and deletes definitions."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock

    async def create(
        self,
        workspace_id: Id,
        *,
        type: FeedbackType,
        name: str,
        details: Details,
        user: str,
        description: str | None = None,
    ) -> FeedbackDefinition:
        """Make a definition. Raises `UnprocessableError`, and `ConflictError` for a name taken."""
        check(type, name, details, description)
        now_us = self._clock.now_us()
        definition = FeedbackDefinition(
            id=new_id(),
            workspace_id=workspace_id,
            name=name.strip(),
            type=type,
            details=details,
            description=description,
            created_at_us=now_us,
            created_by=user,
            last_updated_at_us=now_us,
            last_updated_by=user,
        )
        try:
            await self._catalog.write(lambda c: feedback_definitions.insert(c, definition))
        except ConflictError:
            raise _taken() from None
        return definition

    async def replace(
        self,
        workspace_id: Id,
        id: Id,
        *,
        type: FeedbackType,
        name: str,
        details: Details,
        user: str,
        description: str | None = None,
    ) -> None:
        """Overwrite a definition. Raises `NotFoundError`, and the errors of `create`."""
        check(type, name, details, description)
        now_us = self._clock.now_us()
        definition = FeedbackDefinition(
            id=id,
            workspace_id=workspace_id,
            name=name.strip(),
            type=type,
            details=details,
            description=description,
            created_at_us=now_us,
            created_by=user,
            last_updated_at_us=now_us,
            last_updated_by=user,
        )
        try:
            found = await self._catalog.write(lambda c: feedback_definitions.replace(c, definition))
        except ConflictError:
            raise _taken() from None
        if not found:
            raise _missing()

    async def get(self, workspace_id: Id, id: Id) -> FeedbackDefinition:
        """Return a definition. Raises `NotFoundError`."""
        found = await self._catalog.read(lambda c: feedback_definitions.get(c, workspace_id, id))
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
        type: FeedbackType | None = None,
    ) -> Page[FeedbackDefinition]:
        """Return definitions whose name contains `name`, newest first."""
        return await self._catalog.read(
            lambda c: feedback_definitions.list_page(
                c, workspace_id, page=page, size=size, name=name, type=type
            )
        )

    async def delete(self, workspace_id: Id, ids: Collection[Id]) -> None:
        """Delete those of the definitions that exist."""
        await self._catalog.write(lambda c: feedback_definitions.delete_many(c, workspace_id, ids))


def _taken() -> ConflictError:
    return ConflictError("Feedback already exists")


def _missing() -> NotFoundError:
    return NotFoundError("Feedback definition not found")
