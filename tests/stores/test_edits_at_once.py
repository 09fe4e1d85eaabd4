"""Edits of tags at once, in one process or in several over one Postgres: none is lost."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection, text

from sightline.core.clock import SystemClock
from sightline.core.errors import StoreUnavailableError
from sightline.core.ids import Id, new_id
from sightline.domain.thread import ThreadKey
from sightline.domain.workspace import Principal
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.services.ingest.options import IngestOptions
from sightline.services.ingest.service import Ingest
from sightline.services.ingest.tagging import Tagging
from sightline.services.ingest.updates import TagChange, Updates
from sightline.services.workspace.deletion import Deletion
from sightline.services.workspace.thread_marks import TagEdit, ThreadMarks
from sightline.stores.analytics import current, threads
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.pages import Key
from sightline.stores.analytics.sql import id_literal
from sightline.stores.catalog import notices
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.locks import Locks
from sightline.stores.catalog.notices import Notices
from tests import outside
from tests.stores.test_threads_marks import Attachments
from tests.stores.threads_world import CentAToken, NamedProjects, NoMedia

_PROJECTS = NamedProjects()


class Process:
    """What one process has to itself, over stores that it shares."""

    def __init__(self, catalog_url: str, analytics: Analytics) -> None:
        self.clock = SystemClock()
        self.catalog = Catalog.open(catalog_url)
        self.locks = Locks(self.catalog)
        self.notices = Notices(self.catalog)
        self.ingest = Ingest(
            analytics, _PROJECTS, CentAToken(), NoMedia(), self.clock, IngestOptions()
        )
        self.updates = Updates(self.ingest, analytics, _PROJECTS, self.clock, self.locks)
        self.tagging = Tagging(self.ingest, analytics, self.clock, self.locks)
        self.marks = ThreadMarks(self.ingest, analytics, self.clock, self.locks)

    async def stop(self) -> None:
        await self.notices.stop()
        await self.ingest.stop()
        self.locks.close()
        self.catalog.close()


@pytest.fixture
async def processes(
    catalog_url: str, analytics: Analytics
) -> AsyncIterator[tuple[Process, Process]]:
    """Two over one Postgres; a SQLite file has one, which is both."""
    one = Process(catalog_url, analytics)
    other = one if one.catalog.conninfo is None else Process(catalog_url, analytics)
    for each in {one, other}:
        each.ingest.start()
    yield one, other
    for each in {one, other}:
        await each.stop()


@pytest.fixture
def who() -> Principal:
    return Principal(workspace_id=new_id(), workspace_name="w", user="ann")


async def _trace(process: Process, who: Principal, **said: str) -> TraceWrite:
    now_us = process.clock.now_us()
    write = TraceWrite(
        id=new_id(), version_us=now_us, project_name="p", start_time_us=now_us, **said
    )
    await process.ingest.write_traces(who, [write])
    return write


def _patch(trace: TraceWrite) -> TraceWrite:
    return TraceWrite(id=trace.id, version_us=trace.version_us + 1)


async def _tags(analytics: Analytics, who: Principal, id: Id) -> set[str]:
    return set((await current.traces(analytics, who.workspace_id, [id]))[id].tags)


async def test_tags_added_to_a_trace_at_once_are_all_there(
    processes: tuple[Process, Process], analytics: Analytics, who: Principal
) -> None:
    trace = await _trace(processes[0], who)
    key = Key(trace.project_id or b"", trace.id, trace.id, trace.start_time_us or 0)
    edits = []
    for number, each in enumerate(processes):
        one, many = TagChange([f"one{number}"], None), TagChange([f"many{number}"], None)
        edits += [
            each.updates.update_trace(who, _patch(trace), one),
            each.updates.update_traces(who, [_patch(trace)], many),
            each.tagging.edit(who, "trace", [key], add=[f"swept{number}"], remove=[]),
        ]
    await asyncio.gather(*edits)
    wanted = {f"{how}{number}" for how in ("one", "many", "swept") for number in (0, 1)}
    assert await _tags(analytics, who, trace.id) == wanted


async def test_tags_added_to_a_span_at_once_are_all_there(
    processes: tuple[Process, Process], analytics: Analytics, who: Principal
) -> None:
    trace = await _trace(processes[0], who)
    span = SpanWrite(
        id=new_id(), trace_id=trace.id, version_us=trace.version_us, project_name="p", name="s"
    )
    await processes[0].ingest.write_spans(who, [span])

    def patch() -> SpanWrite:
        return SpanWrite(id=span.id, trace_id=trace.id, version_us=trace.version_us + 1)

    edits = []
    for number, each in enumerate(processes):
        edits += [
            each.updates.update_span(who, patch(), TagChange([f"one{number}"], None)),
            each.updates.update_spans(who, [patch()], TagChange([f"many{number}"], None)),
        ]
    await asyncio.gather(*edits)
    found = (await current.spans(analytics, who.workspace_id, [span.id]))[span.id]
    assert set(found.tags) == {"one0", "one1", "many0", "many1"}


async def test_tags_added_to_a_thread_at_once_are_all_there(
    processes: tuple[Process, Process], analytics: Analytics, who: Principal
) -> None:
    trace = await _trace(processes[0], who, thread_id="t")
    key = ThreadKey(trace.project_id or b"", "t")
    model_id = (await threads.states(analytics, who.workspace_id, [key]))[key].thread_model_id
    await asyncio.gather(
        *(
            each.marks.edit_tags(who, model_id, TagEdit(add=(f"{n}",)))
            for n, each in enumerate(processes * 2)
        )
    )
    found = await threads.states(analytics, who.workspace_id, [key])
    assert set(found[key].tags) == {"0", "1", "2", "3"}


async def test_many_edits_at_once_leave_the_catalog_to_others(
    processes: tuple[Process, Process], analytics: Analytics, who: Principal
) -> None:
    some = [await _trace(processes[0], who) for _ in range(24)]
    edits = asyncio.gather(
        *(
            each.updates.update_trace(who, _patch(trace), TagChange([f"{n}"], None))
            for trace in some
            for n, each in enumerate(processes)
        )
    )
    while not edits.done():
        for each in processes:
            await each.catalog.write(lambda c: c.execute(text("SELECT 1")).all())
            await each.catalog.ping()
        await asyncio.sleep(0.01)
    await edits
    for trace in some:
        wanted = {f"{n}" for n in range(len(processes))}
        assert await _tags(analytics, who, trace.id) == wanted


def _waits(connection: Connection) -> bool:
    """Say whether somebody waits for an advisory lock."""
    query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    return bool(connection.execute(text(query)).scalar_one())


async def test_who_gives_up_or_fails_leaves_no_lock(
    processes: tuple[Process, Process], who: Principal
) -> None:
    one, other = processes
    id = new_id()
    has_it, gives_up = asyncio.Event(), asyncio.Event()

    async def hold(process: Process) -> None:
        async with process.locks.hold(who.workspace_id, [id]):
            has_it.set()
            await gives_up.wait()

    async with asyncio.timeout(30):
        holder = asyncio.create_task(hold(one))
        await has_it.wait()
        waiting = [asyncio.create_task(hold(process)) for process in (other, one, other)]
        while other is not one and not await one.catalog.read(_waits):
            await asyncio.sleep(0.01)
        for task in (*waiting, holder):
            task.cancel()
        await asyncio.gather(holder, *waiting, return_exceptions=True)
        with pytest.raises(ZeroDivisionError):
            async with one.locks.hold(who.workspace_id, [id]):
                raise ZeroDivisionError
        for process in processes:
            async with process.locks.hold(who.workspace_id, [id, new_id(), new_id()]):
                pass


async def test_a_lock_that_is_not_to_be_had_is_said_to_be_busy(who: Principal) -> None:
    url = outside.postgres().take()
    one, other = (Catalog.open(url, lock_wait_ms=50) for _ in range(2))
    here, there = Locks(one), Locks(other)
    try:
        async with here.hold(who.workspace_id, [who.workspace_id]):
            with pytest.raises(StoreUnavailableError):
                async with there.hold(who.workspace_id, [who.workspace_id]):
                    pytest.fail("two hold it")
        async with there.hold(who.workspace_id, [who.workspace_id]):
            pass
    finally:
        for lock in (here, there):
            lock.close()
        for each in (one, other):
            each.close()
        outside.postgres().give_back(url)


async def test_a_thread_that_another_process_deleted_is_noted_anew(
    processes: tuple[Process, Process], analytics: Analytics, who: Principal
) -> None:
    one, other = processes
    forgotten = asyncio.Event()

    def heard(_: str) -> None:
        other.ingest.forget_threads()
        forgotten.set()

    if other is not one:
        other.notices.on(notices.THREADS, heard)
        other.notices.start()
        async with asyncio.timeout(30):
            await forgotten.wait()
        forgotten.clear()
    gone = await _trace(other, who, thread_id="t")
    tell = None if other is one else lambda said: one.notices.tell(notices.THREADS, said)
    deletion = Deletion(analytics, Attachments(), one.clock, one.ingest.forget_threads, tell)
    await deletion.delete_threads(who.workspace_id, gone.project_id or b"", ["t"])
    if other is not one:
        async with asyncio.timeout(30):
            await forgotten.wait()
    await _trace(other, who, thread_id="t")
    rows = await analytics.query(
        f"SELECT count() FROM threads FINAL WHERE workspace_id = {id_literal(who.workspace_id)}"
    )
    assert rows[0][0] == 1
