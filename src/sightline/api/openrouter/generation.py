"""One call, read back: its figures and what was said."""

import msgspec
from litestar import Response, Router, get

from sightline.api.kit.services import Services
from sightline.api.openrouter._answers import BASE, DEPENDENCIES, json_answer
from sightline.core.errors import NotFoundError
from sightline.core.ids import format_id
from sightline.domain.gateway import Caller
from sightline.domain.generation import span_id_of
from sightline.services.query import entities
from sightline.services.query.entities import Media, Shown
from sightline.wire.openrouter.generations import StoredCall, content_body, generation_body

_FIGURES = Shown(exclude=frozenset({"input", "output", "feedback_scores", "comments"}))
_UNASKED = frozenset({"feedback_scores", "comments"})


class _Key(msgspec.Struct, frozen=True):
    hash: str = ""
    label: str = ""


class _Gateway(msgspec.Struct, frozen=True):
    key: _Key = _Key()


class _Said(msgspec.Struct, frozen=True):
    """What the gateway wrote into a call's metadata of the key that it was made with."""

    gateway: _Gateway = _Gateway()


@get(f"{BASE}/generation")
async def get_generation(id: str, services: Services, caller: Caller) -> Response[bytes]:
    """Return model, provider, tokens, cost and times of a call; it is there soon after the call."""
    call = await _read(services, caller, id, _FIGURES)
    return json_answer({"data": generation_body(call)})


@get(f"{BASE}/generation/content")
async def get_content(id: str, services: Services, caller: Caller) -> Response[bytes]:
    """Return what was said to the model and by it."""
    media = Media(services.catalog, services.blobs)
    call = await _read(services, caller, id, Shown(exclude=_UNASKED, media=media))
    return json_answer({"data": content_body(call)})


async def _read(services: Services, caller: Caller, id: str, shown: Shown) -> StoredCall:
    span_id = span_id_of(id)
    if span_id is None:
        raise NotFoundError(f"Generation {id[:100]} not found")
    try:
        found = await entities.one(services.analytics, "span", caller.workspace_id, span_id, shown)
    except NotFoundError:
        raise NotFoundError(f"Generation {id[:100]} not found") from None
    columns = found.view.columns
    if not _may_see(caller, columns.get("metadata")):
        raise NotFoundError(f"Generation {id[:100]} not found")
    cost = columns.get("total_estimated_cost")
    return StoredCall(
        id=id,
        workspace_id=format_id(caller.workspace_id),
        started_us=columns["start_time"],
        ended_us=columns.get("end_time"),
        model=columns.get("model"),
        provider=columns.get("provider"),
        metadata=columns.get("metadata"),
        input=columns.get("input"),
        output=columns.get("output"),
        error_info=columns.get("error_info"),
        usage=dict(columns.get("usage") or {}),
        cost_usd=None if cost is None else float(cost),
        ttft_ms=columns.get("ttft"),
    )


def _may_see(caller: Caller, metadata: str | None) -> bool:
    """Say whether a call is the caller's to read: a key for calls sees those made with it alone."""
    if caller.key_id is None or caller.is_management:
        return True
    try:
        said = msgspec.json.decode(metadata or "null", type=_Said | None)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    if said is None:
        return False
    key = said.gateway.key
    if key.hash:
        return key.hash == caller.key.hash
    # Older versions wrote no hash. The name may have changed since; the label never does.
    return key.label == caller.key.label != ""


ROUTER = Router(
    path="/",
    route_handlers=[get_generation, get_content],
    dependencies=DEPENDENCIES,
    tags=["gateway: calls"],
)
