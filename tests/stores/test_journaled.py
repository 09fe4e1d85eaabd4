"""What is acknowledged before it is in its table: seen at once, never lost, never back again."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sightline.core.clock import FakeClock
from sightline.core.errors import StoreUnavailableError
from sightline.core.ids import Id, new_id
from sightline.core.tasks import TaskGroup
from sightline.domain.writes import TraceWrite
from sightline.stores.analytics import journal, row_binary
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.journaled import Journaled
from sightline.stores.analytics.moment import one_moment
from sightline.stores.analytics.rollup_units import Unit, unit_of
from sightline.stores.analytics.sql import id_literal
from sightline.stores.disk import Disk

WORKSPACE, PROJECT = new_id(), new_id()


@pytest.fixture(autouse=True)
def none_left(analytics: Analytics) -> Iterator[None]:
    if not analytics.is_embedded:
        pytest.skip("a server's tables have no journal")
    yield
    for path in (analytics.folder / journal.FOLDER).rglob("*.seg"):
        path.unlink()


def row(id: Id, name: str) -> bytes:
    write = TraceWrite(id=id, project_id=PROJECT, version_us=1, start_time_us=1, name=name)
    return row_binary.encode_trace(write, WORKSPACE, "ann", 1)


async def write(journaled: Journaled, *names: str) -> list[Id]:
    ids = [new_id() for _ in names]
    for id, name in zip(ids, names, strict=True):
        units = [Unit(WORKSPACE, PROJECT, unit_of(id))]
        await journaled.write(row(id, name), 1, units)
    return ids


@asynccontextmanager
async def life(analytics: Analytics, *, is_killed: bool = False) -> AsyncIterator[Journaled]:
    """One process's time; a killed one leaves what it had not brought."""
    tasks = TaskGroup()
    columns = row_binary.TRACE_COLUMNS
    journaled = Journaled(analytics, "traces", columns, FakeClock(), tasks)
    try:
        yield journaled
        if not is_killed:
            await journaled.drain()
    finally:
        await tasks.stop()
        if journaled in analytics.behind:
            analytics.behind.remove(journaled)


async def found(analytics: Analytics, ids: list[Id]) -> list[str]:
    listed = ", ".join(map(id_literal, ids))
    rows = await analytics.query(
        f"SELECT name FROM traces FINAL WHERE workspace_id = {id_literal(WORKSPACE)} "
        f"AND id IN ({listed}) ORDER BY name"
    )
    return [str(name) for (name,) in rows]


def segments(analytics: Analytics) -> list[Path]:
    return sorted((analytics.folder / journal.FOLDER).glob("traces-*.seg"))


async def test_who_asks_after_a_write_finds_it(analytics: Analytics) -> None:
    async with life(analytics) as journaled:
        for n in range(5):
            assert await found(analytics, await write(journaled, f"n{n}")) == [f"n{n}"]


async def test_many_writes_are_few_inserts(analytics: Analytics) -> None:
    async with life(analytics) as journaled:
        ids = await write(journaled, *(f"{n:02}" for n in range(40)))
        assert await found(analytics, ids) == [f"{n:02}" for n in range(40)]
        assert journaled.inserts < 20
        assert not segments(analytics)
        assert journaled.waiting_bytes == 0


async def test_what_nobody_asks_for_is_brought_all_the_same(analytics: Analytics) -> None:
    async with life(analytics) as journaled:
        ids = await write(journaled, "a", "b")
        async with asyncio.timeout(20):
            while journaled.is_behind:
                await asyncio.sleep(0.01)
        assert not segments(analytics)
    assert await found(analytics, ids) == ["a", "b"]


async def test_an_end_leaves_nothing(analytics: Analytics) -> None:
    async with life(analytics) as journaled:
        ids = await write(journaled, "last")
    assert not segments(analytics)
    assert await found(analytics, ids) == ["last"]


async def test_the_next_process_brings_what_a_killed_one_left(analytics: Analytics) -> None:
    async with life(analytics, is_killed=True) as journaled:
        ids = await write(journaled, "a", "b", "c")
        assert segments(analytics)
        assert journal.waiting_bytes(analytics.folder) > 0
    async with life(analytics) as journaled:
        assert await found(analytics, ids) == ["a", "b", "c"]
        ids += await write(journaled, "d")
        assert await found(analytics, ids) == ["a", "b", "c", "d"]
        assert journaled.set_aside == 0
    assert not segments(analytics)


