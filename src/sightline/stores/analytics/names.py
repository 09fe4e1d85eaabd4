"""Names that are in use: of feedback scores."""

from sightline.core.ids import Id
from sightline.domain.filter import EntityType
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.sql import Binder, id_literal


async def score_names(
    analytics: Analytics,
    entity: EntityType,
    workspace_id: Id,
    project_id: Id | None = None,
    span_type: str | None = None,
) -> list[str]:
    """Return the names of scores on traces, spans or threads, of a project or of all, sorted."""
    binder = Binder()
    place = f"workspace_id = {id_literal(workspace_id)}"
    if project_id is not None:
        place += f" AND project_id = {id_literal(project_id)}"
    where = f"{place} AND entity_type = '{entity}'"
    if entity == "span" and span_type is not None:
        where += (
            " AND entity_id IN (SELECT concat(id, '') FROM spans FINAL "
            f"WHERE {place} AND type = {binder.add(span_type)})"
        )
    rows = await analytics.query(
        f"SELECT DISTINCT name FROM feedback_scores FINAL WHERE {where} ORDER BY name",
        binder.params,
    )
    return [row[0] for row in rows]
