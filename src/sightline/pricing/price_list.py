"""The shipped list of prices: `prices.json`, read on the first lookup, never at import."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from sightline.pricing.model_names import fold, undated
from sightline.pricing.model_price import ZERO, Rates, Tier

_SHIPPED = Path(__file__).with_name("prices.json")
_MILLION = 10**6

# Their listed names may start with a region that has its own price.
_LISTS_BY_REGION = frozenset({"azure", "bedrock"})


class _ListedRates(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """USD per million tokens, as the file has it; absent means not listed apart."""

    input: Decimal | None = None
    output: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    cache_write_1h: Decimal | None = None
    audio_input: Decimal | None = None
    audio_cache_read: Decimal | None = None
    image_input: Decimal | None = None
    reasoning: Decimal | None = None
    audio_output: Decimal | None = None
    image_output: Decimal | None = None


class _ListedPrice(_ListedRates, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    above: dict[int, _ListedRates] = {}
    """Rates that replace the plain ones when the prompt has more tokens than the key."""


class _File(msgspec.Struct, frozen=True):
    version: str
    models: dict[str, dict[str, msgspec.Raw]]
    """Provider -> lower-case model name -> its price, read when asked for."""


class PriceList:
    """Finds a provider's model. Only adds to its own memory, so it is safe to share."""

    def __init__(self, data: bytes) -> None:
        self._file = msgspec.json.decode(data, type=_File)
        self._derived: dict[str, dict[str, msgspec.Raw | None]] = {}

    @property
    def version(self) -> str:
        """Names and versions of the sources."""
        return self._file.version

    def has_provider(self, provider: str) -> bool:
        """Whether the list holds models of that provider."""
        return provider in self._file.models

    def listed(
        self, words: Sequence[str], *, page: int, size: int
    ) -> tuple[int, list[tuple[str, str, dict[str, Any]]]]:
        """Return how many models have every word in their provider or name, and a page of them.

        By provider and name, each with its rates as the file has them: USD per million tokens,
        and `above`, rates by the number of prompt tokens from which they hold.
        """
        found = [
            (provider, model)
            for provider in sorted(self._file.models)
            for model in sorted(self._file.models[provider])
            if all(word in provider or word in model for word in words)
        ]
        shown = found[(page - 1) * size : page * size]
        return len(found), [
            (provider, model, msgspec.json.decode(self._file.models[provider][model]))
            for provider, model in shown
        ]

    def rates(self, provider: str, model: str) -> tuple[Rates, tuple[Tier, ...]] | None:
        """Rates in USD per token and ascending tiers of a model under its listed name, or under
        one that can only mean the same model."""
        models = self._file.models.get(provider)
        if models is None:
            return None
        raw = models.get(model)
        if raw is None:
            derived = self._derived.get(provider)
            if derived is None:
                derived = self._derived[provider] = _derive(provider, models)
            raw = derived.get(fold(model))
        return None if raw is None else _read(raw)


def shipped_price_list() -> PriceList:
    """The list this version came with."""
    return PriceList(_SHIPPED.read_bytes())


def _derive(provider: str, models: dict[str, msgspec.Raw]) -> dict[str, msgspec.Raw | None]:
    """Folded, undated and prefixless names; None marks those that could mean two prices."""
    derived: dict[str, msgspec.Raw | None] = {}
    folded: dict[str, msgspec.Raw | None] = {}
    for name, raw in models.items():
        for other in _other_names(provider, name):
            if derived.setdefault(other, raw) != raw:
                derived[other] = None
        if folded.setdefault(fold(name), raw) != raw:
            folded[fold(name)] = None
    return derived | folded


def _other_names(provider: str, name: str) -> Iterator[str]:
    names = [name]
    if "/" in name and provider not in _LISTS_BY_REGION:
        names.append(name.rpartition("/")[2])
        yield fold(names[1])
    for known in names:
        yield from map(fold, undated(known))


def _read(raw: msgspec.Raw) -> tuple[Rates, tuple[Tier, ...]]:
    listed = msgspec.json.decode(raw, type=_ListedPrice)
    tiers = tuple(
        Tier(above_tokens=above, rates=_per_token(higher, listed))
        for above, higher in sorted(listed.above.items())
    )
    return _per_token(listed), tiers


def _per_token(listed: _ListedRates, base: _ListedRates | None = None) -> Rates:
    """A rate missing in a tier is that of the base price; missing there too, the plain rate."""

    def usd(name: str, otherwise: Decimal) -> Decimal:
        per_million: Decimal | None = getattr(listed, name)
        if per_million is None and base is not None:
            per_million = getattr(base, name)
        return otherwise if per_million is None else per_million / _MILLION

    plain_input = usd("input", ZERO)
    plain_output = usd("output", ZERO)
    cache_read = usd("cache_read", plain_input)
    cache_write = usd("cache_write", plain_input)
    return Rates(
        input_usd=plain_input,
        output_usd=plain_output,
        cache_read_usd=cache_read,
        cache_write_usd=cache_write,
        cache_write_1h_usd=usd("cache_write_1h", cache_write),
        audio_input_usd=usd("audio_input", plain_input),
        audio_cache_read_usd=usd("audio_cache_read", cache_read),
        image_input_usd=usd("image_input", plain_input),
        reasoning_usd=usd("reasoning", plain_output),
        audio_output_usd=usd("audio_output", plain_output),
        image_output_usd=usd("image_output", plain_output),
    )
