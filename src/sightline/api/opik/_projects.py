"""What the routes of projects share: pages in any order, figures in Opik's shape."""

from collections.abc import Sequence
from typing import Any

from sightline.api.kit.services import Services
from sightline.core.ids import Id
from sightline.domain.workspace import Principal, Project
from sightline.services.query import project_figures
from sightline.services.query.project_figures import ProjectFigures
from sightline.services.workspace.projects import Projects
from sightline.stores.catalog.pages import MAX_SIZE, Page, Sort
from sightline.wire.opik.projects import LAST_TRACE, SortIn

PATH = "/api/v1/private/projects"


def projects(services: Services) -> Projects:
    """Return the room that keeps projects."""
    return Projects(services.catalog, services.directory, services.clock)


async def page_of_projects(
    who: Principal,
    services: Services,
    page: int,
    size: int,
    *,
    name: str | None,
    order: Sequence[SortIn],
) -> Page[Project]:
    """Return one page in the order asked for; when the last trace came, analytics alone knows."""
    if not order or order[0].field != LAST_TRACE:
        sorting = [Sort(s.field, s.descending) for s in order if s.field != LAST_TRACE]
        return await projects(services).list_page(
            who.workspace_id, page=page, size=size, name=name, sorting=sorting
        )
    every = await _all_projects(who, services, name)
    last = await last_traces(who, services, None)
    # A project without traces stands where its own last change puts it.
    every.sort(
        key=lambda p: (last.get(p.id, p.last_updated_at_us), p.id), reverse=order[0].descending
    )
    return Page(every[(page - 1) * size : page * size], len(every))


async def last_traces(
    who: Principal, services: Services, ids: Sequence[Id] | None
) -> dict[Id, int]:
    """Return when a trace of each project last changed, Unix µs; of all projects for None."""
    return await project_figures.last_trace_times(services.analytics, who.workspace_id, ids)


def figures_body(figures: ProjectFigures) -> dict[str, Any]:
    """Return figures in Opik's shape: costs in USD, durations in ms."""
    return {
        "feedback_scores": [{"name": n, "value": v} for n, v in figures.scores.items()],
        "duration": figures.durations_ms,
        "total_estimated_cost": figures.average_cost_usd,
        "total_estimated_cost_sum": figures.total_cost_usd,
        "usage": figures.usage,
        "trace_count": figures.trace_count,
        "thread_count": figures.thread_count,
        "guardrails_failed_count": figures.failed_guardrails,
        "error_count": {
            "count": figures.error_count,
            "deviation": figures.recent_error_count,
            "deviation_percentage": figures.error_growth_percent,
        },
    }


async def _all_projects(who: Principal, services: Services, name: str | None) -> list[Project]:
    every: list[Project] = []
    while True:
        number = len(every) // MAX_SIZE + 1
        found = await projects(services).list_page(
            who.workspace_id, page=number, size=MAX_SIZE, name=name
        )
        every += found.items
        if len(found.items) < MAX_SIZE:
            return every
