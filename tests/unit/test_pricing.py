"""Costs in exact dollars, against a small list of our own: a price refresh breaks nothing here."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.pricing.price_book import PriceBook
from sightline.pricing.price_list import PriceList
from sightline.pricing.token_counts import count_tokens

# USD per million tokens, as in prices.json.
LIST = {
    "version": "test-1",
    "models": {
        "openai": {
            "gpt-4o": {"input": 2.5, "output": 10, "cache_read": 1.25},
            "gpt-plain": {"input": 2, "output": 8},
            "gpt-audio": {"input": 2.5, "output": 10, "audio_input": 40, "audio_output": 80},
            "gpt-voice": {
                "input": 4, "output": 16, "cache_read": 0.4,
                "audio_input": 32, "audio_cache_read": 0.5, "audio_output": 64,
            },
            "gpt-picture": {"input": 5, "output": 30, "image_input": 8, "image_output": 40},
            "text-embedding-3-small": {"input": 0.02, "output": 0},
            "omni-moderation-latest": {"input": 0, "output": 0},
        },
        "anthropic": {
            "claude-sonnet-4-5": {
                "input": 3, "output": 15, "cache_read": 0.3, "cache_write": 3.75,
                "cache_write_1h": 6,
            },
        },
        "bedrock": {
            "anthropic.claude-3-5-sonnet-20241022-v2:0": {
                "input": 3, "output": 15, "cache_read": 0.3, "cache_write": 3.75,
            },
        },
        "google_ai": {
            "gemini-2.5-pro": {
                "input": 1.25, "output": 10, "cache_read": 0.125,
                "above": {"200000": {"input": 2.5, "output": 15, "cache_read": 0.25}},
            },
            "gemini-1.5-pro": {
                "input": 1.25, "output": 5, "cache_read": 0.3125,
                "above": {"128000": {"input": 2.5, "output": 10}},
            },
        },
        "dashscope": {"qwen-plus": {"input": 0.4, "output": 1.2, "reasoning": 4}},
        "xai": {"grok-4": {"input": 3, "output": 15, "cache_read": 0.75}},
        "openrouter": {
            "anthropic/claude-sonnet-4.5": {"input": 3, "output": 15, "cache_read": 0.3},
        },
    },
}  # fmt: skip

SONNET = ("anthropic", "claude-sonnet-4-5")


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return PriceBook(lambda: PriceList(json.dumps(LIST).encode()))


def test_prompt_and_completion_have_their_own_rate(book: PriceBook) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200}
    assert book.cost_usd("openai", "gpt-4o", usage) == Decimal("0.0045")


def test_input_and_output_tokens_are_the_same_counts(book: PriceBook) -> None:
    usage = {"input_tokens": 1000, "output_tokens": 200}
    assert book.cost_usd("openai", "gpt-4o", usage) == Decimal("0.0045")


def test_copies_under_original_usage_are_not_counted_twice(book: PriceBook) -> None:
    usage = {
        "prompt_tokens": 1000,
        "completion_tokens": 200,
        "original_usage.prompt_tokens": 1000,
        "original_usage.completion_tokens": 200,
    }
    assert book.cost_usd("openai", "gpt-4o", usage) == Decimal("0.0045")


@pytest.mark.parametrize(
    "cached_key",
    [
        "original_usage.prompt_tokens_details.cached_tokens",
        "original_usage.input_tokens_details.cached_tokens",
        "cached_tokens",
        "cache_read_input_tokens",
        "cache_read.input_tokens",
    ],
)
def test_openai_prompt_includes_the_cached_part(book: PriceBook, cached_key: str) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 200, cached_key: 400}
    # 600 x 2.50 + 400 x 1.25 + 200 x 10
    assert book.cost_usd("openai", "gpt-4o", usage) == Decimal("0.0040")


def test_responses_api_shape_includes_the_cached_part(book: PriceBook) -> None:
    usage = {
        "prompt_tokens": 1000,
        "completion_tokens": 200,
        "total_tokens": 1200,
        "original_usage.input_tokens": 1000,
        "original_usage.output_tokens": 200,
        "original_usage.input_tokens_details.cached_tokens": 400,
        "original_usage.output_tokens_details.reasoning_tokens": 50,
    }
    assert book.cost_usd("openai", "gpt-4o", usage) == Decimal("0.0040")


def test_missing_cached_rate_is_the_input_rate(book: PriceBook) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 0, "cached_tokens": 400}
    assert book.cost_usd("openai", "gpt-plain", usage) == Decimal("0.002")


def test_more_cached_than_prompt_counts_beside_it(book: PriceBook) -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 0, "cache_read_input_tokens": 400}
    # 100 x 2.50 + 400 x 1.25: inside is not possible
    assert book.cost_usd("openai", "gpt-4o", usage) == Decimal("0.00075")


def test_anthropic_through_the_opik_client(book: PriceBook) -> None:
    """The client adds the cache into `prompt_tokens`; the bare count is in `original_usage`."""
    usage = {
        "prompt_tokens": 1300,
        "completion_tokens": 50,
        "total_tokens": 1350,
        "original_usage.input_tokens": 100,
        "original_usage.output_tokens": 50,
        "original_usage.cache_read_input_tokens": 1000,
        "original_usage.cache_creation_input_tokens": 200,
    }
    # 100 x 3 + 1000 x 0.30 + 200 x 3.75 + 50 x 15
    assert book.cost_usd(*SONNET, usage) == Decimal("0.0021")


def test_anthropic_older_client_kept_the_cache_out_of_prompt(book: PriceBook) -> None:
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 50,
        "original_usage.input_tokens": 100,
        "original_usage.cache_read_input_tokens": 1000,
        "original_usage.cache_creation_input_tokens": 200,
    }
    assert book.cost_usd(*SONNET, usage) == Decimal("0.0021")


def test_anthropic_plain_keys_are_buckets_beside_the_prompt(book: PriceBook) -> None:
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 50,
        "cache_read_input_tokens": 1000,
        "cache_creation_input_tokens": 200,
    }
    assert book.cost_usd(*SONNET, usage) == Decimal("0.0021")


def test_anthropic_in_openai_shape_includes_the_cache(book: PriceBook) -> None:
    usage = {
        "prompt_tokens": 1300,
        "completion_tokens": 50,
        "original_usage.prompt_tokens": 1300,
        "original_usage.cache_read_input_tokens": 1000,
        "original_usage.cache_creation_input_tokens": 200,
    }
    assert book.cost_usd(*SONNET, usage) == Decimal("0.0021")


def test_anthropic_one_hour_cache_has_its_own_rate(book: PriceBook) -> None:
    usage = {
        "prompt_tokens": 1300,
        "completion_tokens": 50,
        "original_usage.input_tokens": 100,
        "original_usage.cache_read_input_tokens": 1000,
        "original_usage.cache_creation_input_tokens": 200,
        "original_usage.cache_creation.ephemeral_5m_input_tokens": 150,
        "original_usage.cache_creation.ephemeral_1h_input_tokens": 50,
    }
    # as above, but 50 of the 200 written at 6
    assert book.cost_usd(*SONNET, usage) == Decimal("0.0022125")


def test_anthropic_compaction_bills_all_iterations(book: PriceBook) -> None:
    """After a compaction the client's sums are above the top-level counts."""
    usage = {
        "prompt_tokens": 1100,
        "completion_tokens": 350,
        "original_usage.input_tokens": 100,
        "original_usage.output_tokens": 50,
        "original_usage.cache_read_input_tokens": 0,
    }
    assert book.cost_usd(*SONNET, usage) == Decimal("0.00855")


