"""Broadcast: the destinations of the workspace, made, changed, tried, turned on and off."""

from typing import Any, get_args

import msgspec
from litestar import MediaType, Request, Response, Router, delete, get, patch, post, put

from sightline.api.console import errors
from sightline.api.kit.bodies import read_json
from sightline.api.kit.destinations import DestinationFields, destination_body, rules_of
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.core.clock import format_us
from sightline.core.errors import UnprocessableError
from sightline.core.ids import parse_id
from sightline.destinations.base import Destination, form
from sightline.domain.broadcast import Rules
from sightline.domain.broadcast_filter import NumberField, Operator, TextField
from sightline.domain.workspace import Principal
from sightline.services.broadcast.management import MAX_PER_TYPE, Change
from sightline.services.broadcast.service import BroadcastService, Standing
from sightline.services.broadcast.targets import Target
from sightline.services.broadcast.trials import Outcome, TestFailedError

_ADMIN = {"role": "admin"}


class NewDestinationBody(DestinationFields, kw_only=True):
    type: str


class TestBody(msgspec.Struct, kw_only=True):
    __test__ = False

    type: str
    config: dict[str, Any]
    id: str | None = None


class SwitchBody(msgspec.Struct):
    on: bool


@get("/types", summary="List the kinds of destinations")
async def list_types(who: Principal, services: Services) -> Response[bytes]:
    """List the kinds of destinations, each with the inputs of its form."""
    types = services.broadcast.management.types
    filters = {
        "text_fields": get_args(TextField),
        "number_fields": get_args(NumberField),
        "operators": get_args(Operator),
    }
    content = [_type_body(types[name]) for name in sorted(types)]
    return _json({"content": content, "max_per_type": MAX_PER_TYPE, "filter": filters})


@get("/", summary="List the destinations")
async def list_destinations(who: Principal, services: Services) -> Response[bytes]:
    """List the workspace's destinations with how they are, and whether broadcast is on."""
    return _json(await _overview(services.broadcast, who))


