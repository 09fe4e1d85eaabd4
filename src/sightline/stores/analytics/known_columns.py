"""Which keys the newest rows of a project have: what a table may show as columns.

Rows are read as they are written, from the end of the sort key: a key that only old rows have is
not found, and however large the project is, it takes the same time.
"""

from sightline.core.ids import Id
from sightline.stores.analytics.columns import TABLES, Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.sql import id_literal

_SPANS_READ = 100_000
_ROWS_READ = 300
_LONGEST = 65_536


async def usage_keys(analytics: Analytics, workspace_id: Id, project_id: Id) -> list[str]:
    """Return the usage keys of the newest 100,000 spans, sorted."""
    rows = await analytics.query(
        "SELECT arraySort(groupUniqArrayArray(keys_)) FROM (SELECT usage_v.x.k AS keys_ FROM spans "
        f"WHERE {_place(workspace_id, project_id)} {_newest('span')} LIMIT {_SPANS_READ})"
    )
    return list(rows[0][0])


async def metadata(
    analytics: Analytics, entity: Entity, workspace_id: Id, project_id: Id
) -> list[str]:
    """Return the metadata, JSON text, of the newest rows that have any, without very long ones."""
    rows = await analytics.query(
        f"SELECT metadata FROM {TABLES[entity]} WHERE {_place(workspace_id, project_id)} "
        f"AND length(metadata_v.x) BETWEEN 3 AND {_LONGEST} {_newest(entity)} LIMIT {_ROWS_READ}"
    )
    return [row[0] for row in rows]


def _place(workspace_id: Id, project_id: Id) -> str:
    return f"workspace_id = {id_literal(workspace_id)} AND project_id = {id_literal(project_id)}"


def _newest(entity: Entity) -> str:
    trace = "id" if entity == "trace" else "trace_id"
    return f"ORDER BY workspace_id DESC, project_id DESC, {trace} DESC"
