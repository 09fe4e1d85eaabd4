"""Deliveries on a real catalog, real blobs and a real network: once each, whatever happens."""

import asyncio
import json
import time
from collections import Counter

import pytest

from sightline.core.clock import FakeClock
from sightline.domain.broadcast import Rules
from sightline.services.broadcast.targets import ConfiguredDestination
from tests.fakes.destination import Receiver, Reply
from tests.stores.broadcast_world import WS, World, running, until


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver
    assert receiver.plan == [], "the destination has not been asked as often as planned"


@pytest.fixture
async def world(tmp_path, catalog_url, clock):
    world = World(tmp_path, clock, catalog_url)
    yield world
    await world.stop()


def is_empty(world, target):
    async def fact():
        return (await world.standing(target)).state.queued == 0

    return fact


async def test_what_is_offered_arrives_once_and_is_counted(world, receiver):
    target = await world.add(receiver.url)
    receiver.taken.clear()
    async with running(world):
        sent = await world.offer(7)
        sent += await world.offer(3)
        await until(is_empty(world, target))
    assert sorted(receiver.ids) == sorted(sent)
    standing = await world.standing(target)
    assert await world.counts(target) == {"queued": 10, "delivered": 10}
    assert (standing.state.queued_bytes, standing.oldest_us) == (0, None)
    assert standing.state.last_delivered_at_us == world.clock.now_us()


async def test_same_offer_again_is_no_repeat(world, receiver):
    target = await world.add(receiver.url)
    made = world.make(4)
    async with running(world):
        await world.room.offer(made, "batch-1")
        await world.room.offer(made, "batch-1")
        await until(is_empty(world, target))
        await world.room.offer(made, "batch-1")
        assert (await world.counts(target)) == {"queued": 4, "delivered": 4}
    assert len(receiver.ids) == 4


async def test_small_batches_are_joined_into_one_delivery(world, receiver):
    target = await world.add(receiver.url)
    for _ in range(20):
        await world.offer(2)
    receiver.received.clear()
    async with running(world):
        await until(is_empty(world, target))
    assert len(receiver.ids) == 40
    assert len(receiver.received) == 1


async def test_an_hour_without_the_destination_loses_and_doubles_nothing(world, receiver, clock):
    target = await world.add(receiver.url)
    receiver.refuse = lambda got: Reply(503)
    sent = []
    async with running(world):
        for _ in range(60):
            sent += await world.offer(3)
            clock.advance(60)
            await asyncio.sleep(0.01)
        assert receiver.ids == []
        standing = await world.standing(target)
        assert standing.state.queued == 180
        assert standing.state.failures >= 5
        assert standing.state.last_status == 503
        assert clock.now_us() - standing.oldest_us == 3_600_000_000
        tries = len(receiver.received)
        receiver.refuse = lambda got: None

        async def there():
            clock.advance(30)
            return len(receiver.ids) == 180

        await until(there)
        await until(is_empty(world, target))
    assert Counter(receiver.ids) == Counter(sent)
    # A breaker: an hour's outage is a few dozen tries, not thousands.
    assert tries < 60
    counts = await world.counts(target)
    assert (counts["queued"], counts["delivered"]) == (180, 180)
    assert (await world.standing(target)).state.failures == 0


async def test_retry_after_is_waited_for(world, receiver, clock):
    target = await world.add(receiver.url)
    receiver.plan = [Reply(429, b'{"error":"slow down"}', retry_after="40")]
    async with running(world):
        (id,) = await world.offer()
        await until(lambda: not receiver.plan)

        async def noted():
            return (await world.standing(target)).state.failures == 1

        await until(noted)
        more = await world.offer()
        state = (await world.standing(target)).state
        assert state.paused_until_us == clock.now_us() + 40_000_000
        assert state.last_error == 'HTTP 429: {"error":"slow down"}'
        asked = len(receiver.received)
        clock.advance(39)
        await asyncio.sleep(0.2)
        assert len(receiver.received) == asked
        clock.advance(1.1)
        await until(is_empty(world, target))
    assert sorted(receiver.ids[-2:]) == sorted([id, *more])
    assert (await world.counts(target))["retried"] == 1


