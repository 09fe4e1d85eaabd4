"""Statistics of a list, whether there is anything, and the names of scores."""

from sightline.core.ids import Id
from sightline.domain.filter import EntityType
from sightline.stores.analytics import candidates, names, pages, stats
from sightline.stores.analytics.columns import Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.filters import check_filter
from sightline.stores.analytics.likely_hours import narrowed
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.stats import Stats
from sightline.stores.analytics.time_filters import in_time


async def statistics(analytics: Analytics, entity: Entity, scope: Scope) -> Stats:
    """Return the statistics of what is in scope.

    Raises `InvalidRequestError` for a filter that cannot be.
    """
    check_filter(entity, scope.filter)
    scope = await narrowed(analytics, entity, in_time(scope))
    return await stats.stats(analytics, entity, await candidates.narrowed(analytics, entity, scope))


async def exists(analytics: Analytics, entity: Entity, scope: Scope) -> bool:
    """Say whether anything is in scope."""
    return await pages.exists(analytics, entity, await narrowed(analytics, entity, scope))


async def score_names(
    analytics: Analytics,
    entity: EntityType,
    workspace_id: Id,
    project_id: Id | None,
    span_type: str | None = None,
) -> list[str]:
    """Return the names of scores on traces or spans of a project, or of the workspace."""
    return await names.score_names(analytics, entity, workspace_id, project_id, span_type)
