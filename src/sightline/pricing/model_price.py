"""What one model charges: rates in USD per token, with tiers for long prompts."""

from decimal import Decimal

import msgspec

from sightline.pricing.token_counts import TokenCounts

ZERO = Decimal(0)


class Rates(msgspec.Struct, frozen=True):
    """USD per token. A rate the provider does not list apart is the plain input or output rate."""

    input_usd: Decimal
    output_usd: Decimal
    cache_read_usd: Decimal
    cache_write_usd: Decimal
    cache_write_1h_usd: Decimal
    audio_input_usd: Decimal
    audio_cache_read_usd: Decimal
    image_input_usd: Decimal
    reasoning_usd: Decimal
    audio_output_usd: Decimal
    image_output_usd: Decimal


class Tier(msgspec.Struct, frozen=True):
    """Rates of the whole call once its prompt, cached part included, is above `above_tokens`."""

    above_tokens: int
    rates: Rates


class ModelPrice(msgspec.Struct, frozen=True):
    """Price of `model` as `provider` lists it; tiers ascend by threshold."""

    provider: str
    model: str
    rates: Rates
    tiers: tuple[Tier, ...] = ()
    cache_beside_prompt: bool = False
    """Whether the provider counts cached tokens beside the prompt instead of inside it."""

    def rates_at(self, prompt_tokens: int) -> Rates:
        """Rates of a call with that many prompt tokens, cached ones included."""
        rates = self.rates
        for tier in self.tiers:
            if prompt_tokens <= tier.above_tokens:
                break
            rates = tier.rates
        return rates

    def cost_usd(self, counts: TokenCounts) -> Decimal | None:
        """Exact cost in USD, not rounded; None when the counts leave it open."""
        if counts.unsplit:
            return self._cost_of_total(counts.unsplit)
        rates = self.rates_at(counts.prompt) if self.tiers else self.rates
        cost = counts.text_input * rates.input_usd + counts.text_output * rates.output_usd
        if counts.cache_read:
            cost += counts.cache_read * rates.cache_read_usd
        if counts.cache_write:
            cost += counts.cache_write * rates.cache_write_usd
        if counts.reasoning:
            cost += counts.reasoning * rates.reasoning_usd
        if counts.is_special:
            cost += (
                counts.cache_write_1h * rates.cache_write_1h_usd
                + counts.audio_input * rates.audio_input_usd
                + counts.audio_cache_read * rates.audio_cache_read_usd
                + counts.image_input * rates.image_input_usd
                + counts.audio_output * rates.audio_output_usd
                + counts.image_output * rates.image_output_usd
            )
        return cost

    def _cost_of_total(self, total_tokens: int) -> Decimal | None:
        # A total alone is enough where output is free (embeddings) or costs the same as input.
        rates = self.rates_at(total_tokens)
        if rates.output_usd not in (ZERO, rates.input_usd):
            return None
        return total_tokens * rates.input_usd


def free_price(provider: str, model: str) -> ModelPrice:
    """Price of a model nobody is billed for by the token."""
    return ModelPrice(provider=provider, model=model, rates=Rates(*(ZERO,) * 11))
