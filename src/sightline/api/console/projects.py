"""`GET projects`: projects with the figures of their traces, sorted by any of them."""

from typing import Annotated, Any

from litestar import Response, Router, get
from litestar.params import Parameter

from sightline.api.console._reading import bounded, json_response, sort_of
from sightline.api.console._slice import HIDDEN_SOURCES, time_param
from sightline.api.kit.services import Services
from sightline.core.clock import format_us
from sightline.core.errors import InvalidRequestError
from sightline.core.ids import Id, format_id
from sightline.domain.workspace import Principal, Project
from sightline.services.query import project_table
from sightline.services.query.project_table import DEFAULT_SORT, ProjectRow
from sightline.services.workspace.projects import Projects
from sightline.stores.analytics.scope import Scope

MAX_SIZE = 200
MAX_PAGE = 1_000_000
_AT_ONCE = 1_000


@get("/", summary="Read projects with their figures")
async def read_projects(
    who: Principal,
    services: Services,
    search: str | None = None,
    sort: str | None = None,
    page: int = 1,
    size: int = 50,
    from_: Annotated[str | None, Parameter(query="from")] = None,
    to: str | None = None,
    include_hidden: bool = False,
) -> Response[bytes]:
    """Return a page of the projects whose name contains `search`, with figures of the traces that
    began between two moments."""
    order = sort_of(sort, DEFAULT_SORT)
    project_table.check_sort(order)
    bounded("page", page, 1, MAX_PAGE)
    bounded("size", size, 1, MAX_SIZE)
    from_us, until_us = time_param("from", from_), time_param("to", to)
    if from_us is not None and until_us is not None and from_us >= until_us:
        raise InvalidRequestError("Parameter `to` must be after `from`")
    found = await _named(who.workspace_id, services, search)
    rows = await project_table.page(
        services.analytics,
        found,
        Scope(
            workspace_id=who.workspace_id,
            from_us=from_us,
            to_us=until_us,
            hidden_sources=() if include_hidden else HIDDEN_SOURCES,
        ),
        sort=order,
        page=page,
        size=size,
        now_us=services.clock.now_us(),
    )
    content = [_body(row) for row in rows]
    return json_response(
        {"page": page, "size": len(content), "total": len(found), "content": content}
    )


async def _named(workspace_id: Id, services: Services, search: str | None) -> list[Project]:
    projects = Projects(services.catalog, services.directory, services.clock)
    every: list[Project] = []
    while True:
        number = len(every) // _AT_ONCE + 1
        found = await projects.list_page(
            workspace_id, page=number, size=_AT_ONCE, name=(search or "").strip() or None
        )
        every += found.items
        if len(found.items) < _AT_ONCE:
            return every


def _body(row: ProjectRow) -> dict[str, Any]:
    project, last_us = row.project, row.figures["last_activity"]
    return {
        "id": format_id(project.id),
        "name": project.name,
        "description": project.description,
        "created_at": format_us(project.created_at_us),
        **row.figures,
        "last_activity": None if last_us is None else format_us(last_us),
    }


ROUTER = Router(path="/api/console/projects", route_handlers=[read_projects], tags=["console"])
