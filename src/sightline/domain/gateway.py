"""What the gateway routes by: models, the endpoints that serve them, callers and their limits.

The ports at the end are what the engine needs of other rooms; `app` brings them together.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, Protocol

import msgspec

from sightline.core.ids import Id
from sightline.core.secret import Secret
from sightline.domain.generation import Generation, OpikHints, UsedKey

Quantization = Literal["int4", "int8", "fp4", "fp6", "fp8", "fp16", "bf16", "fp32", "unknown"]
LimitReset = Literal["daily", "weekly", "monthly"]


class TokenPrices(msgspec.Struct, frozen=True, kw_only=True):
    """USD per token, `request` per call."""

    prompt: Decimal = Decimal(0)
    completion: Decimal = Decimal(0)
    request: Decimal = Decimal(0)
    image: Decimal = Decimal(0)
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds: to connect, to the first byte of the answer, between two bytes, and in all."""

    connect: float = 5.0
    first_byte: float = 600.0
    idle: float = 300.0
    total: float = 6000.0


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One place that serves one model. `dialect` names a module of `sightline.providers`.

    `prices` None means: ask the price book for (`provider`, `upstream_model`).
    `parameters` None means that every parameter is taken as supported.
    `defaults` are fields that a request gets when it does not say them (`temperature`, `user`, …).
    `rpm`, `tpm` are the endpoint's own limits per minute; a full endpoint is passed over.
    """

    id: str
    model: str
    provider: str
    provider_name: str
    dialect: str = "openai"
    base_url: str
    upstream_model: str
    api_key: Secret | None = None
    headers: Mapping[str, str] = {}
    options: Mapping[str, Any] = {}
    """What the dialect needs beside: `api_version`, `region`, `project`, `organization`, …"""
    defaults: Mapping[str, Any] = {}
    prices: TokenPrices | None = None
    context_length: int | None = None
    max_completion_tokens: int | None = None
    parameters: frozenset[str] | None = None
    quantization: Quantization = "unknown"
    keeps_data: bool = False
    """Whether the provider may train on or keep prompts (`data_collection: deny` avoids it)."""
    is_zdr: bool = False
    weight: float = 1.0
    order: int = 0
    rpm: int | None = None
    tpm: int | None = None
    max_parallel: int | None = None
    retries: int | None = None
    timeouts: Timeouts = Timeouts()
    allows_private: bool = False
    """Whether its address may be private: named by the operator's file, not typed by a user."""
    is_byok: bool = True


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A model as callers name it (`openai/gpt-4o`, or whatever the operator calls it)."""

    slug: str
    name: str = ""
    description: str = ""
    created: int = 0
    context_length: int | None = None
    max_completion_tokens: int | None = None
    input_modalities: tuple[str, ...] = ("text",)
    output_modalities: tuple[str, ...] = ("text",)
    tokenizer: str = "Other"
    kind: Literal["chat", "embeddings"] = "chat"
    endpoints: tuple[Endpoint, ...] = ()


class RouterOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a workspace routes; LiteLLM's `router_settings` where the names are the same."""

    num_retries: int = 2
    retry_after_s: float = 0.0
    allowed_fails: int = 3
    cooldown_s: float = 30.0
    strategy: Literal["price", "shuffle", "order", "least-busy", "latency"] = "price"
    fallbacks: Mapping[str, tuple[str, ...]] = {}
    context_window_fallbacks: Mapping[str, tuple[str, ...]] = {}
    content_policy_fallbacks: Mapping[str, tuple[str, ...]] = {}
    default_fallbacks: tuple[str, ...] = ()
    aliases: Mapping[str, str] = {}
    default_model: str | None = None
    drops_params: bool = False
    max_attempts: int = 8


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """All that a workspace may call at this moment; cheap to hold, never changed.

    `models` has each by its slug. `wildcards` are prefixes (`openai/`) whose endpoint serves any
    model of that prefix: the endpoint's `upstream_model` then has `*` for what follows.
    """

    models: Mapping[str, Model] = {}
    wildcards: Mapping[str, Model] = {}
    router: RouterOptions = RouterOptions()
    version: int = 0


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls the gateway, and what the key allows and adds."""

    workspace_id: Id
    workspace_name: str
    user: str
    key: UsedKey = UsedKey()
    key_id: Id | None = None
    """The gateway key; None for a key of the server itself or an open server."""
    is_management: bool = False
    allowed_models: frozenset[str] | None = None
    opik: OpikHints = OpikHints()
    opik_raw: Mapping[str, Any] = {}
    """The key's `metadata.opik`, lowest of the merge (LiteLLM proxy 1.109.1)."""
    metadata: Mapping[str, Any] = {}


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """A named set of request fields; `config` is merged below what the request says."""

    slug: str
    system_prompt: str | None = None
    config: Mapping[str, Any] = {}


class Catalogue(Protocol):
    """What may be called. Answers from memory; another process's change is seen within 5 s."""

    async def snapshot(self, workspace_id: Id) -> Snapshot: ...

    async def preset(self, workspace_id: Id, slug: str) -> Preset | None: ...


class Callers(Protocol):
    """Who calls, and whether they still may. Answers from memory on the hot path."""

    async def identify(
        self, authorization: str | None, workspace: str | None, *, session: str | None = None
    ) -> Caller:
        """Raises `AuthenticationError`; a missing key is fine on an open server.

        `session` is the cookie's token of a browser whose page was checked to be this server's.
        """
        ...

    async def admit(self, caller: Caller) -> None:
        """Raises `PaymentRequiredError` over a spending limit, `RateLimitedError` over a rate."""
        ...

    def spent(self, caller: Caller, cost_usd: Decimal, *, is_byok: bool, tokens: int = 0) -> None:
        """Count what a call cost; kept durably from the spool, so a crash loses none."""
        ...


class Broadcast(Protocol):
    """Takes finished generations to wherever the workspace wants them."""

    async def offer(self, generations: Sequence[Generation], batch_key: str) -> None:
        """Queue durably for each destination that wants them; the same key again is no repeat."""
        ...
