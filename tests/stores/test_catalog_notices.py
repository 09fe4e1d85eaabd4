"""What processes over one Postgres tell each other, each with a connection of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import pytest

from sightline.core.errors import ConflictError
from sightline.core.ids import new_id
from sightline.domain.workspace import DEFAULT_WORKSPACE_ID, Project
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.services.live import Hub
from sightline.stores.catalog import notices, projects
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.notices import Notices
from tests import outside


class Process:
    """A catalog, what it has heard, and a hub for pages."""

    def __init__(self, url: str) -> None:
        self.catalog = Catalog.open(url)
        self.notices = Notices(self.catalog)
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.hub = Hub(partial(self.notices.tell, notices.ARRIVALS))
        self.notices.on(notices.PROJECTS, self.heard.put_nowait)
        self.notices.on(notices.ARRIVALS, self.hub.heard)

    async def next(self) -> str:
        async with asyncio.timeout(30):
            return await self.heard.get()


@asynccontextmanager
async def running(url: str) -> AsyncIterator[Process]:
    process = Process(url)
    process.notices.start()
    process.hub.start()
    try:
        # Whoever begins to hear may have missed something.
        assert await process.next() == ""
        yield process
    finally:
        await process.hub.stop()
        await process.notices.stop()
        process.catalog.close()


def project(name: str) -> Project:
    return Project(
        id=new_id(),
        workspace_id=DEFAULT_WORKSPACE_ID,
        name=name,
        created_at_us=1,
        created_by="ann",
        last_updated_at_us=1,
        last_updated_by="ann",
    )


@pytest.fixture
async def pair() -> AsyncIterator[tuple[Process, Process]]:
    url = outside.postgres().take()
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(running(url))
        yield one, await stack.enter_async_context(running(url))
    outside.postgres().give_back(url)


async def test_a_change_is_told_when_it_is_there(pair: tuple[Process, Process]) -> None:
    one, other = pair
    first, second = project("first"), project("second")
    for each in (first, second):
        await one.catalog.write(lambda c, each=each: projects.insert(c, each))  # type: ignore[misc]
    rename = {"name": "second"}
    with pytest.raises(ConflictError):
        await one.catalog.write(
            lambda c: projects.update_fields(c, first.workspace_id, first.id, rename)
        )
    await one.catalog.write(lambda c: projects.delete_many(c, first.workspace_id, [first.id]))
    await other.next()
    # One notice: what was refused has changed nothing.
    assert other.heard.empty()
    gone = await other.catalog.read(lambda c: projects.get(c, first.workspace_id, first.id))
    assert gone is None


async def test_pages_hear_once_of_what_either_process_stores(
    pair: tuple[Process, Process],
) -> None:
    one, other = pair
    workspace_id, project_id = new_id(), new_id()
    pages = [process.hub.listen(workspace_id, project_id) for process in pair]
    elsewhere = other.hub.listen(workspace_id, new_id())
    trace = TraceWrite(id=new_id(), version_us=1, project_id=project_id, start_time_us=1)
    # As old as you like: a call may take longer than anybody looks back.
    patch = SpanWrite(id=bytes(16), trace_id=bytes(16), version_us=1, project_id=project_id)
    one.hub.stored(workspace_id, "traces", [trace])
    other.hub.stored(workspace_id, "spans", [patch])
    for page in pages:
        seen = [0, 0, 0]
        while sum(seen) < 2:
            news = await page.next(30)
            assert news is not None
            seen = [seen[0] + news.traces, seen[1] + news.spans, seen[2] + news.updates]
        assert seen == [1, 0, 1]
    # Later than what would come twice.
    one.hub.stored(new_id(), "traces", [trace])
    one.hub.stored(workspace_id, "traces", [trace])
    news = await pages[1].next(30)
    assert news is not None
    assert news.traces == 1
    assert await elsewhere.next(0.01) is None


async def test_who_was_away_is_told_that_something_was_missed() -> None:
    url = outside.postgres().take()
    async with running(url) as process:
        page = process.hub.listen(DEFAULT_WORKSPACE_ID)
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        outside.postgres().admin(f"{ended} AND datname = '{url.rpartition('/')[2]}'")
        assert await process.next() == ""
        news = await page.next(30)
        assert news is not None
        assert (news.traces, news.spans, news.updates) == (0, 0, 0)
    outside.postgres().drop(url)
