"""Feedback definitions: which scores people may give."""

from typing import Any

from litestar import MediaType, Request, Response, Router, delete, get, post, put

from sightline.api.kit.bodies import read_json
from sightline.api.kit.counts import check_count
from sightline.api.kit.paging import check_page, page_body
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.core.ids import format_id, parse_id
from sightline.domain.feedback_definition import FeedbackType
from sightline.domain.workspace import Principal
from sightline.services.workspace.feedback_definitions import FeedbackDefinitions
from sightline.wire.opik.annotations import IdsIn
from sightline.wire.opik.definitions import FeedbackIn, feedback_body, feedback_details

_PATH = "/api/v1/private/feedback-definitions"


@get("/")
async def find_feedback_definitions(
    who: Principal,
    services: Services,
    page: int | None = None,
    size: int | None = None,
    name: str | None = None,
    type: FeedbackType | None = None,
) -> Response[bytes]:
    """List definitions whose name contains `name`, newest first."""
    page, size = check_page(page, size)
    found = await _definitions(services).list_page(
        who.workspace_id, page=page, size=size, name=name, type=type
    )
    content = [feedback_body(item) for item in found.items]
    return Response(codec.encode(page_body(page, found.total, content)), media_type=MediaType.JSON)


@post("/", status_code=201, opt={"body": FeedbackIn})
async def create_feedback_definition(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Create a definition; 409 when the name is taken."""
    item = await read_json(request, FeedbackIn)
    made = await _definitions(services).create(
        who.workspace_id,
        type=item.type,
        name=item.name,
        details=feedback_details(item),
        user=who.user,
        description=item.description,
    )
    return Response(
        codec.encode({"id": format_id(made.id)}),
        status_code=201,
        media_type=MediaType.JSON,
        headers={"Location": f"{services.public_url}{_PATH}/{format_id(made.id)}"},
    )


@get("/{id:str}")
async def get_feedback_definition(id: str, who: Principal, services: Services) -> Response[bytes]:
    """Return one definition."""
    found = await _definitions(services).get(who.workspace_id, parse_id(id))
    return Response(codec.encode(feedback_body(found)), media_type=MediaType.JSON)


@put("/{id:str}", status_code=204, opt={"body": FeedbackIn})
async def update_feedback_definition(
    request: Request[Any, Any, Any], id: str, who: Principal, services: Services
) -> None:
    """Put a definition in the place of one that is there."""
    item = await read_json(request, FeedbackIn)
    await _definitions(services).replace(
        who.workspace_id,
        parse_id(id),
        type=item.type,
        name=item.name,
        details=feedback_details(item),
        user=who.user,
        description=item.description,
    )


@delete("/{id:str}", status_code=204)
async def delete_feedback_definition(id: str, who: Principal, services: Services) -> None:
    """Delete a definition; one that is not there is gone already."""
    await _definitions(services).delete(who.workspace_id, [parse_id(id)])


@post("/delete", status_code=204, opt={"body": IdsIn})
async def delete_feedback_definitions(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> None:
    """Delete up to 1,000 definitions."""
    body = await read_json(request, IdsIn)
    check_count(len(body.ids), services.limits.max_batch_items, "ids")
    ids = [parse_id(id, f"ids[{i}]") for i, id in enumerate(body.ids)]
    await _definitions(services).delete(who.workspace_id, ids)


def _definitions(services: Services) -> FeedbackDefinitions:
    return FeedbackDefinitions(services.catalog, services.clock)


ROUTER = Router(
    path=_PATH,
    route_handlers=[
        find_feedback_definitions,
        create_feedback_definition,
        get_feedback_definition,
        update_feedback_definition,
        delete_feedback_definition,
        delete_feedback_definitions,
    ],
    tags=["feedback-definitions"],
)
