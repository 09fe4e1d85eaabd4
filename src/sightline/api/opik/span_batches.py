"""Writing spans: one, many, changing, deleting."""

from typing import Any

from litestar import MediaType, Request, Response, Router, delete, patch, post

from sightline.api.kit.counts import check_count
from sightline.api.kit.receipts import read_counted
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.core.errors import UnprocessableError
from sightline.core.ids import NIL, format_id, parse_id
from sightline.domain.workspace import Principal
from sightline.services.ingest.updates import TagChange
from sightline.wire.opik.bodies import SpanBatch, SpanBatchUpdate, SpanIn, SpanUpdate
from sightline.wire.opik.checked import Checked
from sightline.wire.opik.writes import span_update, span_write

_COUNTED = {"counted": ("opik", "spans")}


@post("/", status_code=201, opt={"body": SpanIn, **_COUNTED})
async def create_span(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Store one span; one that is there already stays as it is."""
    item = await read_counted(request, SpanIn)
    write = span_write(item, Checked(""), services.clock.now_us())
    await services.updates.create_span(who, write, dated=item.last_updated_at is not None)
    id = format_id(write.id)
    return Response(
        codec.encode({"id": id}),
        status_code=201,
        media_type=MediaType.JSON,
        headers={"Location": f"{services.public_url}/api/v1/private/spans/{id}"},
    )


@post("/batch", status_code=204, opt={"body": SpanBatch, **_COUNTED})
async def create_spans(request: Request[Any, Any, Any], who: Principal, services: Services) -> None:
    """Store up to 1,000 spans; answers when they are on disk."""
    batch = await read_counted(request, SpanBatch, "spans")
    check_count(len(batch.spans), services.limits.max_batch_items, "spans")
    now_us = services.clock.now_us()
    fields = Checked("spans")
    writes = [span_write(s, fields.at(i), now_us + i) for i, s in enumerate(batch.spans)]
    await services.ingest.write_spans(who, writes)


@patch("/batch", status_code=204, opt={"body": SpanBatchUpdate, **_COUNTED})
async def update_spans(request: Request[Any, Any, Any], who: Principal, services: Services) -> None:
    """Apply one update to up to 1,000 spans."""
    body = await read_counted(request, SpanBatchUpdate, "ids")
    check_count(len(body.ids), services.limits.max_batch_items, "ids")
    now_us = services.clock.now_us()
    writes = [
        span_update(parse_id(id, f"ids[{i}]"), NIL, body.update, now_us)
        for i, id in enumerate(body.ids)
    ]
    change = TagChange(
        body.update.tags_to_add, body.update.tags_to_remove, merge=bool(body.merge_tags)
    )
    await services.updates.update_spans(who, writes, change)


@patch("/{id:str}", status_code=204, opt={"body": SpanUpdate, **_COUNTED})
async def update_span(
    request: Request[Any, Any, Any], id: str, who: Principal, services: Services
) -> None:
    """Change a span, or begin it when it is not there yet; `trace_id` must be said."""
    body = await read_counted(request, SpanUpdate)
    if not body.trace_id:
        text = "trace_id must not be null"
        raise UnprocessableError(text, fields=[text])
    write = span_update(
        parse_id(id), parse_id(body.trace_id, "trace_id"), body, services.clock.now_us()
    )
    await services.updates.update_span(who, write, TagChange(body.tags_to_add, body.tags_to_remove))


@delete("/{id:str}", status_code=204)
async def delete_span(id: str, who: Principal, services: Services) -> None:
    """Delete a span with its scores, comments and attachments."""
    await services.deletion.delete_spans(who.workspace_id, [parse_id(id)])


ROUTER = Router(
    path="/api/v1/private/spans",
    route_handlers=[create_span, create_spans, update_spans, update_span, delete_span],
    tags=["spans"],
)
