"""Writes `src/sightline/pricing/prices.json` from the price files of litellm and genai-prices.

    uv run --with genai-prices==0.2.3 python tools/gen_prices.py \
        --litellm-file model_prices_and_context_window_backup.json --litellm-version 1.109.1 \
        --as-of 2026-11-22

litellm comes first, genai-prices adds what litellm lacks. Only rates per token are kept. Nothing
is fetched: give the file that lies in the litellm package.
"""

import argparse
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sightline.pricing.price_list import PriceList
from sightline.pricing.providers import provider_name

Price = dict[str, Any]
Models = dict[str, dict[str, Price]]

OUT = Path(__file__).parents[1] / "src/sightline/pricing/prices.json"
MILLION = Decimal(10**6)

# Their price file counts in floats; rounding to 9 decimals of USD per million tokens drops the
# noise (2.9999900000000002) and no listed price.
EXACT = Decimal("1e-9")

# No model charges this much; what does was entered per thousand tokens by mistake.
MOST_USD_PER_MILLION = 1000

LITELLM_RATES = {
    "input_cost_per_token": "input",
    "output_cost_per_token": "output",
    "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "cache_write",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
    "input_cost_per_audio_token": "audio_input",
    "cache_read_input_audio_token_cost": "audio_cache_read",
    "input_cost_per_image_token": "image_input",
    "output_cost_per_reasoning_token": "reasoning",
    "output_cost_per_audio_token": "audio_output",
    "output_cost_per_image_token": "image_output",
}
LITELLM_TIER = re.compile(r"^(?P<field>.+)_above_(?P<thousands>\d+)k_tokens$")
LITELLM_LISTS = {
    "azure_text": "azure",
    "bedrock_converse": "bedrock",
    "bedrock_mantle": "bedrock",
    "cohere_chat": "cohere",
    "fireworks_ai-embedding-models": "fireworks_ai",
    "gemini": "google_ai",
    "text-completion-codestral": "codestral",
    "text-completion-openai": "openai",
    "vertex_ai": "google_vertexai",
    "vertex_ai-anthropic_models": "anthropic_vertexai",
}
LITELLM_PREFIXES = ("vertex_ai", "bedrock", "azure", "fireworks_ai", "amazon-nova")

# Zero in the file mostly stands for "not known". These are free of charge by their provider's word.
# (Ollama needs no list: the book knows that it is not billed.)
LITELLM_FREE = re.compile(r"^(?:lemonade/.*|omni-moderation-.*|gemini/gemma-.*|zai/glm-.*-flash)$")

GENAI_RATES = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
    "input_audio_mtok": "audio_input",
    "cache_audio_read_mtok": "audio_cache_read",
    "input_image_mtok": "image_input",
    "output_reasoning_mtok": "reasoning",
    "output_audio_mtok": "audio_output",
    "output_image_mtok": "image_output",
}
GENAI_LISTS = {
    "aws": "bedrock",
    "fireworks": "fireworks_ai",
    "google": "google_ai",
    "moonshotai": "moonshot",
    "together": "together_ai",
    "voyageai": "voyage",
    "x-ai": "xai",
}
# Another way to call a model, not another provider; and old completion models whose output rate is
# missing, not free.
GENAI_SKIPPED_LISTS = {"openai-decisions"}
GENAI_SKIPPED_MODELS = {"babbage", "curie", "davinci"}


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the shipped price list.")
    parser.add_argument("--litellm-file", type=Path, required=True)
    parser.add_argument("--litellm-version", required=True)
    parser.add_argument("--as-of", required=True, help="prices valid on this day, YYYY-MM-DD")
    parser.add_argument("--only", choices=("litellm", "genai-prices"), help="for comparisons")
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    as_of = datetime.fromisoformat(args.as_of).replace(hour=12, tzinfo=UTC)

    models: Models = {}
    names = []
    if args.only != "genai-prices":
        names.append(f"litellm-{args.litellm_version}")
        add(models, litellm_models(json.loads(args.litellm_file.read_text(), parse_float=Decimal)))
    if args.only != "litellm":
        names.append(f"genai-prices-{version('genai-prices')}")
        add(models, genai_models(as_of))
    args.out.write_text(encode("+".join(names), models))
    print(f"{args.out}: {sum(map(len, models.values()))} names, {len(models)} providers")


def add(models: Models, found: Iterator[tuple[str, str, Price]]) -> None:
    """Adds what the sources before could not answer, also not from a dated or folded name."""
    before = PriceList(encode("", models).encode())
    for provider, model, price in found:
        name = model.lower()
        if before.rates(provider, name) is None:
            models.setdefault(provider, {}).setdefault(name, price)


def litellm_models(listed: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str, Price]]:
    for key, entry in listed.items():
        provider = entry.get("litellm_provider", "")
        if key == "sample_spec" or provider.startswith("ollama"):
            continue
        price = litellm_price(entry)
        if price is None or (is_zero(price) and not LITELLM_FREE.match(key)):
            continue
        # `deepinfra/x` and plain `x` are both in use; a prefix that names the list is dropped.
        head, _, rest = key.partition("/")
        model = rest if rest and head in (provider, *LITELLM_PREFIXES) else key
        # Bedrock's second endpoint repeats models of the first, some under a region.
        model = model.removeprefix("bedrock_mantle/")
        yield litellm_list(provider), model, price