def test_gateway_counts_the_cache_inside_whoever_made_the_model(book: PriceBook) -> None:
    usage = {"prompt_tokens": 1300, "completion_tokens": 50, "cache_read_input_tokens": 1000}
    # 300 x 3 + 1000 x 0.30 + 50 x 15
    cost = book.cost_usd("openrouter", "anthropic/claude-sonnet-4.5", usage)
    assert cost == Decimal("0.00195")


def test_bedrock_shape(book: PriceBook) -> None:
    usage = {
        "prompt_tokens": 1300,
        "completion_tokens": 50,
        "original_usage.inputTokens": 100,
        "original_usage.outputTokens": 50,
        "original_usage.cacheReadInputTokens": 1000,
        "original_usage.cacheWriteInputTokens": 200,
    }
    model = "us.anthropic.claude-3-5-sonnet-20241022-v2:0"
    assert book.cost_usd("bedrock", model, usage) == Decimal("0.0021")


def test_tier_begins_above_its_threshold(book: PriceBook) -> None:
    """Crossing it changes the rate of every token: 1.25/10 becomes 2.50/15."""
    at = book.cost_usd("google_ai", "gemini-2.5-pro", {"prompt_tokens": 200_000})
    above = book.cost_usd("google_ai", "gemini-2.5-pro", {"prompt_tokens": 200_001})
    assert at == Decimal("0.25")
    assert above == Decimal("0.5000025")


