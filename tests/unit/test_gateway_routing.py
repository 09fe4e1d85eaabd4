"""Which endpoints serve a call, in which order."""

import random
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from sightline.core.clock import FakeClock
from sightline.core.errors import InvalidRequestError, PermissionDeniedError
from sightline.domain.gateway import Endpoint, Model, RouterOptions, Snapshot, TokenPrices
from sightline.services.gateway import preferences
from sightline.services.gateway.errors import CallFailedError
from sightline.services.gateway.outages import Outages
from sightline.services.gateway.routing import Plan, Router, Wanted


def at(provider: str, usd: float | None = None, **more: Any) -> Endpoint:
    prices = None
    if usd is not None:
        price = Decimal(str(usd)) / 1_000_000
        prices = TokenPrices(prompt=price, completion=price)
    fields = {
        "id": provider,
        "model": "m",
        "provider": provider,
        "provider_name": provider.title(),
        "base_url": "http://x",
        "upstream_model": "up",
        "prices": prices,
    }
    return Endpoint(**{**fields, **more})


class World:
    """A router over the endpoints of the model `m`, and models beside it."""

    def __init__(self, *endpoints: Endpoint, **router: Any) -> None:
        self.clock = FakeClock()
        self.outages = Outages(self.clock)
        self.options = RouterOptions(**router)
        self.models = {"m": Model(slug="m", endpoints=endpoints)}
        self.wildcards: dict[str, Model] = {}
        self.router = Router(
            self.outages,
            lambda e: None if e.prices is None else (e.prices.prompt, e.prices.completion),
            lambda e, api: True,
            random.Random(7),
            lambda e, wanted: e.parameters is not None and not wanted.params <= e.parameters,
        )

    def add(self, slug: str, *endpoints: Endpoint, **more: Any) -> None:
        self.models[slug] = Model(slug=slug, endpoints=endpoints, **more)

    def plan(self, *models: str, provider: Any = None, **more: Any) -> Plan:
        snapshot = Snapshot(models=self.models, wildcards=self.wildcards, router=self.options)
        wanted = Wanted(
            api=more.pop("api", "chat"),
            models=models or ("m",),
            preferences=preferences.read(provider),
            **more,
        )
        return self.router.plan(snapshot, wanted)

    def order(self, *models: str, **more: Any) -> list[str]:
        return [e.provider for c in self.plan(*models, **more).choices for e in c.endpoints]

    def refusal(self, *models: str, **more: Any) -> dict[str, Any]:
        with pytest.raises(CallFailedError) as caught:
            self.plan(*models, **more)
        assert caught.value.availability is not None
        return dict(caught.value.availability)


def test_cheap_endpoints_are_drawn_more_often_by_the_square_of_their_price() -> None:
    world = World(at("dear", 3), at("cheap", 1))
    first = Counter(world.order()[0] for _ in range(2000))
    assert 0.85 < first["cheap"] / 2000 < 0.95  # 9 to 1
    assert all(len(world.order()) == 2 for _ in range(5))


def test_an_endpoint_without_a_price_is_not_taken_for_free() -> None:
    world = World(at("unknown"), at("cheap", 1), at("dear", 10))
    first = Counter(world.order()[0] for _ in range(500))
    assert first["cheap"] > 450


def test_whoever_failed_lately_comes_last_for_thirty_seconds() -> None:
    world = World(at("cheap", 1), at("dear", 100))
    world.outages.failed(at("cheap"), RouterOptions())
    assert world.order() == ["dear", "cheap"]
    world.clock.advance(31)
    assert world.order()[0] == "cheap"
    for _ in range(5):
        world.outages.failed(at("cheap"), RouterOptions(allowed_fails=3, cooldown_s=120))
    world.clock.advance(60)
    assert world.order() == ["dear", "cheap"]
    world.outages.worked(at("cheap"), first_us=1, total_us=1, tokens=1, completion=1)
    assert world.order()[0] == "cheap"


