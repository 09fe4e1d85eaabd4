"""Reading traces: a page, one, whether there are any."""

from litestar import Response, Router, get
from litestar.di import Provide

from sightline.api.kit.services import Services
from sightline.api.opik._entities import (
    exists_in,
    one_of,
    page_of,
    project_of,
    shown_in_list,
    traces_in_scope,
)
from sightline.api.opik._filters import trace_filter
from sightline.domain.workspace import Principal
from sightline.services.query.entities import Shown
from sightline.stores.analytics.scope import Scope


@get(
    "/",
    dependencies={
        "filter": Provide(trace_filter, sync_to_thread=False),
        "asked": Provide(traces_in_scope),
        "shown": Provide(shown_in_list, sync_to_thread=False),
    },
)
async def get_traces(
    services: Services,
    asked: Scope | None,
    shown: Shown,
    page: int | None = None,
    size: int | None = None,
    sorting: str | None = None,
) -> Response[bytes]:
    """List the traces of a project, the newest first unless sorted."""
    return await page_of("trace", services, asked, shown, page=page, size=size, sorting=sorting)


@get("/{id:str}")
async def get_trace(
    id: str, who: Principal, services: Services, strip_attachments: bool = False
) -> Response[bytes]:
    """Return one trace."""
    return await one_of("trace", who, services, id, strip_attachments=strip_attachments)


@get("/exists")
async def have_traces(
    who: Principal,
    services: Services,
    project_id: str | None = None,
    project_name: str | None = None,
    source: str | None = None,
    thread_only: bool = False,
) -> dict[str, bool]:
    """Say whether a project has any trace, without counting."""
    project = await project_of(who, services, project_name, project_id)
    return await exists_in("trace", services, project, who, source, thread_only=thread_only)


ROUTER = Router(
    path="/api/v1/private/traces",
    route_handlers=[get_traces, get_trace, have_traces],
    tags=["traces"],
)
