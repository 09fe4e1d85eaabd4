"""Live: a stream of server-sent events that says when rows arrive, so that pages need not ask."""

from collections.abc import AsyncGenerator
from typing import Any

from litestar import Router, get
from litestar.response import Stream

from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.core.errors import NotFoundError
from sightline.core.ids import format_id, parse_id
from sightline.domain.workspace import Principal
from sightline.services.live import Listener

_LEAST_BETWEEN_S = 0.5
_HEARTBEAT_S = 15
# The browser connects again by itself, and must then still have a key that is good.
_LONGEST_S = 600
_RECONNECT_MS = 2000
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@get("/projects/{project_id:str}/live")
async def follow_project(project_id: str, who: Principal, services: Services) -> Stream:
    """Follow a project; `event: new` carries how many rows were stored since the last one."""
    id = parse_id(project_id, "project_id")
    if await services.directory.project(who.workspace_id, id) is None:
        raise NotFoundError("Project not found")
    return await _stream(services, services.live.listen(who.workspace_id, id), named=False)


@get("/live")
async def follow_workspace(who: Principal, services: Services) -> Stream:
    """Follow the whole workspace; events name the projects, too."""
    return await _stream(services, services.live.listen(who.workspace_id), named=True)


async def _stream(services: Services, listener: Listener, *, named: bool) -> Stream:
    events = _events(services, listener, named=named)
    # Started here: one that never ran would not leave when the caller has gone already.
    await anext(events)
    return Stream(events, media_type="text/event-stream", headers=_HEADERS)


async def _events(
    services: Services, listener: Listener, *, named: bool
) -> AsyncGenerator[bytes, None]:
    ends_us = services.clock.now_us() + _LONGEST_S * 1_000_000
    try:
        yield b""
        yield f"retry: {_RECONNECT_MS}\nevent: hello\ndata: {{}}\n\n".encode()
        while not listener.is_over and services.clock.now_us() < ends_us:
            news = await listener.next(_HEARTBEAT_S)
            if news is None:
                yield b": still here\n\n"
                continue
            body: dict[str, Any] = {
                "traces": news.traces,
                "spans": news.spans,
                "updates": news.updates,
            }
            if named:
                body["project_ids"] = sorted(format_id(id) for id in news.project_ids)
            yield b"event: new\ndata: " + codec.encode(body) + b"\n\n"
            await listener.rest(_LEAST_BETWEEN_S)
    finally:
        services.live.leave(listener)


ROUTER = Router(
    path="/api/console", route_handlers=[follow_project, follow_workspace], tags=["live"]
)
