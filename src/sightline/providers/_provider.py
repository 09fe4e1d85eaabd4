"""What a row of the table of providers says."""

from typing import Literal

import msgspec

from sightline.domain.generation import ApiType

Auth = Literal["bearer", "api-key", "x-api-key", "x-goog-api-key"]

USUAL_APIS: frozenset[ApiType] = frozenset({"chat", "completions", "embeddings"})


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """A row. `base_url` empty means that each endpoint must say its own (`api_base`)."""

    slug: str
    name: str
    """For people (`OpenAI`), and what answers say in `provider`."""
    base_url: str = ""
    key_env: str = ""
    """The name that LiteLLM reads the key from, where configurations speak of `os.environ/…`."""
    dialect: str = "openai"
    apis: frozenset[ApiType] = USUAL_APIS
    auth: Auth = "bearer"
    """The header that carries the key; `bearer` is `authorization: Bearer …`."""
    max_tokens: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """Which name the limit of an answer has."""
    reasoning: Literal["effort", "object", "none"] = "effort"
    """How it takes `reasoning`: as `reasoning_effort`, as the object, or not at all."""
    reasoning_field: str = ""
    """Under which name it takes the reasoning of earlier answers; empty for not at all."""
    asks_usage: bool = True
    """Whether a stream must be asked for usage (`stream_options.include_usage`)."""
    drops: frozenset[str] = frozenset({"top_a"})
    """Fields that it refuses."""
    is_gateway: bool = False
    """Whether it takes OpenRouter's own fields (`provider`, `plugins`, `models`, …)."""
    needs_key: bool = True

    def credentials(self, key: str) -> dict[str, str]:
        """Return the header that says who calls. It holds a secret."""
        if self.auth == "bearer":
            return {"authorization": f"Bearer {key}"}
        return {self.auth: key}