@put("/", opt={**_ADMIN, "body": SwitchBody}, summary="Turn broadcast on or off")
async def switch(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Turn the workspace's broadcast on or off as a whole; destinations keep their own switch."""
    body = await read_json(request, SwitchBody)
    await services.broadcast.management.switch(who.workspace_id, on=body.on)
    return _json(await _overview(services.broadcast, who))


@post(
    "/destinations",
    opt={**_ADMIN, "body": NewDestinationBody},
    status_code=201,
    summary="Make a destination",
)
async def create_destination(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Make a destination when its test passes; else 400, with the test's `outcome`."""
    body = await read_json(request, NewDestinationBody)
    if not body.name or not isinstance(body.config, dict):
        missing = "name" if not body.name else "config"
        raise UnprocessableError(f"{missing} is required", fields=[f"{missing} is required"])
    try:
        made = await services.broadcast.management.create(
            who.workspace_id,
            body.type,
            body.name,
            body.config,
            rules_of(body, Rules()),
            user=who.user,
        )
    except TestFailedError as error:
        return _failed(request, error)
    return _json(await _one(services.broadcast, made), 201)


@get("/destinations/{id:str}", summary="Read a destination")
async def read_destination(id: str, who: Principal, services: Services) -> Response[bytes]:
    """Return one destination with how it is."""
    target = await services.broadcast.management.get(who.workspace_id, parse_id(id))
    return _json(await _one(services.broadcast, target))


@patch(
    "/destinations/{id:str}",
    opt={**_ADMIN, "body": DestinationFields},
    summary="Change a destination",
)
async def update_destination(
    request: Request[Any, Any, Any], id: str, who: Principal, services: Services
) -> Response[bytes]:
    """Change what the body names; a config that changes must pass its test, as when it is made."""
    body = await read_json(request, DestinationFields)
    management, key = services.broadcast.management, parse_id(id)
    target = await management.get(who.workspace_id, key)
    change = Change(
        name=body.name if isinstance(body.name, str) else None,
        config=body.config if isinstance(body.config, dict) else None,
        rules=rules_of(body, target.rules),
    )
    try:
        changed = await management.update(who.workspace_id, key, change, user=who.user)
    except TestFailedError as error:
        return _failed(request, error)
    return _json(await _one(services.broadcast, changed))


@delete("/destinations/{id:str}", opt=_ADMIN, summary="Delete a destination")
async def delete_destination(id: str, who: Principal, services: Services) -> None:
    """Delete a destination, and with it what waits for it."""
    await services.broadcast.management.delete(who.workspace_id, parse_id(id))


@post("/test", opt={**_ADMIN, "body": TestBody}, status_code=200, summary="Test a connection")
async def test_connection(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Try a config without saving it; with `id`, what it leaves out or has masked is kept there."""
    body = await read_json(request, TestBody)
    outcome = await services.broadcast.management.test(
        who.workspace_id, body.type, body.config, None if body.id is None else parse_id(body.id)
    )
    return _json(_outcome_body(outcome))


@post("/destinations/{id:str}/sample", opt=_ADMIN, status_code=200, summary="Send a test trace")
async def send_sample(id: str, who: Principal, services: Services) -> Response[bytes]:
    """Send a trace that says of itself that it is a sample."""
    outcome = await services.broadcast.management.send_sample(who.workspace_id, parse_id(id))
    return _json(_outcome_body(outcome))


async def _overview(room: BroadcastService, who: Principal) -> dict[str, Any]:
    targets = await room.management.list_all(who.workspace_id)
    standings = await room.standings(targets)
    return {
        "on": not await room.management.is_off(who.workspace_id),
        "content": [_body(room, target, standings[target.id]) for target in targets],
    }


async def _one(room: BroadcastService, target: Target) -> dict[str, Any]:
    standings = await room.standings([target])
    return _body(room, target, standings[target.id])


def _body(room: BroadcastService, target: Target, standing: Standing) -> dict[str, Any]:
    state, counts = standing.state, standing.counts
    now_us = room.now_us()
    is_paused = state.paused_until_us is not None and state.paused_until_us > now_us
    lag_us = None if standing.oldest_us is None else now_us - standing.oldest_us

    def when(us: int | None) -> str | None:
        return None if us is None else format_us(us)

    return {
        **destination_body(target),
        **({"created_at": None, "updated_at": None} if target.is_operators else {}),
        "read_only": target.is_operators,
        "problem": target.problem,
        "status": _status(room, target, is_paused=is_paused),
        "paused_until": when(state.paused_until_us) if is_paused else None,
        "failures_in_a_row": state.failures,
        "last_delivered_at": when(state.last_delivered_at_us),
        "last_failed_at": when(state.last_failed_at_us),
        "last_error": state.last_error,
        "last_status": state.last_status,
        "waiting": state.queued,
        "waiting_bytes": state.queued_bytes,
        "lag_s": None if lag_us is None else max(0, lag_us) / 1_000_000,
        "counts": {**msgspec.structs.asdict(counts), "dropped": counts.dropped},
    }


def _status(room: BroadcastService, target: Target, *, is_paused: bool) -> str:
    if target.problem is not None:
        return "broken"
    if not room.roster.sends(target):
        return "off"
    return "paused" if is_paused else "on"


def _type_body(destination: Destination) -> dict[str, Any]:
    return {
        "type": destination.type,
        "title": destination.title,
        "docs_url": destination.docs_url,
        "fields": form(destination),
    }


def _outcome_body(outcome: Outcome) -> dict[str, Any]:
    return msgspec.structs.asdict(outcome)


def _failed(request: Request[Any, Any, Any], error: TestFailedError) -> Response[bytes]:
    problem = msgspec.json.decode(errors.on_sightline_error(request, error).content)
    return Response(
        codec.encode({**problem, "outcome": _outcome_body(error.outcome)}),
        status_code=error.status,
        media_type=errors.MEDIA_TYPE,
    )


def _json(body: Any, status: int = 200) -> Response[bytes]:
    return Response(codec.encode(body), status_code=status, media_type=MediaType.JSON)


ROUTER = Router(
    path="/api/console/broadcast",
    route_handlers=[
        list_types,
        list_destinations,
        switch,
        create_destination,
        read_destination,
        update_destination,
        delete_destination,
        test_connection,
        send_sample,
    ],
    tags=["broadcast"],
)
