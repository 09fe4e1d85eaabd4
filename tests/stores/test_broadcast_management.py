"""Destinations as people manage them: tested before they are saved, and secrets stay secret."""

import logging

import pytest

from sightline.core.clock import FakeClock
from sightline.core.errors import (
    ConfigurationError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
)
from sightline.core.ids import new_id
from sightline.domain.broadcast import Rules
from sightline.domain.workspace import Workspace
from sightline.services.broadcast.management import Change
from sightline.services.broadcast.targets import ConfiguredDestination
from sightline.services.broadcast.trials import TestFailedError
from sightline.stores.catalog import workspaces
from tests.fakes.destination import Receiver, Reply
from tests.stores.broadcast_world import WS, World, running, until

SECRET = "s3cret-value-that-nobody-may-see"


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
async def world(tmp_path, catalog_url):
    world = World(tmp_path, FakeClock(), catalog_url)
    yield world
    await world.stop()


async def change(world, target, **fields):
    return await world.room.management.update(WS, target.id, Change(**fields), user="bob")


async def test_a_destination_is_saved_only_when_its_test_passes(world, receiver):
    receiver.refuse = lambda got: Reply(401, b'{"error":"who are you"}')
    with pytest.raises(TestFailedError) as failed:
        await world.add(receiver.url)
    outcome = failed.value.outcome
    assert (outcome.passed, outcome.status) == (False, 401)
    assert outcome.request == f"POST {receiver.url}"
    assert outcome.answer == '{"error":"who are you"}'
    assert await world.room.management.list_all(WS) == []
    receiver.refuse = lambda got: None
    target = await world.add(receiver.url)
    assert [one.id for one in await world.room.management.list_all(WS)] == [target.id]


async def test_only_a_changed_config_is_tested_again(world, receiver):
    target = await world.add(receiver.url)
    asked = len(receiver.received)
    receiver.refuse = lambda got: Reply(500)
    renamed = await change(world, target, name="new", rules=Rules(enabled=False))
    assert (renamed.name, renamed.rules.enabled) == ("new", False)
    await change(world, target, config={"url": receiver.url})
    assert len(receiver.received) == asked
    with pytest.raises(TestFailedError):
        await change(world, target, config={"method": "PUT"})
    assert (await world.room.management.get(WS, target.id)).config.method == "POST"


async def test_secrets_are_sealed_masked_and_kept_when_they_come_back_masked(
    world, receiver, tmp_path
):
    target = await world.add(receiver.url, headers={"X-Key": SECRET})
    from sightline.destinations.base import masked

    shown = masked(target.destination, target.values)
    assert shown["headers"]["X-Key"] == f"****...{SECRET[-4:]}"
    kept = await change(world, target, config={"headers": shown["headers"], "method": "PUT"})
    assert kept.config.headers == {"X-Key": SECRET}
    assert receiver.received[-1].headers["x-key"] == SECRET
    assert receiver.received[-1].method == "PUT"
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert SECRET.encode() not in file.read_bytes(), file
    assert SECRET not in repr(kept)


async def test_a_kept_secret_does_not_go_to_another_host(world, receiver):
    target = await world.add(receiver.url, headers={"X-Key": SECRET})
    with Receiver() as thief:
        with pytest.raises(InvalidRequestError, match="typed again"):
            await change(world, target, config={"url": thief.url})
        with pytest.raises(InvalidRequestError, match="typed again"):
            await world.room.management.test(WS, "webhook", {"url": thief.url}, target.id)
        assert thief.received == []


async def test_what_is_kept_and_logged_of_errors_has_no_secrets(world, receiver, caplog):
    logger = logging.getLogger("sightline")
    logger.propagate = True
    caplog.set_level(logging.DEBUG)
    target = await world.add(
        f"{receiver.url}?api_key={SECRET}xx", headers={"Authorization": f"Bearer {SECRET}"}
    )
    receiver.refuse = lambda got: Reply(
        403, f"no {got.headers['authorization']} at {got.path}".encode()
    )
    async with running(world):
        await world.offer(2)

        async def given_up():
            return (await world.standing(target)).counts.failed == 2

        await until(given_up)
    (failure,), _ = await world.room.failures(target, 1, 10)
    outcome = await world.room.management.test(WS, "webhook", dict(target.values))
    standing = await world.standing(target)
    for text in (failure.reason, standing.state.last_error, repr(outcome), caplog.text):
        assert SECRET not in text
    assert failure.reason.startswith("HTTP 403: no ")
    assert "****" in outcome.request


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1"])
async def test_private_addresses_are_refused(tmp_path, catalog_url, receiver, host):
    world = World(tmp_path, FakeClock(), catalog_url, allow_private=False)
    port = receiver.url.split(":")[2].split("/")[0]
    with pytest.raises(TestFailedError) as failed:
        await world.add(f"http://{host}:{port}/traces")
    assert "not on the public internet" in failed.value.outcome.reason
    assert receiver.received == []
    await world.stop()