def test_tier_counts_the_cached_part_of_the_prompt(book: PriceBook) -> None:
    usage = {
        "prompt_tokens": 250_000,
        "completion_tokens": 100,
        "original_usage.prompt_token_count": 250_000,
        "original_usage.cached_content_token_count": 240_000,
    }
    # 10,000 x 2.50 + 240,000 x 0.25 + 100 x 15
    assert book.cost_usd("google_ai", "gemini-2.5-pro", usage) == Decimal("0.0865")


def test_tier_without_a_cached_rate_keeps_the_base_one(book: PriceBook) -> None:
    usage = {"prompt_tokens": 130_000, "completion_tokens": 0, "cached_tokens": 30_000}
    # 100,000 x 2.50 + 30,000 x 0.3125
    assert book.cost_usd("google_ai", "gemini-1.5-pro", usage) == Decimal("0.259375")


def test_audio_tokens_have_their_own_rates(book: PriceBook) -> None:
    usage = {
        "prompt_tokens": 1000,
        "completion_tokens": 300,
        "original_usage.prompt_tokens_details.audio_tokens": 600,
        "original_usage.completion_tokens_details.audio_tokens": 200,
    }
    # 400 x 2.50 + 600 x 40 + 100 x 10 + 200 x 80
    assert book.cost_usd("openai", "gpt-audio", usage) == Decimal("0.042")


def test_plain_audio_keys(book: PriceBook) -> None:
    usage = {
        "prompt_tokens": 1000,
        "completion_tokens": 300,
        "input_audio_tokens": 600,
        "output_audio_tokens": 200,
    }
    assert book.cost_usd("openai", "gpt-audio", usage) == Decimal("0.042")


def test_cached_audio_is_priced_once(book: PriceBook) -> None:
    usage = {
        "prompt_tokens": 1000,
        "completion_tokens": 0,
        "original_usage.input_token_details.audio_tokens": 600,
        "original_usage.input_token_details.cached_tokens": 500,
        "original_usage.input_token_details.cached_tokens_details.audio_tokens": 300,
    }
    # text: 200 fresh x 4 + 200 cached x 0.40; audio: 300 fresh x 32 + 300 cached x 0.50
    assert book.cost_usd("openai", "gpt-voice", usage) == Decimal("0.01063")


def test_image_tokens_have_their_own_rates(book: PriceBook) -> None:
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 50,
        "original_usage.input_tokens_details.image_tokens": 80,
        "original_usage.output_tokens_details.image_tokens": 50,
    }
    # 20 x 5 + 80 x 8 + 50 x 40
    assert book.cost_usd("openai", "gpt-picture", usage) == Decimal("0.00274")


def test_reasoning_is_part_of_the_completion(book: PriceBook) -> None:
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 500,
        "total_tokens": 600,
        "original_usage.completion_tokens_details.reasoning_tokens": 300,
    }
    assert book.cost_usd("openai", "gpt-4o", usage) == Decimal("0.00525")


def test_reasoning_with_a_rate_of_its_own(book: PriceBook) -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 500, "reasoning_tokens": 300}
    # 100 x 0.40 + 200 x 1.20 + 300 x 4
    assert book.cost_usd("dashscope", "qwen-plus", usage) == Decimal("0.00148")


def test_reasoning_left_out_of_the_completion_is_added(book: PriceBook) -> None:
    """xAI's total is prompt + completion + reasoning."""
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 10,
        "total_tokens": 410,
        "original_usage.completion_tokens_details.reasoning_tokens": 300,
    }
    # 100 x 3 + 310 x 15
    assert book.cost_usd("xai", "grok-4", usage) == Decimal("0.00495")


def test_raw_google_counts_add_thoughts(book: PriceBook) -> None:
    usage = {
        "original_usage.prompt_token_count": 1000,
        "original_usage.candidates_token_count": 100,
        "original_usage.thoughts_token_count": 300,
        "original_usage.total_token_count": 1400,
    }
    # 1000 x 1.25 + 400 x 10
    assert book.cost_usd("google_ai", "gemini-2.5-pro", usage) == Decimal("0.00525")


