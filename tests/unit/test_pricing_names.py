"""Which spellings find a model in the shipped list, and which must find nothing."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from sightline.pricing import price_list
from sightline.pricing.model_names import spellings, undated
from sightline.pricing.price_book import PriceBook, default_price_book
from sightline.pricing.price_list import PriceList
from sightline.pricing.providers import provider_name


def book_of(**models: dict[str, object]) -> PriceBook:
    data = json.dumps({"version": "test-1", "models": models}).encode()
    return PriceBook(lambda: PriceList(data))


@pytest.mark.parametrize(
    ("provider", "model", "same_as"),
    [
        (None, "gpt-4o", ("openai", "gpt-4o")),
        (None, "openai/gpt-4o", ("openai", "gpt-4o")),
        ("openai", "openai/openai/GPT-4o", ("openai", "gpt-4o")),
        ("OpenAI", " gpt-4o ", ("openai", "gpt-4o")),
        ("openai", "gpt-4o-2099-01-01", ("openai", "gpt-4o")),
        ("https://api.openai.com/v1", "gpt-4o", ("openai", "gpt-4o")),
        ("litellm_proxy", "gpt-4o", ("openai", "gpt-4o")),
        ("openai", "ft:gpt-4o:acme::AbC", ("openai", "ft:gpt-4o-2024-08-06")),
        ("openai", "ft:gpt-4o-2024-08-06:acme:x:AbC", ("openai", "ft:gpt-4o-2024-08-06")),
        ("azure", "gpt-35-turbo", ("azure", "gpt-3.5-turbo")),
        ("az.ai.openai", "gpt-4o", ("azure", "gpt-4o")),
        ("acme.openai.azure.com", "gpt-4o", ("azure", "gpt-4o")),
        ("anthropic", "claude-sonnet-4.5", ("anthropic", "claude-sonnet-4-5")),
        ("anthropic", "claude-sonnet-4-5-latest", ("anthropic", "claude-sonnet-4-5")),
        ("anthropic", "claude-sonnet-4-5[1m]", ("anthropic", "claude-sonnet-4-5")),
        ("openai", "anthropic/claude-sonnet-4-5", ("anthropic", "claude-sonnet-4-5")),
        ("google_vertexai", "claude-sonnet-4-5@20250929", ("anthropic", "claude-sonnet-4-5")),
        ("google", "models/gemini-2.5-pro", ("google_ai", "gemini-2.5-pro")),
        (None, "publishers/google/models/gemini-2.5-pro", ("google_ai", "gemini-2.5-pro")),
        ("gemini", "gemini-2.5-pro-preview-05-06", ("google_ai", "gemini-2.5-pro")),
        (None, "openrouter/anthropic/claude-sonnet-4", ("openrouter", "anthropic/claude-sonnet-4")),
        ("openrouter", "anthropic/claude-sonnet-4:nitro", ("openrouter", "claude-sonnet-4")),
        ("x-ai", "grok-4", ("xai", "grok-4")),
        ("mistralai", "mistral-large-latest", ("mistral", "mistral-large-latest")),
        ("fireworks", "deepseek-v3", ("fireworks_ai", "accounts/fireworks/models/deepseek-v3")),
        ("aws.bedrock", "amazon.nova-pro-v1:0", ("bedrock", "us.amazon.nova-pro-v1:0")),
        (
            "bedrock",
            "arn:aws:bedrock:us-east-1:123456789012:foundation-model/amazon.nova-pro-v1:0",
            ("bedrock", "amazon.nova-pro-v1:0"),
        ),
    ],
)
def test_spelling_finds_the_model(
    provider: str | None, model: str, same_as: tuple[str, str]
) -> None:
    book = default_price_book()
    found, expected = book.find(provider, model), book.find(*same_as)
    assert found is not None
    assert expected is not None
    assert (found.rates.input_usd, found.rates.output_usd) == (
        expected.rates.input_usd,
        expected.rates.output_usd,
    )


@pytest.mark.parametrize(
    "model",
    [
        "us.anthropic.claude-3-5-sonnet-20241022-v2:0",
        "bedrock/anthropic.claude-3-5-sonnet-20241022-v2:0",
        "anthropic.claude-3-5-sonnet-20241022-v2:0",
        "mx.anthropic.claude-3-5-sonnet-20241022-v2:0",
        "anthropic.claude-3-5-sonnet-20241022-v2",
    ],
)
def test_bedrock_suffixes_and_regions(model: str) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 100}
    assert default_price_book().cost_usd("bedrock", model, usage) == Decimal("0.0045")


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        (None, "fake-model"),
        (None, "gpt-9-ultra"),
        (None, "gpt"),
        ("openai", "gpt-4o-but-better"),
        ("openai", "chat"),
        ("anthropic", "claude"),
        ("anthropic", "claude-sonnet-4-5-finetuned-by-me"),
        ("bedrock", "anthropic.claude-v9:1"),
        ("google_ai", "gemini-2.5-pro-turbo"),
        ("google_ai", "models"),
        ("azure", "my-deployment"),
        ("groq", "gpt-4o"),
        ("openai", "ft:no-such-base:acme::id"),
        ("openrouter", "no/such-model:free"),
        ("ollama", "gpt-oss:120b-cloud"),
        (None, "acme/gpt-4o-clone"),
        (None, "acme/gpt-4o"),
    ],
)
def test_no_model_is_taken_for_another(provider: str | None, model: str) -> None:
    assert default_price_book().find(provider, model) is None


def test_dated_price_wins_over_undated() -> None:
    book = book_of(
        openai={
            "gpt-4o": {"input": 2.5, "output": 10},
            "gpt-4o-2024-05-13": {"input": 5, "output": 15},
        }
    )
    price = book.find("openai", "gpt-4o-2024-05-13")
    assert price is not None
    assert price.rates.input_usd == Decimal("0.000005")


def test_undated_name_needs_one_price_for_all_dates() -> None:
    one = book_of(openai={"m-2024-01-01": {"input": 1, "output": 1}})
    two = book_of(
        openai={
            "m-2024-01-01": {"input": 1, "output": 1},
            "m-2025-01-01": {"input": 2, "output": 2},
        }
    )
    assert one.find("openai", "m") is not None
    assert two.find("openai", "m") is None


def test_prefixless_name_needs_one_price_for_all_prefixes() -> None:
    book = book_of(
        openrouter={
            "a/same": {"input": 1, "output": 1},
            "b/same": {"input": 1, "output": 1},
            "a/other": {"input": 1, "output": 1},
            "b/other": {"input": 2, "output": 2},
        }
    )
    assert book.find("openrouter", "same") is not None
    assert book.find("openrouter", "other") is None


def test_region_price_is_not_given_to_the_bare_name() -> None:
    book = book_of(azure={"eu/gpt-x": {"input": 2.75, "output": 11}})
    assert book.find("azure", "eu/gpt-x") is not None
    assert book.find("azure", "gpt-x") is None


def test_fine_tuned_model_is_not_given_the_base_price() -> None:
    book = book_of(openai={"gpt-4o": {"input": 2.5, "output": 10}})
    assert book.find("openai", "ft:gpt-4o:acme::id") is None


def test_spellings_begin_with_the_name_as_sent() -> None:
    assert list(spellings("us.anthropic.claude-3-5-sonnet-20241022-v2:0")) == [
        "us.anthropic.claude-3-5-sonnet-20241022-v2:0",
        "us.anthropic.claude-3-5-sonnet-20241022-v2",
        "us.anthropic.claude-3-5-sonnet-20241022",
        "us.anthropic.claude-3-5-sonnet",
        "anthropic.claude-3-5-sonnet-20241022-v2:0",
        "anthropic.claude-3-5-sonnet-20241022-v2",
        "anthropic.claude-3-5-sonnet-20241022",
        "anthropic.claude-3-5-sonnet",
        "claude-3-5-sonnet-20241022-v2:0",
        "claude-3-5-sonnet-20241022-v2",
        "claude-3-5-sonnet-20241022",
        "claude-3-5-sonnet",
    ]


@pytest.mark.parametrize(
    "name", ["gpt-4-0613", "claude-v2", "text-embedding-004", "x-latest", "llama2:7b", "grok-4.20"]
)
def test_numbers_that_are_part_of_the_name_stay(name: str) -> None:
    assert list(undated(name)) == []


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("gcp.vertex_ai", "google_vertexai"),
        ("gcp.gemini", "google_ai"),
        ("bedrock_converse", "bedrock"),
        ("vertex_ai-anthropic_models", "anthropic_vertexai"),
        ("x-ai", "xai"),
        ("Together AI", "together_ai"),
        ("https://openrouter.ai/api/v1", "openrouter"),
        ("generativelanguage.googleapis.com", "google_ai"),
        ("us-central1-aiplatform.googleapis.com", "google_vertexai"),
        ("bedrock-runtime.eu-west-1.amazonaws.com", "bedrock"),
        ("acme.services.ai.azure.com", "azure_ai"),
        ("acme", "acme"),
    ],
)
def test_provider_aliases(sent: str, name: str) -> None:
    assert provider_name(sent) == name


def test_memory_of_names_is_bounded() -> None:
    book = book_of(openai={"gpt-x": {"input": 1, "output": 1}})
    for number in range(5000):
        book.find("openai", f"made-up-{number}")
    assert len(book._remembered) <= 4096
    assert book.find("openai", "gpt-x") is not None


def test_version_names_both_sources() -> None:
    assert default_price_book().version == "litellm-1.109.1+genai-prices-0.2.3"
    assert default_price_book() is default_price_book()


def test_every_shipped_rate_is_sane() -> None:
    shipped = json.loads(Path(price_list.__file__).with_name("prices.json").read_text())
    read = price_list.shipped_price_list()
    for provider, models in shipped["models"].items():
        for model in models:
            found = read.rates(provider, model)
            assert found is not None
            rates, tiers = found
            for each in (rates, *(tier.rates for tier in tiers)):
                for field in each.__struct_fields__:
                    assert 0 <= getattr(each, field) <= Decimal("0.001"), (provider, model, field)


def test_import_reads_no_prices_and_needs_no_price_package() -> None:
    code = (
        "import sys, builtins, pathlib\n"
        "def refuse(*a, **k): raise AssertionError('read at import')\n"
        "pathlib.Path.read_bytes = refuse\n"
        "import sightline.pricing.price_book as p; p.default_price_book()\n"
        "heavy = {'genai_prices', 'litellm', 'pydantic', 'httpx', 'httpx2', 'socket'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
