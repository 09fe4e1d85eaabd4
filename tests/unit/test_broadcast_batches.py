"""How generations are cut into batches, and kept."""

import pytest

from sightline.core.ids import new_id
from sightline.domain.generation import Generation, generation_id
from sightline.services.broadcast.batches import (
    BatchStore,
    LostBatchError,
    batch_id,
    blob_path,
    decode,
    encode,
    slices,
)
from sightline.stores.blobs import Blobs
from sightline.stores.blobs.paths import check


def make(size: int) -> Generation:
    return Generation(id=generation_id(new_id()), input="x" * size)


def test_slices_hold_at_most_so_many_and_about_so_much():
    some = [make(10) for _ in range(25)]
    assert list(slices(some, 10, 1 << 20)) == [(0, 10), (10, 20), (20, 25)]
    mixed = [make(3_000), make(10), make(9_000), make(10)]
    assert list(slices(mixed, 10, 6_000)) == [(0, 2), (2, 3), (3, 4)]
    assert list(slices([], 10, 10)) == []


def test_a_batch_comes_back_as_it_was_and_garbage_is_lost():
    some = [make(100), make(0)]
    data = encode(some)
    assert list(decode(data)) == some
    for broken in (b"", data[:-3], b"junk" * 10, encode([])[:4]):
        with pytest.raises(LostBatchError):
            decode(broken)


async def test_what_stays_in_memory_is_weighed_as_it_lies_there(tmp_path):
    """Text that repeats itself packs to nothing, but is as long as ever once it is unpacked."""
    blobs = Blobs.open(str(tmp_path))
    store = BatchStore(blobs)
    paths = [blob_path(bytes(16), batch_id(bytes(16), str(at))) for at in range(40)]
    for path in paths:
        some = [make(10_000) for _ in range(200)]
        await store.put(path, encode(some), some)
    await blobs.delete(paths)
    assert len(await store.get(paths[-1])) == 200
    with pytest.raises(LostBatchError):
        await store.get(paths[0])


def test_ids_and_paths_follow_from_the_offer():
    first, second = new_id(), new_id()
    assert batch_id(first, "k") == batch_id(first, "k")
    assert len({batch_id(ws, key) for ws in (first, second) for key in ("k", "l")}) == 4
    assert check(blob_path(first, batch_id(first, "k")))
