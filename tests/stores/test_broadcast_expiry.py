"""Batches that are deleted while somebody asks for them again."""

import pytest

from sightline.core.errors import NotFoundError, StoreUnavailableError
from sightline.services.broadcast.replays import Replayed
from sightline.stores.blobs import Blobs
from tests.fakes.destination import Receiver, Reply
from tests.stores.broadcast_world import World, running, until


class Between(Blobs):
    """Does something before it deletes, after it has deleted, or after it has read."""

    before_delete = after_delete = after_get = None

    async def delete(self, paths):
        await _once(self, "before_delete")
        await super().delete(paths)
        await _once(self, "after_delete")

    async def get(self, path):
        found = await super().get(path)
        await _once(self, "after_get")
        return found


async def _once(blobs, name):
    step = getattr(blobs, name)
    if step is not None:
        setattr(blobs, name, None)
        await step()


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def blobs(tmp_path):
    return Between.open(str(tmp_path / "blobs"))


@pytest.fixture
async def world(tmp_path, catalog_url, clock, blobs):
    world = World(tmp_path, clock, catalog_url, blobs=blobs)
    yield world
    await world.stop()


@pytest.fixture
async def target(world, receiver, clock):
    """A destination that has refused three generations, long ago."""
    target = await world.add(receiver.url)
    receiver.refuse = lambda got: Reply(403)
    async with running(world):
        await world.offer(3)
        await until(lambda: is_done(world, target))
    receiver.refuse = lambda got: None
    clock.advance(4 * 86_400)
    return target


async def is_done(world, target):
    return (await world.standing(target)).state.queued == 0


def objects(world):
    return list((world.folder / "blobs" / "broadcast").rglob("*.zst"))


async def test_what_is_being_deleted_is_not_queued_again(world, target, blobs):
    replays = []

    async def replay():
        replays.append(await world.room.replays.failures(target))

    blobs.before_delete = replay
    await world.room.sweep()
    async with running(world):
        await until(lambda: is_done(world, target))
    assert replays == [Replayed(generations=0, gone=3)]
    assert await world.counts(target) == {"queued": 3, "failed": 3}
    assert objects(world) == []


async def test_what_expires_while_a_replay_reads_it_is_left_out_and_told(
    world, target, blobs, clock, tmp_path
):
    # Another process has nothing in memory, so it reads.
    other = World(tmp_path, clock, world.url, blobs=blobs)
    await other.room.roster.look()
    blobs.after_get = world.room.sweep
    replayed = await other.room.replays.failures(target)
    await other.stop()
    assert replayed == Replayed(generations=0, gone=3)
    assert await world.counts(target) == {"queued": 3, "failed": 3}
    assert (await world.standing(target)).state.queued == 0


async def test_what_is_replayed_is_not_deleted(world, target, receiver):
    assert await world.room.replays.failures(target) == Replayed(generations=3, gone=0)
    await world.room.sweep()
    receiver.taken.clear()
    async with running(world):
        await until(lambda: is_done(world, target))
    assert len(receiver.ids) == 3


async def test_a_deletion_that_was_broken_off_is_finished_by_the_next_sweep(
    world, target, blobs, clock
):
    async def fail():
        raise StoreUnavailableError("gone away")

    blobs.after_delete = fail
    with pytest.raises(StoreUnavailableError):
        await world.room.sweep()
    assert objects(world) == []
    now_us = clock.now_us()
    with pytest.raises(NotFoundError):
        await world.room.replays.between(target, 0, now_us)

    deleted = []

    async def again():
        deleted.append(True)

    blobs.before_delete = again
    await world.room.sweep()
    assert deleted == [True]
    blobs.before_delete = again
    await world.room.sweep()
    assert deleted == [True]