async def test_the_operators_may_be_next_door_and_are_not_edited(tmp_path, catalog_url, receiver):
    world = World(tmp_path, FakeClock(), catalog_url, allow_private=False)
    world.room.configured(
        [ConfiguredDestination(type="webhook", name="ops", config={"url": receiver.url})]
    )
    (target,) = await world.room.management.list_all(WS)
    assert (await world.room.management.send_sample(WS, target.id)).passed
    assert len(receiver.ids) == 1
    with pytest.raises(PermissionDeniedError):
        await change(world, target, name="mine")
    with pytest.raises(PermissionDeniedError):
        await world.room.management.delete(WS, target.id)
    await world.stop()


@pytest.mark.parametrize(
    ("type", "config", "message"),
    [
        ("webhok", {}, "Unknown destination `webhok`"),
        ("webhook", {}, "config.url is required"),
        ("webhook", {"url": "ftp://x"}, "config.url must be a URL"),
    ],
)
async def test_a_wrong_file_stops_the_start_and_names_what_is_wrong(world, type, config, message):
    with pytest.raises(ConfigurationError, match=message):
        world.room.configured([ConfiguredDestination(type=type, name="ops", config=config)])


async def test_at_most_five_of_a_type_and_names_are_unique(world, receiver):
    for n in range(5):
        await world.add(receiver.url, name=f"n{n}")
    with pytest.raises(ConflictError, match="5 destinations of type"):
        await world.add(receiver.url, name="n5")
    targets = await world.room.management.list_all(WS)
    with pytest.raises(ConflictError, match="`N0` exists already"):
        await change(world, targets[1], name="N0")
    await world.room.management.delete(WS, targets[0].id)
    await world.add(receiver.url, name="n0")


async def test_a_workspace_sees_and_sends_only_its_own(world, receiver):
    other = new_id()
    space = Workspace(id=other, name="other", created_at_us=1)
    world.catalog.write_sync(lambda c: workspaces.insert_if_absent(c, space))
    mine = await world.add(receiver.url)
    management = world.room.management
    assert await management.list_all(other) == []
    for attempt in (
        management.get(other, mine.id),
        management.update(other, mine.id, Change(name="stolen"), user="eve"),
        management.delete(other, mine.id),
        management.send_sample(other, mine.id),
        management.test(other, "webhook", {}, mine.id),
    ):
        with pytest.raises(NotFoundError):
            await attempt
    receiver.taken.clear()
    async with running(world):
        await world.offer(3, ws=other)
        sent = await world.offer(2)
        await until(lambda: len(receiver.ids) == 2)
    assert sorted(receiver.ids) == sorted(sent)
    # The same name is free in another workspace.
    await world.add(receiver.url, ws=other)


async def test_the_workspace_switch_stops_all_and_keeps_each(world, receiver):
    target = await world.add(receiver.url)
    await world.room.management.switch(WS, on=False)
    await world.offer(2)
    assert await world.counts(target) == {}
    assert (await world.room.management.get(WS, target.id)).rules.enabled
    await world.room.management.switch(WS, on=True)
    await world.offer(2)
    assert await world.counts(target) == {"queued": 2}


async def test_what_another_process_changes_is_seen_within_five_seconds(world, receiver):
    other = World(world.folder, world.clock, world.url)
    await other.offer(1)
    target = await world.add(receiver.url)
    world.clock.advance(5)
    await other.offer(1)
    assert await world.counts(target) == {"queued": 1}
    await other.stop()


async def test_a_destination_sealed_with_another_key_is_shown_and_harms_nobody(world, receiver):
    from sightline.core.sealing import Sealer
    from sightline.services.broadcast.targets import Roster

    broken = await world.add(receiver.url, name="a")
    roster = Roster(world.catalog, Sealer(bytes(32)), world.clock)
    await roster.look()
    (target,) = roster.of_workspace(WS)
    assert target.id == broken.id
    assert "does not open with this server's secret key" in target.problem
    assert not roster.sends(target)


async def test_a_sample_says_that_it_is_one(world, receiver):
    target = await world.add(receiver.url, rules=Rules(enabled=False))
    outcome = await world.room.management.send_sample(WS, target.id)
    assert (outcome.passed, outcome.status) == (True, 200)
    assert b"sightline/sample" in receiver.received[-1].body
    receiver.refuse = lambda got: Reply(503, b"closed")
    outcome = await world.room.management.send_sample(WS, target.id)
    assert (outcome.passed, outcome.status, outcome.answer) == (False, 503, "closed")