async def test_refused_is_given_up_with_the_reason_and_can_be_sent_again(world, receiver):
    target = await world.add(receiver.url)
    receiver.refuse = lambda got: Reply(403, b'{"error":"no such project"}')
    async with running(world):
        sent = await world.offer(3)
        await until(is_empty(world, target))
        assert await world.counts(target) == {"queued": 3, "failed": 3}
        (failure,), total = await world.room.failures(target, 1, 10)
        assert (total, failure.status) == (1, 403)
        assert failure.reason == 'HTTP 403: {"error":"no such project"}'
        assert sorted(json.loads(failure.generation_ids)) == sorted(sent)

        receiver.refuse = lambda got: None
        receiver.taken.clear()
        replayed = await world.room.replays.failures(target)
        assert (replayed.generations, replayed.gone) == (3, 0)
        await until(is_empty(world, target))
    assert sorted(receiver.ids) == sorted(sent)
    assert await world.counts(target) == {"queued": 6, "failed": 3, "delivered": 3, "replayed": 3}
    assert await world.room.failures(target, 1, 10) == ([], 0)


async def test_one_bad_generation_does_not_take_others_with_it(world, receiver):
    target = await world.add(receiver.url)
    receiver.refuse = lambda got: Reply(400, b"poison!") if b"poisoned" in got.body else None
    async with running(world):
        good = await world.offer(60)
        (bad,) = await world.offer(model="poisoned/model")
        good += await world.offer(30)
        await until(is_empty(world, target))
    assert sorted(receiver.ids) == sorted(good)
    (failure,), _ = await world.room.failures(target, 1, 10)
    assert json.loads(failure.generation_ids) == [bad]


# A kept connection that ends is no failure yet: the request is sent once more on a new one.
@pytest.mark.parametrize(
    "plan", [[Reply(500)], [Reply(hangs_up=True), Reply(hangs_up=True)], [Reply(delay_s=5)]]
)
async def test_errors_hang_ups_and_time_outs_are_tried_again(
    tmp_path, catalog_url, clock, receiver, plan
):
    world = World(tmp_path, clock, catalog_url, timeout_s=4.0)
    target = await world.add(receiver.url)
    receiver.taken.clear()
    receiver.plan = list(plan)
    async with running(world):
        sent = await world.offer(2)

        async def failed():
            return (await world.standing(target)).state.failures == 1

        await until(failed)
        clock.advance(5)
        await until(is_empty(world, target))
    assert set(receiver.ids) == set(sent)
    assert await world.counts(target) == {"queued": 2, "retried": 2, "delivered": 2}
    await world.stop()


async def test_a_stop_in_the_middle_notes_what_is_delivered(world, receiver, clock):
    target = await world.add(receiver.url)
    receiver.taken.clear()
    receiver.refuse = lambda got: Reply(delay_s=0.05)
    async with running(world):
        sent = await world.offer(450)
        await until(lambda: receiver.ids)
    assert len(receiver.ids) < 450
    async with running(world):
        await until(is_empty(world, target))
    assert Counter(receiver.ids) == Counter(sent)


async def test_two_processes_share_the_work(tmp_path, catalog_url, clock, receiver):
    first, second = World(tmp_path, clock, catalog_url), World(tmp_path, clock, catalog_url)
    targets = [await first.add(receiver.url, name=f"n{n}") for n in range(4)]
    await second.room.roster.look()
    receiver.taken.clear()
    receiver.refuse = lambda got: Reply(delay_s=0.02)
    async with running(first), running(second):
        sent = []
        for n in range(30):
            sent += await (first, second)[n % 2].offer(20)
        for target in targets:
            await until(is_empty(first, target))
    assert Counter(receiver.ids) == Counter(sent * 4)
    shares = [sum(f.delivered for f in (await w.room.figures()).values()) for w in (first, second)]
    assert sum(shares) == 2400
    assert min(shares) > 0
    await first.stop()
    await second.stop()


async def test_privacy_mode_lets_no_prompt_out(world, receiver):
    canary = "xCANARYx"
    target = await world.add(receiver.url, rules=Rules(privacy_mode=True))
    async with running(world):
        await world.offer(
            3,
            input=f'{{"messages":[{{"role":"user","content":"{canary}"}}]}}',
            output=f'{{"choices":[{{"message":{{"content":"{canary}"}}}}]}}',
            completion=canary,
            reasoning=canary,
            parameters=f'{{"stop":["{canary}"],"temperature":0.5}}',
        )
        await until(is_empty(world, target))
    assert len(receiver.ids) == 3
    assert canary.encode() not in receiver.everything


