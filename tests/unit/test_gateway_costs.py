"""What a call costs, and that its span's usage is priced to the same."""

from decimal import Decimal
from typing import Any

import pytest

from sightline.domain.gateway import Endpoint, TokenPrices
from sightline.domain.generation import Usage
from sightline.pricing.price_book import default_price_book
from sightline.services.gateway.costs import cost_of, unit_price
from sightline.services.gateway.record import flat_usage

BOOK = default_price_book()
USAGES = [
    Usage(prompt_tokens=1000, completion_tokens=500, total_tokens=1500),
    Usage(prompt_tokens=1000, completion_tokens=0, total_tokens=1000),
    Usage(prompt_tokens=1000, completion_tokens=500, total_tokens=1500, cached_tokens=400),
    Usage(
        prompt_tokens=9000,
        completion_tokens=500,
        total_tokens=9500,
        cached_tokens=4000,
        cache_write_tokens=3000,
        cache_write_1h_tokens=1000,
        reasoning_tokens=100,
    ),
    Usage(prompt_tokens=300_000, completion_tokens=5, total_tokens=300_005),
    Usage(
        prompt_tokens=100,
        completion_tokens=50,
        total_tokens=150,
        audio_input_tokens=30,
        audio_output_tokens=20,
    ),
]


def at(provider: str, model: str, **more: Any) -> Endpoint:
    return Endpoint(
        id="x",
        model="m",
        provider=provider,
        provider_name=provider,
        base_url="",
        upstream_model=model,
        **more,
    )


@pytest.mark.parametrize("usage", USAGES)
@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "gpt-4o-mini"),
        ("anthropic", "claude-sonnet-4-5"),
        ("google_ai", "gemini-2.5-pro"),
        ("openai", "gpt-4o-audio-preview"),
    ],
)
def test_a_spans_usage_costs_what_the_caller_was_told(
    provider: str, model: str, usage: Usage
) -> None:
    cost = cost_of(BOOK, at(provider, model), usage, None)
    assert cost is not None and cost.total > 0
    assert cost.input + cost.output == cost.total
    assert cost.input >= 0 and cost.output >= 0
    assert BOOK.cost_usd(provider, model, flat_usage(usage)) == cost.total


def test_prices_of_the_endpoint_come_first() -> None:
    prices = TokenPrices(
        prompt=Decimal("0.000002"),
        completion=Decimal("0.000004"),
        request=Decimal("0.01"),
        cache_read=Decimal("0.000001"),
    )
    endpoint = at("openai", "gpt-4o-mini", prices=prices)
    cost = cost_of(BOOK, endpoint, USAGES[2], 9.0)
    assert cost is not None
    assert cost.input == Decimal("0.01") + 600 * prices.prompt + 400 * Decimal("0.000001")
    assert cost.output == Decimal("0.002")
    assert cost.upstream == Decimal("9.0")
    assert unit_price(BOOK, endpoint) == (prices.prompt, prices.completion)


def test_what_an_upstream_says_counts_where_nothing_else_is_known() -> None:
    unknown = at("nobody", "no-model")
    cost = cost_of(BOOK, unknown, USAGES[0], 0.0123)
    assert cost is not None and cost.total == Decimal("0.0123")
    assert cost_of(BOOK, unknown, USAGES[0], None) is None
    assert unit_price(BOOK, unknown) is None
