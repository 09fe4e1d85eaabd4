"""Figures beside the list of projects: asked for apart, so that the list paints first."""

from datetime import datetime
from typing import Any

from litestar import MediaType, Response, Router, get

from sightline.api.kit.paging import check_page, json_param
from sightline.api.kit.services import Services
from sightline.api.opik._projects import PATH, figures_body, page_of_projects, projects
from sightline.core import codec
from sightline.core.clock import to_us
from sightline.core.ids import Id, format_id, parse_id
from sightline.domain.workspace import Principal
from sightline.services.query import project_figures
from sightline.wire.opik.filters import parse_filters
from sightline.wire.opik.projects import SortIn, check_sorting


@get("/stats")
async def project_stats(
    who: Principal,
    services: Services,
    page: int | None = None,
    size: int | None = None,
    name: str | None = None,
    filters: str | None = None,
    from_time: datetime | None = None,
    to_time: datetime | None = None,
    sorting: str | None = None,
) -> Response[bytes]:
    """Return the figures of the projects that the same page of `GET projects` has."""
    page, size = check_page(page, size)
    order = check_sorting(json_param(sorting, list[SortIn], "sorting"))
    found = await page_of_projects(who, services, page, size, name=name, order=order)
    ids = [item.id for item in found.items]
    figures = await project_figures.figures(
        services.analytics,
        who.workspace_id,
        ids,
        services.clock.now_us(),
        filter=parse_filters(filters),
        from_us=None if from_time is None else to_us(from_time),
        to_us=None if to_time is None else to_us(to_time),
    )
    content = [{"project_id": format_id(id), **figures_body(figures[id])} for id in ids]
    return _json({"content": content})


@get("/feedback-scores/names")
async def score_names(
    who: Principal, services: Services, project_ids: str | None = None
) -> Response[bytes]:
    """Name the scores given in some projects, or in all."""
    names = await project_figures.score_names(
        services.analytics, who.workspace_id, id_list_param(project_ids)
    )
    return _json({"scores": [{"name": name} for name in names]})


@get("/{id:str}/token-usage/names")
async def usage_names(id: str, who: Principal, services: Services) -> Response[bytes]:
    """Name the usage keys of a project's spans."""
    found = await projects(services).get(who.workspace_id, parse_id(id))
    names = await project_figures.usage_names(services.analytics, who.workspace_id, [found.id])
    return _json({"names": names})


def id_list_param(text: str | None) -> list[Id] | None:
    """Read ids as clients send them: a JSON list, or joined by commas; None for nothing."""
    if text is None or not text.strip():
        return None
    if text.lstrip().startswith("["):
        parts = json_param(text, list[str], "project_ids") or []
    else:
        parts = [part.strip() for part in text.split(",")]
    return [parse_id(part, "project_ids") for part in parts]


def _json(body: Any) -> Response[bytes]:
    return Response(codec.encode(body), media_type=MediaType.JSON)


ROUTER = Router(
    path=PATH,
    route_handlers=[project_stats, score_names, usage_names],
    tags=["projects"],
)
