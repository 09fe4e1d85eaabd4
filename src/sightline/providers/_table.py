"""Finds providers, by the names that LiteLLM gives them."""

import re
from collections.abc import Iterable

from sightline.providers._provider import Provider
from sightline.providers._rows import COMPATIBLE, OTHERS

__all__ = ["Provider", "every", "find", "model_provider", "quirks_of"]

_BY_SLUG = {row.slug: row for row in (*COMPATIBLE, *OTHERS)}
_UNKNOWN = Provider(slug="", name="", needs_key=False)

# Makers whose models LiteLLM takes without a provider before the name.
_BARE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"claude-"), "anthropic"),
    (re.compile(r"gemini-"), "gemini"),
    (re.compile(r"(?:mistral|ministral|codestral|magistral|pixtral)-"), "mistral"),
    (re.compile(r"command-"), "cohere"),
    (re.compile(r"deepseek-(?:chat|reasoner)"), "deepseek"),
    (re.compile(r"grok-"), "xai"),
)


def find(slug: str) -> Provider | None:
    """Return the row of a provider; None for one that needs `api_base` to be reached."""
    return _BY_SLUG.get(slug)


def quirks_of(slug: str) -> Provider:
    """Return the row, or for an unknown provider one of a plain OpenAI-compatible server."""
    return _BY_SLUG.get(slug, _UNKNOWN)


def every() -> Iterable[Provider]:
    """Return all rows, those of OpenAI's shape first."""
    return _BY_SLUG.values()


def model_provider(model: str, provider: str | None = None) -> tuple[str, str]:
    """Split LiteLLM's `provider/model` into the provider's slug and the upstream's model.

    `provider` is its `custom_llm_provider`, which wins; the model then loses that prefix only.
    A bare name is told by its maker, else is OpenAI's. An unknown prefix is a provider of its own,
    for which `find` has no row.
    """
    prefix, slash, rest = model.partition("/")
    if provider:
        return provider, rest if slash and prefix == provider else model
    if slash and rest:
        # `bedrock/converse/…` names a route of one provider, not a part of the model.
        if prefix == "bedrock":
            rest = rest.removeprefix("converse/").removeprefix("invoke/")
        return prefix, rest
    for pattern, slug in _BARE:
        if pattern.match(model):
            return slug, model
    return "openai", model
