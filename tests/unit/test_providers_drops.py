"""Which fields of a request each dialect leaves out; the rest is in what it sends."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

import sightline.providers
from sightline.core.registry import discover
from sightline.core.secret import Secret
from sightline.domain.gateway import Endpoint
from sightline.domain.generation import ApiType
from sightline.providers._sends import parameters
from sightline.providers.base import Dialect, PartialDialect

DIALECTS = discover(sightline.providers, "DIALECT", Dialect)  # type: ignore[type-abstract]
# A value of each that is seen in what is sent, and how it looks there.
SEEN: Mapping[str, tuple[Any, str]] = {
    "temperature": (0.375, "0.375"),
    "top_k": (37, "37"),
    "seed": (4711, "4711"),
    "stop": ("halt!", "halt!"),
    "max_tokens": (4321, "4321"),
    "n": (3, ":3"),
    "logit_bias": ({"1234": 5}, "1234"),
    "presence_penalty": (0.625, "0.625"),
    "min_p": (0.0625, "0.0625"),
    "repetition_penalty": (1.0625, "1.0625"),
    "response_format": ({"type": "json_object"}, "json"),
    "verbosity": ("low", "low"),
    "prompt_cache_key": ("cache-key", "cache-key"),
    "tools": ([{"type": "function", "function": {"name": "look_up"}}], "look_up"),
    "top_a": (0.9375, "0.9375"),
}


def at(dialect: str, provider: str, model: str) -> Endpoint:
    return Endpoint(
        id="e",
        model="m",
        provider=provider,
        provider_name=provider,
        dialect=dialect,
        base_url="https://upstream.example",
        upstream_model=model,
        api_key=Secret("key"),
        options={"vertex_project": "p"},
    )


@pytest.mark.parametrize("name", SEEN)
@pytest.mark.parametrize(
    "endpoint",
    [
        at("openai", "openai", "gpt-4o"),
        at("openai", "openrouter", "a/b"),
        at("openai", "nobody-knows", "x"),
        at("azure", "azure", "gpt-4o"),
        at("anthropic", "anthropic", "claude-3-haiku"),
        at("google", "gemini", "gemini-2.0-flash"),
        at("bedrock", "bedrock", "anthropic.claude-3-haiku"),
        at("vertex", "vertex_ai", "gemini-2.0-flash"),
        at("vertex", "vertex_ai", "claude-3-haiku"),
        at("vertex", "vertex_ai", "meta/llama"),
    ],
    ids=lambda e: f"{e.dialect}-{e.provider}-{e.upstream_model}",
)
def test_what_is_said_to_be_dropped_is_what_is_not_sent(endpoint: Endpoint, name: str) -> None:
    value, look = SEEN[name]
    dialect = DIALECTS[endpoint.dialect]
    assert isinstance(dialect, PartialDialect)
    api: ApiType = "chat"
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], name: value}
    dropped = dialect.drops(endpoint, api, parameters(body))
    sent = dialect.request(endpoint, api, body, stream=False).body
    plain = msgspec.json.encode(msgspec.json.decode(sent)).decode()
    assert (name in dropped) == (look not in plain), plain
    assert dropped <= {name}


def test_what_passes_through_loses_nothing() -> None:
    untouched: tuple[tuple[Endpoint, ApiType], ...] = (
        (at("anthropic", "anthropic", "claude"), "messages"),
        (at("google", "gemini", "embed"), "embeddings"),
    )
    for endpoint, api in untouched:
        dialect = DIALECTS[endpoint.dialect]
        assert isinstance(dialect, PartialDialect)
        assert dialect.drops(endpoint, api, frozenset({"anything"})) == frozenset()


def test_parameters_are_what_asks_a_provider_for_something() -> None:
    body = {
        "model": "m", "messages": [], "stream": True, "user": "u", "metadata": {"a": 1},
        "provider": {}, "n": 1, "logprobs": False, "stop": [], "seed": None, "temperature": 0,
    }  # fmt: skip
    assert parameters(body) == {"temperature"}
    assert parameters({"n": 2, "logprobs": True}) == {"n", "logprobs"}
