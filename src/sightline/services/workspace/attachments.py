"""Attachments: the bytes among the blobs, what is known of them in the catalog."""

from collections.abc import AsyncIterator, Collection

import msgspec
from sqlalchemy import Connection

from sightline.core.clock import Clock
from sightline.core.errors import NotFoundError
from sightline.core.ids import Id, new_id
from sightline.domain.attachment import (
    DEFAULT_MIME_TYPE,
    Attachment,
    EntityType,
    blob_path,
    check,
)
from sightline.stores.blobs import Blob, Blobs
from sightline.stores.catalog import attachments
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.pages import Page


class OpenAttachment(msgspec.Struct, frozen=True):
    attachment: Attachment
    blob: Blob


class Attachments:
    """Stores, lists, opens and deletes attachments.

    Bytes are written under a path of their own before the row that names them, and deleted after
    it, so a row always has its own bytes; a crash in between leaves bytes that no row names.
    """

    def __init__(self, catalog: Catalog, blobs: Blobs, clock: Clock) -> None:
        self._catalog = catalog
        self._blobs = blobs
        self._clock = clock

    async def add(
        self,
        workspace_id: Id,
        project_id: Id,
        entity_type: EntityType,
        entity_id: Id,
        file_name: str,
        data: bytes | AsyncIterator[bytes],
        *,
        user: str,
        mime_type: str | None = None,
    ) -> Attachment:
        """Store a file, replacing the entity's file of that name.

        Raises `UnprocessableError` for a broken rule.
        """
        mime_type = mime_type or DEFAULT_MIME_TYPE
        check(entity_type=entity_type, file_name=file_name, mime_type=mime_type)
        path = blob_path(workspace_id, entity_type, entity_id, file_name) + f"-{new_id().hex()}"
        size_bytes = await self._blobs.put(path, data)
        now_us = self._clock.now_us()
        attachment = Attachment(
            workspace_id=workspace_id,
            entity_type=entity_type,
            entity_id=entity_id,
            file_name=file_name,
            project_id=project_id,
            mime_type=mime_type,
            size_bytes=size_bytes,
            path=path,
            created_at_us=now_us,
            created_by=user,
            last_updated_at_us=now_us,
            last_updated_by=user,
        )

        def replace(connection: Connection) -> list[str]:
            old = attachments.get(connection, workspace_id, entity_type, entity_id, file_name)
            attachments.put(connection, attachment)
            return [] if old is None else [old.path]

        await self._blobs.delete(await self._catalog.write(replace))
        return attachment

    async def list_page(
        self,
        workspace_id: Id,
        entity_type: EntityType,
        entity_id: Id,
        *,
        page: int = 1,
        size: int = 100,
    ) -> Page[Attachment]:
        """Return an entity's attachments by file name."""
        return await self._catalog.read(
            lambda c: attachments.list_page(
                c, workspace_id, entity_type, entity_id, page=page, size=size
            )
        )

    async def open(
        self, workspace_id: Id, entity_type: EntityType, entity_id: Id, file_name: str
    ) -> OpenAttachment:
        """Open a file for reading. Raises `NotFoundError`."""
        found = await self._catalog.read(
            lambda c: attachments.get(c, workspace_id, entity_type, entity_id, file_name)
        )
        if found is None:
            raise NotFoundError("Attachment not found")
        return OpenAttachment(found, await self._blobs.get(found.path))

    async def delete(
        self,
        workspace_id: Id,
        entity_type: EntityType,
        entity_id: Id,
        file_names: Collection[str],
    ) -> None:
        """Delete those of the files that exist."""
        paths = await self._catalog.write(
            lambda c: attachments.delete_many(c, workspace_id, entity_type, entity_id, file_names)
        )
        await self._blobs.delete(paths)

    async def delete_for_entities(
        self, workspace_id: Id, entity_type: str, ids: Collection[Id]
    ) -> None:
        """Delete every file of traces or spans that are no more."""
        paths = await self._catalog.write(
            lambda c: attachments.delete_of_entities(c, workspace_id, entity_type, ids)
        )
        await self._blobs.delete(paths)
