"""What may be called through the gateway, with prices and how each endpoint fares; routing."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, Router, delete, get, patch, post, put

from sightline.api.kit.bodies import read_json
from sightline.api.kit.gateway import management
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.core.errors import InvalidRequestError
from sightline.core.ids import parse_id
from sightline.domain.gateway import Endpoint, Model
from sightline.domain.workspace import Principal
from sightline.services.gateway.catalogue import ECHO
from sightline.services.gateway.definitions import RoutingDefinition
from sightline.services.gateway.management import Management
from sightline.services.gateway.models import (
    ModelBody,
    ModelChanges,
    cheapest,
    endpoint_prices,
    listed,
    model_body,
)
from sightline.services.gateway.outages import EndpointFigures
from sightline.stores.catalog.gateway_models import ModelRow
from sightline.wire.openrouter.models import pricing

_ADMIN = {"role": "admin"}
_MAX_CALLABLE = 500


@get("/models")
async def list_models(who: Principal, services: Services) -> Response[bytes]:
    """List models and prefixes with their endpoints; `source` says who brought each.

    A model of the workspace that cannot be called (disabled, or its providers are) has no
    endpoints in `endpoints`, but what was written in `definition`.
    """
    room = management(services)
    snapshot = await room.catalogue.snapshot(who.workspace_id)
    own = {row.slug: row for row in await room.models.list_all(who.workspace_id)}
    figures = room.health.figures()
    models = {**snapshot.models}
    content = [_body(room, models[s], own.get(s), figures) for s in sorted(models)]
    content += [_idle(row) for slug, row in own.items() if slug not in models]
    prefixes = [
        {**_body(room, model, None, figures), "prefix": prefix, "source": _source(room, model)}
        for prefix, model in sorted(snapshot.wildcards.items())
    ]
    return _json({"content": content, "total": len(content), "prefixes": prefixes})


@get("/callable")
async def list_callable(
    who: Principal, services: Services, search: str = "", size: int = 100
) -> Response[bytes]:
    """List by slug what may be called, with what the price list knows of providers that serve any
    model; for a field that completes what is typed."""
    if not 1 <= size <= _MAX_CALLABLE:
        raise InvalidRequestError(f"size must be between 1 and {_MAX_CALLABLE}")
    room = management(services)
    words = search.lower().split()
    models = listed(await room.catalogue.snapshot(who.workspace_id), room.book)
    found = [m for m in models if all(w in f"{m.slug} {m.name}".lower() for w in words)]
    content = [
        {
            "slug": model.slug,
            "name": model.name,
            "kind": model.kind,
            "context_length": model.context_length,
            "pricing": pricing(cheapest(room.book, model)),
            "providers": sorted({e.provider_name for e in model.endpoints}),
        }
        for model in found[:size]
    ]
    return _json({"content": content, "total": len(found)})


@post("/models", opt={**_ADMIN, "body": ModelBody}, status_code=201)
async def create_model(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Make a model of the workspace."""
    body = await read_json(request, ModelBody)
    made = await management(services).models.create(who.workspace_id, who.user, body)
    return _json(model_body(made), 201)


@patch("/models/{id:str}", opt={**_ADMIN, "body": ModelChanges})
async def update_model(
    id: str, request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Change a model of the workspace."""
    body = await read_json(request, ModelChanges)
    changed = await management(services).models.update(
        who.workspace_id, parse_id(id), who.user, body
    )
    return _json(model_body(changed))


@delete("/models/{id:str}", opt=_ADMIN)
async def delete_model(id: str, who: Principal, services: Services) -> None:
    """Delete a model of the workspace."""
    await management(services).models.remove(who.workspace_id, parse_id(id))


@get("/routing")
async def get_routing(who: Principal, services: Services) -> Response[bytes]:
    """Return what the workspace says of routing (`own`) and what holds (`effective`)."""
    own, effective = await management(services).models.routing(who.workspace_id)
    return _json({"own": own, "effective": msgspec.structs.asdict(effective)})


@put("/routing", opt={**_ADMIN, "body": RoutingDefinition})
async def set_routing(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Set what the workspace says of routing; what is left out is as in the operator's file."""
    body = await read_json(request, RoutingDefinition)
    effective = await management(services).models.set_routing(who.workspace_id, who.user, body)
    return _json({"own": body, "effective": msgspec.structs.asdict(effective)})


def _body(
    room: Management, model: Model, row: ModelRow | None, figures: Mapping[str, EndpointFigures]
) -> dict[str, Any]:
    definition = None if row is None else model_body(row)
    return {
        "id": definition["id"] if definition else None,
        "slug": model.slug,
        "name": model.name,
        "description": model.description,
        "kind": model.kind,
        "source": "workspace" if row is not None else _source(room, model),
        "enabled": row.enabled if row is not None else True,
        "context_length": model.context_length,
        "max_completion_tokens": model.max_completion_tokens,
        "input_modalities": model.input_modalities,
        "output_modalities": model.output_modalities,
        "pricing": pricing(cheapest(room.book, model)),
        "endpoints": [_endpoint(room, e, figures.get(e.id)) for e in model.endpoints],
        "definition": definition,
    }


def _idle(row: ModelRow) -> dict[str, Any]:
    """Return a model of the workspace that cannot be called now."""
    body = model_body(row)
    return {
        **{name: value for name, value in body.items() if name != "endpoints"},
        "source": "workspace",
        "pricing": pricing(None),
        "endpoints": [],
        "definition": body,
    }


def _endpoint(
    room: Management, endpoint: Endpoint, known: EndpointFigures | None
) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "provider": endpoint.provider,
        "provider_name": endpoint.provider_name,
        "upstream_model": endpoint.upstream_model,
        "pricing": pricing(endpoint_prices(room.book, endpoint)),
        "context_length": endpoint.context_length,
        "quantization": endpoint.quantization,
        "order": endpoint.order,
        "weight": endpoint.weight,
        "rpm": endpoint.rpm,
        "tpm": endpoint.tpm,
        "is_zdr": endpoint.is_zdr,
        "keeps_data": endpoint.keeps_data,
        "state": "unknown" if known is None else "out" if known.is_out else "up",
        "calls": known.calls if known else 0,
        "failures": known.failures if known else 0,
        "in_flight": known.in_flight if known else 0,
        "latency_ms": known.latency_ms if known else None,
        "tokens_per_s": known.tokens_per_s if known else None,
    }


def _source(room: Management, model: Model) -> str:
    if model is ECHO:
        return "built-in"
    of_file = {e.id for m in _file_models(room) for e in m.endpoints}
    return "file" if any(e.id in of_file for e in model.endpoints) else "workspace"


def _file_models(room: Management) -> list[Model]:
    file = room.catalogue.file
    return [*file.models.values(), *file.wildcards.values()]


def _json(value: Any, status: int = 200) -> Response[bytes]:
    return Response(codec.encode(value), status_code=status, media_type=MediaType.JSON)


ROUTER = Router(
    path="/api/console/gateway",
    route_handlers=[
        list_models,
        list_callable,
        create_model,
        update_model,
        delete_model,
        get_routing,
        set_routing,
    ],
    tags=["gateway"],
)
