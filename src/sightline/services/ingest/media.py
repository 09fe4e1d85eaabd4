"""Cuts large base64 media out of payloads and keeps them as attachments of their entity."""

import asyncio
from collections.abc import AsyncIterator

from sightline.core.errors import InternalError
from sightline.core.ids import Id, new_id
from sightline.domain import media
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.services.ingest.attachments import Attachments, NewFile
from sightline.services.ingest.options import IngestOptions

_CUT = "cut-"


class BlobMedia:
    """Keeps media in blobs, lists them in the catalog, and leaves references in the payload.

    A reference is written only when its file is on disk. The file's name follows from its content,
    so a message that comes twice, or two messages of one entity, store a medium once.
    """

    def __init__(self, attachments: Attachments, options: IngestOptions) -> None:
        self._attachments = attachments
        self._min = options.min_media_bytes

    def has_media(self, write: TraceWrite | SpanWrite) -> bool:
        """Say whether `extract` may find something; cheap enough for every message."""
        least = self._min
        for text in (write.input, write.output, write.metadata):
            if text is not None and len(text) >= least and media.may_hold_media(text, least):
                return True
        return False

    async def extract(self, workspace_id: Id, write: TraceWrite | SpanWrite, user: str) -> None:
        """Replace media in the write's texts by references. The write must have its project.

        Raises the stores' errors, and then the write is as it was where the error came first.
        """
        for field in media.FIELDS:
            text: str | None = getattr(write, field)
            if text is None or not media.may_hold_media(text, self._min):
                continue
            # Decoding and hashing megabytes would hold up every other request.
            cut = await asyncio.to_thread(media.cut, text, field, write.id, self._min)
            for medium in cut.media:
                await self._keep(workspace_id, write, user, medium)
            setattr(write, field, cut.text)

    async def _keep(
        self,
        workspace_id: Id,
        write: TraceWrite | SpanWrite,
        user: str,
        medium: media.Medium,
    ) -> None:
        if write.project_id is None:
            raise InternalError("Media can only be kept for a write that has a project")
        file = NewFile(
            workspace_id=workspace_id,
            project_id=write.project_id,
            entity_type="trace" if isinstance(write, TraceWrite) else "span",
            entity_id=write.id,
            file_name=medium.file_name,
            mime_type=medium.media_type,
            user=user,
        )
        kept = await self._attachments.find(file)
        # Somebody may have put another file under the name.
        if kept is not None and kept.path.startswith(file.path(_CUT)):
            return
        path = file.path(_CUT + new_id().hex())
        size_bytes = await self._attachments.put(path, _one(medium.data))
        await self._attachments.record(file, path, size_bytes)


async def _one(data: bytes) -> AsyncIterator[bytes]:
    yield data
