"""Reading spans: a page, one, whether there are any."""

from litestar import Response, Router, get
from litestar.di import Provide

from sightline.api.kit.services import Services
from sightline.api.opik._entities import (
    exists_in,
    one_of,
    page_of,
    part_of,
    project_of,
    shown_in_list,
    spans_in_scope,
)
from sightline.api.opik._filters import span_filter
from sightline.domain.workspace import Principal
from sightline.services.query.entities import Shown
from sightline.stores.analytics.scope import Scope


@get(
    "/",
    dependencies={
        "part": Provide(part_of, sync_to_thread=False),
        "filter": Provide(span_filter, sync_to_thread=False),
        "asked": Provide(spans_in_scope),
        "shown": Provide(shown_in_list, sync_to_thread=False),
    },
)
async def get_spans(
    services: Services,
    asked: Scope | None,
    shown: Shown,
    page: int | None = None,
    size: int | None = None,
    sorting: str | None = None,
) -> Response[bytes]:
    """List the spans of a project, the newest first unless sorted."""
    return await page_of("span", services, asked, shown, page=page, size=size, sorting=sorting)


@get("/{id:str}")
async def get_span(
    id: str, who: Principal, services: Services, strip_attachments: bool = False
) -> Response[bytes]:
    """Return one span."""
    return await one_of("span", who, services, id, strip_attachments=strip_attachments)


@get("/exists")
async def have_spans(
    who: Principal,
    services: Services,
    project_id: str | None = None,
    project_name: str | None = None,
    source: str | None = None,
) -> dict[str, bool]:
    """Say whether a project has any span, without counting."""
    project = await project_of(who, services, project_name, project_id)
    return await exists_in("span", services, project, who, source)


ROUTER = Router(
    path="/api/v1/private/spans", route_handlers=[get_spans, get_span, have_spans], tags=["spans"]
)