def test_total_alone_is_enough_only_for_one_rate(book: PriceBook) -> None:
    usage = {"total_tokens": 1000}
    assert book.cost_usd("openai", "text-embedding-3-small", usage) == Decimal("0.00002")
    assert book.cost_usd("openai", "gpt-4o", usage) is None


def test_free_is_zero_and_unknown_is_none(book: PriceBook) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 10}
    assert book.cost_usd("openai", "omni-moderation-latest", usage) == 0
    assert book.cost_usd("ollama", "llama3.2:3b", usage) == 0
    assert book.cost_usd("openai", "no-such-model", usage) is None
    assert book.cost_usd("no-such-provider", "no-such-model", usage) is None


@pytest.mark.parametrize(
    "usage",
    [
        {},
        {"": 5},
        {"tokens": 5, "original_usage.num_search_queries": 3},
        {"prompt_tokens": -1},
        {"prompt_tokens": 10**30},
        {"prompt_tokens": None},
        {"prompt_tokens": "12"},
        {"prompt_tokens": 1.5},
        {"prompt_tokens": True},
    ],
)
def test_no_usable_count_is_no_cost(book: PriceBook, usage: dict[str, int]) -> None:
    assert book.cost_usd("openai", "gpt-4o", usage) is None


@pytest.mark.parametrize("provider", [None, "", " ", "/", "http://", "\x00", "x" * 5000])
@pytest.mark.parametrize(
    "model", [None, "", " ", "/", "//", ":", "ft:", "@", "x" * 5000, "a/" * 99]
)
def test_garbage_names_are_unknown(
    book: PriceBook, provider: str | None, model: str | None
) -> None:
    assert book.cost_usd(provider, model, {"prompt_tokens": 1}) is None


def test_broken_count_beside_a_good_one_is_ignored(book: PriceBook) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": -7, "cached_tokens": 10**40}
    assert book.cost_usd("openai", "gpt-4o", usage) == Decimal("0.0025")


KEYS = st.sampled_from(
    [
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "cached_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        "reasoning_tokens",
        "input_audio_tokens",
        "output_audio_tokens",
        "original_usage.input_tokens",
        "original_usage.prompt_tokens",
        "original_usage.candidates_token_count",
        "original_usage.thoughts_token_count",
        "original_usage.cache_creation.ephemeral_1h_input_tokens",
        "original_usage.completion_tokens_details.image_tokens",
        "something.else",
    ]
)
MODELS = st.sampled_from(
    [(provider, model) for provider, models in LIST["models"].items() for model in models]
)


@given(
    sent=MODELS,
    usage=st.dictionaries(KEYS, st.integers(-10, 10**6) | st.integers(-(10**20), 10**20)),
)
def test_cost_is_never_negative(
    book: PriceBook, sent: tuple[str, str], usage: dict[str, int]
) -> None:
    cost = book.cost_usd(*sent, usage)
    assert cost is None or cost >= 0


@given(
    sent=MODELS,
    usage=st.dictionaries(KEYS, st.integers(0, 1000)),
    completion=st.integers(0, 1000),
    more=st.integers(1, 1000),
)
def test_cost_grows_with_the_completion(
    book: PriceBook, sent: tuple[str, str], usage: dict[str, int], completion: int, more: int
) -> None:
    less = book.cost_usd(*sent, {**usage, "completion_tokens": completion})
    grown = book.cost_usd(*sent, {**usage, "completion_tokens": completion + more})
    assert less is not None
    assert grown is not None
    assert grown >= less


@given(
    st.integers(-1, 10**12 + 1),
    st.integers(-1, 10**12 + 1),
    st.none() | st.integers(-1, 10**12 + 1),
    st.booleans(),
)
def test_counts_of_plain_usage_are_those_of_usage_that_says_more(
    asked: int, answered: int, total: int | None, beside: bool
) -> None:
    usage = {"prompt_tokens": asked, "completion_tokens": answered}
    if total is not None:
        usage["total_tokens"] = total
    more = {**usage, "reasoning_tokens": 0}
    counts = count_tokens(usage, cache_beside_prompt=beside)
    assert counts == count_tokens(more, cache_beside_prompt=beside)
