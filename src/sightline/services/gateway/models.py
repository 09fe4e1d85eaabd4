"""A workspace's models and routing: made and changed, and all that may be called, with prices."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Protocol

import msgspec
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy import Connection

from sightline.core import codec
from sightline.core.clock import Clock
from sightline.core.errors import ConflictError, NotFoundError, UnprocessableError
from sightline.core.ids import Id, format_id, new_id
from sightline.domain.gateway import Endpoint, Model, RouterOptions, Snapshot, TokenPrices
from sightline.pricing.price_book import PriceBook
from sightline.pricing.providers import price_lists, provider_name
from sightline.services.gateway.catalogue import GatewayCatalogue, routing_of
from sightline.services.gateway.config import prices_of
from sightline.services.gateway.definitions import (
    EndpointDefinition,
    ModelDefinition,
    Name,
    Positive,
    RoutingDefinition,
    checked_slug,
)
from sightline.services.gateway.outages import EndpointFigures
from sightline.stores.catalog import gateway_models, providers, workspaces
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.gateway_models import MAX_MODELS, ModelRow

# Of one provider that serves any model; the price list has at most some hundreds.
_MAX_LISTED = 2_000
_MAX_CHAIN = 20
_MODALITIES = frozenset({"text", "image", "file", "audio", "video", "embeddings"})

Modalities = Annotated[tuple[str, ...], Meta(min_length=1, max_length=6)]
Endpoints = Annotated[tuple[EndpointDefinition, ...], Meta(min_length=1, max_length=100)]


class Health(Protocol):
    """What is known of endpoints that were called, by their id; `Outages` is such."""

    def figures(self) -> Mapping[str, EndpointFigures]: ...


class ModelBody(ModelDefinition, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model to make."""

    slug: str
    enabled: bool = True