@pytest.mark.parametrize(
    ("asked", "order"),
    [
        ({"order": ["b", "a"]}, ["b", "a", "c"]),
        ({"order": ["B"], "allow_fallbacks": False}, ["b"]),
        ({"only": ["c"]}, ["c"]),
        ({"ignore": ["a", "b"]}, ["c"]),
        ({"sort": "price"}, ["c", "b", "a"]),
        ({"sort": {"by": "price"}}, ["c", "b", "a"]),
        ({"sort": "price", "allow_fallbacks": False}, ["c"]),
        ({"data_collection": "deny"}, ["b"]),
        ({"zdr": True}, ["c"]),
        ({"quantizations": ["fp8"]}, ["a"]),
        ({"max_price": {"prompt": 1.5}}, ["c"]),
        ({"max_price": {"prompt": 2, "completion": "2"}, "sort": "price"}, ["c", "b"]),
    ],
)
def test_provider_preferences(asked: dict[str, Any], order: list[str]) -> None:
    world = World(
        at("a", 3, quantization="fp8", keeps_data=True),
        at("b", 2),
        at("c", 1, is_zdr=True, keeps_data=True),
    )
    assert world.order(provider=asked) == order


def test_parameters_that_are_required() -> None:
    world = World(at("a", 1, parameters=frozenset({"model", "messages"})), at("b", 1))
    params = frozenset({"model", "messages", "tools"})
    assert world.order(provider={"require_parameters": True}, params=params) == ["b"]
    assert set(world.order(params=params)) == {"a", "b"}


def test_speed_that_is_preferred_comes_first() -> None:
    world = World(at("slow", 1), at("fast", 5))
    for name, first_us, total_us in (("slow", 5_000_000, 10_000_000), ("fast", 10_000, 100_000)):
        world.outages.worked(
            at(name), first_us=first_us, total_us=total_us, tokens=50, completion=50
        )
    assert world.order(provider={"preferred_max_latency": 1}) == ["fast", "slow"]
    assert world.order(provider={"preferred_min_throughput": {"p90": 100}}) == ["fast", "slow"]
    assert world.order(provider={"sort": "latency"}) == ["fast", "slow"]
    assert world.order("m:nitro") == ["fast", "slow"]
    assert world.order("m:floor") == ["slow", "fast"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ([], None),
        ("x", "provider"),
        ({"order": "a"}, "provider.order"),
        ({"sort": "best"}, "provider.sort"),
        ({"zdr": "yes"}, "provider.zdr"),
        ({"max_price": {"prompt": "much"}}, "provider.max_price.prompt"),
        ({"max_price": {"prompt": "NaN"}}, "provider.max_price.prompt"),
        ({"data_collection": "maybe"}, "provider.data_collection"),
        ({"preferred_max_latency": {"p12": 1}}, "provider.preferred_max_latency"),
        ({"enforce_distillable_text": True}, "provider.enforce_distillable_text"),
    ],
)
def test_wrong_preferences_name_the_field(asked: Any, field: str | None) -> None:
    if field is None:
        assert preferences.read(asked) is preferences.NO_PREFERENCES
        return
    with pytest.raises(InvalidRequestError, match=field):
        preferences.read(asked)


@pytest.mark.parametrize(
    ("asked", "code", "by"),
    [
        ({"only": ["nobody"]}, "constraint_filtered", "provider.only"),
        ({"zdr": True}, "privacy_restricted", "provider.zdr"),
        ({"max_price": {"prompt": 0}}, "constraint_filtered", "provider.max_price"),
    ],
)
def test_why_nothing_is_left(asked: Any, code: str, by: str) -> None:
    refusal = World(at("a", 1)).refusal(provider=asked)
    assert (refusal["code"], refusal["constraint"]) == (code, by)
    assert refusal["affected_providers"] == ["a"]
    assert refusal["retryable"] is False


def test_names_of_models() -> None:
    world = World(at("a", 1), aliases={"fast": "m"})
    assert world.plan("fast").choices[0].slug == "m"
    assert world.plan("fast").strategy == "alias"
    assert world.refusal("nothing-like-it")["code"] == "model_not_found"
    with pytest.raises(CallFailedError) as caught:
        World(at("a", 1)).plan("mm")
    assert caught.value.hint == "Did you mean `m`?"
    assert world.refusal("m:free")["code"] == "free_variant_ended"
    with pytest.raises(InvalidRequestError, match=":online"):
        world.plan("m:online")
    world.add("m:online", at("b", 1))
    assert world.order("m:online") == ["b"]
    world.add("vectors", at("e"), kind="embeddings")
    assert world.refusal("vectors")["code"] == "wrong_endpoint"
    assert world.order("vectors", api="embeddings") == ["e"]


