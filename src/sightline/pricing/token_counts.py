"""Reads a span's flat usage map into token buckets that do not overlap, so each is priced once."""

from collections.abc import Mapping

import msgspec

# No call moves this many tokens: anything above is a broken counter, taken as not sent.
MAX_TOKENS = 10**12


class TokenCounts(msgspec.Struct, frozen=True, gc=False):
    """Tokens of one call. Input buckets add up to `prompt`, output buckets to the completion."""

    prompt: int = 0
    text_input: int = 0
    text_output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0
    is_special: bool = False
    """Whether any of the buckets below may hold tokens; few calls have such."""
    cache_write_1h: int = 0
    audio_input: int = 0
    audio_cache_read: int = 0
    image_input: int = 0
    audio_output: int = 0
    image_output: int = 0
    unsplit: int = 0
    """A total sent without saying how much of it was prompt; all other buckets are then 0."""


# What a usage key counts. One slot may have many spellings; the largest value sent counts, since
# the same number arrives under several names (`prompt_tokens`, `original_usage.prompt_tokens`).
(
    _PROMPT,  # normalised by the sender; whether the cache is inside depends on who sent it
    _PROMPT_WITH_CACHE,  # OpenAI and Google shapes: cached tokens are always inside
    _BARE_INPUT,  # `input_tokens` as the provider wrote it: Anthropic, Bedrock, OpenAI Responses
    _COMPLETION,
    _CANDIDATES,  # Google: without thoughts
    _TOTAL,
    _READ_INSIDE,  # spelled as a detail of the prompt
    _WRITE_INSIDE,
    _READ_BESIDE,  # spelled as Anthropic and Bedrock do, beside the prompt
    _WRITE_BESIDE,
    _REASONING,
    _WRITE_1H,
    _AUDIO_INPUT,
    _AUDIO_READ,
    _AUDIO_OUTPUT,
    _IMAGE_INPUT,
    _IMAGE_OUTPUT,
) = range(17)
# -1 where it matters whether a count was sent at all, 0 where none and nothing are the same.
_NOTHING_SPECIAL = [0] * (_IMAGE_OUTPUT + 1 - _WRITE_1H)
_NONE_SENT = [-1] * _READ_BESIDE + [0, 0, 0] + _NOTHING_SPECIAL

_ORIGINAL = "original_usage."  # prefix of the Opik client for the provider's own numbers

_SPELLINGS: dict[int, str] = {
    _PROMPT_WITH_CACHE: "prompt_token_count promptTokenCount",
    _COMPLETION: "completion_tokens output_tokens outputTokens generation_token_count"
    " billed_units.output_tokens",
    _CANDIDATES: "candidates_token_count candidatesTokenCount",
    _TOTAL: "total_tokens totalTokens total_token_count totalTokenCount",
    _READ_INSIDE: "cached_tokens prompt_tokens_details.cached_tokens"
    " input_tokens_details.cached_tokens input_token_details.cached_tokens"
    " input_token_details.cache_read cached_content_token_count cachedContentTokenCount"
    " cachedInputTokens prompt_cache_hit_tokens cache_read.input_tokens details.cached_tokens"
    " details.cache_read_tokens details.cache_read_input_tokens",
    _WRITE_INSIDE: "prompt_tokens_details.cache_write_tokens"
    " prompt_tokens_details.cache_creation_tokens input_tokens_details.cache_write_tokens"
    " input_token_details.cache_creation cache_creation.input_tokens details.cache_write_tokens"
    " details.cache_creation_input_tokens",
    _READ_BESIDE: "cache_read_input_tokens cacheReadInputTokens cache_read_tokens",
    _WRITE_BESIDE: "cache_creation_input_tokens cacheWriteInputTokens cache_creation_tokens"
    " cache_write_tokens",
    _WRITE_1H: "cache_creation.ephemeral_1h_input_tokens"
    " input_token_details.ephemeral_1h_input_tokens"
    " prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens",
    _AUDIO_INPUT: "input_audio_tokens prompt_tokens_details.audio_tokens"
    " input_tokens_details.audio_tokens input_token_details.audio_tokens input_token_details.audio"
    " details.input_audio_tokens",
    _AUDIO_READ: "prompt_tokens_details.cached_tokens_details.audio_tokens"
    " input_tokens_details.cached_tokens_details.audio_tokens"
    " input_token_details.cached_tokens_details.audio_tokens",
    _AUDIO_OUTPUT: "output_audio_tokens completion_tokens_details.audio_tokens"
    " output_tokens_details.audio_tokens output_token_details.audio_tokens"
    " output_token_details.audio details.output_audio_tokens",
    _REASONING: "reasoning_tokens completion_tokens_details.reasoning_tokens"
    " output_tokens_details.reasoning_tokens output_tokens_details.thinking_tokens"
    " output_token_details.reasoning thoughts_token_count thoughtsTokenCount"
    " details.reasoning_tokens",
    _IMAGE_INPUT: "prompt_tokens_details.image_tokens input_tokens_details.image_tokens",
    _IMAGE_OUTPUT: "completion_tokens_details.image_tokens output_tokens_details.image_tokens",
}

