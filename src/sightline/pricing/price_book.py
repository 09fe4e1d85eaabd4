"""Price book: the cost in USD of one LLM call, from who served it, which model, how many tokens."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec

from sightline.pricing.model_names import spellings, without_arn
from sightline.pricing.model_price import ModelPrice, free_price
from sightline.pricing.price_list import PriceList, shipped_price_list
from sightline.pricing.providers import (
    is_known_provider,
    maker_of,
    may_resell,
    price_lists,
    provider_name,
)
from sightline.pricing.token_counts import count_tokens

# A workspace uses some dozens of models. When a sender makes names up the memory is dropped whole:
# a search costs 0.01 to 0.25 ms, and the book stays below 4 MB.
_MAX_REMEMBERED = 4096
# Names are made up by senders and the search is not free. Longest seen in the wild: a Bedrock ARN
# of 150 characters, and Vertex's eight parts from `projects/` on.
_MAX_NAME_CHARS = 256
_MAX_NAME_SLASHES = 9

_COUNTS_CACHE_BESIDE = frozenset({"anthropic", "anthropic_vertexai", "bedrock"})
_HOSTS_OF_CLAUDE = frozenset({"azure", "azure_ai", "google_vertexai", "google_ai"})
_PATH_WORDS = frozenset({"models", "publishers", "projects"})


class PriceBook:
    """Answers from a price list and remembers what it found. Safe to share between threads.

    Loads the list on the first question; `load` is called at most a few times, then never again.
    """

    def __init__(self, load: Callable[[], PriceList] = shipped_price_list) -> None:
        self._load = load
        self._loaded: PriceList | None = None
        self._remembered: dict[tuple[str | None, str], ModelPrice | None] = {}

    @property
    def version(self) -> str:
        """Name and version of the data set; the `total_estimated_cost_version` of a span."""
        return self._list.version

    def cost_usd(
        self, provider: str | None, model: str | None, usage: Mapping[str, int]
    ) -> Decimal | None:
        """Cost of one call in USD, exact and not rounded; None when it cannot be known.

        `usage` is Opik's flat map: `prompt_tokens`, `original_usage.cache_read_input_tokens` and
        so on. Zero means the model is free or no token was used, never that the price is unknown.
        """
        if not usage or not model:
            return None
        try:
            price = self._remembered[provider, model]
        except KeyError:
            price = self.find(provider, model)
        if price is None:
            return None
        counts = count_tokens(usage, cache_beside_prompt=price.cache_beside_prompt)
        return None if counts is None else price.cost_usd(counts)

    def find(self, provider: str | None, model: str | None) -> ModelPrice | None:
        """Price of a model as a client names it; None when no list has exactly this model."""
        if not model or len(model) + len(provider or "") > _MAX_NAME_CHARS:
            return None
        if model.count("/") > _MAX_NAME_SLASHES:
            return None
        key = (provider, model)
        if key in self._remembered:
            return self._remembered[key]
        price = self._search(provider_name(provider or "") or None, model.strip().lower())
        if len(self._remembered) >= _MAX_REMEMBERED:
            self._remembered.clear()
        self._remembered[key] = price
        return price

    def listed(
        self, search: str, *, page: int, size: int
    ) -> tuple[int, list[tuple[str, str, dict[str, Any]]]]:
        """Return the number of listed models that a search finds, and a page of them with prices.

        Each word of `search` must be in the provider or in the model's name.
        """
        return self._list.listed(search.lower().split()[:10], page=page, size=size)

    @property
    def _list(self) -> PriceList:
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded

    def _search(self, provider: str | None, model: str) -> ModelPrice | None:
        if (bare := without_arn(model)) is not None:
            provider, model = "bedrock", bare
        if provider == "ollama":
            # Runs on the caller's machine under names of the caller's making; its cloud is billed.
            return None if model.endswith("cloud") else free_price(provider, model)
        if provider is not None:
            price = self._search_lists(provider, model)
            if price is not None or not self._may_be_elsewhere(provider):
                return price
        price = self._search_by_name(model)
        if price is None or provider is None or not is_known_provider(provider):
            return price
        # A gateway counts in its own way, whoever made the model.
        beside = _counts_cache_beside(provider, model)
        return msgspec.structs.replace(price, cache_beside_prompt=beside)

    def _may_be_elsewhere(self, provider: str) -> bool:
        if may_resell(provider):
            return True
        return not is_known_provider(provider) and not self._list.has_provider(provider)

    def _search_lists(self, provider: str, model: str) -> ModelPrice | None:
        for listed_by in price_lists(provider):
            for path in _paths(model):
                for name in spellings(path):
                    found = self._list.rates(listed_by, name)
                    if found is not None:
                        rates, tiers = found
                        beside = _counts_cache_beside(provider, name)
                        return ModelPrice(listed_by, name, rates, tiers, beside)
        if provider == "openrouter" and model.endswith(":free"):
            # OpenRouter's word for a variant that is not billed.
            known = self._search_lists(provider, model.removesuffix(":free"))
            return known and free_price(provider, model)
        return None

    def _search_by_name(self, model: str) -> ModelPrice | None:
        """The provider from the name alone: a prefix, or a name only its maker uses."""
        head, _, rest = model.partition("/")
        if rest:
            prefix = provider_name(head)
            # The head as it stands: `meta-llama/x` is an organisation, `meta_llama/x` a provider.
            if is_known_provider(prefix) or self._list.has_provider(head):
                return self._search(prefix, rest)
            if head in _PATH_WORDS:
                return self._search(None, rest.rpartition("/")[2])
        maker = maker_of(model)
        return self._search_lists(maker, model) if maker is not None else None


@cache
def default_price_book() -> PriceBook:
    """The book over the shipped list, one for the process; the list loads on its first question."""
    return PriceBook()


def _counts_cache_beside(provider: str, model: str) -> bool:
    if provider in _HOSTS_OF_CLAUDE:
        return "claude" in model
    return provider in _COUNTS_CACHE_BESIDE


def _paths(model: str) -> Iterator[str]:
    """`a/b/c`, `b/c`, `c`: a name with its prefixes taken off one by one."""
    yield model
    while "/" in model:
        model = model.partition("/")[2]
        if model:
            yield model
