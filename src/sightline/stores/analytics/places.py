"""Whether ids are in use in another project of the workspace."""

from collections.abc import Sequence

from sightline.core.ids import Id
from sightline.stores.analytics.columns import TABLES, Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.sql import id_list, id_literal


async def elsewhere(
    analytics: Analytics, entity: Entity, workspace_id: Id, project_id: Id, ids: Sequence[Id]
) -> list[Id]:
    """Return those of the ids that other projects have and this one has not."""
    if not ids:
        return []
    rows = await analytics.query(
        f"SELECT id FROM {TABLES[entity]} WHERE workspace_id = {id_literal(workspace_id)} "
        f"AND id IN {id_list(ids)} GROUP BY id "
        f"HAVING countIf(project_id = {id_literal(project_id)}) = 0"
    )
    return [row[0] for row in rows]
