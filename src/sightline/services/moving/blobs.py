"""Moves objects: each is streamed, then read back and compared."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator

from sightline.core.errors import ConfigurationError, SightlineError
from sightline.services.moving.report import Moved, Say
from sightline.stores.blobs import Blobs

_AT_ONCE = 8


async def count(blobs: Blobs) -> tuple[int, int]:
    """Return how many objects there are, and their bytes."""
    objects = size = 0
    async for _, of_one in blobs.list():
        objects, size = objects + 1, size + of_one
    return objects, size


async def is_empty(blobs: Blobs) -> bool:
    """Say whether the store has no object."""
    async for _ in blobs.list():
        return False
    return True


async def mark(blobs: Blobs) -> str:
    """Return what is another once an object came, went or has another size."""
    found = sorted([pair async for pair in blobs.list()])
    return hashlib.sha256(repr(found).encode()).hexdigest()


async def move(source: Blobs, target: Blobs, say: Say) -> Moved:
    """Copy what is not there or is not the same.

    Raises `ConfigurationError` when an object differs though it was just written, or the new store
    has others.
    """
    ours = dict([pair async for pair in source.list()])
    theirs = dict([pair async for pair in target.list()])
    foreign = theirs.keys() - ours.keys()
    if foreign:
        raise ConfigurationError(
            f"The new blob store has {len(foreign):,} objects that are not ours, "
            f"one of them `{min(foreign)}`",
            hint="Does something else write there? Empty it and start again",
        )
    work = iter(sorted(ours.items()))
    told = _Told(len(ours), sum(ours.values()), say)
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(_copy_all(source, target, work, theirs, told))
    except* SightlineError as errors:
        raise errors.exceptions[0] from None
    return Moved("objects", len(ours), sum(ours.values()))


class _Told:
    def __init__(self, objects: int, size: int, say: Say) -> None:
        self._objects, self._bytes, self._say = objects, size, say
        self._done = self._done_bytes = 0

    def one(self, size: int) -> None:
        self._done, self._done_bytes = self._done + 1, self._done_bytes + size
        self._say(
            f"objects: {self._done:,} of {self._objects:,}, "
            f"{self._done_bytes / 1e6:,.0f} of {self._bytes / 1e6:,.0f} MB"
        )


async def _copy_all(
    source: Blobs,
    target: Blobs,
    work: Iterator[tuple[str, int]],
    theirs: dict[str, int],
    told: _Told,
) -> None:
    for path, size in work:
        if theirs.get(path) != size or not await _is_same(source, target, path):
            await _copy(source, target, path)
        told.one(size)


async def _is_same(source: Blobs, target: Blobs, path: str) -> bool:
    return await _digest(source, path) == await _digest(target, path)


async def _copy(source: Blobs, target: Blobs, path: str) -> None:
    digest = hashlib.sha256()

    async def read() -> AsyncIterator[bytes]:
        async for chunk in (await source.get(path)).chunks:
            digest.update(chunk)
            yield chunk

    await target.put(path, read())
    if await _digest(target, path) != digest.hexdigest():
        raise ConfigurationError(
            f"`{path}` differs in the new blob store though it was just written",
            hint="Start again; look at the bucket if it stays so",
        )


async def _digest(blobs: Blobs, path: str) -> str:
    digest = hashlib.sha256()
    async for chunk in (await blobs.get(path)).chunks:
        digest.update(chunk)
    return digest.hexdigest()
