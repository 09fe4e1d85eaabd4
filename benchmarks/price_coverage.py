"""Counts how many of 100 model names, spelled as clients send them, each price source can answer.

    uv run python tools/gen_prices.py ... --only litellm --out litellm.json
    uv run python tools/gen_prices.py ... --only genai-prices --out genai.json
    uv run --with genai-prices==0.2.3 python benchmarks/price_coverage.py \
        --litellm-file model_prices_and_context_window_backup.json \
        --litellm-list litellm.json --genai-list genai.json --as-of 2026-11-22

Prints figures and judges nothing. A name counts as answered when the source has a price per input
token for it.
"""

import argparse
import json
import timeit
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sightline.pricing.price_book import PriceBook
from sightline.pricing.price_list import PriceList

NONSENSE = "nonsense"

# (provider as sent or None, model as sent), by group.
NAMES: dict[str, list[tuple[str | None, str]]] = {
    "plain and dated": [
        ("openai", "gpt-4o"),
        ("openai", "gpt-4o-2024-08-06"),
        ("openai", "gpt-4o-mini"),
        ("openai", "gpt-4-turbo-2024-04-09"),
        ("openai", "gpt-3.5-turbo-0125"),
        ("openai", "o3-mini-2025-01-31"),
        ("openai", "o1"),
        ("openai", "ft:gpt-4o-2024-08-06:acme::AbC123"),
        ("openai", "ft:gpt-4o-mini-2024-07-18:acme:support:9xYz"),
        ("anthropic", "claude-3-5-sonnet-20241022"),
        ("anthropic", "claude-3-5-sonnet-latest"),
        ("anthropic", "claude-3-haiku-20240307"),
        ("anthropic", "claude-3.7-sonnet"),
        ("anthropic", "claude-opus-4.1"),
        ("anthropic", "claude-sonnet-4-5-20250929"),
        ("anthropic", "claude-sonnet-4-5[1m]"),
    ],
    "newest": [
        ("openai", "gpt-5"),
        ("openai", "gpt-5.1-2025-11-13"),
        ("openai", "gpt-5.5"),
        ("openai", "gpt-6-sol"),
        ("anthropic", "claude-opus-4-5"),
        ("anthropic", "claude-sonnet-5-5"),
        ("anthropic", "claude-haiku-5-5"),
        ("google_ai", "gemini-3.8-flash"),
        ("google_ai", "gemini-3.1-pro-preview"),
        ("xai", "grok-4.20-0309"),
    ],
    "prefixed": [
        (None, "openai/gpt-4o"),
        (None, "anthropic/claude-sonnet-4-5"),
        (None, "openrouter/anthropic/claude-sonnet-4"),
        (None, "openrouter/openai/gpt-4o-mini"),
        ("openrouter", "google/gemini-2.5-pro"),
        ("openrouter", "deepseek/deepseek-r1:free"),
        ("openrouter", "anthropic/claude-sonnet-4.5:beta"),
        ("openrouter.ai", "meta-llama/llama-3.3-70b-instruct"),
        (None, "gemini/gemini-2.5-flash"),
        (None, "vertex_ai/gemini-2.5-pro"),
        ("litellm", "azure/gpt-4o"),
        ("litellm", "groq/llama-3.3-70b-versatile"),
    ],
    "no provider": [
        (None, "gpt-4o-mini-2024-07-18"),
        (None, "claude-sonnet-4-20250514"),
        (None, "gemini-2.5-flash"),
        (None, "grok-4"),
        (None, "mistral-large-latest"),
        (None, "text-embedding-3-small"),
    ],
    "bedrock": [
        ("bedrock", "us.anthropic.claude-3-5-sonnet-20241022-v2:0"),
        ("bedrock", "anthropic.claude-3-haiku-20240307-v1:0"),
        ("bedrock", "eu.anthropic.claude-sonnet-4-20250514-v1:0"),
        ("bedrock", "apac.anthropic.claude-3-5-sonnet-20240620-v1:0"),
        ("bedrock", "global.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("bedrock", "us.amazon.nova-pro-v1:0"),
        ("bedrock", "meta.llama3-1-70b-instruct-v1:0"),
        ("aws.bedrock", "mistral.mistral-large-2402-v1:0"),
        (None, "bedrock/anthropic.claude-3-sonnet-20240229-v1:0"),
        (
            "bedrock",
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/"
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        ),
    ],
    "azure": [
        ("azure", "gpt-4o-2024-11-20"),
        ("azure", "gpt-35-turbo"),
        ("azure", "gpt-4.1-mini"),
        ("azure.ai.openai", "o4-mini"),
        ("azure_ai", "claude-sonnet-4-5"),
        ("azure", "text-embedding-ada-002"),
    ],
    "vertex and gemini": [
        ("google_vertexai", "claude-3-5-sonnet-v2@20241022"),
        ("anthropic_vertexai", "claude-sonnet-4@20250514"),
        ("google_vertexai", "gemini-1.5-pro-002"),
        ("google_vertexai", "publishers/google/models/gemini-2.5-flash"),
        ("google_ai", "models/gemini-2.5-pro"),
        ("google_ai", "gemini-2.0-flash-001"),
        ("google_ai", "gemini-2.5-pro-preview-05-06"),
        ("gemini", "gemini-flash-latest"),
    ],
    "other hosts": [
        ("mistral", "mistral-small-latest"),
        ("mistralai", "codestral-2508"),
        ("groq", "llama-3.1-8b-instant"),
        ("groq", "openai/gpt-oss-120b"),
        ("deepseek", "deepseek-chat"),
        ("deepseek", "deepseek-reasoner"),
        ("x_ai", "grok-3-mini"),
        ("cohere", "command-r-plus-08-2024"),
        ("cohere", "command-a-03-2025"),
        ("together_ai", "meta-llama/Llama-3.3-70B-Instruct-Turbo"),
        ("together", "Qwen/Qwen2.5-7B-Instruct-Turbo"),
        ("fireworks_ai", "accounts/fireworks/models/llama-v3p1-70b-instruct"),
        ("fireworks", "deepseek-v3"),
        ("perplexity", "sonar-pro"),
        ("cerebras", "gpt-oss-120b"),
        ("ollama", "llama3.2:3b"),
    ],
    "embeddings and audio": [
        ("openai", "text-embedding-3-large"),
        ("cohere", "embed-english-v3.0"),
        ("voyage", "voyage-3-large"),
        ("google_ai", "gemini-embedding-001"),
        ("openai", "gpt-4o-audio-preview"),
        ("openai", "gpt-4o-transcribe"),
        ("openai", "whisper-1"),
    ],
    NONSENSE: [
        ("openai", "gpt-9-ultra"),
        (None, "gemini-2.5-pro-turbo-max"),
        ("anthropic", "claude-sonnet-4-5-finetuned-by-me"),
        ("bedrock", "anthropic.claude-v9:1"),
        (None, "acme/gpt-4o-clone"),
        ("azure", "my-deployment"),
        ("acme", "acme-large-1"),
        (None, "fake-model"),
        ("groq", "gpt-4o"),
    ],
}

Answer = tuple[float, float]  # USD per million input and output tokens
Source = Callable[[str | None, str], Answer | None]


def main() -> None:
    parser = argparse.ArgumentParser(description="Coverage of model names by price sources.")
    parser.add_argument("--litellm-file", type=Path, required=True)
    parser.add_argument("--litellm-list", type=Path, required=True)
    parser.add_argument("--genai-list", type=Path, required=True)
    parser.add_argument("--as-of", required=True, help="prices valid on this day, YYYY-MM-DD")
    args = parser.parse_args()
    as_of = datetime.fromisoformat(args.as_of).replace(hour=12, tzinfo=UTC)
    sources: dict[str, Source] = {
        "genai-prices": genai_prices_own(as_of),
        "litellm keys": litellm_keys(json.loads(args.litellm_file.read_text())),
        "genai rows": through_our_rules(args.genai_list),
        "litellm rows": through_our_rules(args.litellm_list),
        "shipped": book_answers(PriceBook()),
    }
    print_table(sources)
    print_agreement(args.litellm_list, args.genai_list)
    print_misses(sources)
    print_differences(sources)
    print_times()


def genai_prices_own(as_of: datetime) -> Source:
    from genai_prices.data_snapshot import get_snapshot

    def answer(provider: str | None, model: str) -> Answer | None:
        try:
            _, found = get_snapshot().find_provider_model(model, None, provider, None)
        except LookupError:
            return None
        prices = found.get_prices(as_of)
        if prices.input_mtok is None:
            return (0.0, 0.0) if found.id.endswith(":free") else None
        return usd(prices.input_mtok), usd(prices.output_mtok)

    return answer


def usd(rate: Any) -> float:
    return float(getattr(rate, "base", rate) or 0)


def litellm_keys(listed: dict[str, dict[str, Any]]) -> Source:
    def answer(provider: str | None, model: str) -> Answer | None:
        for key in (model, f"{provider}/{model}"):
            entry = listed.get(key, {})
            if "input_cost_per_token" in entry:
                rates = (entry["input_cost_per_token"], entry.get("output_cost_per_token", 0))
                return rates[0] * 1e6, rates[1] * 1e6
        return None

    return answer


def through_our_rules(path: Path) -> Source:
    return book_answers(PriceBook(lambda: PriceList(path.read_bytes())))


def book_answers(book: PriceBook) -> Source:
    def answer(provider: str | None, model: str) -> Answer | None:
        price = book.find(provider, model)
        if price is None:
            return None
        return float(price.rates.input_usd) * 1e6, float(price.rates.output_usd) * 1e6

    return answer


def print_table(sources: dict[str, Source]) -> None:
    print("| names | of | " + " | ".join(sources) + " |")
    print("|---" * (len(sources) + 2) + "|")
    totals = dict.fromkeys(sources, 0)
    for group, names in NAMES.items():
        hits = {
            name: sum(source(*sent) is not None for sent in names)
            for name, source in sources.items()
        }
        if group == NONSENSE:
            real = sum(len(NAMES[real_group]) for real_group in NAMES if real_group != NONSENSE)
            print(f"| all real | {real} | " + " | ".join(map(str, totals.values())) + " |")
        for name in sources:
            totals[name] += hits[name]
        print(f"| {group} | {len(names)} | " + " | ".join(map(str, hits.values())) + " |")


def print_agreement(one: Path, other: Path) -> None:
    """How many names both lists have, and of those how many with the same two rates."""
    ours, theirs = (json.loads(path.read_text())["models"] for path in (one, other))
    shared = [
        (price, theirs[provider][name])
        for provider, models in ours.items()
        for name, price in models.items()
        if name in theirs.get(provider, {})
    ]
    same = sum(all(a[rate] == b[rate] for rate in ("input", "output")) for a, b in shared)
    print(f"\nnames in both lists: {len(shared)}, same input and output rate: {same}")


def print_misses(sources: dict[str, Source]) -> None:
    for name, source in sources.items():
        print(f"\n{name} has no answer for:")
        for group, names in NAMES.items():
            for provider, model in names if group != NONSENSE else []:
                if source(provider, model) is None:
                    print(f"  {provider or '-'}  {model}")
        print(f"{name} answers nonsense:")
        for provider, model in NAMES[NONSENSE]:
            if (found := source(provider, model)) is not None:
                print(f"  {provider or '-'}  {model}  {found[0]:g}/{found[1]:g}")


def print_differences(sources: dict[str, Source]) -> None:
    print("\nUSD per million input/output tokens where shipped and genai-prices differ:")
    for names in NAMES.values():
        for sent in names:
            ours, theirs = sources["shipped"](*sent), sources["genai-prices"](*sent)
            if (
                ours
                and theirs
                and any(abs(a - b) > 1e-6 for a, b in zip(ours, theirs, strict=True))
            ):
                print(f"  {sent[0] or '-'}  {sent[1]}  {ours[0]:g}/{ours[1]:g}  ", end="")
                print(f"{theirs[0]:g}/{theirs[1]:g}")


ORIGINAL = "original_usage."
USAGES: dict[str, tuple[str, str, dict[str, int]]] = {
    "3 keys": (
        "openai",
        "gpt-4o",
        {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200},
    ),
    "Opik client, OpenAI, 12 keys": (
        "openai",
        "gpt-4o",
        {
            "prompt_tokens": 1000,
            "completion_tokens": 200,
            "total_tokens": 1200,
            ORIGINAL + "prompt_tokens": 1000,
            ORIGINAL + "completion_tokens": 200,
            ORIGINAL + "total_tokens": 1200,
            ORIGINAL + "prompt_tokens_details.cached_tokens": 400,
            ORIGINAL + "prompt_tokens_details.audio_tokens": 0,
            ORIGINAL + "completion_tokens_details.reasoning_tokens": 0,
            ORIGINAL + "completion_tokens_details.audio_tokens": 0,
            ORIGINAL + "completion_tokens_details.accepted_prediction_tokens": 0,
            ORIGINAL + "completion_tokens_details.rejected_prediction_tokens": 0,
        },
    ),
    "Opik client, Anthropic, 7 keys": (
        "anthropic",
        "claude-sonnet-4-5",
        {
            "prompt_tokens": 1000,
            "completion_tokens": 200,
            "total_tokens": 1200,
            ORIGINAL + "input_tokens": 100,
            ORIGINAL + "output_tokens": 200,
            ORIGINAL + "cache_read_input_tokens": 800,
            ORIGINAL + "cache_creation_input_tokens": 100,
        },
    ),
    "audio and reasoning, 6 keys": (
        "openai",
        "gpt-4o-audio-preview",
        {
            "prompt_tokens": 1000,
            "completion_tokens": 200,
            "total_tokens": 1200,
            ORIGINAL + "prompt_tokens_details.audio_tokens": 50,
            ORIGINAL + "completion_tokens_details.reasoning_tokens": 20,
            ORIGINAL + "completion_tokens_details.audio_tokens": 30,
        },
    ),
    "unknown model": ("acme", "acme-1", {"prompt_tokens": 1000}),
}


def print_times() -> None:
    book = PriceBook()
    print(f"\nfirst lookup: {timeit.timeit(lambda: book.find('openai', 'gpt-4o'), number=1):.4f} s")
    print("cost of a span, pair known, best of 60 rounds, microseconds:")
    for name, (provider, model, usage) in USAGES.items():
        rounds = timeit.repeat(
            "cost(provider, model, usage)",
            globals={"cost": book.cost_usd, "provider": provider, "model": model, "usage": usage},
            number=20_000,
            repeat=60,
        )
        print(f"  {name}: {min(rounds) * 50:.2f}")


if __name__ == "__main__":
    main()