def litellm_list(provider: str) -> str:
    if provider in LITELLM_LISTS:
        return LITELLM_LISTS[provider]
    if provider.startswith("vertex_ai-"):
        return "google_vertexai"
    return provider_name(provider)


def litellm_price(entry: dict[str, Any]) -> Price | None:
    price = litellm_rates(entry)
    above: dict[int, Price] = {}
    for field, value in entry.items():
        if (tier := LITELLM_TIER.match(field)) and tier["field"] in LITELLM_RATES and value:
            name = LITELLM_RATES[tier["field"]]
            above.setdefault(int(tier["thousands"]) * 1000, {})[name] = per_million(value)
    for tier_entry in entry.get("tiered_pricing") or ():
        if "range" not in tier_entry:
            continue
        start = int(tier_entry["range"][0])
        if start == 0:
            price |= litellm_rates(tier_entry)
        else:
            above[start] = litellm_rates(tier_entry)
    return finish(price, above, is_output_free=entry.get("mode") in ("embedding", "rerank"))


def litellm_rates(entry: dict[str, Any]) -> Price:
    rates = {
        name: per_million(entry[field])
        for field, name in LITELLM_RATES.items()
        if isinstance(entry.get(field), int | Decimal)
    }
    if rates.get("cache_write") == 0:
        del rates["cache_write"]  # writing is not charged apart, it is plain input
    return rates


def genai_models(as_of: datetime) -> Iterator[tuple[str, str, Price]]:
    from genai_prices.data import providers

    for provider in providers:
        if provider.id in GENAI_SKIPPED_LISTS:
            continue
        listed_by = GENAI_LISTS.get(provider.id) or provider_name(provider.id)
        for model in provider.models:
            price = genai_price(model.get_prices(peak(as_of, model)))
            if model.id.endswith(":free"):
                price = {"input": Decimal(0), "output": Decimal(0)}
            if price is None or model.id in GENAI_SKIPPED_MODELS:
                continue
            of_vertex = provider.id == "google" and "claude" in model.id
            for name in genai_names(provider, model):
                yield "anthropic_vertexai" if of_vertex else listed_by, name, price


def peak(as_of: datetime, model: Any) -> datetime:
    """A time of that day outside all cheaper hours: we charge the full rate, whatever the hour."""
    if not isinstance(model.prices, list):
        return as_of
    hours = [as_of.replace(hour=0) + timedelta(hours=hour) for hour in range(24)]
    return max(hours, key=lambda at: base_rate(model.get_prices(at).input_mtok) or Decimal(0))


def genai_names(provider: Any, model: Any) -> Iterator[str]:
    """Names that stand in the match rules as whole words and lead back to this very model."""
    yield model.id
    for name in clause_texts(model.match):
        if name[-1] not in "-.:@/_" and provider.find_model(name) is model:
            yield name


def clause_texts(clause: Any) -> Iterator[str]:
    for field in ("equals", "starts_with", "contains", "ends_with"):
        if text := getattr(clause, field, None):
            yield text
    for inner in getattr(clause, "or_", None) or ():
        yield from clause_texts(inner)


def genai_price(listed: Any) -> Price | None:
    price: Price = {}
    above: dict[int, Price] = {}
    for field, name in GENAI_RATES.items():
        rate = vars(listed).get(field)
        if rate is None:
            continue
        price[name] = exact(base_rate(rate))
        for tier in getattr(rate, "tiers", ()):
            above.setdefault(tier.start, {})[name] = exact(tier.price)
    is_output_free = not any(name.startswith("output") for name in vars(listed))
    return finish(price, above, is_output_free=is_output_free)


def base_rate(rate: Any) -> Any:
    return getattr(rate, "base", rate)


def finish(price: Price, above: dict[int, Price], *, is_output_free: bool) -> Price | None:
    """A price needs an input and an output rate; speech and image models list the latter apart."""
    for special in ("audio_output", "image_output"):
        if "output" not in price and special in price:
            price["output"] = price[special]
    if is_output_free:
        price.setdefault("output", Decimal(0))
    if "input" not in price or "output" not in price:
        return None
    if max(price.values()) > MOST_USD_PER_MILLION:
        return None
    if above:
        price["above"] = {str(start): above[start] for start in sorted(above)}
    return price


def is_zero(price: Price) -> bool:
    return not any(rate for name, rate in price.items() if name != "above")


def per_million(usd_per_token: int | Decimal) -> Decimal:
    return exact(usd_per_token * MILLION)


def exact(usd_per_million: Decimal) -> Decimal:
    return usd_per_million.quantize(EXACT).normalize()


def encode(list_version: str, models: Models) -> str:
    """One model a line, sorted: easy to search, and a refresh reads well as a diff."""
    lists = [
        f"{json.dumps(provider)}:{{\n"
        + ",\n".join(f"{json.dumps(name)}:{dump(price)}" for name, price in sorted(listed.items()))
        + "\n}"
        for provider, listed in sorted(models.items())
    ]
    head = f'{{"version":{json.dumps(list_version)},\n"unit":"USD per million tokens",\n'
    return head + '"models":{\n' + ",\n".join(lists) + "\n}}\n"


def dump(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f'"{key}":{dump(inner)}' for key, inner in value.items()) + "}"
    return format(value, "f")


if __name__ == "__main__":
    main()
