"""The models that the made-up applications call: how fast they are and how they count tokens."""

import random
from dataclasses import dataclass
from typing import Any

_CHARACTERS_PER_TOKEN = 4.1


@dataclass(frozen=True)
class Model:
    """`shape` is the provider's way of reporting usage; `prices` are what the client itself
    charges per million input and output tokens, None where the server is to price the call."""

    name: str
    provider: str
    shape: str
    tokens_per_s: float
    first_token_ms: float
    reasons: bool = False
    prices: tuple[float, float] | None = None


GPT_5_MINI = Model("gpt-5-mini", "openai", "openai", 95, 520, reasons=True)
GPT_4O_MINI = Model("gpt-4o-mini", "openai", "openai", 88, 380)
O4_MINI = Model("o4-mini", "openai", "openai", 110, 900, reasons=True)
SONNET = Model("claude-sonnet-4-5", "anthropic", "anthropic", 62, 780)
HAIKU = Model("claude-haiku-4-5", "anthropic", "anthropic", 130, 420)
FLASH = Model("gemini-2.5-flash", "google_ai", "google", 180, 350, reasons=True)
MISTRAL = Model("mistral-small-latest", "mistral", "openai", 120, 300)
LLAMA = Model("llama-3.3-70b-versatile", "groq", "openai", 260, 190)
# Runs in the company's own rack, at a price that only its client knows.
OWN = Model("ledger-extract-7b", "in-house", "openai", 140, 120, prices=(0.08, 0.24))
EMBEDDING = Model("text-embedding-3-small", "openai", "openai", 0, 60)


@dataclass(frozen=True)
class Call:
    """What a call took and what it reported."""

    ms: float
    first_token_ms: float
    usage: dict[str, int]
    cost: float | None


def call(
    model: Model, rng: random.Random, prompt: str, completion: str, *, cached: float = 0.0
) -> Call:
    """Return the figures of a call; `cached` is the share of the prompt that was cached before."""
    tokens_in = max(1, round(len(prompt) / _CHARACTERS_PER_TOKEN))
    tokens_out = round(len(completion) / _CHARACTERS_PER_TOKEN)
    thought = round(rng.uniform(0.4, 2.5) * tokens_out + 40) if model.reasons and tokens_out else 0
    read = round(tokens_in * cached)
    first = model.first_token_ms * rng.lognormvariate(0, 0.25) + tokens_in * 0.05
    if model.tokens_per_s:
        ms = first + 1000 * (tokens_out + thought) / (model.tokens_per_s * rng.uniform(0.8, 1.2))
    else:
        ms = first
    cost = None
    if model.prices:
        cost = (tokens_in * model.prices[0] + tokens_out * model.prices[1]) / 1e6
    counts = _usage(model.shape, tokens_in, tokens_out, thought, read)
    return Call(ms, first, counts, cost)


def _usage(shape: str, prompt: int, answer: int, thought: int, read: int) -> dict[str, int]:
    original: dict[str, Any]
    if shape == "anthropic":
        # Cached tokens stand beside the input there.
        original = {
            "input_tokens": prompt - read,
            "output_tokens": answer,
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": 0,
        }
        completion = answer
    elif shape == "google":
        original = {
            "prompt_token_count": prompt,
            "candidates_token_count": answer,
            "thoughts_token_count": thought,
            "cached_content_token_count": read,
            "total_token_count": prompt + answer + thought,
        }
        completion = answer + thought
    else:
        completion = answer + thought
        original = {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details.cached_tokens": read,
            "completion_tokens_details.reasoning_tokens": thought,
        }
    usage = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
    # As the Opik client sends it: its own three, and the provider's numbers under a prefix.
    return usage | {f"original_usage.{key}": n for key, n in original.items()}
