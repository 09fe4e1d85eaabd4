"""Searching threads: all that match, streamed as JSON lines."""

from collections.abc import AsyncIterator
from typing import Any

from litestar import Request, Router, post
from litestar.response import Stream

from sightline.api.kit.bodies import read_json
from sightline.api.kit.services import Services
from sightline.api.opik._filters import filter_of
from sightline.api.opik._threads import PATH, project_of, reading, scope_of, view_body
from sightline.core import codec
from sightline.core.errors import UnprocessableError
from sightline.domain.workspace import Principal
from sightline.services.query import threads
from sightline.services.query.threads import ThreadView
from sightline.wire.opik.threads import DEFAULT_SEARCH_LIMIT, MAX_SEARCH_LIMIT, ThreadSearch


@post("/search", status_code=200, opt={"role": "read", "body": ThreadSearch})
async def search_threads(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Stream:
    """Stream up to 2,000 threads, the newest first, one JSON object a line.

    A failure after the first line cuts the connection, so that no client takes a part for all.
    """
    asked = await read_json(request, ThreadSearch)
    limit = DEFAULT_SEARCH_LIMIT if asked.limit is None else asked.limit
    if not 1 <= limit <= MAX_SEARCH_LIMIT:
        text = f"limit must be between 1 and {MAX_SEARCH_LIMIT}"
        raise UnprocessableError(text, fields=[text])
    filter = filter_of("thread", services, bytes(asked.filters), asked.query)
    scope = scope_of(
        who,
        await project_of(who, services, asked.project_name, asked.project_id),
        filter,
        from_time=asked.from_time,
        to_time=asked.to_time,
    )
    how = await reading(
        who,
        services,
        truncate=True if asked.truncate is None else asked.truncate,
        strip_attachments=bool(asked.strip_attachments),
    )
    found = None
    if scope is not None:
        found = await threads.search(
            services.analytics, scope, how, after=asked.last_retrieved_thread_model_id, limit=limit
        )
    return Stream(_lines(found), media_type="application/octet-stream")


async def _lines(chunks: AsyncIterator[list[ThreadView]] | None) -> AsyncIterator[bytes]:
    if chunks is None:
        return
    async for views in chunks:
        yield codec.encode_lines([view_body(view) for view in views])


ROUTER = Router(path=PATH, route_handlers=[search_threads], tags=["threads"])