async def test_what_was_deleted_does_not_come_back(analytics: Analytics) -> None:
    where = f"workspace_id = {id_literal(WORKSPACE)}"
    async with life(analytics, is_killed=True) as journaled:
        ids = await write(journaled, "gone", "stays")
        await analytics.delete("traces", f"{where} AND id = {id_literal(ids[0])}")
    async with life(analytics):
        assert await found(analytics, ids) == ["stays"]


async def test_a_half_written_end_is_no_damage(analytics: Analytics) -> None:
    async with life(analytics, is_killed=True) as journaled:
        ids = await write(journaled, "a", "b")
        (path,) = segments(analytics)
    path.write_bytes(path.read_bytes()[:-10])
    async with life(analytics) as journaled:
        assert await found(analytics, ids) == ["a"]
        assert journaled.set_aside == 0
    assert not journal.aside(analytics.folder)


async def test_of_a_damaged_segment_the_rest_is_stored_and_the_file_kept(
    analytics: Analytics,
) -> None:
    async with life(analytics, is_killed=True) as journaled:
        ids = await write(journaled, "first", "second", "third")
        (path,) = segments(analytics)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"second", b"SECOND"))
    async with life(analytics) as journaled:
        assert await found(analytics, ids) == ["first", "third"]
        assert journaled.set_aside == 1
    assert [kept.name for kept in journal.aside(analytics.folder)] == [path.name]


async def test_what_is_no_segment_holds_nobody_up(analytics: Analytics) -> None:
    folder = analytics.folder / journal.FOLDER
    folder.mkdir(exist_ok=True)
    record = b"not ours"
    (folder / "traces-000000000001.seg").write_bytes(journal.frames.head(record) + record)
    async with life(analytics) as journaled:
        assert await found(analytics, await write(journaled, "a")) == ["a"]
        assert journaled.set_aside == 1


async def test_rows_that_the_engine_refuses_are_set_aside_and_others_stored(
    analytics: Analytics,
) -> None:
    async with life(analytics) as journaled:
        ids = await write(journaled, "a")
        await journaled.write(b"rubbish", 1, [])
        ids += await write(journaled, "b")
        assert await found(analytics, ids) == ["a", "b"]
        assert journaled.set_aside == 1
    assert len(journal.aside(analytics.folder)) == 1


async def test_while_the_engine_takes_nothing_reads_go_on_and_writers_hear_of_it(
    analytics: Analytics,
) -> None:
    async with life(analytics) as journaled:
        ids = await write(journaled, "before")
        disk, analytics._disk = analytics._disk, Disk(Path("/gone"), 0)
        try:
            assert await found(analytics, ids) == []
            with pytest.raises(StoreUnavailableError):
                await write(journaled, "refused")
            # What it names may be among the rows that wait, and would come back.
            with pytest.raises(StoreUnavailableError):
                await analytics.caught_up(durably=True)
        finally:
            analytics._disk = disk
        async with asyncio.timeout(20):
            while not (names := await found(analytics, ids)):
                await asyncio.sleep(0.05)
        assert names == ["before"]


async def test_whoever_reads_once_a_write_was_taken_again_finds_what_had_waited(
    analytics: Analytics,
) -> None:
    async with life(analytics) as journaled:
        waited = await write(journaled, "waited")
        disk, analytics._disk = analytics._disk, Disk(Path("/gone"), 0)
        try:
            # Until the next try is some time away.
            for _ in range(3):
                assert await found(analytics, waited) == []
                await asyncio.sleep(0.4)
        finally:
            analytics._disk = disk
        later = await write(journaled, "later")
        assert await found(analytics, [*waited, *later]) == ["later", "waited"]


class Late:
    """Somebody who is always behind."""

    def __init__(self) -> None:
        self.waited = 0

    @property
    def is_behind(self) -> bool:
        return True

    async def caught_up(self, *, durably: bool = False) -> None:
        self.waited += 1


async def test_in_one_moment_it_is_waited_for_once(analytics: Analytics) -> None:
    late = Late()
    analytics.behind.append(late)
    try:
        with one_moment():
            await asyncio.gather(*(analytics.query("SELECT 1") for _ in range(3)))
            await analytics.query("SELECT 1")
            assert late.waited == 1
            # What would be undone by rows that come later waits for itself.
            await analytics.caught_up(durably=True)
            assert late.waited == 2
        await analytics.query("SELECT 1")
        await analytics.query_columns("SELECT 1")
        assert late.waited == 4
    finally:
        analytics.behind.remove(late)
