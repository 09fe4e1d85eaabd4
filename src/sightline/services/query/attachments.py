"""Reads attachments: lists and opens files, and puts media back into the texts they came from."""

import asyncio

import msgspec
from sqlalchemy import Connection

from sightline.core.errors import NotFoundError
from sightline.core.ids import Id
from sightline.core.log import get_logger
from sightline.domain import media
from sightline.domain.attachment import Attachment, EntityType
from sightline.stores.blobs import Blob, Blobs
from sightline.stores.catalog import attachments
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.pages import MAX_SIZE, Page

log = get_logger(__name__)

# A text that was whole once fitted into one field; ingest takes no larger one by default.
MAX_TEXT_LENGTH = 128 * 1024 * 1024
# More than a field of that size has room for.
_MAX_REFERENCES = 1_000


class OpenFile(msgspec.Struct, frozen=True):
    """A file that is being read."""

    attachment: Attachment
    blob: Blob


async def list_page(
    catalog: Catalog,
    workspace_id: Id,
    project_id: Id,
    entity_type: EntityType,
    entity_id: Id,
    *,
    page: int,
    size: int,
) -> Page[Attachment]:
    """Return an entity's files in a project, by name."""

    def read(connection: Connection) -> list[Attachment]:
        found: list[Attachment] = []
        number = 1
        while True:
            some = attachments.list_page(
                connection, workspace_id, entity_type, entity_id, page=number, size=MAX_SIZE
            )
            found.extend(row for row in some.items if row.project_id == project_id)
            if number * MAX_SIZE >= some.total:
                return found
            number += 1

    rows = await catalog.read(read)
    return Page(rows[(page - 1) * size : page * size], len(rows))


async def open_file(
    catalog: Catalog,
    blobs: Blobs,
    workspace_id: Id,
    project_id: Id,
    entity_type: EntityType,
    entity_id: Id,
    file_name: str,
) -> OpenFile:
    """Open a file for reading. Raises `NotFoundError`."""
    last: Attachment | None = None
    while True:
        row = await catalog.read(
            lambda c: attachments.get(c, workspace_id, entity_type, entity_id, file_name)
        )
        if row is None or row.project_id != project_id:
            raise NotFoundError("Attachment not found")
        try:
            return OpenFile(row, await blobs.get(row.path))
        except NotFoundError:
            # Replaced between the two reads: the new row names other bytes.
            if last is not None and last.path == row.path:
                log.error("attachments.bytes_missing", path=row.path)
                raise NotFoundError("Attachment not found") from None
            last = row


def has_references(text: str | None) -> bool:
    """Say whether `reinject` may change a text; costs one search for a word."""
    return text is not None and bool(media.references(text))


async def reinject(
    catalog: Catalog,
    blobs: Blobs,
    workspace_id: Id,
    entity_type: EntityType,
    entity_id: Id,
    text: str,
    *,
    max_length: int = MAX_TEXT_LENGTH,
) -> str:
    """Return a field's JSON text with its media in place of their references, byte for byte.

    A reference whose file is gone stays. So do all of them when the text would become longer than
    `max_length` characters: a text that repeats one reference could otherwise fill the memory.
    """
    names = media.references(text)[:_MAX_REFERENCES]
    if not names:
        return text

    def read(connection: Connection) -> list[Attachment]:
        rows = (
            attachments.get(connection, workspace_id, entity_type, entity_id, name)
            for name in names
        )
        return [row for row in rows if row is not None]

    rows = await catalog.read(read)
    lengths = {
        row.file_name: media.original_length(row.file_name, row.mime_type, row.size_bytes)
        for row in rows
    }
    if not rows or media.restored_length(text, lengths) > max_length:
        return text
    contents: dict[str, tuple[str, bytes]] = {}
    for row in rows:
        data = await _read(blobs, row)
        if data is not None:
            contents[row.file_name] = (row.mime_type, data)
    return await asyncio.to_thread(_restore, text, contents)


async def _read(blobs: Blobs, row: Attachment) -> bytes | None:
    try:
        blob = await blobs.get(row.path)
        return b"".join([chunk async for chunk in blob.chunks])
    except NotFoundError:
        return None


def _restore(text: str, contents: dict[str, tuple[str, bytes]]) -> str:
    originals = {
        name: original
        for name, (media_type, data) in contents.items()
        if (original := media.original(name, media_type, data)) is not None
    }
    return media.restore(text, originals)
