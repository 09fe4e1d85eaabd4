"""What the catalog keeps of models and routing, as people write it, and what becomes of it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from sightline.core import codec
from sightline.core.errors import UnprocessableError
from sightline.core.secret import Secret
from sightline.domain.gateway import (
    Endpoint,
    Model,
    Quantization,
    RouterOptions,
    Timeouts,
    TokenPrices,
)

Positive = Annotated[int, Meta(ge=1, le=2_000_000_000)]
_MAX_PRICE = Decimal(1_000_000)
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
_SECRET_WORDS = ("secret", "token", "credential", "password", "key")
Name = Annotated[str, Meta(min_length=1, max_length=256)]


class PricesDefinition(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """USD per token, `request` per call; as numbers or as decimal text."""

    prompt: Decimal = Decimal(0)
    completion: Decimal = Decimal(0)
    request: Decimal = Decimal(0)
    image: Decimal = Decimal(0)
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None

    def __post_init__(self) -> None:
        for name, price in msgspec.structs.asdict(self).items():
            if price is not None and not (price.is_finite() and 0 <= price <= _MAX_PRICE):
                raise ValueError(f"{name} must be between 0 and {_MAX_PRICE} USD")

    def prices(self) -> TokenPrices:
        return TokenPrices(**msgspec.structs.asdict(self))


class TimeoutsDefinition(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Seconds; what is not said is as usual."""

    connect: Seconds | None = None
    first_byte: Seconds | None = None
    idle: Seconds | None = None
    total: Seconds | None = None

    def timeouts(self) -> Timeouts:
        said = {n: v for n, v in msgspec.structs.asdict(self).items() if v is not None}
        return msgspec.structs.replace(Timeouts(), **said)


