"""`POST projects/{id}/bulk`: delete or tag many, by their ids or all that a query finds."""

from typing import Any

import msgspec
from litestar import MediaType, Request, Response, Router, post
from msgspec import UNSET, UnsetType

from sightline.api.console._slice import Slice, SliceIn, read_slice
from sightline.api.kit.bodies import read_json
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.core.errors import UnprocessableError
from sightline.core.ids import format_id, parse_id
from sightline.domain.thread import MAX_TAG_LENGTH, MAX_TAGS
from sightline.domain.workspace import Principal
from sightline.services.workspace.bulk_sweep import Action, Task

# More is meant by a query, which the server reads by itself.
MAX_IDS = 10_000


class BulkIn(msgspec.Struct, kw_only=True):
    """The body of `POST projects/{id}/bulk`: `ids`, or the `slice` of all that is meant."""

    entity: str
    action: Action
    tags: list[str] | None = None
    ids: list[str] | None = None
    slice: SliceIn | UnsetType = UNSET


@post(
    "/{project_id:str}/bulk",
    status_code=202,
    opt={"body": BulkIn},
    summary="Delete or tag many",
)
async def start_bulk(
    request: Request[Any, Any, Any], project_id: str, who: Principal, services: Services
) -> Response[bytes]:
    """Take the work in as a job; what comes in from now on does not belong to it."""
    body = await read_json(request, BulkIn)
    if (body.ids is None) == (body.slice is UNSET):
        raise _wrong("Give either ids or slice, not both")
    asked = SliceIn() if isinstance(body.slice, UnsetType) else body.slice
    slice = await read_slice(who, services, project_id, body.entity, asked)
    job = await services.bulk.ask(
        Task(
            workspace_id=who.workspace_id,
            workspace_name=who.workspace_name,
            user=who.user,
            role=who.role,
            project_id=slice.project_id,
            entity=slice.entity,
            action=body.action,
            tags=_tags(body),
            ids=_ids(body, slice),
            scope=slice.scope,
            lifecycle=slice.lifecycle,
            asked_us=services.clock.now_us(),
        )
    )
    id = format_id(job.id)
    return Response(
        codec.encode({"job_id": id, "total": job.total}),
        status_code=202,
        media_type=MediaType.JSON,
        headers={"Location": f"/api/console/jobs/{id}"},
    )


def _ids(body: BulkIn, slice: Slice) -> tuple[str, ...] | None:
    if body.ids is None:
        return None
    if not 1 <= len(body.ids) <= MAX_IDS:
        raise _wrong(
            f"ids size must be between 1 and {MAX_IDS}", hint="Name more by a slice: its query"
        )
    if slice.entity == "thread":
        return tuple(dict.fromkeys(body.ids))
    ids = (format_id(parse_id(id, f"ids[{i}]")) for i, id in enumerate(body.ids))
    return tuple(dict.fromkeys(ids))


def _tags(body: BulkIn) -> tuple[str, ...]:
    if body.action == "delete":
        if body.tags:
            raise _wrong("tags are not for the action delete")
        return ()
    tags = body.tags or []
    if not 1 <= len(tags) <= MAX_TAGS:
        raise _wrong(f"tags size must be between 1 and {MAX_TAGS}")
    for i, tag in enumerate(tags):
        if not tag.strip():
            raise _wrong(f"tags[{i}] must not be blank")
        if body.action == "add_tags" and len(tag) > MAX_TAG_LENGTH:
            raise _wrong(f"tags[{i}] must be at most {MAX_TAG_LENGTH} characters long")
    return tuple(dict.fromkeys(tags))


def _wrong(text: str, *, hint: str | None = None) -> UnprocessableError:
    return UnprocessableError(text, fields=[text], hint=hint)


ROUTER = Router(path="/api/console/projects", route_handlers=[start_bulk], tags=["console"])
