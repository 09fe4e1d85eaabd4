"""API keys: shown once when made, kept as hashes."""

import msgspec
from sqlalchemy import Connection

from sightline.core.clock import Clock
from sightline.core.errors import InternalError, NotFoundError
from sightline.core.ids import Id, new_id
from sightline.core.secret import Secret
from sightline.domain.workspace import Role, Workspace
from sightline.services.workspace.directory import Directory
from sightline.services.workspace.rules import checked_name, hash_key, mask_key, new_key
from sightline.stores.catalog import api_keys, sessions, workspaces
from sightline.stores.catalog.api_keys import KeyRecord
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.pages import Page


class IssuedKey(msgspec.Struct, frozen=True):
    """A new key: `key` is its text, to be shown now or never."""

    record: KeyRecord
    key: Secret


def any_active_sync(catalog: Catalog, clock: Clock) -> bool:
    """Say, before the server listens, whether any key is good now."""
    now_us = clock.now_us()
    return catalog.read_sync(lambda c: api_keys.any_active(c, now_us=now_us))


class ApiKeys:
    """Makes, lists and ends keys."""

    def __init__(self, catalog: Catalog, directory: Directory, clock: Clock) -> None:
        self._catalog = catalog
        self._directory = directory
        self._clock = clock

    async def create(
        self,
        workspace_name: str,
        name: str,
        *,
        role: Role = "admin",
        expires_at_us: int | None = None,
    ) -> IssuedKey:
        """Make a key for a workspace, and the workspace if there is none of that name.

        `name` is who the key's requests are said to be from.
        """
        workspace_name = checked_name(workspace_name, "workspace_name")
        name = checked_name(name, "name")
        key = new_key()
        now_us = self._clock.now_us()

        def insert(connection: Connection) -> KeyRecord:
            wanted = Workspace(id=new_id(), name=workspace_name, created_at_us=now_us)
            workspaces.insert_if_absent(connection, wanted)
            workspace = workspaces.get_by_name(connection, workspace_name)
            if workspace is None:
                raise InternalError("The workspace was not stored")
            record = KeyRecord(
                id=new_id(),
                workspace_id=workspace.id,
                workspace_name=workspace.name,
                name=name,
                role=role,
                masked=mask_key(key),
                created_at_us=now_us,
                expires_at_us=expires_at_us,
            )
            api_keys.insert(connection, record, hash_key(key))
            return record

        return IssuedKey(await self._catalog.write(insert), Secret(key))

    async def list_page(
        self, *, workspace_id: Id | None = None, page: int = 1, size: int = 100
    ) -> Page[KeyRecord]:
        """Return keys, newest first, of one workspace or of all."""
        return await self._catalog.read(
            lambda c: api_keys.list_page(c, workspace_id=workspace_id, page=page, size=size)
        )

    async def revoke(self, id: Id, *, workspace_id: Id | None = None) -> None:
        """End a key and its sessions, at once here and within 5 s in other processes.

        One that has ended stays so. Raises `NotFoundError` when there is none, or none in the
        workspace if one is given.
        """
        now_us = self._clock.now_us()

        def revoke(connection: Connection) -> None:
            record = api_keys.get(connection, id)
            if record is None or workspace_id not in {None, record.workspace_id}:
                raise NotFoundError("API key not found")
            api_keys.revoke(connection, id, now_us=now_us)
            sessions.remove_of_key(connection, id)

        await self._catalog.write(revoke)
        self._directory.forget_keys()

    async def list_workspaces(self, *, page: int = 1, size: int = 100) -> Page[Workspace]:
        """Return workspaces by name."""
        return await self._catalog.read(lambda c: workspaces.list_page(c, page=page, size=size))