async def test_rules_choose_and_a_disabled_destination_gets_nothing(world, receiver):
    some = await world.add(receiver.url, rules=Rules(sampling_rate=0.5), name="some")
    off = await world.add(receiver.url, rules=Rules(enabled=False), name="off")
    async with running(world):
        await world.offer(200)
        await until(is_empty(world, some))
    assert 60 < (await world.counts(some))["queued"] < 140
    assert await world.counts(off) == {}


async def test_a_paused_destination_does_not_hold_up_others(world, receiver):
    with Receiver() as dead:
        down = await world.add(dead.url, name="down")
        up = await world.add(receiver.url, name="up")
        dead.refuse = lambda got: Reply(500)
        receiver.taken.clear()
        async with running(world):
            sent = []
            for _ in range(10):
                sent += await world.offer(5)
            await until(is_empty(world, up))
        assert sorted(receiver.ids) == sorted(sent)
        assert (await world.standing(down)).state.queued == 50


async def test_full_backlog_drops_the_oldest_and_says_so(tmp_path, catalog_url, clock, receiver):
    world = World(tmp_path, clock, catalog_url, max_backlog_bytes=6_000)
    target = await world.add(receiver.url)
    receiver.taken.clear()
    sent = [await world.offer(5) for _ in range(30)]
    standing = await world.standing(target)
    assert standing.state.queued_bytes <= 6_000
    dropped = standing.counts.dropped_backlog
    assert 0 < dropped < 150
    assert standing.state.queued == 150 - dropped
    async with running(world):
        await until(is_empty(world, target))
    assert sorted(receiver.ids) == sorted(id for ids in sent[dropped // 5 :] for id in ids)
    assert (await world.room.figures())["webhook"].dropped == dropped
    await world.stop()


async def test_what_waits_too_long_is_dropped_and_old_batches_are_deleted(world, receiver, clock):
    target = await world.add(receiver.url)
    await world.offer(3)
    clock.advance(6 * 86_400)
    kept = await world.offer(2)
    clock.advance(2 * 86_400)
    await world.room.sweep()
    assert (await world.counts(target)) == {"queued": 5, "dropped_age": 3}
    receiver.taken.clear()
    async with running(world):
        await until(is_empty(world, target))
    assert sorted(receiver.ids) == sorted(kept)
    blobs = list((world.folder / "blobs" / "broadcast").rglob("*.zst"))
    assert len(blobs) == 1
    clock.advance(4 * 86_400)
    await world.room.sweep()
    assert not list((world.folder / "blobs" / "broadcast").rglob("*.zst"))


async def test_kept_bytes_are_bounded(tmp_path, catalog_url, clock, receiver):
    world = World(tmp_path, clock, catalog_url, keep_bytes=0)
    target = await world.add(receiver.url)
    async with running(world):
        await world.offer(3)
        await until(is_empty(world, target))
    await world.room.sweep()
    assert not list((tmp_path / "blobs" / "broadcast").rglob("*.zst"))
    await world.stop()


async def test_time_range_is_sent_again(world, receiver, clock):
    target = await world.add(receiver.url)
    async with running(world):
        await world.offer(2)
        clock.advance(3600)
        from_us = clock.now_us()
        wanted = await world.offer(25)
        clock.advance(3600)
        to_us = clock.now_us()
        await world.offer(2)
        await until(is_empty(world, target))
        receiver.taken.clear()
        assert await world.room.replays.between(target, from_us, to_us) == 1
        await until(lambda: len(receiver.ids) == 25)
        await until(is_empty(world, target))
        # The first one has ended, so it may be asked for again.
        await world.room.replays.between(target, from_us, to_us)
        await until(lambda: len(receiver.ids) == 50)
    assert Counter(receiver.ids) == Counter(wanted * 2)


async def test_a_lost_batch_is_counted_and_holds_up_nothing(world, receiver):
    target = await world.add(receiver.url)
    await world.offer(3)
    (blob,) = (world.folder / "blobs" / "broadcast").rglob("*.zst")
    blob.write_bytes(b"not what it was")
    again = World(world.folder, world.clock, world.url)
    sent = await again.offer(2)
    async with running(again):
        await until(is_empty(again, target))
    assert await again.counts(target) == {"queued": 5, "dropped_lost": 3, "delivered": 2}
    assert set(sent) <= set(receiver.ids)
    await again.stop()


async def test_deleted_destination_leaves_nothing_behind(world, receiver):
    target = await world.add(receiver.url)
    await world.offer(3)
    await world.room.management.delete(WS, target.id)
    await world.room.sweep()
    await world.room.sweep()
    again = await world.room.standings([target])
    assert again[target.id].state.queued == 0
    assert again[target.id].counts.queued == 0


async def test_the_operators_destinations_serve_every_workspace(world, receiver, tmp_path):
    world.room.configured(
        [ConfiguredDestination(type="webhook", name="ops", config={"url": receiver.url})]
    )
    (target,) = await world.room.management.list_all(WS)
    assert target.is_operators
    async with running(world):
        sent = await world.offer(2)
        await until(is_empty(world, target))
    assert sorted(receiver.ids) == sorted(sent)


async def test_offers_are_quick_beside_a_slow_destination(world, receiver):
    await world.add(receiver.url)
    receiver.refuse = lambda got: Reply(delay_s=3)
    async with running(world):
        begun = time.monotonic()
        for _ in range(10):
            await world.offer(10)
        assert time.monotonic() - begun < 2.5


async def test_a_table_is_made_once_before_the_first_row(world, receiver):
    config = {"host": receiver.url.removesuffix("/traces"), "database": "d", "username": "u"}
    target = await world.room.management.create(
        WS, "clickhouse", "table", {**config, "password": "p"}, Rules(), user="ada"
    )
    receiver.received.clear()
    receiver.plan = [Reply(503)]
    async with running(world):
        await world.offer(2)

        async def failed():
            return (await world.standing(target)).state.failures == 1

        await until(failed)
        world.clock.advance(5)
        await until(is_empty(world, target))
        await world.offer(2)
        await until(is_empty(world, target))
    texts = [got.path.encode() + got.body for got in receiver.received]
    made = [n for n, text in enumerate(texts) if b"CREATE" in text.upper()]
    assert made == [0, 1]
    assert sum(b"INSERT" in text.upper() for text in texts) == 2


async def test_one_object_a_call_is_tried_alone(world, receiver):
    config = {
        "bucketName": "traces",
        "accessKeyId": "AKIAEXAMPLE",
        "secretAccessKey": "s" * 40,
        "region": "eu-west-1",
        "endpoint": receiver.url.removesuffix("/traces"),
    }
    target = await world.room.management.create(WS, "s3", "bucket", config, Rules(), user="ada")
    receiver.received.clear()
    receiver.taken.clear()
    async with running(world):
        await world.offer(10)
        await until(is_empty(world, target))
        first = {got.path for got in receiver.taken}
        assert len(first) == len(receiver.taken) == 10
        # Some are taken before the bucket says stop: only the others are sent again.
        receiver.plan = [Reply(), Reply(), Reply(), Reply(503)]
        await world.offer(20)

        async def failed():
            return (await world.standing(target)).state.failures == 1

        await until(failed)
        standing = await world.standing(target)
        assert 3 <= standing.counts.delivered - 10 < 20
        world.clock.advance(5)
        await until(is_empty(world, target))
    assert len({got.path for got in receiver.taken}) == len(receiver.taken) == 30


async def test_what_cannot_be_written_is_given_up_alone(world, receiver):
    target = await world.add(receiver.url)
    receiver.taken.clear()
    async with running(world):
        # No caller can make such a record; a fault of ours could.
        good = world.make(3)
        await world.room.offer([*good, *world.make(1, trace=None)], "mixed")
        await until(is_empty(world, target))
    assert sorted(receiver.ids) == sorted(one.id for one in good)
    assert await world.counts(target) == {"queued": 4, "delivered": 3, "failed": 1}
    (failure,), _ = await world.room.failures(target, 1, 10)
    assert failure.reason.startswith("Could not be written for `webhook`")
