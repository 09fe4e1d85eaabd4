"""What a project holds, told before it is deleted."""

import asyncio

from sightline.core.ids import Id
from sightline.stores.analytics import contents as rows
from sightline.stores.analytics.engine import Analytics
from sightline.stores.catalog import attachment_counts
from sightline.stores.catalog.engine import Catalog


async def contents(
    analytics: Analytics, catalog: Catalog, workspace_id: Id, project_id: Id
) -> dict[str, int]:
    """Return how many of each kind of thing a delete of the project takes along."""
    found, attachments = await asyncio.gather(
        rows.contents(analytics, workspace_id, project_id),
        catalog.read(lambda c: attachment_counts.of_project(c, workspace_id, project_id)),
    )
    return {**found, "attachments": attachments}
