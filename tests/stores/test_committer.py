"""Group commit: who writes at the same time shares an insert, who writes alone does not wait."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sightline.core.clock import FakeClock
from sightline.core.errors import QueueFullError
from sightline.core.ids import new_id
from sightline.core.tasks import TaskGroup
from sightline.domain.writes import TraceWrite
from sightline.services.ingest.committer import Committer
from sightline.services.ingest.options import IngestOptions
from sightline.stores.analytics import row_binary
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.sql import id_literal

WORKSPACE, PROJECT = new_id(), new_id()
# Longer than any test: whoever waited for it would not be seen to end.
FOREVER = IngestOptions(linger_ms=1_000)


def row(name: str) -> bytes:
    write = TraceWrite(id=new_id(), project_id=PROJECT, version_us=1, start_time_us=1, name=name)
    return row_binary.encode_trace(write, WORKSPACE, "ann", 1)


@asynccontextmanager
async def committer_of(analytics: Analytics, options: IngestOptions) -> AsyncIterator[Committer]:
    tasks = TaskGroup()
    columns = row_binary.TRACE_COLUMNS
    yield Committer(analytics, "traces", columns, options, tasks, FakeClock())
    await tasks.stop()


async def write_together(committer: Committer, count: int) -> None:
    await asyncio.gather(*(committer.commit(row("together"), 1) for _ in range(count)))


async def test_those_who_write_together_share_an_insert(analytics: Analytics) -> None:
    async with committer_of(analytics, FOREVER) as committer:
        await write_together(committer, 4)
        before = committer.commits
        for _ in range(3):
            await write_together(committer, 4)
        assert committer.commits - before == 3
        assert committer.rows_committed == 16


async def test_fewer_than_before_are_not_held_up_for_long(analytics: Analytics) -> None:
    async with committer_of(analytics, IngestOptions(linger_ms=1)) as committer:
        await write_together(committer, 8)
        for _ in range(3):
            await committer.commit(row("alone"), 1)
        assert committer.rows_committed == 11


async def test_who_writes_alone_is_stored_at_once(analytics: Analytics) -> None:
    async with committer_of(analytics, FOREVER) as committer, asyncio.timeout(0.9 * 20):
        for _ in range(20):
            await committer.commit(row("alone, one by one"), 1)
        assert committer.commits == 20
    rows = await analytics.query(
        f"SELECT count() FROM traces WHERE workspace_id = {id_literal(WORKSPACE)} "
        "AND name = 'alone, one by one'"
    )
    assert rows[0][0] == 20


async def test_what_waits_for_others_is_stored_when_the_committer_ends(
    analytics: Analytics,
) -> None:
    async with committer_of(analytics, FOREVER) as committer:
        await write_together(committer, 4)
        waiting = asyncio.create_task(committer.commit(row("last"), 1))
        await asyncio.sleep(0)
        await committer.drain()
        await waiting
        assert committer.rows_committed == 5


async def test_who_waits_for_room_has_it_before_those_who_ask_later(analytics: Analytics) -> None:
    """Clients that are refused and send again at once leave no room to who asks now and then."""
    large = b"".join(row("patient") for _ in range(20))
    options = IngestOptions(linger_ms=1_000, max_queue_bytes=2 * len(large) + 100)
    async with committer_of(analytics, options) as committer:
        first = [asyncio.create_task(committer.commit(large, 20)) for _ in range(2)]
        while committer.queued_bytes < len(large):
            await asyncio.sleep(0)
        waiting = asyncio.create_task(committer.commit(large * 2, 40, patient=True))
        await asyncio.sleep(0)
        with pytest.raises(QueueFullError):
            await committer.commit(row("small"), 1)
        await asyncio.gather(*first, waiting)
        assert committer.rows_committed == 80
        await committer.commit(row("small"), 1)


async def test_who_waits_for_room_is_stored_when_the_committer_ends(analytics: Analytics) -> None:
    options = IngestOptions(linger_ms=1_000, max_queue_bytes=1)
    async with committer_of(analytics, options) as committer:
        waiting = [
            asyncio.create_task(committer.commit(row("patient"), 1, patient=True)) for _ in range(3)
        ]
        await asyncio.sleep(0)
        await committer.drain()
        await asyncio.gather(*waiting)
        assert committer.rows_committed == 3
