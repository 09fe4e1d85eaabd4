"""Projects: made by hand or by the first trace that names them."""

from collections.abc import Sequence
from typing import Any

from litestar import MediaType, Request, Response, Router, delete, get, patch, post

from sightline.api.kit.bodies import read_json
from sightline.api.kit.counts import check_count
from sightline.api.kit.paging import check_page, json_param, page_body
from sightline.api.kit.services import Services
from sightline.api.opik._bodies import read_optional
from sightline.api.opik._projects import (
    PATH,
    figures_body,
    last_traces,
    page_of_projects,
    projects,
)
from sightline.core import codec
from sightline.core.ids import Id, format_id, parse_id
from sightline.domain.workspace import Principal
from sightline.services.query import project_figures
from sightline.wire.opik.annotations import IdsIn
from sightline.wire.opik.projects import (
    SORTABLE,
    ProjectIn,
    ProjectRetrieve,
    ProjectUpdate,
    SortIn,
    check_sorting,
    project_body,
)


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
    last = await last_traces(who, services, [item.id for item in found.items])
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
        headers={"Location": f"{services.public_url}{PATH}/{format_id(made.id)}"},
    )


@get("/{id:str}")
async def get_project(id: str, who: Principal, services: Services) -> Response[bytes]:
    """Return one project."""
    found = await projects(services).get(who.workspace_id, parse_id(id))
    last = await last_traces(who, services, [found.id])
    return _json(project_body(found, last.get(found.id)))


@patch("/{id:str}", status_code=204, opt={"body": ProjectUpdate})
async def update_project(
    request: Request[Any, Any, Any], id: str, who: Principal, services: Services
) -> None:
    """Change a project's name, description or visibility."""
    item = await read_optional(request, ProjectUpdate)
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
    last = await last_traces(who, services, [found.id])
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


async def _delete(who: Principal, services: Services, ids: Sequence[Id]) -> None:
    # What is in them first: cut short, this leaves projects that can be deleted again.
    await services.deletion.delete_projects(who.workspace_id, ids)
    await projects(services).delete(who.workspace_id, ids)


def _json(body: Any) -> Response[bytes]:
    return Response(codec.encode(body), media_type=MediaType.JSON)


ROUTER = Router(
    path=PATH,
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
