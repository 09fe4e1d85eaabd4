"""Projects: made by hand or by the first trace that names them."""

from collections.abc import Sequence
from typing import Any

from litestar import MediaType, Request, Response, Router, delete, get, patch, post

from sightline.api.kit.bodies import read_json
from sightline.api.kit.counts import check_count
from sightline.api.kit.paging import check_page, json_param, page_body
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.core.ids import Id, format_id, parse_id
from sightline.domain.workspace import Principal, Project
from sightline.services.query import project_figures
from sightline.services.workspace.projects import Projects
from sightline.stores.catalog.pages import MAX_SIZE, Page, Sort
from sightline.wire.opik.annotations import IdsIn
from sightline.wire.opik.metrics import figures_body
from sightline.wire.opik.projects import (
    LAST_TRACE,
    SORTABLE,
    ProjectIn,
    ProjectRetrieve,
    ProjectUpdate,
    SortIn,
    check_sorting,
    project_body,
)

_PATH = "/api/v1/private/projects"


@get("/")
async def find_projects(
    who: Principal,
    services: Services,
    page: int | None = None,
    size: int | None = None,
    name: str | None = None,
    sorting: str | None = None,
) -> Response[bytes]:
    """List projects whose name contains `name`, newest first unless sorted."""
    page, size = check_page(page, size)
    order = check_sorting(json_param(sorting, list[SortIn], "sorting"))
    found = await page_of_projects(who, services, page, size, name=name, order=order)
    last = await _last_traces(who, services, [item.id for item in found.items])
    content = [project_body(item, last.get(item.id)) for item in found.items]
    return _json(page_body(page, found.total, content, sortableBy=SORTABLE))


@post("/", status_code=201, opt={"body": ProjectIn})
async def create_project(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Create a project; 409 when the name is taken, whatever its case."""
    item = await read_json(request, ProjectIn)
    made = await projects(services).create(
        who.workspace_id,
        item.name,
        user=who.user,
        description=item.description,
        visibility=item.visibility or "private",
    )
    return Response(
        codec.encode({"id": format_id(made.id)}),
        status_code=201,
        media_type=MediaType.JSON,
        headers={"Location": f"{services.public_url}{_PATH}/{format_id(made.id)}"},
    )


@get("/{id:str}")
async def get_project(id: str, who: Principal, services: Services) -> Response[bytes]:
    """Return one project."""
    found = await projects(services).get(who.workspace_id, parse_id(id))
    last = await _last_traces(who, services, [found.id])
    return _json(project_body(found, last.get(found.id)))


@patch("/{id:str}", status_code=204, opt={"body": ProjectUpdate})
async def update_project(
    request: Request[Any, Any, Any], id: str, who: Principal, services: Services
) -> None:
    """Change a project's name, description or visibility."""
    item = await read_json(request, ProjectUpdate)
    await projects(services).update(
        who.workspace_id,
        parse_id(id),
        user=who.user,
        name=item.name,
        description=item.description,
        visibility=item.visibility,
    )


@post("/retrieve", status_code=200, opt={"role": "read", "body": ProjectRetrieve})
async def retrieve_project(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Return the project of a name, with its figures when they are asked for."""
    item = await read_json(request, ProjectRetrieve)
    found = await projects(services).retrieve(who.workspace_id, item.name)
    last = await _last_traces(who, services, [found.id])
    body = project_body(found, last.get(found.id))
    if item.include_stats:
        now_us = services.clock.now_us()
        figures = await project_figures.figures(
            services.analytics, who.workspace_id, [found.id], now_us
        )
        body |= figures_body(figures[found.id])
    return _json(body)


@delete("/{id:str}", status_code=204)
async def delete_project(id: str, who: Principal, services: Services) -> None:
    """Delete a project with all that is in it; one that is not there is gone already."""
    await _delete(who, services, [parse_id(id)])


@post("/delete", status_code=204, opt={"role": "write", "body": IdsIn})
async def delete_projects(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> None:
    """Delete up to 1,000 projects with all that is in them."""
    body = await read_json(request, IdsIn)
    check_count(len(body.ids), services.limits.max_batch_items, "ids")
    await _delete(who, services, [parse_id(id, f"ids[{i}]") for i, id in enumerate(body.ids)])


async def page_of_projects(
    who: Principal,
    services: Services,
    page: int,
    size: int,
    *,
    name: str | None,
    order: Sequence[SortIn],
) -> Page[Project]:
    """Return one page in the order asked for; the last trace's time is known to analytics only."""
    if not order or order[0].field != LAST_TRACE:
        sorting = [Sort(s.field, s.descending) for s in order if s.field != LAST_TRACE]
        return await projects(services).list_page(
            who.workspace_id, page=page, size=size, name=name, sorting=sorting
        )
    every = await _all_projects(who, services, name)
    last = await _last_traces(who, services, None)
    # A project without traces stands where its own last change puts it.
    every.sort(
        key=lambda p: (last.get(p.id, p.last_updated_at_us), p.id), reverse=order[0].descending
    )
    return Page(every[(page - 1) * size : page * size], len(every))


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


async def _last_traces(
    who: Principal, services: Services, ids: Sequence[Id] | None
) -> dict[Id, int]:
    return await project_figures.last_trace_times(services.analytics, who.workspace_id, ids)


async def _delete(who: Principal, services: Services, ids: Sequence[Id]) -> None:
    # What is in them first: cut short, this leaves projects that can be deleted again.
    await services.deletion.delete_projects(who.workspace_id, ids)
    await projects(services).delete(who.workspace_id, ids)


def projects(services: Services) -> Projects:
    """Return the room that keeps projects."""
    return Projects(services.catalog, services.directory, services.clock)


def _json(body: Any) -> Response[bytes]:
    return Response(codec.encode(body), media_type=MediaType.JSON)


ROUTER = Router(
    path=_PATH,
    route_handlers=[
        find_projects,
        create_project,
        get_project,
        update_project,
        retrieve_project,
        delete_project,
        delete_projects,
    ],
    tags=["projects"],
)
