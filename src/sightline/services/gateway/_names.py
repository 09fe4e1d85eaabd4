"""Names under which a provider's models are known beside its own."""

from collections.abc import Mapping

# A provider under the names that others give it, and the names of models that only it has.
PREFIXES: Mapping[str, tuple[str, ...]] = {
    "openai": ("gpt-", "chatgpt-", "o1", "o3", "o4", "codex-", "text-embedding-", "ft:gpt-"),
    "anthropic": ("claude-",),
    "gemini": ("google/", "gemini-"),
    "mistral": ("mistralai/", "mistral-", "ministral-", "codestral-", "magistral-"),
    "xai": ("x-ai/", "grok-"),
    "deepseek": ("deepseek-",),
    "cohere": ("command-",),
    "moonshot": ("moonshotai/",),
    "zai": ("z-ai/",),
    "together_ai": ("together/",),
    "fireworks_ai": ("fireworks/",),
}
