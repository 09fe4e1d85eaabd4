"""Models that may be called, and the endpoints that serve them; OpenAI's list of models too."""

from typing import Any

from litestar import Request, Response, Router, get

from sightline.api.kit.gateway import management
from sightline.api.kit.services import Services
from sightline.api.openrouter._answers import (
    BASE,
    DEPENDENCIES,
    OPENAI_BASES,
    checked_offset,
    json_answer,
)
from sightline.api.openrouter._catalogue import Wanted, choose, endpoint_of, known_model, wanted_of
from sightline.core.errors import InvalidRequestError
from sightline.domain.gateway import Caller, Model
from sightline.services.gateway.management import Management
from sightline.services.gateway.model_search import is_allowed
from sightline.services.gateway.models import cheapest, listed
from sightline.wire.openrouter.models import endpoints_body, list_body, model_body

_MAX_LIMIT = 1_000
_ENDPOINTS = "/endpoints"


@get([f"{BASE}/models", *(f"{base}/models" for base in OPENAI_BASES)])
async def list_models(
    request: Request[Any, Any, Any],
    services: Services,
    caller: Caller,
    offset: int | None = None,
    limit: int | None = None,
) -> Response[bytes]:
    """List the models that may be called: OpenRouter's shape, which OpenAI's clients read too.

    Chosen by `q`, `supported_parameters`, `input_modalities`, `output_modalities`, `providers`,
    `model_authors`, `context` and `zdr`, in the order of `sort`.
    """
    return await _page(services, caller, wanted_of(request.query_params), offset, limit)


@get(f"{BASE}/models/count")
async def count_models(
    services: Services, caller: Caller, output_modalities: str | None = None
) -> Response[bytes]:
    """Count the models that may be called."""
    models = await _models(management(services), caller)
    wanted = Wanted(output_modalities=output_modalities)
    found = choose(models, wanted, management(services).book)
    return json_answer({"data": {"count": len(found)}})


@get(f"{BASE}/models/user")
async def list_models_of_key(
    services: Services, caller: Caller, offset: int | None = None, limit: int | None = None
) -> Response[bytes]:
    """List the models that this key may call."""
    return await _page(services, caller, Wanted(), offset, limit, own=True)


@get(f"{BASE}/embeddings/models")
async def list_embedding_models(
    services: Services, caller: Caller, offset: int | None = None, limit: int | None = None
) -> Response[bytes]:
    """List the models that answer with embeddings."""
    wanted = Wanted(output_modalities="embeddings")
    return await _page(services, caller, wanted, offset, limit)


@get(f"{BASE}/model/{{slug:path}}")
async def get_model(slug: str, services: Services, caller: Caller) -> Response[bytes]:
    """Return one model."""
    room = management(services)
    model = await known_model(room, caller.workspace_id, slug.strip("/"))
    return json_answer({"data": model_body(model, cheapest(room.book, model))})


@get([f"{BASE}/models/{{slug:path}}", *(f"{base}/models/{{slug:path}}" for base in OPENAI_BASES)])
async def model_or_endpoints(slug: str, services: Services, caller: Caller) -> Response[bytes]:
    """Return a model's endpoints (`…/{author}/{slug}/endpoints`), or one model as OpenAI's clients
    ask for it."""
    room = management(services)
    name = slug.strip("/")
    if not name.endswith(_ENDPOINTS):
        model = await known_model(room, caller.workspace_id, name)
        return json_answer(model_body(model, cheapest(room.book, model)))
    model = await known_model(room, caller.workspace_id, name.removesuffix(_ENDPOINTS))
    figures = room.health.figures()
    endpoints = [endpoint_of(room, model, e, figures) for e in model.endpoints]
    return json_answer({"data": endpoints_body(model, endpoints)})


async def _page(
    services: Services,
    caller: Caller,
    wanted: Wanted,
    offset: int | None,
    limit: int | None,
    *,
    own: bool = False,
) -> Response[bytes]:
    """Return a page of models; without offset and limit all of them."""
    room = management(services)
    models = await _models(room, caller)
    if own:
        models = [m for m in models if is_allowed(m.slug, caller.allowed_models)]
    found = choose(models, wanted, room.book)
    if limit is not None and not 1 <= limit <= _MAX_LIMIT:
        raise InvalidRequestError(f"limit must be between 1 and {_MAX_LIMIT}")
    start = checked_offset(offset)
    size = len(found) if limit is None and offset is None else limit or _MAX_LIMIT
    bodies = [model_body(m, cheapest(room.book, m)) for m in found[start : start + size]]
    end = start + size
    following = f"{BASE}/models?offset={end}&limit={size}" if end < len(found) else None
    return json_answer(list_body(bodies, len(found), following))


async def _models(room: Management, caller: Caller) -> list[Model]:
    return listed(await room.catalogue.snapshot(caller.workspace_id), room.book)


ROUTER = Router(
    path="/",
    route_handlers=[
        list_models,
        count_models,
        list_models_of_key,
        list_embedding_models,
        get_model,
        model_or_endpoints,
    ],
    dependencies=DEPENDENCIES,
    tags=["gateway: models"],
)
