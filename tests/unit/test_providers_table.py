"""Providers are found by the names that people know from LiteLLM."""

from pathlib import Path

import pytest

from sightline import providers
from sightline.core.errors import ConfigurationError
from sightline.core.registry import discover
from sightline.providers import _table
from sightline.providers.base import Dialect, LocalDialect, TokenDialect
from tests.unit.provider_world import endpoint

DIALECTS = discover(providers, "DIALECT", Dialect)  # type: ignore[type-abstract]


@pytest.mark.parametrize(
    ("model", "custom", "expected"),
    [
        ("openai/gpt-4o", None, ("openai", "gpt-4o")),
        ("together_ai/meta-llama/Llama-3-70b", None, ("together_ai", "meta-llama/Llama-3-70b")),
        (
            "openrouter/anthropic/claude-sonnet-4.5",
            None,
            ("openrouter", "anthropic/claude-sonnet-4.5"),
        ),
        ("gpt-4o-mini", None, ("openai", "gpt-4o-mini")),
        ("claude-sonnet-4-5", None, ("anthropic", "claude-sonnet-4-5")),
        ("gemini-2.5-pro", None, ("gemini", "gemini-2.5-pro")),
        ("bedrock/converse/anthropic.claude-v2:1", None, ("bedrock", "anthropic.claude-v2:1")),
        ("Qwen/Qwen3-8B", "hosted_vllm", ("hosted_vllm", "Qwen/Qwen3-8B")),
        ("openai/my-model", "openai", ("openai", "my-model")),
        ("acme/llama", None, ("acme", "llama")),
        ("sightline/echo", None, ("sightline", "echo")),
    ],
)
def test_litellm_names_are_understood(
    model: str, custom: str | None, expected: tuple[str, str]
) -> None:
    assert _table.model_provider(model, custom) == expected


def test_every_row_names_a_dialect_that_is_there() -> None:
    assert {row.dialect for row in _table.every()} == set(DIALECTS)


def test_every_row_can_be_called() -> None:
    for row in _table.every():
        options = {
            "vertex_project": "p",
            "aws_region_name": "eu-west-1",
        }
        at = endpoint(
            row.slug,
            "m",
            base_url="" if row.base_url else "https://host.example/v1",
            options=options,
        )
        dialect = DIALECTS[row.dialect]
        assert dialect.apis(at) <= dialect.native
        body = {"messages": [{"role": "user", "content": "hi"}]}
        if not isinstance(dialect, LocalDialect):
            url = dialect.request(at, "chat", body, stream=True).url
            assert url.startswith(row.base_url or "https://")


def test_a_provider_without_an_address_says_which_field_to_set() -> None:
    with pytest.raises(ConfigurationError, match="no address") as caught:
        DIALECTS["openai"].request(endpoint("hosted_vllm"), "chat", {}, stream=False)
    assert "api_base" in (caught.value.hint or "")


def test_only_vertex_needs_a_token_and_only_the_echo_answers_itself() -> None:
    assert {n for n, d in DIALECTS.items() if isinstance(d, TokenDialect)} == {"vertex"}
    assert {n for n, d in DIALECTS.items() if isinstance(d, LocalDialect)} == {"echo"}


def test_the_guide_lists_every_provider() -> None:
    guide = Path(__file__).resolve().parents[2] / "docs" / "guides" / "providers.md"
    lines = guide.read_text().splitlines()
    for row in _table.every():
        found = [line for line in lines if line.startswith(f"| `{row.slug}/` | {row.name} |")]
        assert len(found) == 1
        assert row.base_url in found[0]
        assert row.key_env in found[0]
