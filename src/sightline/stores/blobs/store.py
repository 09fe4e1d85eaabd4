"""Objects by path, in a local folder or in a bucket (S3, GCS, Azure), through obstore."""

import asyncio
import contextlib
import errno
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore

from sightline.core.errors import (
    ConfigurationError,
    InvalidRequestError,
    NotFoundError,
    SightlineError,
    StoreFullError,
    StoreUnavailableError,
)
from sightline.core.log import get_logger
from sightline.stores.blobs.buckets import open_bucket, reason_of
from sightline.stores.blobs.durable import Upload, prepare
from sightline.stores.blobs.paths import check
from sightline.stores.disk import Disk

log = get_logger(__name__)

# What a reader or writer holds in memory at a time.
_CHUNK_BYTES = 256 * 1024
# A bucket takes what is smaller in one request, and else parts of this size, some at a time.
_PART_BYTES = 5 * 1024 * 1024
_PARTS_AT_ONCE = 4
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Blob(msgspec.Struct, frozen=True):
    """The bytes of one object: read `chunks` once, to the end or not at all."""

    size_bytes: int
    chunks: AsyncIterator[bytes]


class Blobs:
    """A store of objects. When `put` returns, the object is whole and on disk.

    Paths are `segment/segment…` of letters, digits, `.`, `_` and `-`; any other raises
    `InvalidRequestError`. Raises `StoreFullError` for a full disk and `StoreUnavailableError` for a
    store that does not answer or refuses us.
    """

    def __init__(self, store: ObjectStore, root: Path | None, disk: Disk | None = None) -> None:
        self._store = store
        self._root = root
        self._disk = disk

    @classmethod
    def open(
        cls, url: str, options: Mapping[str, Any] | None = None, *, disk: Disk | None = None
    ) -> "Blobs":
        """Open a folder (a path or `file://…`) or a bucket (`s3://bucket/prefix`, `gs:`, `az:`).

        Options of a bucket stand in its URL (see `buckets`) or in `options`. Raises
        `ConfigurationError` for a URL that cannot be used, a folder that cannot be written and a
        bucket that is not there or does not let us in.
        """
        split = urlsplit(url)
        if split.scheme in {"", "file"}:
            root = Path(unquote(split.path) if split.scheme else url).absolute()
            try:
                prepare(root)
                return cls(LocalStore(root), root, disk)
            except OSError as error:
                raise ConfigurationError(
                    f"Cannot write the blob folder `{root}`: {error.strerror}"
                ) from error
        return cls(open_bucket(url, options), None)

    @property
    def kind(self) -> str:
        """What the store is, for people."""
        return "folder" if self._root is not None else "bucket"

    async def put(self, path: str, data: bytes | AsyncIterator[bytes]) -> int:
        """Write the object, replacing one that was there; return its size in bytes.

        What the source of the bytes raises passes unchanged, and nothing is stored.
        """
        check(path)
        chunks = _one(data) if isinstance(data, bytes) else data
        if self._root is not None:
            return await _put_local(self._root, path, chunks, self._disk)
        return await _put_bucket(self._store, path, chunks)

    async def get(self, path: str) -> Blob:
        """Open an object for reading. Raises `NotFoundError`."""
        with _translated():
            found = await obstore.get_async(self._store, check(path))
            return Blob(found.meta["size"], _chunks(found.stream(min_chunk_size=_CHUNK_BYTES)))

    async def size(self, path: str) -> int | None:
        """Return an object's size in bytes, None when there is none."""
        try:
            with _translated():
                return (await obstore.head_async(self._store, check(path)))["size"]
        except NotFoundError:
            return None

    async def exists(self, path: str) -> bool:
        return await self.size(path) is not None

    async def list(self) -> AsyncIterator[tuple[str, int]]:
        """Yield the path and size of each object, in no order."""
        with _translated():
            async for found in obstore.list(self._store):
                for meta in found:
                    if _is_ours(meta["path"]):
                        yield meta["path"], meta["size"]

    async def delete(self, paths: Collection[str]) -> None:
        """Delete the objects that exist."""
        wanted = [check(path) for path in paths]
        if self._root is None:
            with _translated():
                await obstore.delete_async(self._store, wanted)
            return
        for path in wanted:
            with contextlib.suppress(NotFoundError), _translated():
                await obstore.delete_async(self._store, path)


def _is_ours(path: str) -> bool:
    """Say whether it is no upload that goes on, nor a file that somebody else put there."""
    try:
        return bool(check(path))
    except InvalidRequestError:
        return False


async def _put_local(root: Path, path: str, chunks: AsyncIterator[bytes], disk: Disk | None) -> int:
    # What `chunks` raises is the caller's: only what files raise is translated.
    with _translated():
        upload = await asyncio.to_thread(Upload, root, path)
    try:
        async for chunk in _gathered(chunks):
            # The last of the room is for what goes on beside.
            if disk is not None:
                disk.check()
            with _translated():
                await asyncio.to_thread(upload.write, chunk)
    except BaseException:
        upload.abandon()
        raise
    with _translated():
        await asyncio.to_thread(upload.commit)
    return upload.size_bytes


async def _put_bucket(store: ObjectStore, path: str, chunks: AsyncIterator[bytes]) -> int:
    head = bytearray()
    async for chunk in chunks:
        head += chunk
        if len(head) >= _PART_BYTES:
            break
    else:
        with _translated():
            await obstore.put_async(store, path, bytes(head), use_multipart=False)
        return len(head)
    counted = _Counted(bytes(head), chunks)
    try:
        with _translated():
            await obstore.put_async(
                store, path, counted, chunk_size=_PART_BYTES, max_concurrency=_PARTS_AT_ONCE
            )
    except SightlineError:
        if counted.error is not None:
            raise counted.error from None
        raise
    return counted.size_bytes


class _Counted:
    """Passes chunks on, counts their bytes and remembers what went wrong with them."""

    def __init__(self, head: bytes, chunks: AsyncIterator[bytes]) -> None:
        self._head = head
        self._chunks = chunks
        self.size_bytes = 0
        self.error: Exception | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        chunk, self._head = self._head, b""
        if not chunk:
            try:
                chunk = await anext(self._chunks)
            except StopAsyncIteration:
                raise
            except Exception as error:
                self.error = error
                raise
        self.size_bytes += len(chunk)
        return chunk


async def _one(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _gathered(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Join small chunks, so that each hop to a thread carries enough."""
    held = bytearray()
    async for chunk in chunks:
        held += chunk
        if len(held) >= _CHUNK_BYTES:
            yield bytes(held)
            held.clear()
    yield bytes(held)


async def _chunks(stream: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    with _translated():
        async for chunk in stream:
            yield bytes(chunk)


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        if "NoSuchBucket" in str(error):
            raise _unavailable(error) from None
        raise NotFoundError("Blob not found") from None
    except OSError as error:
        if error.errno in _FULL:
            raise StoreFullError(
                "The disk of the attachments is full",
                hint="Make room; writes then go on by themselves",
                retry_after_s=10,
            ) from error
        raise StoreUnavailableError("The blob store cannot be used", retry_after_s=5) from error
    except BaseError as error:
        raise _unavailable(error) from None


def _unavailable(error: Exception) -> StoreUnavailableError:
    log.warning("blobs.unavailable", reason=reason_of(error))
    return StoreUnavailableError("The blob store cannot be used", retry_after_s=5)