class EndpointDefinition(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """One place that serves a model: a provider of the workspace and its own name of the model.

    `prices` None asks the price book; `zdr` and `keeps_data` None are as the provider has them.
    """

    provider_id: str
    upstream_model: Name
    prices: PricesDefinition | None = None
    context_length: Positive | None = None
    max_completion_tokens: Positive | None = None
    parameters: tuple[str, ...] | None = None
    quantization: Quantization = "unknown"
    zdr: bool | None = None
    keeps_data: bool | None = None
    order: Annotated[int, Meta(ge=0, le=1000)] = 0
    weight: Annotated[float, Meta(ge=0, le=1_000_000)] = 1.0
    rpm: Positive | None = None
    tpm: Positive | None = None
    max_parallel: Positive | None = None
    retries: Annotated[int, Meta(ge=0, le=20)] | None = None
    timeouts: TimeoutsDefinition | None = None
    defaults: dict[str, Any] = {}


class ModelDefinition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A model as callers see it, and the endpoints that serve it."""

    name: Annotated[str, Meta(max_length=256)] = ""
    description: Annotated[str, Meta(max_length=4_000)] = ""
    kind: Literal["chat", "embeddings"] = "chat"
    context_length: Positive | None = None
    max_completion_tokens: Positive | None = None
    input_modalities: tuple[str, ...] = ("text",)
    output_modalities: tuple[str, ...] = ("text",)
    endpoints: Annotated[tuple[EndpointDefinition, ...], Meta(min_length=1, max_length=100)]


class RoutingDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a workspace routes; what is not said is as in the operator's file, or as usual."""

    num_retries: Annotated[int, Meta(ge=0, le=20)] | UnsetType = UNSET
    retry_after_s: Annotated[float, Meta(ge=0, le=60)] | UnsetType = UNSET
    allowed_fails: Annotated[int, Meta(ge=0, le=1_000)] | UnsetType = UNSET
    cooldown_s: Annotated[float, Meta(ge=0, le=3_600)] | UnsetType = UNSET
    strategy: Literal["price", "shuffle", "order", "least-busy", "latency"] | UnsetType = UNSET
    fallbacks: dict[str, tuple[str, ...]] | UnsetType = UNSET
    context_window_fallbacks: dict[str, tuple[str, ...]] | UnsetType = UNSET
    content_policy_fallbacks: dict[str, tuple[str, ...]] | UnsetType = UNSET
    default_fallbacks: tuple[str, ...] | UnsetType = UNSET
    aliases: dict[str, str] | UnsetType = UNSET
    default_model: str | UnsetType | None = UNSET
    drops_params: bool | UnsetType = UNSET

    def over(self, base: RouterOptions) -> RouterOptions:
        """Return the options of the file with these in their place."""
        said = {n: v for n, v in msgspec.structs.asdict(self).items() if v is not UNSET}
        return msgspec.structs.replace(base, **said)


class OpenedProvider(msgspec.Struct, frozen=True, kw_only=True):
    """A provider of the workspace with its credentials in the open; never kept, never shown."""

    id: str
    slug: str
    name: str
    dialect: str
    base_url: str
    api_key: Secret | None = None
    headers: dict[str, str] = {}
    options: dict[str, Any] = {}
    keeps_data: bool = False
    is_zdr: bool = False
    is_byok: bool = False

    def endpoint(self, id: str, model: str, definition: EndpointDefinition) -> Endpoint:
        """Return an endpoint of a model at this provider."""
        d = definition
        return Endpoint(
            id=id,
            model=model,
            provider=self.slug,
            provider_name=self.name,
            dialect=self.dialect,
            base_url=self.base_url,
            upstream_model=d.upstream_model,
            api_key=self.api_key,
            headers=self.headers,
            options=guarded(self.options),
            defaults=d.defaults,
            prices=d.prices.prices() if d.prices else None,
            context_length=d.context_length,
            max_completion_tokens=d.max_completion_tokens,
            parameters=None if d.parameters is None else frozenset(d.parameters),
            quantization=d.quantization,
            keeps_data=self.keeps_data if d.keeps_data is None else d.keeps_data,
            is_zdr=self.is_zdr if d.zdr is None else d.zdr,
            order=d.order,
            weight=d.weight,
            rpm=d.rpm,
            tpm=d.tpm,
            max_parallel=d.max_parallel,
            retries=d.retries,
            timeouts=d.timeouts.timeouts() if d.timeouts else Timeouts(),
            is_byok=self.is_byok,
        )


def model_of(
    id: str, slug: str, created: int, d: ModelDefinition, providers: dict[str, OpenedProvider]
) -> Model:
    """Return the model with the endpoints whose providers are there and enabled."""
    endpoints = tuple(
        providers[e.provider_id].endpoint(f"{id}:{at}", slug, e)
        for at, e in enumerate(d.endpoints)
        if e.provider_id in providers
    )
    output = ("embeddings",) if d.kind == "embeddings" else d.output_modalities
    return Model(
        slug=slug,
        name=d.name or slug,
        description=d.description,
        created=created,
        context_length=d.context_length,
        max_completion_tokens=d.max_completion_tokens,
        input_modalities=d.input_modalities,
        output_modalities=output,
        kind=d.kind,
        endpoints=endpoints,
    )


def is_secret(option: str) -> bool:
    """Say whether an option of a provider holds a secret, by its name."""
    return any(word in option.lower() for word in _SECRET_WORDS)


def guarded(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options whose secrets cannot print themselves."""
    return {
        name: Secret(value if isinstance(value, str) else codec.encode_text(value))
        if is_secret(name) and value is not None
        else value
        for name, value in options.items()
    }


def checked_slug(slug: str, field: str = "slug") -> str:
    """Return a model's slug without blanks around it. Raises `UnprocessableError`."""
    clean = slug.strip()
    if not clean or len(clean) > 256 or any(c.isspace() or not c.isprintable() for c in clean):
        raise _wrong(f"{field} must have 1 to 256 characters and no blanks")
    if "*" in clean or clean.startswith(("@", "/")) or clean.endswith("/"):
        raise _wrong(f"{field} must not begin with @ or /, end with / or contain *")
    return clean


def _wrong(text: str) -> UnprocessableError:
    return UnprocessableError(text, fields=[text])
