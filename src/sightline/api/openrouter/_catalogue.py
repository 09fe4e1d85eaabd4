"""Choosing among the models that may be called, and their endpoints with how they fare."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from sightline.core.errors import InvalidRequestError, NotFoundError
from sightline.core.ids import Id
from sightline.domain.gateway import Endpoint, Model
from sightline.pricing.price_book import PriceBook
from sightline.services.gateway.management import Management
from sightline.services.gateway.models import cheapest, endpoint_prices, find_model
from sightline.services.gateway.outages import EndpointFigures
from sightline.wire.openrouter.models import endpoint_body, owner, parameters

_UNKNOWN_PRICE = Decimal(10) ** 9
_SORTS = frozenset({"newest", "pricing-low-to-high", "pricing-high-to-low", "context-high-to-low"})
# They need figures of many customers, which one server does not have.
_SORTS_BY_USE = frozenset(
    {"most-popular", "top-weekly", "throughput-high-to-low", "latency-low-to-high"}
)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Query parameters of a list of models; lists are divided by commas."""

    q: str | None = None
    supported_parameters: str | None = None
    input_modalities: str | None = None
    output_modalities: str | None = None
    providers: str | None = None
    model_authors: str | None = None
    context: int | None = None
    zdr: str | None = None
    sort: str | None = None


def wanted_of(params: Mapping[str, str]) -> Wanted:
    """Read the query parameters. Raises `InvalidRequestError` naming one that is wrong."""
    given: dict[str, Any] = {n: params[n] for n in Wanted.__struct_fields__ if n in params}
    if "context" in given:
        if not given["context"].isdigit() or len(given["context"]) > 12:
            raise InvalidRequestError("context must be a number of tokens")
        given["context"] = int(given["context"])
    return Wanted(**given)


def choose(models: Sequence[Model], wanted: Wanted, book: PriceBook) -> list[Model]:
    """Return the models that are wanted, in the order that is wanted.

    Raises `InvalidRequestError` for an order that there is not.
    """
    if wanted.sort and wanted.sort not in _SORTS | _SORTS_BY_USE:
        raise InvalidRequestError(f"sort must be one of {', '.join(sorted(_SORTS))}")
    found = [model for model in models if _is_wanted(model, wanted)]
    if wanted.sort == "newest":
        found.sort(key=lambda model: -model.created)
    elif wanted.sort == "context-high-to-low":
        found.sort(key=lambda model: -(model.context_length or 0))
    elif wanted.sort in {"pricing-low-to-high", "pricing-high-to-low"}:
        down = wanted.sort == "pricing-high-to-low"
        found.sort(key=lambda model: _price(model, book, down=down))
    return found


async def known_model(room: Management, workspace_id: Id, slug: str) -> Model:
    """Return a model by its slug. Raises `NotFoundError`."""
    model = find_model(await room.catalogue.snapshot(workspace_id), slug)
    if model is None:
        raise NotFoundError(f"There is no model `{slug}` here", hint="`GET /models` lists them")
    return model


def endpoint_of(
    room: Management, model: Model, endpoint: Endpoint, figures: Mapping[str, EndpointFigures]
) -> dict[str, Any]:
    """Return an endpoint with its prices and how it fared since the start."""
    known = figures.get(endpoint.id)
    uptime = None
    if known is not None and known.calls:
        uptime = round(100 * max(0, known.calls - known.failures) / known.calls, 2)
    return endpoint_body(
        model,
        endpoint,
        endpoint_prices(room.book, endpoint),
        latency_ms=known.latency_ms if known else None,
        tokens_per_s=known.tokens_per_s if known else None,
        uptime=uptime,
        is_out=known.is_out if known else False,
    )


def _is_wanted(model: Model, wanted: Wanted) -> bool:
    if wanted.q and wanted.q.lower() not in f"{model.slug} {model.name}".lower():
        return False
    if wanted.context is not None and (model.context_length or 0) < wanted.context:
        return False
    if wanted.zdr == "true" and not any(endpoint.is_zdr for endpoint in model.endpoints):
        return False
    outputs = _list(wanted.output_modalities) - {"all"}
    named = [
        (_list(wanted.supported_parameters), set(parameters(model.endpoints)), all),
        (_list(wanted.input_modalities), set(model.input_modalities), all),
        (outputs, set(model.output_modalities), any),
        (_list(wanted.model_authors), {owner(model.slug)}, any),
        (
            _list(wanted.providers),
            {n.lower() for e in model.endpoints for n in (e.provider, e.provider_name)},
            any,
        ),
    ]
    return all(not asked or holds(name in has for name in asked) for asked, has, holds in named)


def _list(text: str | None) -> set[str]:
    return {part.strip().lower() for part in (text or "").split(",") if part.strip()}


def _price(model: Model, book: PriceBook, *, down: bool) -> Decimal:
    """Return what to sort by; a model whose price nobody knows comes last."""
    prices = cheapest(book, model)
    if prices is None:
        return _UNKNOWN_PRICE
    total = prices.prompt + prices.completion
    return -total if down else total
