"""Writing traces: one, many, changing, deleting."""

from typing import Any

from litestar import MediaType, Request, Response, Router, delete, patch, post

from sightline.api.kit.bodies import read_json
from sightline.api.kit.counts import check_count
from sightline.api.kit.receipts import read_counted
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.core.ids import format_id, parse_id
from sightline.domain.workspace import Principal
from sightline.services.ingest.updates import TagChange
from sightline.wire.opik.annotations import IdsIn
from sightline.wire.opik.bodies import TraceBatch, TraceBatchUpdate, TraceIn, TraceUpdate
from sightline.wire.opik.checked import Checked
from sightline.wire.opik.writes import derived_call, trace_update, trace_write

_COUNTED = {"counted": ("opik", "traces")}


@post("/", status_code=201, opt={"body": TraceIn, **_COUNTED})
async def create_trace(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Store one trace; 409 when it is there already."""
    item = await read_counted(request, TraceIn)
    write = trace_write(item, Checked(""), services.clock.now_us())
    call = derived_call(write)
    await services.updates.create_trace(who, write, dated=item.last_updated_at is not None)
    if call is not None:
        call.project_id = write.project_id
        await services.ingest.write_spans(who, [call])
    id = format_id(write.id)
    return Response(
        codec.encode({"id": id}),
        status_code=201,
        media_type=MediaType.JSON,
        headers={"Location": f"{services.public_url}/api/v1/private/traces/{id}"},
    )


@post("/batch", status_code=204, opt={"body": TraceBatch, **_COUNTED})
async def create_traces(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> None:
    """Store up to 1,000 traces; answers when they are on disk."""
    batch = await read_counted(request, TraceBatch, "traces")
    check_count(len(batch.traces), services.limits.max_batch_items, "traces")
    now_us = services.clock.now_us()
    # A microsecond each: of two items with one id and no date the later in the list is newer.
    fields = Checked("traces")
    writes = [trace_write(t, fields.at(i), now_us + i) for i, t in enumerate(batch.traces)]
    calls = [call for w in writes if (call := derived_call(w)) is not None]
    await services.ingest.write_traces(who, writes)
    await services.ingest.write_spans(who, calls)


@patch("/batch", status_code=204, opt={"body": TraceBatchUpdate, **_COUNTED})
async def update_traces(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> None:
    """Apply one update to up to 1,000 traces."""
    body = await read_counted(request, TraceBatchUpdate, "ids")
    check_count(len(body.ids), services.limits.max_batch_items, "ids")
    now_us = services.clock.now_us()
    writes = [
        trace_update(parse_id(id, f"ids[{i}]"), body.update, now_us)
        for i, id in enumerate(body.ids)
    ]
    change = TagChange(
        body.update.tags_to_add, body.update.tags_to_remove, merge=bool(body.merge_tags)
    )
    await services.updates.update_traces(who, writes, change)


@patch("/{id:str}", status_code=204, opt={"body": TraceUpdate, **_COUNTED})
async def update_trace(
    request: Request[Any, Any, Any], id: str, who: Principal, services: Services
) -> None:
    """Change a trace, or begin it when it is not there yet."""
    body = await read_counted(request, TraceUpdate)
    write = trace_update(parse_id(id), body, services.clock.now_us())
    await services.updates.update_trace(
        who, write, TagChange(body.tags_to_add, body.tags_to_remove)
    )


@post("/delete", status_code=204, opt={"body": IdsIn})
async def delete_traces(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> None:
    """Delete up to 1,000 traces with all that hangs on them."""
    body = await read_json(request, IdsIn)
    check_count(len(body.ids), services.limits.max_batch_items, "ids")
    ids = [parse_id(id, f"ids[{i}]") for i, id in enumerate(body.ids)]
    project_id = parse_id(body.project_id, "project_id") if body.project_id else None
    await services.deletion.delete_traces(who.workspace_id, ids, project_id)


@delete("/{id:str}", status_code=204)
async def delete_trace(id: str, who: Principal, services: Services) -> None:
    """Delete a trace with all that hangs on it; one that is not there is gone already."""
    await services.deletion.delete_traces(who.workspace_id, [parse_id(id)])


ROUTER = Router(
    path="/api/v1/private/traces",
    route_handlers=[
        create_trace,
        create_traces,
        update_traces,
        update_trace,
        delete_traces,
        delete_trace,
    ],
    tags=["traces"],
)
