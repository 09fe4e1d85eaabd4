"""Which endpoints serve a call, in which order: pure, but for the dice.

Rules of OpenRouter: endpoints without an outage in the last 30 s first, among them one chosen with
weight 1/price², the rest as fallbacks; `provider.order` and `sort` turn the dice off. The
workspace's router options (LiteLLM's) choose another way to balance, and add fallback models.
"""

import random
from collections.abc import Callable, Collection, Iterator, Sequence
from decimal import Decimal

import msgspec

from sightline.core.errors import InvalidRequestError, PermissionDeniedError, SightlineError
from sightline.domain.gateway import Endpoint, Snapshot
from sightline.domain.generation import ApiType
from sightline.services.gateway import unbuilt
from sightline.services.gateway.errors import unroutable
from sightline.services.gateway.model_search import FoundModel, find, is_allowed
from sightline.services.gateway.outages import Outages
from sightline.services.gateway.preferences import NO_PREFERENCES, Preferences, Sort

Price = Callable[[Endpoint], tuple[Decimal, Decimal] | None]

# Free endpoints weigh much more than paid ones, and not infinitely more.
_CHEAPEST = 1e-9
_MAX_SIMPLE = 2000


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A model to try and its endpoints, best first."""

    slug: str
    endpoints: tuple[Endpoint, ...]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to try, one choice after the other; `total` counts endpoints before any filter."""

    requested: str
    choices: tuple[Choice, ...]
    strategy: str = "direct"
    service_tier: str | None = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a call asks of routing. `params` are names of its fields, `allowed` the key's models.

    `chat_params` are those of the same call as chat, for endpoints that are asked in chat.
    """

    api: ApiType
    models: Sequence[str]
    preferences: Preferences = NO_PREFERENCES
    params: frozenset[str] = frozenset()
    chat_params: frozenset[str] = frozenset()
    plugins: tuple[str, ...] = ()
    allowed: frozenset[str] | None = None
    preferred: str | None = None
    """The id of the endpoint that served the session before."""


class Router:
    """Plans calls over snapshots."""

    def __init__(
        self,
        outages: Outages,
        price: Price,
        serves: Callable[[Endpoint, ApiType], bool],
        dice: random.Random,
        lacks: Callable[[Endpoint, Wanted], bool],
    ) -> None:
        self._outages = outages
        self._price = price
        self._serves = serves
        self._dice = dice
        self._lacks = lacks
        # Plans that come out the same whenever they are made: one model, one endpoint, no limits.
        self._simple: dict[tuple[int, ApiType, str], tuple[Snapshot, Plan]] = {}

    def plan(self, snapshot: Snapshot, wanted: Wanted) -> Plan:
        """Return what to try for the models that a call names.

        Raises `CallFailedError` with OpenRouter's reason when nothing may be tried,
        `PermissionDeniedError` for a model that the key has not.
        """
        key = (id(snapshot), wanted.api, wanted.models[0] if len(wanted.models) == 1 else "")
        simple = self._simple.get(key)
        # The snapshot is kept with its plan, so nothing else can have its identity.
        is_plain = wanted.preferences is NO_PREFERENCES and not wanted.plugins
        if simple is not None and is_plain and wanted.allowed is None:
            return simple[1]
        plan = self._planned(snapshot, wanted)
        if _is_simple(snapshot, wanted):
            if len(self._simple) >= _MAX_SIMPLE:
                self._simple.clear()
            self._simple[key] = (snapshot, plan)
        return plan

    def _planned(self, snapshot: Snapshot, wanted: Wanted) -> Plan:
        router = snapshot.router
        names = list(wanted.models)
        if not names and router.default_model:
            names = [router.default_model]
        if not names:
            raise InvalidRequestError(
                "`model` is required", hint="Name one of those that `GET /models` lists"
            )
        first = find(snapshot, wanted.api, names[0])
        if not is_allowed(first.slug, wanted.allowed) and not is_allowed(names[0], wanted.allowed):
            raise PermissionDeniedError(f"This key may not call the model `{first.slug}`")
        if len(names) == 1:
            names += router.fallbacks.get(first.slug, router.default_fallbacks)
        choices: list[Choice] = []
        refused: SightlineError | None = None
        try:
            choices.append(self._choice(snapshot, first, wanted))
        except SightlineError as error:
            refused = error
        choices += self.fallbacks(snapshot, names[1:], wanted, {first.slug})
        if not choices:
            raise refused or unroutable("no_endpoints", "No endpoint serves this call")
        if wanted.preferences.sorts_across_models and len(choices) > 1:
            choices = self._across(choices, wanted.preferences)
        strategy = "alias" if first.is_alias else "direct"
        return Plan(
            requested=names[0],
            choices=tuple(choices),
            strategy="fallback" if len(choices) > 1 else strategy,
            service_tier={"nitro": "priority", "floor": "flex"}.get(first.variant or ""),
        )

    def fallbacks(
        self, snapshot: Snapshot, names: Sequence[str], wanted: Wanted, tried: Collection[str]
    ) -> list[Choice]:
        """Return choices for models that come after others, without those that cannot serve."""
        choices: list[Choice] = []
        seen = set(tried)
        for name in names:
            try:
                found = find(snapshot, wanted.api, name)
                if found.slug not in seen and is_allowed(found.slug, wanted.allowed):
                    choices.append(self._choice(snapshot, found, wanted))
                    seen.add(found.slug)
            except SightlineError:
                continue
        return choices

    def _choice(self, snapshot: Snapshot, found: FoundModel, wanted: Wanted) -> Choice:
        left = self._filtered(found, wanted)
        if len(left) > 1:
            left = self._ordered(snapshot, found, left, wanted)
            if not wanted.preferences.allow_fallbacks and not wanted.preferences.order:
                left = left[:1]
        return Choice(slug=found.slug, endpoints=tuple(left))

    def _filtered(self, found: FoundModel, wanted: Wanted) -> list[Endpoint]:
        """Return the endpoints that may serve. Raises the reason when there are none."""
        left = [e for e in found.endpoints if self._serves(e, wanted.api)]
        if not left:
            code = "wrong_endpoint" if found.endpoints else "no_endpoints"
            raise unroutable(
                code, f"No endpoint of `{found.slug}` serves this api", models=[found.slug]
            )
        excluded: list[str] = []
        for name, keeps in self._constraints(found, wanted):
            kept = [endpoint for endpoint in left if keeps(endpoint)]
            if len(kept) < len(left):
                excluded.append(name)
            if not kept:
                if name == "plugins":
                    raise _no_plugins(found, wanted.plugins)
                raise _excluded(name, found, left, excluded)
            left = kept
        waits = [self._outages.wait_s(endpoint) for endpoint in left]
        open_ = [endpoint for endpoint, wait in zip(left, waits, strict=True) if not wait]
        if not open_:
            raise unroutable(
                "capacity_exhausted",
                f"All endpoints of `{found.slug}` are at their limits",
                models=[found.slug],
                providers=[endpoint.provider for endpoint in left],
                retry_after_s=max(1, round(min(waits) + 0.5)),
            )
        return open_

    def _constraints(
        self, found: FoundModel, wanted: Wanted
    ) -> Iterator[tuple[str, Callable[[Endpoint], bool]]]:
        wish = wanted.preferences
        if found.variant == "free":
            yield "free", self._is_free
        if wanted.plugins:
            yield "plugins", unbuilt.has_plugins
        if wish is NO_PREFERENCES:
            return
        if wish.only:
            yield "provider.only", lambda e: not wish.only.isdisjoint(names_of(e))
        if wish.ignore:
            yield "provider.ignore", lambda e: wish.ignore.isdisjoint(names_of(e))
        if wish.order and not wish.allow_fallbacks:
            order = frozenset(wish.order)
            yield "provider.order", lambda e: not order.isdisjoint(names_of(e))
        if wish.denies_data:
            yield "provider.data_collection", lambda e: not e.keeps_data
        if wish.zdr:
            yield "provider.zdr", lambda e: e.is_zdr
        if wish.quantizations:
            yield "provider.quantizations", lambda e: e.quantization in wish.quantizations
        if wish.require_parameters:
            yield (
                "provider.require_parameters",
                lambda e: not self._lacks(e, wanted),
            )
        if wish.max_price:
            yield "provider.max_price", lambda e: self._is_cheap(e, wish)

    def _ordered(
        self, snapshot: Snapshot, found: FoundModel, left: list[Endpoint], wanted: Wanted
    ) -> list[Endpoint]:
        wish = wanted.preferences
        variants: dict[str | None, Sort] = {"nitro": "throughput", "floor": "price"}
        sort = wish.sort or variants.get(found.variant)
        ordered = self._balanced(snapshot, left) if sort is None else self._sorted(left, sort)
        if wish.throughput or wish.latency:
            ordered.sort(key=lambda e: self._misses(e, wish))
        # Sorting is stable: within each step the order of the step before is kept.
        ordered.sort(key=self._outages.is_out)
        if wish.order:
            places = {name: at for at, name in enumerate(wish.order)}
            ordered.sort(key=lambda e: min(places.get(n, len(places)) for n in names_of(e)))
        elif wanted.preferred is not None and sort is None:
            mine = wanted.preferred
            ordered.sort(key=lambda e: e.id != mine or self._outages.is_out(e))
        return ordered

    def _sorted(self, left: list[Endpoint], sort: Sort) -> list[Endpoint]:
        if sort == "price":
            return sorted(left, key=self._price_or_last)
        if sort == "throughput":
            return sorted(left, key=lambda e: -(self._outages.tokens_per_s(e) or 0.0))
        return sorted(left, key=self._latency)

    def _balanced(self, snapshot: Snapshot, left: list[Endpoint]) -> list[Endpoint]:
        strategy = snapshot.router.strategy
        if strategy == "least-busy":
            ordered = sorted(left, key=self._outages.in_flight)
        elif strategy == "latency":
            ordered = sorted(left, key=self._latency)
        elif strategy == "order":
            ordered = list(left)
        else:
            ordered = self._drawn(left, by_price=strategy == "price")
        return sorted(ordered, key=lambda e: e.order)

    def _drawn(self, left: list[Endpoint], *, by_price: bool) -> list[Endpoint]:
        """Draw the first one by weight among those without outage; the rest by weight."""
        weights = {id(e): max(e.weight, 0.0) for e in left}
        if by_price:
            prices = {id(e): self._price_or_last(e) for e in left}
            known = [price for price in prices.values() if price != float("inf")]
            # One whose price nobody knows is taken for as dear as the dearest.
            dearest = max(known, default=1.0)
            for key, price in prices.items():
                price = max(dearest if price == float("inf") else price, _CHEAPEST)
                weights[key] /= price * price
        ordered = sorted(left, key=lambda e: -weights[id(e)])
        healthy = [e for e in ordered if not self._outages.is_out(e)] or ordered
        total = sum(weights[id(e)] for e in healthy)
        if total <= 0:
            first = self._dice.choice(healthy)
        else:
            first = self._dice.choices(healthy, [weights[id(e)] for e in healthy])[0]
        return [first, *(e for e in ordered if e is not first)]

    def _across(self, choices: Sequence[Choice], wish: Preferences) -> list[Choice]:
        """Return each endpoint as a choice of its own, the best of all models first."""
        slugs = {id(e): choice.slug for choice in choices for e in choice.endpoints}
        pool = [e for choice in choices for e in choice.endpoints]
        ordered = self._sorted(pool, wish.sort or "price")
        ordered.sort(key=self._outages.is_out)
        return [Choice(slug=slugs[id(e)], endpoints=(e,)) for e in ordered]

    def _latency(self, endpoint: Endpoint) -> float:
        known = self._outages.latency_ms(endpoint)
        # One that was never tried is worth a try.
        return 0.0 if known is None else known

    def _price_or_last(self, endpoint: Endpoint) -> float:
        price = self._price(endpoint)
        return float("inf") if price is None else float(price[0] + price[1])

    def _is_free(self, endpoint: Endpoint) -> bool:
        price = self._price(endpoint)
        return price is not None and price[0] == price[1] == 0

    def _is_cheap(self, endpoint: Endpoint, wish: Preferences) -> bool:
        price = self._price(endpoint)
        if price is None:
            return False
        known = {"prompt": price[0], "completion": price[1]}
        if endpoint.prices is not None:
            known |= {"request": endpoint.prices.request, "image": endpoint.prices.image}
        return all(known.get(name, Decimal(0)) <= limit for name, limit in wish.max_price.items())

    def _misses(self, endpoint: Endpoint, wish: Preferences) -> bool:
        """Say whether an endpoint is known to be slower than it is wished."""
        for quantile, least in wish.throughput:
            speed = self._outages.tokens_per_s(endpoint, quantile)
            if speed is not None and speed < least:
                return True
        for quantile, most_s in wish.latency:
            latency = self._outages.latency_ms(endpoint, quantile)
            if latency is not None and latency > most_s * 1000:
                return True
        return False


def _is_simple(snapshot: Snapshot, wanted: Wanted) -> bool:
    """Say whether the same is planned each time that this snapshot is asked for the model."""
    if len(wanted.models) != 1 or wanted.preferences is not NO_PREFERENCES or wanted.plugins:
        return False
    model = snapshot.models.get(wanted.models[0])
    if model is None or len(model.endpoints) != 1:
        return False
    router, only = snapshot.router, model.endpoints[0]
    return (
        not router.fallbacks.get(model.slug, router.default_fallbacks)
        and only.rpm is None
        and only.tpm is None
        and only.max_parallel is None
    )


def names_of(endpoint: Endpoint) -> frozenset[str]:
    """Return the names by which a request may mean an endpoint, in lower case."""
    slug = endpoint.provider.lower()
    return frozenset(
        (slug, slug.partition("/")[0], endpoint.provider_name.lower(), endpoint.id.lower())
    )


def _no_plugins(found: FoundModel, plugins: Sequence[str]) -> Exception:
    named = ", ".join(f"`{plugin}`" for plugin in plugins)
    return InvalidRequestError(
        f"`plugins`: {named} is not built for `{found.slug}`",
        hint="Leave `plugins` out, or call a model whose provider is OpenRouter",
        fields=["plugins is not built"],
    )


def _excluded(
    name: str, found: FoundModel, left: Sequence[Endpoint], excluded: Sequence[str]
) -> Exception:
    if name == "free":
        return unroutable(
            "free_variant_ended", f"`{found.slug}` has no free endpoint", models=[found.slug]
        )
    private = name in ("provider.zdr", "provider.data_collection")
    return unroutable(
        "privacy_restricted" if private else "constraint_filtered",
        f"No endpoint of `{found.slug}` is left by `{name}`",
        models=[found.slug],
        providers=sorted({endpoint.provider for endpoint in left}),
        excluded_by=list(reversed(excluded)),
    )
