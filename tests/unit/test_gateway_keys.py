"""Gateway keys: who calls, what a key may spend and how fast, and that spending counts once."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from sqlalchemy import select, text

from sightline.core.clock import FakeClock, to_us
from sightline.core.errors import (
    AuthenticationError,
    NotFoundError,
    PaymentRequiredError,
    PermissionDeniedError,
    RateLimitedError,
    UnprocessableError,
)
from sightline.core.secret import Secret
from sightline.domain.generation import Cost, Generation, UsedKey
from sightline.domain.workspace import DEFAULT_WORKSPACE, DEFAULT_WORKSPACE_ID
from sightline.services.gateway.accounts import Accounts, KeyChanges, NewKey
from sightline.services.gateway.errors import failure
from sightline.services.gateway.keys import GatewayKeys
from sightline.services.workspace.api_keys import ApiKeys
from sightline.services.workspace.directory import Directory
from sightline.services.workspace.keys_gate import KeysGate
from sightline.stores.catalog import workspaces
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.gateway_spend import day_of, month_start, week_start
from sightline.stores.catalog.tables import gateway_rates

W = DEFAULT_WORKSPACE_ID
USD = Decimal


class Room:
    """What one process has of keys, over a catalog that several may share."""

    def __init__(self, catalog, clock, mode="off", masters=()):
        self.clock = clock
        self.directory = Directory(catalog, clock)
        self.api_keys = ApiKeys(catalog, self.directory, clock)
        gate = KeysGate(catalog, clock, mode)
        self.keys = GatewayKeys(catalog, self.directory, gate, clock, masters)
        self.accounts = Accounts(catalog, self.keys, clock)

    async def issue(self, **wanted):
        return await self.accounts.create(
            W, DEFAULT_WORKSPACE, "ann", NewKey(**{"name": "k", **wanted})
        )

    async def caller(self, key, workspace=None):
        return await self.keys.identify(f"Bearer {key}", workspace)

    async def use(self, issued):
        return await self.caller(issued.text.reveal())

    async def record(self, issued, *costs, batch="b", is_byok=False):
        calls = [
            Generation(
                id=f"gen-{batch}-{at}",
                workspace_id=W,
                key=UsedKey(hash=issued.found.key.hash) if issued else UsedKey(),
                cost=Cost(total=USD(cost)),
                ended_us=self.clock.now_us(),
                is_byok=is_byok,
            )
            for at, cost in enumerate(costs)
        ]
        await self.keys.record_spend(calls, batch)

    async def shown(self, issued):
        return await self.accounts.get(W, issued.found.key.hash)


@pytest.fixture
def catalog(catalog_url):
    catalog = Catalog.open(catalog_url)
    yield catalog
    catalog.close()


@pytest.fixture
def clock():
    # A Thursday.
    return FakeClock(to_us(datetime(2026, 11, 26, 12, tzinfo=UTC)))


@pytest.fixture
async def room(catalog, clock):
    room = Room(catalog, clock)
    yield room
    await room.directory.close()
    await room.keys.stop()


@pytest.fixture
async def closed(catalog, clock):
    room = Room(catalog, clock, "on")
    yield room
    await room.directory.close()


# Who calls


async def test_a_key_is_shown_once_and_known_by_its_hash(room):
    issued = await room.issue(name="ci")
    text = issued.text.reveal()
    assert text.startswith("sk-sl-v1-")
    assert len(text) == len("sk-sl-v1-") + 64
    key = issued.found.key
    assert key.label == f"{text[:12]}...{text[-4:]}"
    caller = await room.caller(text)
    assert (caller.workspace_id, caller.user, caller.key.hash) == (W, "ci", key.hash)
    assert (caller.is_management, caller.allowed_models) == (False, None)


async def test_an_open_server_asks_for_nothing_but_refuses_a_key_that_is_not_good(room):
    for header in (None, "", "Bearer anything", "Bearer sk-of-another-service"):
        caller = await room.keys.identify(header, None)
        assert caller.is_management
        assert caller.key_id is None
    with pytest.raises(AuthenticationError):
        await room.caller("sk-sl-v1-" + "0" * 64)


async def test_a_closed_server_takes_its_own_keys_by_role(closed):
    for header in (None, "Bearer anything"):
        with pytest.raises(AuthenticationError):
            await closed.keys.identify(header, None)
    issued = {r: await closed.api_keys.create("default", r, role=r) for r in ("admin", "write")}
    admin = await closed.caller(issued["admin"].key.reveal())
    writer = await closed.caller(issued["write"].key.reveal())
    assert (admin.is_management, writer.is_management) == (True, False)
    assert writer.key.hash
    reader = await closed.api_keys.create("default", "r", role="read")
    with pytest.raises(PermissionDeniedError, match="role write"):
        await closed.caller(reader.key.reveal())
    gateway = await closed.issue()
    assert (await closed.use(gateway)).key_id is not None


async def test_the_master_key_of_the_file_manages_and_closes_the_gateway(catalog, clock):
    room = Room(catalog, clock, masters=[Secret("sk-1234")])
    assert (await room.caller("sk-1234")).is_management
    for header in (None, "Bearer sk-12345"):
        with pytest.raises(AuthenticationError):
            await room.keys.identify(header, None)
    await room.directory.close()


async def test_disabled_expired_and_deleted_keys_are_refused_at_once(room):
    hour_us = 3_600_000_000
    expiring = await room.issue(expires_at_us=room.clock.now_us() + hour_us)
    await room.use(expiring)
    room.clock.advance(3_600)
    with pytest.raises(AuthenticationError, match="expired"):
        await room.use(expiring)

    issued = await room.issue()
    await room.use(issued)
    await room.accounts.update(W, issued.found.key.hash, "ann", KeyChanges(disabled=True))
    with pytest.raises(AuthenticationError, match="disabled"):
        await room.use(issued)
    await room.accounts.update(W, issued.found.key.hash, "ann", KeyChanges(disabled=False))
    await room.use(issued)
    await room.accounts.remove(W, issued.found.key.hash)
    with pytest.raises(AuthenticationError, match="User not found"):
        await room.use(issued)
    with pytest.raises(NotFoundError):
        await room.shown(issued)


async def test_a_deleted_key_leaves_no_counts_of_its_calls(catalog, room):
    gone, kept = await room.issue(), await room.issue()
    rows = [{"key_id": it.found.key.id, "second": 1, "calls": 1} for it in (gone, kept)]
    catalog.write_sync(lambda c: c.execute(gateway_rates.insert(), rows))
    await room.accounts.remove(W, gone.found.key.hash)
    left = catalog.read_sync(lambda c: c.execute(select(gateway_rates.c.key_id)).scalars().all())
    assert left == [kept.found.key.id]


async def test_another_process_sees_a_change_within_5_s(catalog, clock, room):
    other = Room(catalog, clock)
    issued = await room.issue()
    await other.use(issued)
    await room.accounts.remove(W, issued.found.key.hash)
    await other.use(issued)
    clock.advance(5)
    with pytest.raises(AuthenticationError):
        await other.use(issued)
    await other.directory.close()


async def test_a_key_of_one_workspace_sees_nothing_of_another(catalog, room):
    issued = await room.issue()
    with pytest.raises(PermissionDeniedError):
        await room.caller(issued.text.reveal(), "other")
    elsewhere = (await room.api_keys.create("other", "x")).record.workspace_id
    with pytest.raises(NotFoundError):
        await room.accounts.get(elsewhere, issued.found.key.hash)
    with pytest.raises(NotFoundError):
        await room.accounts.remove(elsewhere, issued.found.key.hash)
    assert (await room.accounts.list_page(elsewhere)).total == 0
    assert catalog.read_sync(lambda c: workspaces.get_by_name(c, "other")) is not None


async def test_metadata_says_how_calls_are_marked(room):
    opik = {"project_name": "shop", "tags": ["a", "b"], "thread_id": "t"}
    caller = await room.use(await room.issue(metadata={"opik": opik, "team": "x"}))
    assert caller.opik.project_name == "shop"
    assert caller.opik.tags == ("a", "b")
    assert caller.opik_raw == opik
    assert caller.metadata == {"team": "x"}
    for wrong in ({"opik": "shop"}, {"opik": {"tags": "a"}}, {"x": "y" * 20_000}):
        with pytest.raises(UnprocessableError, match="metadata"):
            await room.issue(metadata=wrong)


# What a key may spend


async def test_a_limit_is_reached_by_what_was_spent_here_a_moment_ago(room):
    issued = await room.issue(limit=USD("0.01"))
    caller = await room.use(issued)
    await room.keys.admit(caller)
    room.keys.spent(caller, USD("0.0099999"), is_byok=False)
    await room.keys.admit(caller)
    room.keys.spent(caller, USD("0.0000001"), is_byok=False)
    with pytest.raises(PaymentRequiredError) as error:
        await room.keys.admit(caller)
    told = failure(error.value)
    assert (told.status, told.error["code"]) == (402, 402)
    assert told.error["message"].startswith("Key limit exceeded (total limit)")
    assert told.error["metadata"]["error_type"] == "payment_required"
    assert told.error["metadata"]["limit"] == 0.01
    assert (await room.shown(issued)).remaining == 0


async def test_a_limit_of_nothing_lets_nothing_in(room):
    caller = await room.use(await room.issue(limit=USD(0)))
    with pytest.raises(PaymentRequiredError):
        await room.keys.admit(caller)


@pytest.mark.parametrize(
    ("reset", "still_s", "over_s"),
    [
        # From Thursday noon: midnight, the end of Sunday, the end of November.
        ("daily", 43_199, 43_200),
        ("weekly", 43_200 + 3 * 86_400 - 1, 43_200 + 3 * 86_400),
        ("monthly", 43_200 + 4 * 86_400 - 1, 43_200 + 4 * 86_400),
    ],
)
async def test_limits_begin_anew_with_the_utc_day_week_and_month(room, reset, still_s, over_s):
    issued = await room.issue(limit=USD(1), limit_reset=reset)
    caller = await room.use(issued)
    room.keys.spent(caller, USD(1), is_byok=False)
    await room.record(issued, 1)
    room.clock.advance(still_s)
    with pytest.raises(PaymentRequiredError, match=reset):
        await room.keys.admit(caller)
    room.clock.advance(over_s - still_s)
    await room.keys.admit(caller)
    await room.keys.admit(await room.use(issued))
    found = await room.shown(issued)
    assert found.remaining == 1
    assert found.spent.total == 1_000_000_000


async def test_calls_on_own_keys_count_only_where_the_key_says_so(room):
    for counts in (False, True):
        issued = await room.issue(limit=USD(1), include_byok_in_limit=counts)
        caller = await room.use(issued)
        room.keys.spent(caller, USD(5), is_byok=True)
        await room.record(issued, 5, batch=f"b{counts}", is_byok=True)
        if counts:
            with pytest.raises(PaymentRequiredError):
                await room.keys.admit(caller)
        else:
            await room.keys.admit(caller)
        spent = (await room.shown(issued)).spent
        assert (spent.total, spent.byok_total) == (0, 5_000_000_000)


async def test_a_batch_that_comes_again_counts_once(catalog, clock, room):
    issued = await room.issue()
    caller = await room.use(issued)
    room.keys.spent(caller, USD("0.25"), is_byok=False)
    room.keys.spent(caller, USD("0.5"), is_byok=False)
    assert (await room.shown(issued)).spent.total == 750_000_000
    await room.record(issued, "0.25", "0.5", batch="one")
    assert (await room.shown(issued)).spent.total == 750_000_000
    await room.record(issued, "0.25", "0.5", batch="one")
    assert (await room.shown(issued)).spent.total == 750_000_000

    # After a crash another process replays what it never counted in memory.
    after = Room(catalog, clock)
    await after.use(issued)
    await after.record(issued, "0.25", "0.5", batch="one")
    await after.record(issued, "1", batch="two")
    found = await after.shown(issued)
    assert found.spent.total == found.spent.daily == 1_750_000_000
    await after.directory.close()


async def test_spending_elsewhere_counts_here_within_5_s(catalog, clock, room):
    other = Room(catalog, clock)
    issued = await room.issue(limit=USD(1))
    caller = await room.use(issued)
    await other.use(issued)
    await other.record(issued, 1)
    await room.keys.admit(caller)
    await room.keys.refresh()
    with pytest.raises(PaymentRequiredError):
        await room.keys.admit(caller)
    await other.directory.close()


async def test_spending_elsewhere_is_heard_of_after_an_error_that_nobody_foresaw(
    catalog, clock, room, caplog
):
    def rename(old, new):
        catalog.write_sync(lambda c: c.execute(text(f"ALTER TABLE {old} RENAME TO {new}")))

    async def until_refused():
        while True:
            try:
                await room.keys.admit(caller)
            except PaymentRequiredError:
                return
            await asyncio.sleep(0.01)

    issued = await room.issue(limit=USD(1))
    caller = await room.use(issued)
    told = issued.found.key.id.hex()
    room.keys.start()
    rename("gateway_spend", "gateway_spend_away")
    room.keys.heard_spending(told)
    async with asyncio.timeout(30):
        while "gateway.keys_not_read" not in caplog.text:
            await asyncio.sleep(0.01)
    rename("gateway_spend_away", "gateway_spend")
    await Room(catalog, clock).record(issued, "2")
    room.keys.heard_spending(told)
    async with asyncio.timeout(30):
        await until_refused()
    await room.keys.stop()


async def test_the_workspaces_sum_has_calls_without_a_key_and_of_deleted_keys(room):
    issued = await room.issue()
    await room.record(issued, 1, batch="a")
    await room.record(None, 2, batch="b")
    await room.accounts.remove(W, issued.found.key.hash)
    assert (await room.accounts.credits(W)).total_usage == 3


async def test_changed_limits_hold_at_once(room):
    issued = await room.issue(limit=USD(1))
    caller = await room.use(issued)
    room.keys.spent(caller, USD(1), is_byok=False)
    with pytest.raises(PaymentRequiredError):
        await room.keys.admit(caller)
    hash = issued.found.key.hash
    await room.accounts.update(W, hash, "ann", KeyChanges(limit=USD(2)))
    await room.keys.admit(await room.use(issued))
    await room.accounts.update(W, hash, "ann", KeyChanges(limit=None))
    await room.keys.admit(await room.use(issued))


@pytest.mark.parametrize("limit", ["-1", "1000000001", "NaN", "Infinity"])
async def test_a_limit_is_an_amount(room, limit):
    with pytest.raises(UnprocessableError, match="limit"):
        await room.issue(limit=USD(limit))
    issued = await room.issue()
    with pytest.raises(UnprocessableError, match="limit"):
        await room.accounts.update(W, issued.found.key.hash, "a", KeyChanges(limit=USD(limit)))


# How fast


async def test_calls_in_a_minute_are_limited_and_the_wait_is_told(room):
    caller = await room.use(await room.issue(rpm=3))
    for _ in range(3):
        await room.keys.admit(caller)
    with pytest.raises(RateLimitedError) as error:
        await room.keys.admit(caller)
    told = failure(error.value)
    assert told.status == 429
    assert told.headers["X-RateLimit-Limit"] == "3"
    wait_s = int(told.headers["retry-after"])
    assert 1 <= wait_s <= 60
    room.clock.advance(wait_s)
    await room.keys.admit(caller)


@pytest.mark.parametrize("limit", [1, 2, 5, 60])
@pytest.mark.parametrize("start_s", [0, 1, 30, 59.5])
async def test_whoever_waits_as_told_is_let_in(room, clock, limit, start_s):
    clock.advance(start_s)
    caller = await room.use(await room.issue(rpm=limit))
    for _ in range(4 * limit):
        try:
            await room.keys.admit(caller)
        except RateLimitedError as error:
            clock.advance(error.retry_after_s or 0)
            await room.keys.admit(caller)


async def test_tokens_in_a_minute_are_limited(room):
    caller = await room.use(await room.issue(tpm=1000))
    await room.keys.admit(caller)
    room.keys.spent(caller, USD(0), is_byok=False, tokens=1000)
    with pytest.raises(RateLimitedError, match="tokens"):
        await room.keys.admit(caller)
    room.clock.advance(120)
    await room.keys.admit(caller)


async def test_a_call_that_is_refused_does_not_count(room):
    caller = await room.use(await room.issue(rpm=1, limit=USD(1)))
    room.keys.spent(caller, USD(1), is_byok=False)
    for _ in range(3):
        with pytest.raises(PaymentRequiredError):
            await room.keys.admit(caller)


def test_weeks_begin_on_monday_and_months_on_the_first():
    for year, month, day in [(2026, 11, 26), (2024, 2, 29), (2000, 3, 1), (2027, 1, 1)]:
        at = datetime(year, month, day, 15, tzinfo=UTC)
        today = day_of(to_us(at))
        assert today - week_start(today) == at.weekday()
        assert today - month_start(today) == day - 1


async def test_nothing_that_is_listed_holds_the_key(room):
    issued = await room.issue(limit=USD(1))
    text = issued.text.reveal()
    page = await room.accounts.list_page(W)
    assert text not in msgspec.json.encode(page, enc_hook=str).decode()
    assert text[12:-4] not in repr(issued) + repr(await room.use(issued))
