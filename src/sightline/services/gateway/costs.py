"""What a call costs: by the endpoint's own prices, else by the price book, else as it was told."""

from decimal import Decimal

from sightline.domain.gateway import Endpoint, TokenPrices
from sightline.domain.generation import Cost, Usage
from sightline.pricing.model_price import ModelPrice
from sightline.pricing.price_book import PriceBook
from sightline.pricing.token_counts import TokenCounts

_ZERO = Decimal(0)
NO_COST = Cost()


def unit_price(book: PriceBook, endpoint: Endpoint) -> tuple[Decimal, Decimal] | None:
    """Return USD per prompt and completion token of an endpoint; None when nobody knows."""
    if endpoint.prices is not None:
        return endpoint.prices.prompt, endpoint.prices.completion
    price = book.find(endpoint.provider, endpoint.upstream_model)
    return None if price is None else (price.rates.input_usd, price.rates.output_usd)


def cost_of(
    book: PriceBook, endpoint: Endpoint, usage: Usage | None, told_usd: float | None
) -> Cost | None:
    """Return the cost of a call; `told_usd` is what the upstream said by itself, if it did.

    What an upstream says is charged where nothing else is known. None when nothing is.
    """
    told = None if told_usd is None else Decimal(str(told_usd))
    if usage is not None:
        if endpoint.prices is not None:
            return _by_prices(endpoint.prices, usage, told)
        price = book.find(endpoint.provider, endpoint.upstream_model)
        if price is not None:
            return _by_book(price, usage, told)
    return None if told is None else Cost(input=_ZERO, output=_ZERO, total=told, upstream=told)


def _by_prices(prices: TokenPrices, usage: Usage, told: Decimal | None) -> Cost:
    read = prices.prompt if prices.cache_read is None else prices.cache_read
    write = prices.prompt if prices.cache_write is None else prices.cache_write
    plain = usage.prompt_tokens - usage.cached_tokens - usage.cache_write_tokens
    input_usd = max(plain, 0) * prices.prompt + prices.request
    if usage.cached_tokens:
        input_usd += usage.cached_tokens * read
    if usage.cache_write_tokens:
        input_usd += usage.cache_write_tokens * write
    output_usd = usage.completion_tokens * prices.completion
    if usage.image_tokens and prices.image:
        output_usd += usage.image_tokens * (prices.image - prices.completion)
    return Cost(input=input_usd, output=output_usd, total=input_usd + output_usd, upstream=told)


def _by_book(price: ModelPrice, usage: Usage, told: Decimal | None) -> Cost | None:
    counts = _counts(usage)
    total = price.cost_usd(counts)
    if total is None:
        return None
    rates = price.rates_at(counts.prompt) if price.tiers else price.rates
    output_usd = counts.text_output * rates.output_usd
    if counts.reasoning:
        output_usd += counts.reasoning * rates.reasoning_usd
    if counts.is_special:
        output_usd += counts.audio_output * rates.audio_output_usd
        output_usd += counts.image_output * rates.image_output_usd
    return Cost(input=total - output_usd, output=output_usd, total=total, upstream=told)


def _counts(usage: Usage) -> TokenCounts:
    """Return buckets that do not overlap, never more than there are tokens."""
    prompt, completion = usage.prompt_tokens, usage.completion_tokens
    read = min(usage.cached_tokens, prompt)
    text = prompt - read
    text -= (written := min(usage.cache_write_tokens, text))
    reasoning = min(usage.reasoning_tokens, completion)
    out = completion - reasoning
    audio, written_1h = usage.audio_input_tokens, usage.cache_write_1h_tokens
    if not (audio or written_1h or usage.audio_output_tokens or usage.image_tokens):
        return TokenCounts(prompt, text, out, read, written, reasoning)
    text -= (audio := min(audio, text))
    written -= (written_1h := min(written_1h, written))
    out -= (audio_out := min(usage.audio_output_tokens, out))
    out -= (image_out := min(usage.image_tokens, out))
    return TokenCounts(
        prompt=prompt,
        text_input=text,
        text_output=out,
        cache_read=read,
        cache_write=written,
        reasoning=reasoning,
        is_special=True,
        cache_write_1h=written_1h,
        audio_input=audio,
        audio_output=audio_out,
        image_output=image_out,
    )
