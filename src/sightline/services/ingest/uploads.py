"""Uploads in parts: each is stored by itself and may be sent again; the last call joins them."""

import hashlib
import secrets
from collections.abc import AsyncIterator, Sequence

import msgspec
from sqlalchemy import Connection

from sightline.core import codec
from sightline.core.clock import Clock
from sightline.core.errors import InvalidRequestError, NotFoundError
from sightline.core.ids import Id, new_id
from sightline.domain.attachment import Attachment
from sightline.services.ingest.attachments import Attachments, NewFile
from sightline.stores.blobs import Blobs
from sightline.stores.catalog import jobs, settings
from sightline.stores.catalog.engine import Catalog

# What S3 takes, and thus the most that Opik's SDK makes.
MAX_PARTS = 10_000
# Two working days of a slow line are more than anybody waits; an hour later no link is good.
UPLOAD_LASTS_US = 24 * 3600 * 1_000_000
_DISCARD_AFTER_US = UPLOAD_LASTS_US + 3600 * 1_000_000
_DISCARD = "attachments.discard-upload"
_DISCARD_LEASE_US = 600_000_000
# Enough to keep up with uploads that are all abandoned, few enough not to be felt by this one.
_DISCARDED_AT_ONCE = 2
_SIGNING_KEY = "attachments.signing-key"


class Part(msgspec.Struct, frozen=True):
    """A part as its uploader names it: numbered from 1, with the tag that `add_part` gave."""

    part_number: int
    e_tag: str


class _Upload(msgspec.Struct, frozen=True):
    """An upload as the job knows it that clears up after it; ids are hex."""

    workspace_id: str
    upload_id: str
    parts: int

    def paths(self) -> list[str]:
        return [self.path(number) for number in range(1, self.parts + 1)]

    def path(self, number: int) -> str:
        return f"uploads/{self.workspace_id}/{self.upload_id}/{number}"


class Uploads:
    """Takes in files in parts. Parts of an upload that never ends go after a day."""

    def __init__(
        self, attachments: Attachments, catalog: Catalog, blobs: Blobs, clock: Clock
    ) -> None:
        self._attachments = attachments
        self._catalog = catalog
        self._blobs = blobs
        self._clock = clock

    async def start(self, workspace_id: Id, parts: int) -> str:
        """Begin an upload; return its id, 32 hex digits."""
        upload = _Upload(workspace_id.hex(), new_id().hex(), parts)
        now_us = self._clock.now_us()
        job = jobs.NewJob(
            kind=_DISCARD,
            key=upload.upload_id,
            payload=codec.encode_text(upload),
            run_at_us=now_us + _DISCARD_AFTER_US,
        )

        def note(connection: Connection) -> list[jobs.Job]:
            # Nobody asks for what became of them, and no upload has the id of another.
            jobs.purge(connection, before_us=now_us, kind=_DISCARD)
            jobs.enqueue(connection, [job], now_us=now_us)
            return jobs.lease(
                connection,
                [_DISCARD],
                now_us=now_us,
                lease_us=_DISCARD_LEASE_US,
                limit=_DISCARDED_AT_ONCE,
            )

        for due in await self._catalog.write(note):
            await self._discard(due)
        return upload.upload_id

    async def add_part(
        self, workspace_id: Id, upload_id: str, number: int, chunks: AsyncIterator[bytes]
    ) -> str:
        """Store one part, replacing an earlier try; return its tag, a hash of the bytes."""
        digest = hashlib.sha256()

        async def hashed() -> AsyncIterator[bytes]:
            async for chunk in chunks:
                digest.update(chunk)
                yield chunk

        path = _Upload(workspace_id.hex(), upload_id, number).path(number)
        await self._attachments.put(path, hashed())
        return digest.hexdigest()

    async def complete(
        self, file: NewFile, upload_id: str, parts: Sequence[Part], size_bytes: int
    ) -> Attachment:
        """Join the parts into the file; a second call finds what the first has done.

        Raises `InvalidRequestError` for parts that are missing or not those that were sent, and
        `PayloadTooLargeError`.
        """
        upload = _Upload(file.workspace_id.hex(), upload_id, len(parts))
        done = await self._attachments.find(file)
        if done is None or not done.path.startswith(file.path(upload_id)):
            self._attachments.check_size(size_bytes)
            # Each try has a path of its own: what a try that failed leaves goes later.
            path = file.path(f"{upload_id}-{new_id().hex()}")
            try:
                await self._attachments.put(path, self._joined(upload, _ordered(parts), size_bytes))
            except InvalidRequestError:
                # A call at the same time may have joined the parts and taken them away.
                done = await self._attachments.find(file)
                if done is None or not done.path.startswith(file.path(upload_id)):
                    raise
            else:
                done = await self._attachments.record(file, path, size_bytes)
        await self._attachments.forget(upload.paths())
        return done

    async def _joined(
        self, upload: _Upload, parts: Sequence[Part], size_bytes: int
    ) -> AsyncIterator[bytes]:
        joined = 0
        for part in parts:
            digest = hashlib.sha256()
            try:
                blob = await self._blobs.get(upload.path(part.part_number))
            except NotFoundError:
                raise _wrong(part, "was not uploaded") from None
            async for chunk in blob.chunks:
                digest.update(chunk)
                joined += len(chunk)
                yield chunk
            if part.e_tag.strip('"') != digest.hexdigest():
                raise _wrong(part, "has another e_tag")
        if joined != size_bytes:
            text = f"file_size must be {joined}, the size of the parts"
            raise InvalidRequestError(text, fields=[text])

    async def _discard(self, job: jobs.Job) -> None:
        upload = codec.decode(job.payload, _Upload)
        await self._attachments.forget(upload.paths())
        now_us = self._clock.now_us()
        await self._catalog.write(lambda c: jobs.complete(c, job, now_us=now_us))


async def signing_key(catalog: Catalog, clock: Clock) -> bytes:
    """Return the key by which the links of this installation are signed, made on first use."""
    found = await catalog.read(lambda c: settings.get(c, _SIGNING_KEY))
    if found is None:
        fresh, now_us = secrets.token_hex(32), clock.now_us()
        found = await catalog.write(
            lambda c: settings.put_if_absent(c, _SIGNING_KEY, fresh, now_us=now_us)
        )
    return bytes.fromhex(found)


def _ordered(parts: Sequence[Part]) -> list[Part]:
    """Return the parts by number. Raises `InvalidRequestError` unless they are 1, 2, 3, …"""
    ordered = sorted(parts, key=lambda part: part.part_number)
    if not ordered or [part.part_number for part in ordered] != [*range(1, len(ordered) + 1)]:
        text = "uploaded_file_parts must be numbered 1, 2, 3 … without a gap"
        raise InvalidRequestError(text, fields=[text])
    return ordered


def _wrong(part: Part, what: str) -> InvalidRequestError:
    text = f"uploaded_file_parts: part {part.part_number} {what}"
    return InvalidRequestError(text, fields=[text])
