"""Threads: the conversations of a project, and what is done to them."""

from typing import Any

from litestar import Request, Response, Router, get, patch, post, put
from litestar.di import Provide

from sightline.api.kit.bodies import read_json
from sightline.api.kit.counts import check_count
from sightline.api.kit.paging import check_page, json_param, page_body
from sightline.api.kit.services import Services
from sightline.api.opik._filters import thread_filter
from sightline.api.opik._threads import (
    PATH,
    json_response,
    project_of,
    project_with,
    reading,
    stat_items,
    threads_in_scope,
    view_body,
)
from sightline.core.errors import InvalidRequestError
from sightline.core.ids import parse_id
from sightline.domain.filter import Sort
from sightline.domain.workspace import Principal
from sightline.services.query import threads
from sightline.services.query.threads import ThreadView
from sightline.services.workspace.thread_marks import TagEdit
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.thread_columns import SORTABLE
from sightline.wire.opik.projects import SortIn
from sightline.wire.opik.threads import (
    ThreadBatchIdentifier,
    ThreadBatchUpdate,
    ThreadDelete,
    ThreadIdentifier,
    ThreadUpdate,
    check_tags,
    check_thread_ids,
)

_ASKED = {
    "filter": Provide(thread_filter, sync_to_thread=False),
    "asked": Provide(threads_in_scope),
}


@get("/", dependencies=_ASKED)
async def find_threads(
    who: Principal,
    services: Services,
    asked: Scope | None,
    page: int | None = None,
    size: int | None = None,
    sorting: str | None = None,
    truncate: bool = False,
    strip_attachments: bool = False,
) -> Response[bytes]:
    """List the threads of a project, the last updated first unless sorted."""
    page, size = check_page(page, size)
    order = json_param(sorting, list[SortIn], "sorting") or []
    views: list[ThreadView] = []
    total = 0
    if asked is not None:
        views, total = await threads.page(
            services.analytics,
            asked,
            await reading(who, services, truncate=truncate, strip_attachments=strip_attachments),
            sorting=[Sort(s.field, s.descending) for s in order],
            page=page,
            size=size,
        )
    content = [view_body(view) for view in views]
    return json_response(page_body(page, total, content, sortableBy=SORTABLE))


@get("/stats", dependencies=_ASKED)
async def get_thread_stats(
    who: Principal, services: Services, asked: Scope | None
) -> Response[bytes]:
    """Return statistics of the threads that a list with the same parameters has."""
    if asked is None:
        return json_response({"stats": []})
    how = await reading(who, services, truncate=True)
    found = await threads.statistics(services.analytics, asked, how)
    return json_response({"stats": stat_items(found)})


@post("/retrieve", status_code=200, opt={"role": "read", "body": ThreadIdentifier})
async def retrieve_thread(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Return one thread by its id."""
    item = await read_json(request, ThreadIdentifier)
    (thread_id,) = check_thread_ids([item.thread_id], 1, "thread_id")
    project_id = await project_with(who, services, item.project_name, item.project_id, thread_id)
    how = await reading(who, services, truncate=bool(item.truncate))
    view = await threads.one(services.analytics, who.workspace_id, project_id, thread_id, how)
    return json_response(view_body(view))


@put("/open", status_code=204, opt={"body": ThreadIdentifier})
async def open_thread(request: Request[Any, Any, Any], who: Principal, services: Services) -> None:
    """Mark a thread active from now on."""
    item = await read_json(request, ThreadIdentifier)
    (thread_id,) = check_thread_ids([item.thread_id], 1, "thread_id")
    project_id = await project_of(who, services, item.project_name, item.project_id)
    if project_id is not None:
        await services.marks.open(who, project_id, thread_id)


@put("/close", status_code=204, opt={"body": ThreadBatchIdentifier})
async def close_threads(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> None:
    """Mark one thread or up to 1,000 inactive, until their next trace."""
    item = await read_json(request, ThreadBatchIdentifier)
    ids = [*([item.thread_id] if item.thread_id else []), *(item.thread_ids or [])]
    if not ids:
        raise InvalidRequestError("Either 'thread_id' or 'thread_ids' must be provided")
    ids = check_thread_ids(ids, services.limits.max_batch_items)
    project_id = await project_with(who, services, item.project_name, item.project_id, ids[0])
    await services.marks.close(who, project_id, ids)


@patch("/{thread_model_id:str}", status_code=204, opt={"body": ThreadUpdate})
async def update_thread(
    request: Request[Any, Any, Any], thread_model_id: str, who: Principal, services: Services
) -> None:
    """Change a thread's tags."""
    update = await read_json(request, ThreadUpdate)
    model_id = parse_id(thread_model_id, "thread_model_id")
    await services.marks.edit_tags(who, model_id, _edit(update))


@patch("/batch", status_code=204, opt={"body": ThreadBatchUpdate})
async def update_threads(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> None:
    """Change the tags of up to 1,000 threads."""
    batch = await read_json(request, ThreadBatchUpdate)
    check_count(len(batch.ids), services.limits.max_batch_items, "ids")
    ids = [parse_id(id, f"ids[{i}]") for i, id in enumerate(batch.ids)]
    await services.marks.edit_many(who, ids, _edit(batch.update, merge=bool(batch.merge_tags)))


@post("/delete", status_code=204, opt={"body": ThreadDelete})
async def delete_threads(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> None:
    """Delete up to 1,000 threads with their traces and all that hangs on them."""
    item = await read_json(request, ThreadDelete)
    ids = check_thread_ids(item.thread_ids, services.limits.max_batch_items)
    project_id = await project_of(who, services, item.project_name, item.project_id)
    if project_id is not None:
        await services.deletion.delete_threads(who.workspace_id, project_id, ids)


def _edit(update: ThreadUpdate, *, merge: bool = False) -> TagEdit:
    check_tags(update)
    return TagEdit(
        tags=None if update.tags is None else tuple(update.tags),
        add=tuple(update.tags_to_add or ()),
        remove=tuple(update.tags_to_remove or ()),
        merge=merge,
    )


ROUTER = Router(
    path=PATH,
    route_handlers=[
        find_threads,
        get_thread_stats,
        retrieve_thread,
        open_thread,
        close_threads,
        update_thread,
        update_threads,
        delete_threads,
    ],
    tags=["threads"],
)
