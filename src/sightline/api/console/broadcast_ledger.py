"""Broadcast: what became of what was sent, and sending it again."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, Router, get, post

from sightline.api.kit.bodies import read_json
from sightline.api.kit.paging import check_page, page_body
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.core.clock import format_us, to_us
from sightline.core.errors import UnprocessableError
from sightline.core.ids import format_id, parse_id
from sightline.domain.workspace import Principal
from sightline.stores.catalog.broadcast_ledger import DAY_US, Failure

_MAX_DAYS = 366


class ReplayBody(msgspec.Struct, kw_only=True, rename={"from_": "from"}):
    """Either `failures`, or a time range by when generations ended."""

    failures: bool = False
    from_: datetime | None = None
    to: datetime | None = None


@get("/{id:str}/days", summary="Read the ledger by day")
async def read_days(id: str, who: Principal, services: Services, days: int = 30) -> Response[bytes]:
    """Return a destination's counts of each of the last days (UTC) that has some."""
    if not 1 <= days <= _MAX_DAYS:
        text = f"days must be between 1 and {_MAX_DAYS}"
        raise UnprocessableError(text, fields=[text])
    room = services.broadcast
    target = await room.management.get(who.workspace_id, parse_id(id))
    content = [
        {
            "day": format_us(one.day * DAY_US)[:10],
            **msgspec.structs.asdict(one.counts),
            "dropped": one.counts.dropped,
        }
        for one in await room.days(target, days)
    ]
    return _json({"content": content})


@get("/{id:str}/failures", summary="List failures")
async def list_failures(
    id: str, who: Principal, services: Services, page: int = 1, size: int = 50
) -> Response[bytes]:
    """List what a destination refused, newest first."""
    page, size = check_page(page, size)
    room = services.broadcast
    target = await room.management.get(who.workspace_id, parse_id(id))
    found, total = await room.failures(target, page, size)
    return _json(page_body(page, total, [_failure_body(one) for one in found]))


@post("/{id:str}/replay", opt={"role": "admin", "body": ReplayBody}, status_code=202)
async def replay(
    request: Request[Any, Any, Any], id: str, who: Principal, services: Services
) -> Response[bytes]:
    """Send failures again, or all of a time range that is kept; counted as `replayed`."""
    body = await read_json(request, ReplayBody)
    room = services.broadcast
    target = await room.management.get(who.workspace_id, parse_id(id))
    if body.failures:
        done = await room.replays.failures(target)
        return _json({"generations": done.generations, "gone": done.gone}, 202)
    if body.from_ is None or body.to is None:
        text = "failures, or from and to, must be given"
        raise UnprocessableError(text, fields=[text])
    batches = await room.replays.between(target, to_us(body.from_), to_us(body.to))
    return _json({"batches": batches}, 202)


def _failure_body(failure: Failure) -> dict[str, Any]:
    return {
        "id": format_id(failure.id),
        "generation_ids": msgspec.Raw(failure.generation_ids.encode()),
        "reason": failure.reason,
        "status": failure.status,
        "failed_at": format_us(failure.failed_at_us),
    }


def _json(body: Any, status: int = 200) -> Response[bytes]:
    return Response(codec.encode(body), status_code=status, media_type=MediaType.JSON)


ROUTER = Router(
    path="/api/console/broadcast/destinations",
    route_handlers=[read_days, list_failures, replay],
    tags=["broadcast"],
)
