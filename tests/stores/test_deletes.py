"""A delete of the embedded store is answered while the threads that merge have other work."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sightline.core.errors import StoreUnavailableError
from sightline.stores.analytics import table_settings
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.upkeep import Upkeep
from sightline.stores.disk import Disk

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("TEST_STORES")), reason="a server carries out a delete by itself"
)

ROWS = 1000
ALL = list(range(ROWS))


@pytest.fixture
async def store(analytics: Analytics) -> AsyncIterator[Analytics]:
    """The store with a table `deleted` of three parts, of which nothing is merged for now."""
    await analytics.command(
        "CREATE TABLE deleted (n UInt64, v SimpleAggregateFunction(max, UInt64),"
        " INDEX by_v v TYPE bloom_filter(0.01)) ENGINE = AggregatingMergeTree ORDER BY n"
    )
    await analytics.command("SYSTEM STOP MERGES deleted")
    for _ in range(3):
        await analytics.command(f"INSERT INTO deleted SELECT number, number FROM numbers({ROWS})")
    yield analytics
    await analytics.maintain("SYSTEM START MERGES deleted")
    await analytics.command("DROP TABLE deleted")


async def left(store: Analytics, where: str = "1") -> list[int]:
    rows = await store.query(f"SELECT n FROM deleted FINAL WHERE {where} ORDER BY n")
    return [n for (n,) in rows]


async def pending(store: Analytics) -> int:
    rows = await store.query(
        "SELECT count() FROM system.mutations WHERE table = 'deleted' AND NOT is_done"
    )
    return int(rows[0][0])


async def test_what_is_deleted_is_not_read_though_no_part_was_written_anew(
    store: Analytics,
) -> None:
    await store.delete("deleted", "n IN (1, 2, 3)")
    await store.delete("deleted", "v >= 500")
    assert await pending(store) == 2
    assert await left(store) == [n for n in ALL if n not in {1, 2, 3} and n < 500]
    assert await left(store, "v IN (3, 4, 500)") == [4]
    assert await store.query("SELECT count() FROM deleted FINAL") == [(497,)]
    # What comes after it is not deleted.
    await store.command("INSERT INTO deleted VALUES (2, 7)")
    assert await store.query("SELECT n, v FROM deleted FINAL WHERE n < 4") == [(0, 0), (2, 7)]


async def test_it_is_deleted_for_good_once_parts_may_be_written(store: Analytics) -> None:
    await store.delete("deleted", "n < 990")
    await store.maintain("SYSTEM START MERGES deleted")
    async with asyncio.timeout(60):
        while await pending(store):
            await asyncio.sleep(0.01)
    await store.command("OPTIMIZE TABLE deleted FINAL")
    assert await left(store) == ALL[990:]
    rows = await store.query(
        "SELECT sum(rows) FROM system.parts WHERE table = 'deleted' AND active"
    )
    assert rows == [(10,)]


async def test_an_operator_sees_what_waits(store: Analytics, tmp_path: Path) -> None:
    await store.delete("deleted", "n = 1")
    await store.delete("deleted", "n = 2")
    upkeep = Upkeep(store, Disk(tmp_path, 0))
    upkeep.start()
    async with asyncio.timeout(60):
        while not upkeep.figures().deletes_waiting:
            await asyncio.sleep(0.01)
    await upkeep.stop()
    assert upkeep.figures().deletes_waiting == 2


async def test_deletes_that_wait_to_be_carried_out_are_not_without_number(
    store: Analytics,
) -> None:
    # Without what holds each of them up.
    await store.command(
        f"ALTER TABLE deleted MODIFY SETTING {table_settings.TEXT}, max_delay_to_mutate_ms = 10"
    )
    with pytest.raises(StoreUnavailableError) as refused:
        for n in ALL:
            await store.delete("deleted", f"n = {n}")
    assert refused.value.retry_after_s
    # Reads know of all that were taken.
    assert await pending(store) == 100
    assert await left(store) == ALL[100:]
    await store.maintain("SYSTEM START MERGES deleted")
    async with asyncio.timeout(60):
        while await pending(store):
            await asyncio.sleep(0.01)
    await store.delete("deleted", "n < 500")
    assert await left(store) == ALL[500:]