def test_wildcards_take_the_longest_prefix() -> None:
    world = World()
    world.wildcards = {
        "openai/": Model(slug="openai/*", endpoints=(at("openai", upstream_model="*"),)),
        "openai/ft:": Model(slug="x", endpoints=(at("tuned", upstream_model="ft:*"),)),
    }
    (choice,) = world.plan("openai/gpt-9:exp").choices
    assert choice.slug == choice.endpoints[0].model == "openai/gpt-9:exp"
    assert choice.endpoints[0].upstream_model == "gpt-9:exp"
    assert world.plan("openai/ft:mine").choices[0].endpoints[0].upstream_model == "ft:mine"
    assert world.plan("openai/gpt-9:floor").choices[0].slug == "openai/gpt-9"
    assert world.refusal("openai/")["code"] == "model_not_found"


@pytest.mark.parametrize(
    "rest", ["x/../../jobs", "..", ".", "a/..", "x?api-version=1", "x#y", "x\\y"]
)
def test_a_name_that_leads_elsewhere_is_no_model_of_a_wildcard(rest: str) -> None:
    world = World()
    world.wildcards = {
        "azure/": Model(slug="azure/*", endpoints=(at("azure", upstream_model="*"),)),
    }
    assert world.refusal(f"azure/{rest}")["code"] == "model_not_found"
    assert world.plan("azure/a..b/v1.5").choices[0].endpoints[0].upstream_model == "a..b/v1.5"


def test_fallback_models() -> None:
    world = World(at("a", 1), fallbacks={"m": ("n",)}, default_fallbacks=("o",))
    for name in ("n", "o", "p"):
        world.add(name, at(name, 1))
    assert world.order() == ["a", "n"]
    assert world.order("m", "p") == ["a", "p"]
    assert world.order("n") == ["n", "o"]
    assert world.order("m", "nothing", "p") == ["a", "p"]
    assert world.plan("m", "p").strategy == "fallback"
    # When the first cannot be tried, the others are.
    assert world.order("m", "p", provider={"only": ["p"]}) == ["p"]


def test_sorting_across_models() -> None:
    world = World(at("a", 5), at("b", 1))
    world.add("n", at("c", 3))
    asked = {"sort": {"by": "price", "partition": "none"}}
    assert world.order("m", "n", provider=asked) == ["b", "c", "a"]
    assert [c.slug for c in world.plan("m", "n", provider=asked).choices] == ["m", "n", "m"]


def test_models_of_a_key() -> None:
    world = World(at("a", 1))
    world.add("n", at("b", 1))
    with pytest.raises(PermissionDeniedError, match="`n`"):
        world.plan("n", allowed=frozenset({"m"}))
    assert world.order("m", "n", allowed=frozenset({"m"})) == ["a"]


def test_a_session_stays_where_it_was() -> None:
    world = World(at("a", 1), at("b", 100))
    assert all(world.order(preferred="b") == ["b", "a"] for _ in range(20))
    assert world.order(preferred="b", provider={"sort": "price"}) == ["a", "b"]
    world.outages.failed(at("b"), RouterOptions())
    assert world.order(preferred="b") == ["a", "b"]


def test_ways_to_balance() -> None:
    busy, idle = at("busy", 1), at("idle", 9)
    world = World(busy, idle, strategy="least-busy")
    world.outages.began(busy)
    assert world.order() == ["idle", "busy"]
    assert World(busy, idle, strategy="order").order() == ["busy", "idle"]
    shuffled = World(at("a", 1, weight=0), at("b", 99, weight=1), strategy="shuffle")
    assert all(shuffled.order()[0] == "b" for _ in range(20))
    ordered = World(at("a", 1, order=2), at("b", 99, order=1))
    assert all(ordered.order() == ["b", "a"] for _ in range(20))


def test_limits_of_an_endpoint() -> None:
    limited = at("a", 1, rpm=1, tpm=100, max_parallel=1)
    world = World(limited)
    world.outages.began(limited)
    refusal = world.refusal()
    assert (refusal["code"], refusal["retryable"]) == ("capacity_exhausted", True)
    world.outages.ended(limited)
    assert world.refusal()["retry_after"] in range(59, 62)
    world.clock.advance(61)
    assert world.order() == ["a"]
    world.outages.worked(limited, first_us=1, total_us=1, tokens=150, completion=1)
    assert world.refusal()["code"] == "capacity_exhausted"
