"""Takes in attachments and takes them away: bytes among the blobs, what is known in the catalog.

Bytes are written under a name of their own before the row that names them, and deleted after it.
So a row always has its own bytes, whenever the program dies; bytes that no row names only cost
disk, and go in the end where the catalog failed (`leftovers`).
"""

from collections.abc import AsyncIterator, Collection, Sequence

import msgspec
from sqlalchemy import Connection

from sightline.core.clock import Clock
from sightline.core.errors import InvalidRequestError, PayloadTooLargeError, SightlineError
from sightline.core.ids import Id, new_id
from sightline.core.log import get_logger
from sightline.domain.attachment import Attachment, EntityType, blob_path
from sightline.services.ingest.leftovers import Leftovers
from sightline.stores.blobs import Blobs
from sightline.stores.catalog import attachments
from sightline.stores.catalog.engine import Catalog

log = get_logger(__name__)

# An hour of video; more than that belongs in a bucket of its own, with a link in the metadata.
MAX_FILE_BYTES = 5 * 1024**3


class NewFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file to take in; its names are checked already (`domain.attachment.check`)."""

    workspace_id: Id
    project_id: Id
    entity_type: EntityType
    entity_id: Id
    file_name: str
    mime_type: str
    user: str

    def path(self, version: str) -> str:
        """Return where one version of the file goes among the blobs."""
        name = blob_path(self.workspace_id, self.entity_type, self.entity_id, self.file_name)
        return f"{name}-{version}"


class Attachments:
    """Stores and deletes attachments. What is acknowledged is on disk, bytes and row."""

    def __init__(
        self, catalog: Catalog, blobs: Blobs, clock: Clock, *, max_file_bytes: int = MAX_FILE_BYTES
    ) -> None:
        self._catalog = catalog
        self._blobs = blobs
        self._clock = clock
        self._max_file_bytes = max_file_bytes
        self.leftovers = Leftovers(catalog, blobs, clock)

    def check_size(self, size_bytes: int) -> None:
        """Raise `PayloadTooLargeError` for more than one file may have."""
        if size_bytes > self._max_file_bytes:
            raise PayloadTooLargeError(f"A file may have at most {self._max_file_bytes} bytes")

    async def add(self, file: NewFile, chunks: AsyncIterator[bytes]) -> Attachment:
        """Store a file, replacing the entity's file of that name.

        Raises `PayloadTooLargeError`, and `InvalidRequestError` for an empty file.
        """
        path = file.path(new_id().hex())
        size_bytes = await self.put(path, chunks)
        if size_bytes == 0:
            await self.forget([path])
            raise InvalidRequestError("The file is empty", fields=["file must not be empty"])
        return await self.record(file, path, size_bytes)

    async def find(self, file: NewFile) -> Attachment | None:
        """Return what is stored under the file's name."""
        return await self._catalog.read(lambda c: _find(c, file))

    async def put(self, path: str, chunks: AsyncIterator[bytes]) -> int:
        """Write bytes at `path`, return how many; `record` gives them a name."""
        checked = _Checked(chunks, self)
        try:
            return await self._blobs.put(path, checked)
        except SightlineError:
            # A bucket's client hides what the source of the bytes has raised.
            if checked.error is not None:
                raise checked.error from None
            raise

    async def record(self, file: NewFile, path: str, size_bytes: int) -> Attachment:
        """Name bytes that are at `path`; the bytes that had the name before go."""
        now_us = self._clock.now_us()
        new = Attachment(
            workspace_id=file.workspace_id,
            entity_type=file.entity_type,
            entity_id=file.entity_id,
            file_name=file.file_name,
            project_id=file.project_id,
            mime_type=file.mime_type,
            size_bytes=size_bytes,
            path=path,
            created_at_us=now_us,
            created_by=file.user,
            last_updated_at_us=now_us,
            last_updated_by=file.user,
        )

        found: list[Attachment] = []

        def replace(connection: Connection) -> Attachment | None:
            old = _find(connection, file)
            attachments.put(connection, new)
            found[:] = [old] if old is not None else []
            return old

        try:
            old = await self._catalog.write(replace)
        except BaseException:
            # Old and new bytes stay at first: the row may be written all the same.
            for each in (new, *found):
                self.leftovers.doubt(each)
            raise
        if old is not None and old.path != path:
            await self.forget([old.path])
        return new

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
        await self.forget(paths)

    async def delete_for_entities(
        self, workspace_id: Id, entity_type: str, ids: Sequence[Id]
    ) -> None:
        """Delete every file of traces or spans that are no more."""
        paths = await self._catalog.write(
            lambda c: attachments.delete_of_entities(c, workspace_id, entity_type, ids)
        )
        await self.forget(paths)

    async def forget(self, paths: Collection[str]) -> None:
        """Delete bytes that no row names; bytes that cannot be deleted are left behind."""
        if not paths:
            return
        try:
            await self._blobs.delete(paths)
        except SightlineError as error:
            log.warning("attachments.left_behind", exc=error, files=len(paths), first=min(paths))


class _Checked:
    """Passes chunks on, up to the size cap, and remembers what went wrong with them."""

    def __init__(self, chunks: AsyncIterator[bytes], attachments: Attachments) -> None:
        self._chunks = chunks
        self._attachments = attachments
        self._size_bytes = 0
        self.error: Exception | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = await anext(self._chunks)
            self._size_bytes += len(chunk)
            self._attachments.check_size(self._size_bytes)
        except StopAsyncIteration:
            raise
        except Exception as error:
            self.error = error
            raise
        return chunk


def _find(connection: Connection, file: NewFile) -> Attachment | None:
    return attachments.get(
        connection, file.workspace_id, file.entity_type, file.entity_id, file.file_name
    )