_SLOT_BY_KEY: dict[str, int] = {
    prefix + name: slot
    for slot, names in _SPELLINGS.items()
    for name in names.split()
    for prefix in ("", _ORIGINAL)
} | {
    "prompt_tokens": _PROMPT,
    "input_tokens": _PROMPT,
    "inputTokens": _PROMPT,
    _ORIGINAL + "billed_units.input_tokens": _PROMPT,
    _ORIGINAL + "prompt_tokens": _PROMPT_WITH_CACHE,
    _ORIGINAL + "input_tokens": _BARE_INPUT,
    _ORIGINAL + "inputTokens": _BARE_INPUT,
}


def count_tokens(usage: Mapping[str, int], *, cache_beside_prompt: bool) -> TokenCounts | None:
    """Buckets of one call; None when the map holds no count we can price.

    `cache_beside_prompt` says how the provider counts when the map leaves it open: Anthropic and
    Bedrock send cached tokens beside the input, all others inside. The Opik client adds Anthropic's
    buckets into `prompt_tokens` and keeps the bare count in `original_usage.input_tokens`.
    """
    asked, answered = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if (
        asked.__class__ is int
        and answered.__class__ is int
        and len(usage) == 2 + ("total_tokens" in usage)
        and 0 <= asked <= MAX_TOKENS
        and 0 <= answered <= MAX_TOKENS
    ):
        # Nearly all calls say no more, and what follows would come to the same.
        return TokenCounts(asked, asked, answered)
    sent = _NONE_SENT.copy()
    slots = _SLOT_BY_KEY
    for key, value in usage.items():
        if key in slots and value.__class__ is int:  # not bool, not what a broken sender wrote
            slot = slots[key]
            if sent[slot] < value <= MAX_TOKENS:
                sent[slot] = value
    # Comparisons instead of max() and min(): those take longer than all the rest together.
    prompt, with_cache, bare, completion, candidates, total = sent[:_READ_INSIDE]
    read, write, read_beside, write_beside, reasoning = sent[_READ_INSIDE:_WRITE_1H]

    prompt = with_cache if prompt < with_cache else prompt
    if prompt < 0 and bare < 0 and completion < 0 and candidates < 0:
        return TokenCounts(unsplit=total) if total >= 0 else None
    prompt = 0 if prompt < 0 else prompt
    if read_beside or write_beside:
        # The shape of the map tells more than the provider's name: gateways speak OpenAI's shape.
        is_beside = (with_cache < 0 and read < 0 and write < 0) and (
            bare >= 0 or cache_beside_prompt or read_beside + write_beside > prompt
        )
        read = read_beside if read < read_beside else read
        write = write_beside if write < write_beside else write
        if is_beside:
            whole = (bare if bare >= 0 else prompt) + read_beside + write_beside
            prompt = whole if prompt < whole else prompt
    prompt = bare if prompt < bare else prompt
    read = prompt if read > prompt else read if read > 0 else 0
    text_input = prompt - read
    write = text_input if write > text_input else write if write > 0 else 0

    if completion < 0:
        completion = candidates + reasoning if candidates >= 0 else max(total - prompt, 0)
    elif reasoning:
        # xAI, and some Gemini bridges, leave reasoning out of the completion but in the total.
        completion += min(max(total - prompt - completion, 0), reasoning)
    reasoning = completion if reasoning > completion else reasoning
    text_input -= write
    text_output = completion - reasoning
    plain = TokenCounts(prompt, text_input, text_output, read, write, reasoning)
    special = sent[_WRITE_1H:]
    return plain if special == _NOTHING_SPECIAL else _split(plain, special)


def _split(plain: TokenCounts, special: list[int]) -> TokenCounts:
    """Moves tokens with a rate of their own out of the plain buckets, never more than are there."""
    write_1h, audio, audio_read, audio_out, image, image_out = special
    audio_read = min(audio_read, plain.cache_read)
    write_1h = min(write_1h, plain.cache_write)
    text = plain.text_input
    text -= (audio := min(max(audio - audio_read, 0), text))
    text -= (image := min(image, text))
    out = plain.text_output
    out -= (audio_out := min(audio_out, out))
    out -= (image_out := min(image_out, out))
    return TokenCounts(
        prompt=plain.prompt,
        text_input=text,
        text_output=out,
        cache_read=plain.cache_read - audio_read,
        cache_write=plain.cache_write - write_1h,
        reasoning=plain.reasoning,
        is_special=True,
        cache_write_1h=write_1h,
        audio_input=audio,
        audio_cache_read=audio_read,
        image_input=image,
        audio_output=audio_out,
        image_output=image_out,
    )