class ModelChanges(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What of a model changes."""

    slug: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=4_000)] | UnsetType = UNSET
    context_length: Positive | UnsetType | None = UNSET
    max_completion_tokens: Positive | UnsetType | None = UNSET
    input_modalities: Modalities | UnsetType = UNSET
    output_modalities: Modalities | UnsetType = UNSET
    endpoints: Endpoints | UnsetType = UNSET


class Models:
    """The workspace's own models, and its routing. Those of the operator's file are read only."""

    def __init__(self, catalog: Catalog, catalogue: GatewayCatalogue, clock: Clock) -> None:
        self._catalog = catalog
        self._catalogue = catalogue
        self._clock = clock

    async def list_all(self, workspace_id: Id) -> list[ModelRow]:
        """Return the workspace's own models by slug."""
        return await self._catalog.read(lambda c: gateway_models.list_all(c, workspace_id))

    async def create(self, workspace_id: Id, user: str, body: ModelBody) -> ModelRow:
        """Make a model. Raises `ConflictError` for a slug that is taken."""
        now_us = self._clock.now_us()
        values = {n: getattr(body, n) for n in ModelDefinition.__struct_fields__}
        definition = _checked(ModelDefinition(**values))
        row = ModelRow(
            id=new_id(),
            workspace_id=workspace_id,
            slug=checked_slug(body.slug),
            definition=codec.encode_text(definition),
            enabled=body.enabled,
            created_at_us=now_us,
            created_by=user,
            last_updated_at_us=now_us,
            last_updated_by=user,
        )

        def insert(connection: Connection) -> None:
            workspaces.lock(connection, workspace_id)
            _check_providers(connection, workspace_id, definition)
            known = gateway_models.list_all(connection, workspace_id)
            if any(model.slug == row.slug for model in known):
                raise ConflictError(f"There is a model `{row.slug}` already")
            if len(known) >= MAX_MODELS:
                raise ConflictError(f"A workspace has at most {MAX_MODELS} models")
            gateway_models.insert(connection, row)

        await self._catalog.write(insert)
        self._catalogue.forget(workspace_id)
        return row

    async def update(self, workspace_id: Id, id: Id, user: str, changes: ModelChanges) -> ModelRow:
        """Change a model. Raises `NotFoundError`, `ConflictError` for a slug that is taken."""

        def change(connection: Connection) -> ModelRow:
            workspaces.lock(connection, workspace_id)
            row = gateway_models.get(connection, workspace_id, id)
            if row is None:
                raise NotFoundError("Model not found")
            given = {
                name: value
                for name in ModelChanges.__struct_fields__
                if (value := getattr(changes, name)) is not UNSET
            }
            values: dict[str, Any] = {
                "last_updated_at_us": self._clock.now_us(),
                "last_updated_by": user,
            }
            if "slug" in given:
                values["slug"] = checked_slug(given.pop("slug"))
            if "enabled" in given:
                values["enabled"] = given.pop("enabled")
            if given:
                held = codec.decode(row.definition, ModelDefinition)
                definition = _checked(msgspec.structs.replace(held, **given))
                if "endpoints" in given:
                    _check_providers(connection, workspace_id, definition)
                values["definition"] = codec.encode_text(definition)
            gateway_models.update_fields(connection, workspace_id, id, values)
            return msgspec.structs.replace(row, **values)

        changed = await self._catalog.write(change)
        self._catalogue.forget(workspace_id)
        return changed

    async def remove(self, workspace_id: Id, id: Id) -> None:
        """Delete a model. Raises `NotFoundError`."""
        if not await self._catalog.write(lambda c: gateway_models.remove(c, workspace_id, id)):
            raise NotFoundError("Model not found")
        self._catalogue.forget(workspace_id)

    async def routing(self, workspace_id: Id) -> tuple[RoutingDefinition, RouterOptions]:
        """Return what the workspace says of routing, and what holds with the operator's file."""
        text = await self._catalog.read(lambda c: gateway_models.routing(c, workspace_id))
        own = codec.decode(text, RoutingDefinition) if text else RoutingDefinition()
        return own, routing_of(text, self._catalogue.file.router)

    async def set_routing(
        self, workspace_id: Id, user: str, wanted: RoutingDefinition
    ) -> RouterOptions:
        """Set what the workspace says of routing; what is left out is as in the file."""
        for name in ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks"):
            chains = getattr(wanted, name)
            if chains is not UNSET and any(len(chain) > _MAX_CHAIN for chain in chains.values()):
                raise _wrong(f"{name} must name at most {_MAX_CHAIN} models for each")
        text = codec.encode_text(wanted)
        now_us = self._clock.now_us()
        await self._catalog.write(
            lambda c: gateway_models.set_routing(c, workspace_id, text, now_us=now_us, user=user)
        )
        self._catalogue.forget(workspace_id)
        return routing_of(text, self._catalogue.file.router)


def listed(snapshot: Snapshot, book: PriceBook) -> list[Model]:
    """Return what may be called, by slug: models, and of providers that serve any model those that
    the price list knows."""
    found = dict(snapshot.models)
    for prefix, wildcard in snapshot.wildcards.items():
        if not wildcard.endpoints:
            continue
        provider = wildcard.endpoints[0].provider
        if prefix != f"{provider}/":
            continue
        for name in _known_models(book, provider):
            slug = prefix + name
            if slug not in found:
                found[slug] = at_wildcard(wildcard, prefix, slug)
    return [found[slug] for slug in sorted(found)]


def find_model(snapshot: Snapshot, slug: str) -> Model | None:
    """Return a model by its slug, an alias, or the longest prefix that serves it."""
    if slug in snapshot.models:
        return snapshot.models[slug]
    slug = snapshot.router.aliases.get(slug, slug)
    if slug in snapshot.models:
        return snapshot.models[slug]
    prefixes = [p for p in snapshot.wildcards if slug.startswith(p) and slug != p]
    if not prefixes:
        return None
    prefix = max(prefixes, key=len)
    return at_wildcard(snapshot.wildcards[prefix], prefix, slug)


def at_wildcard(wildcard: Model, prefix: str, slug: str) -> Model:
    """Return the model of that slug as the wildcard of that prefix serves it."""
    rest = slug[len(prefix) :]
    endpoints = tuple(
        msgspec.structs.replace(
            endpoint, model=slug, upstream_model=endpoint.upstream_model.replace("*", rest, 1)
        )
        for endpoint in wildcard.endpoints
    )
    return msgspec.structs.replace(wildcard, slug=slug, name=slug, endpoints=endpoints)


def endpoint_prices(book: PriceBook, endpoint: Endpoint) -> TokenPrices | None:
    """Return an endpoint's prices, its own or the price book's; None when nobody knows them."""
    if endpoint.prices is not None:
        return endpoint.prices
    return prices_of(book, endpoint.provider, endpoint.upstream_model)


def cheapest(book: PriceBook, model: Model) -> TokenPrices | None:
    """Return the prices of the model's cheapest endpoint whose prices are known."""
    known = [p for e in model.endpoints if (p := endpoint_prices(book, e)) is not None]
    return min(known, key=lambda p: (p.prompt + p.completion, p.request), default=None)


def model_body(row: ModelRow) -> dict[str, Any]:
    """Return a model of the workspace as it was written."""
    definition = codec.decode(row.definition, ModelDefinition)
    return {
        "id": format_id(row.id),
        "slug": row.slug,
        "enabled": row.enabled,
        **{name: getattr(definition, name) for name in ModelDefinition.__struct_fields__},
    }


@lru_cache(maxsize=64)
def _known_models(book: PriceBook, provider: str) -> tuple[str, ...]:
    lists = price_lists(provider_name(provider))[:1]
    _, rows = book.listed("", page=1, size=100_000)
    names = (model for listed_by, model, _ in rows if listed_by in lists)
    return tuple(name for name in names if "*" not in name)[:_MAX_LISTED]


def _checked(definition: ModelDefinition) -> ModelDefinition:
    for field in ("input_modalities", "output_modalities"):
        unknown = set(getattr(definition, field)) - _MODALITIES
        if unknown:
            raise _wrong(f"{field} must be of {', '.join(sorted(_MODALITIES))}")
    return definition


def _check_providers(connection: Connection, workspace_id: Id, definition: ModelDefinition) -> None:
    known = {format_id(row.id) for row in providers.list_all(connection, workspace_id)}
    for at, endpoint in enumerate(definition.endpoints):
        if endpoint.provider_id not in known:
            raise _wrong(f"endpoints[{at}].provider_id is no provider of this workspace")


def _wrong(text: str) -> UnprocessableError:
    return UnprocessableError(text, fields=[text])
