"""Batches of generations as objects: zstd of msgpack, written once, read by whoever delivers."""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence

import msgspec
from backports import zstd

from sightline.core.errors import NotFoundError
from sightline.core.ids import Id, derived_id
from sightline.domain.generation import Generation
from sightline.stores.blobs import Blobs

_LEVEL = 3
# Batches in memory, unpacked: destinations that are on time read the same ones.
_REMEMBERED_BYTES = 32 * 1024 * 1024

# What a generation's many small objects take in memory, beside its texts.
_OBJECTS_BYTES = 2 * 1024

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[Generation, ...])


class LostBatchError(Exception):
    """A batch's object is not there or does not read: its generations cannot be sent."""


def batch_id(workspace_id: Id, batch_key: str) -> Id:
    """Return the id of the batch that one workspace has of an offer."""
    return derived_id(0, "broadcast batch", workspace_id.hex(), batch_key)


def blob_path(workspace_id: Id, id: Id) -> str:
    # The first byte of the id is its time, which is nil; the last spreads over folders.
    return f"broadcast/{workspace_id.hex()}/{id[-1]:02x}/{id.hex()}.msgpack.zst"


def encode(generations: Sequence[Generation]) -> bytes:
    return zstd.compress(_encoder.encode(generations), _LEVEL)


def decode(data: bytes) -> tuple[Generation, ...]:
    """Raises `LostBatchError` for bytes that are no batch."""
    try:
        return _decoder.decode(zstd.decompress(data))
    except (zstd.ZstdError, msgspec.DecodeError) as error:
        raise LostBatchError from error


def slices(
    generations: Sequence[Generation], most: int, most_bytes: int
) -> Iterator[tuple[int, int]]:
    """Yield where to cut: at most so many generations, and about so much text, in each slice."""
    start, size_bytes = 0, 0
    for at, generation in enumerate(generations):
        weight = _weight(generation)
        if at > start and (at - start >= most or size_bytes + weight > most_bytes):
            yield start, at
            start, size_bytes = at, 0
        size_bytes += weight
    if start < len(generations):
        yield start, len(generations)


def _weight(generation: Generation) -> int:
    texts = (generation.input, generation.output, generation.parameters, generation.metadata)
    return 1024 + sum(len(text) for text in texts if text)


class BatchStore:
    """Writes and reads batches; the ones read last stay in memory."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._read: OrderedDict[str, tuple[int, tuple[Generation, ...]]] = OrderedDict()
        self._read_bytes = 0

    async def put(self, path: str, data: bytes, generations: Sequence[Generation]) -> None:
        """Write a batch; it is whole and on disk when this returns."""
        await self._blobs.put(path, data)
        self._remember(path, tuple(generations))

    async def get(self, path: str) -> tuple[Generation, ...]:
        """Return a batch's generations.

        Raises `LostBatchError` when there are none, `StoreUnavailableError` when it cannot be read
        now.
        """
        known = self._read.get(path)
        if known is not None:
            self._read.move_to_end(path)
            return known[1]
        try:
            blob = await self._blobs.get(path)
        except NotFoundError as error:
            raise LostBatchError from error
        data = b"".join([chunk async for chunk in blob.chunks])
        generations = await asyncio.to_thread(decode, data)
        self._remember(path, generations)
        return generations

    async def delete(self, paths: Collection[str]) -> None:
        await self._blobs.delete(paths)
        for path in paths:
            size_bytes, _ = self._read.pop(path, (0, ()))
            self._read_bytes -= size_bytes

    def _remember(self, path: str, generations: tuple[Generation, ...]) -> None:
        size_bytes = sum(_OBJECTS_BYTES + _weight(one) for one in generations)
        old_bytes, _ = self._read.pop(path, (0, ()))
        self._read[path] = (size_bytes, generations)
        self._read_bytes += size_bytes - old_bytes
        while self._read_bytes > _REMEMBERED_BYTES and len(self._read) > 1:
            _, (gone_bytes, _) = self._read.popitem(last=False)
            self._read_bytes -= gone_bytes
