"""A project is gone for good, whatever processes that had not heard of it wrote after that."""

import asyncio
from collections.abc import Collection

from sightline.core.clock import FakeClock
from sightline.core.ids import derived_id, new_id
from sightline.domain.workspace import Principal, Workspace
from sightline.domain.writes import TraceWrite
from sightline.services.ingest.options import IngestOptions
from sightline.services.ingest.service import Ingest
from sightline.services.ingest.tagging import Tagging
from sightline.services.workspace.bulk import LEFT_BEHIND_AFTER_US, Bulk
from sightline.services.workspace.bulk_sweep import Sweep
from sightline.services.workspace.deletion import Deletion
from sightline.services.workspace.directory import Directory
from sightline.services.workspace.projects import Projects
from sightline.services.workspace.thread_marks import ThreadMarks
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.sql import id_literal
from sightline.stores.catalog import jobs, workspaces
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.locks import Locks
from tests.stores.threads_world import NOW, CentAToken, NoMedia


class NoAttachments:
    async def delete_for_entities(
        self, workspace_id: bytes, entity_type: str, ids: Collection[bytes]
    ) -> None: ...


async def _ended(catalog: Catalog) -> None:
    """Wait until nothing is queued."""
    async with asyncio.timeout(60):
        while any(c.state == "queued" for c in await catalog.read(jobs.counts)):
            await asyncio.sleep(0.02)


async def test_what_another_process_writes_to_a_deleted_project_goes_too(
    analytics: Analytics, catalog_url: str
) -> None:
    catalog, clock = Catalog.open(catalog_url), FakeClock(NOW)
    here, there = Directory(catalog, clock), Directory(catalog, clock)
    workspace = Workspace(id=new_id(), name="acme", created_at_us=NOW)
    await catalog.write(lambda c: workspaces.insert_if_absent(c, workspace))
    who = Principal(workspace_id=workspace.id, workspace_name="acme", user="ann")
    ingest = Ingest(analytics, there, CentAToken(), NoMedia(), clock, IngestOptions())
    ingest.start()
    deletion = Deletion(analytics, NoAttachments(), clock)
    locks = Locks(catalog)
    marks = ThreadMarks(ingest, analytics, clock, locks)
    sweep = Sweep(analytics, deletion, Tagging(ingest, analytics, clock, locks), marks)
    bulk = Bulk(catalog, analytics, sweep, clock)

    async def write(project_name: str) -> None:
        id = derived_id(NOW // 1000, new_id().hex())
        trace = TraceWrite(id=id, project_name=project_name, version_us=NOW, start_time_us=NOW)
        await ingest.write_traces(who, [trace])

    async def rows() -> int:
        found = await analytics.query(
            f"SELECT count() FROM traces WHERE workspace_id = {id_literal(workspace.id)}"
        )
        return int(found[0][0])

    try:
        await write("gone")
        await write("stays")
        project = await here.project_id(workspace.id, "gone")
        await deletion.delete_projects(workspace.id, [project])
        await Projects(catalog, here, clock).delete(workspace.id, [project])
        # The other process has not heard of it.
        await write("gone")
        assert await rows() == 2

        clock.advance(LEFT_BEHIND_AFTER_US / 1_000_000)
        bulk.start()
        await _ended(catalog)
        assert await rows() == 1
    finally:
        await bulk.stop()
        await ingest.stop()
        locks.close()
        await here.close()
        await there.close()
        catalog.close()
