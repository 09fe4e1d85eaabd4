"""What is wrong in a LiteLLM file stops the start; what has no effect is named."""

import textwrap

import pytest

from sightline.core.errors import ConfigurationError
from sightline.pricing.price_book import default_price_book
from sightline.services.gateway.config import load_config

GOOD = "model_list: [{model_name: a, litellm_params: {model: openai/a, api_key: hidden-key}}]\n"


@pytest.fixture
def load(tmp_path):
    def load(text, environment=None):
        path = tmp_path / "gateway.yaml"
        path.write_text(textwrap.dedent(text))
        return load_config(str(path), environment or {}, default_price_book())

    return load


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("model_list: [", 1, "no YAML"),
        ("a: 1\na: 2", 2, "is there twice, first on line 1"),
        ("model_list:\n  - model_name: a\n    model_name: b", 3, "model_list[0].model_name"),
        ("- a", 1, "must be a mapping, not a list"),
        ("model_list: {a: b}", 1, "`model_list` must be a list"),
        ("model_list:\n - litellm_params: {model: a}", 2, "model_list[0].model_name"),
        ("model_list:\n - model_name: a", 2, "model_list[0].litellm_params.model` is missing"),
        (
            "model_list:\n- model_name: a\n  litellm_params:\n    model: openai/a\n    rpm: many",
            5,
            "`model_list[0].litellm_params.rpm` must be a number, not text",
        ),
        (
            "model_list:\n- {model_name: a, litellm_params: {model: a, rpm: 0}}",
            2,
            "rpm` must be at least 1",
        ),
        (
            "model_list:\n- {model_name: a, litellm_params: {model: a, api_key: os.environ/NO}}",
            2,
            "needs the environment variable NO, which is not set",
        ),
        (
            "model_list:\n- {model_name: a, litellm_params: {model: openai/a}}",
            2,
            "api_key` is missing, and OPENAI_API_KEY is not set either",
        ),
        (
            "model_list:\n- {model_name: a, litellm_params: {model: acme/a}}",
            2,
            "`acme` is no provider that is known here",
        ),
        (
            "model_list:\n- {model_name: a, litellm_params: {model: x, "
            "litellm_credential_name: none-such}}",
            2,
            "which is not in `credential_list`",
        ),
        (GOOD + "router_settings:\n  routing_strategy: best", 3, "is no strategy"),
        (GOOD + "litellm_settings:\n  fallbacks: [{a: [b]}]", 3, "leads to `b`"),
        (GOOD + "litellm_settings:\n  fallbacks: {a: [b]}", 3, "fallbacks` must be a list"),
        (GOOD + "router_settings:\n  num_retries: -1", 3, "num_retries` must be at least 0"),
        (GOOD + "router_settings: {model_group_alias: {x: 1}}", 2, "must be the name of a model"),
        (GOOD + "litellm_settings:\n  callbacks: [langfuse]", 3, "LANGFUSE_PUBLIC_KEY"),
        (GOOD + "litellm_settings:\n  callbacks: [s3]", 3, "s3_bucket_name"),
        (GOOD + "litellm_settings:\n  drop_params: perhaps", 3, "must be true or false"),
    ],
)
def test_what_is_wrong_stops_the_start_with_file_line_and_path(load, text, line, words):
    with pytest.raises(ConfigurationError) as error:
        load(text)
    message = error.value.message
    assert "gateway.yaml" in message
    assert f"line {line}:" in message
    assert words in message
    assert "hidden-key" not in message + str(error.value.hint)


def test_a_file_that_is_not_there_or_no_text(tmp_path):
    with pytest.raises(ConfigurationError, match=r"none\.yaml"):
        load_config(str(tmp_path / "none.yaml"), {}, default_price_book())
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        load_config(str(tmp_path / "b.yaml"), {}, default_price_book())


def test_aliases_that_explode_are_refused(load):
    rows = "\n".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]" for i in range(12)
    )
    with pytest.raises(ConfigurationError, match="too large"):
        load(f"a: &a [x, x]\n{rows}")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("litellm_settings: {cache: true}", "litellm_settings.cache"),
        ("litellm_settings: {cache_params: {type: redis}}", "litellm_settings.cache_params"),
        ("litellm_settings: {callbacks: [lunary]}", "litellm_settings.callbacks[0]"),
        ("litellm_settings: {success_callback: [my.handler]}", "success_callback[0]"),
        ("litellm_settings: {json_logs: true}", "litellm_settings.json_logs"),
        ("router_settings: {redis_host: x}", "router_settings.redis_host"),
        ("router_settings: {routing_strategy: usage-based-routing}", "routing_strategy"),
        ("general_settings: {database_url: x}", "general_settings.database_url"),
        ("guardrails: []", "guardrails"),
        ("include: [other.yaml]", "include"),
    ],
)
def test_what_has_no_effect_is_named_with_its_line(load, text, path):
    (warning,) = load(GOOD + text).warnings
    assert warning.startswith("line 2: ")
    assert path in warning


def test_fields_of_an_entry_that_have_no_effect_are_named_and_the_nearest_one_said(load):
    found = load(
        """
        model_list:
          - model_name: a
            litellm_params:
              model: openai/a
              api_key: k
              aws_role_name: r
              max_retrys: 3
            model_info: {access_groups: [x], id: mine}
          - model_name: dalle
            litellm_params: {model: openai/dall-e-3, api_key: k}
            model_info: {mode: image_generation}
        """
    )
    warnings = "\n".join(found.warnings)
    assert "line 7: `model_list[0].litellm_params.aws_role_name` is not supported" in warnings
    assert "is `max_retries` meant?" in warnings
    assert "model_list[0].model_info.access_groups" in warnings
    assert "`image_generation` is not served: the model is left out" in warnings
    assert len(found.warnings) == 4
    assert set(found.models) == {"a"}
    assert found.models["a"].endpoints[0].id == "mine"


def test_secrets_of_the_file_are_in_no_warning(load):
    found = load(GOOD + "general_settings: {proxy_key: hidden-key, salt_key: os.environ/X}")
    assert len(found.warnings) == 2
    assert "hidden-key" not in repr(found)
