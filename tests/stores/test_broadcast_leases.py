"""Rounds whose leases another has taken, and answers of the catalog that do not come."""

import asyncio

import pytest

from sightline.core.errors import StoreUnavailableError
from sightline.core.tasks import TaskGroup
from sightline.services.broadcast import books, rounds
from sightline.services.broadcast.batches import BatchStore
from sightline.services.broadcast.rounds import Round
from sightline.services.broadcast.sending import Sender
from sightline.services.broadcast.tallies import Tally
from sightline.stores.blobs import Blobs
from sightline.stores.catalog import broadcast_ledger
from sightline.stores.catalog.engine import Catalog
from tests.fakes.destination import Receiver, Reply
from tests.stores.broadcast_world import World, until


class LosesAnswers(Catalog):
    """Says of its first `lost` writes that they failed, although they did not."""

    lost = 0

    async def write(self, fn):
        found = await super().write(fn)
        if self.lost:
            self.lost -= 1
            raise StoreUnavailableError("The catalog does not answer")
        return found


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
async def world(tmp_path, catalog_url, clock):
    # One request after the other, so that a round can be met in the middle.
    world = World(tmp_path, clock, catalog_url, max_requests=1)
    yield world
    await world.stop()


@pytest.fixture
async def tasks():
    tasks = TaskGroup()
    yield tasks
    await tasks.stop()


@pytest.fixture
def often(monkeypatch):
    """Rounds note what is done after every request."""
    monkeypatch.setattr(rounds, "_NOTE_S", 0.0)


@pytest.fixture
def losing(catalog_url):
    catalog = LosesAnswers.open(catalog_url)
    yield catalog
    catalog.close()


async def take(world, target):
    now_us = world.clock.now_us()
    return await world.catalog.write(
        lambda c: books.take(c, target.id, world.room.options, 1_000, now_us)
    )


def round_of(world, target, leased, tasks, catalog=None):
    options = world.room.options
    return Round(
        target,
        leased,
        catalog=catalog or world.catalog,
        store=BatchStore(Blobs.open(str(world.folder / "blobs"))),
        sender=Sender(world.outbound, world.clock, options),
        clock=world.clock,
        options=options,
        tally=Tally(),
        tasks=tasks,
    )


@pytest.mark.parametrize("status", [200, 403, 503])
async def test_a_round_without_leases_says_nothing_of_its_destination(
    world, receiver, clock, tasks, status
):
    target = await world.add(receiver.url)
    await world.offer(3)
    stale = await take(world, target)
    clock.advance(31)
    assert [job.id for job in await take(world, target)] == [job.id for job in stale]
    paused_us = clock.now_us() + 60_000_000
    await world.catalog.write(
        lambda c: broadcast_ledger.change_state(
            c, target.id, failures=3, paused_until_us=paused_us, last_error="theirs"
        )
    )
    before = await world.standing(target)
    receiver.refuse = lambda got: Reply(status)
    receiver.received.clear()
    await round_of(world, target, stale, tasks).run()
    assert receiver.received
    assert await world.standing(target) == before


@pytest.mark.usefixtures("often")
async def test_a_round_that_has_lost_its_leases_stops_sending(world, receiver, clock, tasks):
    target = await world.add(receiver.url)
    await world.offer(490)
    stale = await take(world, target)
    clock.advance(31)
    assert len(await take(world, target)) == 1
    size = target.destination.batch_size
    receiver.received.clear()
    receiver.taken.clear()
    receiver.refuse = lambda got: Reply(delay_s=0.3)
    await round_of(world, target, stale, tasks).run()
    # The first, and the one that was begun before the catalog said what it knew.
    assert len(receiver.ids) <= 2 * size < 490


@pytest.mark.usefixtures("often")
async def test_a_round_goes_on_with_the_jobs_that_it_still_has(world, receiver, clock, tasks):
    target = await world.add(receiver.url)
    first = await world.offer(490)
    second = await world.offer(10)
    leased = await take(world, target)
    assert len(leased) == 2
    await world.catalog.write(lambda c: books.jobs.release(c, leased[0]))
    (theirs,) = await take(world, target)
    assert theirs.id == leased[0].id
    receiver.taken.clear()
    receiver.refuse = lambda got: Reply(delay_s=0.2)
    await round_of(world, target, leased, tasks).run()
    assert set(second) <= set(receiver.ids)
    assert len(set(first) & set(receiver.ids)) < 490
    assert await world.counts(target) == {"queued": 500, "delivered": 10}
    assert (await world.standing(target)).state.queued == 490


@pytest.mark.parametrize("lost", [1, 3])
@pytest.mark.usefixtures("often")
async def test_what_is_noted_twice_is_counted_once(world, receiver, tasks, losing, lost):
    target = await world.add(receiver.url)
    await world.offer(350)
    receiver.plan = [Reply(), Reply(403)]
    losing.lost = lost
    await round_of(world, target, await take(world, target), tasks, losing).run()
    size = target.destination.batch_size
    assert losing.lost == 0
    assert await world.counts(target) == {
        "queued": 350,
        "delivered": 350 - size,
        "failed": size,
    }
    assert (await world.standing(target)).state.queued == 0
    failures, _ = await world.room.failures(target, 1, 10)
    assert len(failures) == 1


async def test_trouble_that_is_told_twice_is_one_failure(world, receiver, tasks, losing):
    target = await world.add(receiver.url)
    await world.offer(350)
    receiver.plan = [Reply(), Reply(503)]
    losing.lost = 1
    await round_of(world, target, await take(world, target), tasks, losing).run()
    size = target.destination.batch_size
    assert losing.lost == 0
    assert await world.counts(target) == {
        "queued": 350,
        "delivered": size,
        "retried": 350 - size,
    }
    state = (await world.standing(target)).state
    assert (state.failures, state.queued) == (1, 350 - size)


async def test_a_round_that_is_stopped_and_told_twice_is_counted_once(
    world, receiver, tasks, losing
):
    target = await world.add(receiver.url)
    await world.offer(350)
    receiver.taken.clear()
    receiver.refuse = lambda got: Reply(delay_s=0.3)
    losing.lost = 1
    leased = await take(world, target)
    going = asyncio.create_task(round_of(world, target, leased, tasks, losing).run())
    await until(lambda: receiver.ids)
    going.cancel()
    await asyncio.wait({going})
    assert losing.lost == 0
    delivered = len(receiver.ids)
    assert await world.counts(target) == {"queued": 350, "delivered": delivered}
    assert (await world.standing(target)).state.queued == 350 - delivered
