"""Limits that processes share: what they know of each other when the catalog has bad days."""

import asyncio
from collections.abc import Callable, Iterator

import psycopg
import pytest
from sqlalchemy import func, select, text

from sightline.core.clock import FakeClock
from sightline.core.ids import new_id
from sightline.services.gateway.rates import CallShares, TokenCounts
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.tables import gateway_rates
from tests import outside


@pytest.fixture
def catalog() -> Iterator[Catalog]:
    url = outside.postgres().take()
    catalog = Catalog.open(url)
    yield catalog
    catalog.close()
    outside.postgres().give_back(url)


def counted(catalog: Catalog) -> int:
    query = select(func.coalesce(func.sum(gateway_rates.c.calls), 0))
    return int(catalog.read_sync(lambda c: c.execute(query).scalar_one()))


def rename(catalog: Catalog, old: str, new: str) -> None:
    catalog.write_sync(lambda c: c.execute(text(f"ALTER TABLE {old} RENAME TO {new}")))


async def until(fact: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not fact():
            await asyncio.sleep(0.01)


# Calls


async def test_an_error_that_nobody_foresaw_ends_with_its_cause(
    catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "sightline")
    clock, key = FakeClock(), new_id()
    shares = CallShares(catalog, clock)
    shares.start()
    assert await shares.take(key, 160) == 0
    rename(catalog, "gateway_rates", "gateway_rates_away")
    # What was taken in advance is too old by now, and cannot be given back.
    clock.advance(2)
    await until(lambda: "gateway.shares_kept" in caplog.text)
    # Whoever waits counts by itself.
    assert await asyncio.gather(*(shares.take(key, 160) for _ in range(5))) == [None] * 5

    rename(catalog, "gateway_rates_away", "gateway_rates")
    clock.advance(6)
    before = counted(catalog)
    assert await shares.take(key, 160) == 0
    assert counted(catalog) > before + 1
    clock.advance(2)
    await until(lambda: counted(catalog) == before + 1)
    await shares.stop()


async def test_what_was_taken_in_advance_is_too_old_when_the_answer_took_long(
    catalog: Catalog,
) -> None:
    class Slow(FakeClock):
        """Two seconds go by from the moment in which calls are counted until that is heard."""

        is_over = False

        def steady_us(self) -> int:
            if not self.is_over and counted(catalog):
                self.is_over = True
                self.advance(2)
            return super().steady_us()

    shares, key = CallShares(catalog, Slow()), new_id()
    assert await shares.take(key, 160) == 0
    assert counted(catalog) == 10
    # What comes now must ask, and nobody answers.
    rename(catalog, "gateway_rates", "gateway_rates_away")
    assert await shares.take(key, 160) is None
    rename(catalog, "gateway_rates_away", "gateway_rates")
    await shares.stop()


async def test_a_process_forgets_calls_of_keys_that_nobody_uses_again(catalog: Catalog) -> None:
    row = {"key_id": new_id(), "second": 1, "calls": 5}
    await catalog.write(lambda c: c.execute(gateway_rates.insert(), row))
    shares = CallShares(catalog, FakeClock())
    shares.start()
    await until(lambda: counted(catalog) == 0)
    await shares.stop()


async def test_who_waits_while_a_process_ends_counts_by_itself(catalog: Catalog) -> None:
    shares, key = CallShares(catalog, FakeClock()), new_id()
    assert catalog.conninfo is not None
    with psycopg.connect(catalog.conninfo) as other:
        other.execute("LOCK TABLE gateway_rates IN ACCESS EXCLUSIVE MODE")
        waiting = asyncio.create_task(shares.take(key, 10))
        await asyncio.sleep(0)
        await shares.stop()
        assert await waiting is None


# Tokens


class Others:
    """Processes that hear what one tells, while that is possible."""

    def __init__(self, clock: FakeClock) -> None:
        self.counts = TokenCounts(clock)
        self.refused = 0
        self.is_away = False

    async def tell(self, text: str) -> None:
        if self.is_away:
            self.refused += 1
            raise RuntimeError("not now")
        self.counts.heard(text)

    def heard(self, key: bytes) -> int:
        """How many tokens they know of."""
        known = 0
        while self.counts.wait_s(key, known + 1):
            known += 1
        return known


async def test_tokens_that_could_not_be_told_are_told_when_they_can() -> None:
    clock, key = FakeClock(), new_id()
    others = Others(clock)
    here = TokenCounts(clock, others.tell)
    here.start()
    others.is_away = True
    here.add(key, 7)
    await until(lambda: others.refused > 0)
    here.add(key, 5)
    others.is_away = False
    await until(lambda: others.heard(key) == 12)
    await here.stop()
    assert others.heard(key) == 12


async def test_tokens_that_count_no_more_are_not_told() -> None:
    clock, key, idle = FakeClock(), new_id(), new_id()
    others = Others(clock)
    here = TokenCounts(clock, others.tell)
    here.start()
    others.is_away = True
    here.add(key, 7)
    here.add(idle, 7)
    await until(lambda: others.refused > 0)
    clock.advance(61)
    here.add(key, 5)
    others.is_away = False
    await until(lambda: others.heard(key) > 0)
    await here.stop()
    assert (others.heard(key), others.heard(idle)) == (5, 0)


async def test_a_process_that_ends_tells_its_last_tokens() -> None:
    clock, key = FakeClock(), new_id()
    others = Others(clock)
    here = TokenCounts(clock, others.tell)
    here.start()
    here.add(key, 7)
    await here.stop()
    assert others.heard(key) == 7


async def test_a_process_ends_though_nobody_can_be_told() -> None:
    asked = asyncio.Event()

    async def never(_text: str) -> None:
        asked.set()
        await asyncio.Event().wait()

    here = TokenCounts(FakeClock(), never)
    here.start()
    here.add(new_id(), 7)
    await asked.wait()
    async with asyncio.timeout(30):
        await here.stop()
