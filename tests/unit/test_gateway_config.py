"""A LiteLLM user's file becomes what the gateway routes by."""

import textwrap
from decimal import Decimal

import pytest

from sightline.domain.gateway import RouterOptions
from sightline.pricing.price_book import default_price_book
from sightline.services.gateway.config import load_config

ENVIRONMENT = {
    "AZURE_API_KEY": "azure-secret",
    "OPENAI_API_KEY": "openai-secret",
    "ANTHROPIC_API_KEY": "anthropic-secret",
    "LANGFUSE_PUBLIC_KEY": "pk",
    "LANGFUSE_SECRET_KEY": "langfuse-secret",
    "MASTER": "sk-master-secret",
}

BIG = """
model_list:
  - model_name: gpt-4o
    litellm_params: &azure
      model: azure/gpt-4o-eu
      api_base: https://eu.openai.azure.com/
      api_key: os.environ/AZURE_API_KEY
      api_version: "2024-10-21"
      rpm: 600
      tpm: 100000
      weight: 2
      timeout: 30
      stream_timeout: 10
      max_retries: 1
    model_info:
      base_model: azure/gpt-4o
      mode: chat
      max_input_tokens: 128000
      max_tokens: 16384
      supports_vision: true
  - model_name: gpt-4o
    litellm_params:
      <<: *azure
      api_base: https://us.openai.azure.com/
      order: 2
      max_parallel_requests: 8
  - model_name: claude
    litellm_params:
      model: anthropic/claude-sonnet-4-5
      temperature: 0.2
      extra_headers: {anthropic-beta: x}
      extra_body: {top_k: 5}
      input_cost_per_token: 1e-6
      output_cost_per_token: 0.000002
  - model_name: local
    litellm_params: {model: hosted_vllm/qwen3, api_base: "http://10.0.0.5:8000/v1"}
  - model_name: embed
    litellm_params: {model: text-embedding-3-small}
    model_info: {mode: embedding}
  - model_name: titan
    litellm_params:
      model: bedrock/amazon.nova-lite-v1:0
      aws_region_name: eu-west-1
      aws_access_key_id: AKIA
      aws_secret_access_key: aws-secret
  - model_name: shared
    litellm_params: {model: groq/llama-3.3-70b-versatile, litellm_credential_name: groq}
  - model_name: "openai/*"
    litellm_params: {model: "openai/*"}
credential_list:
  - credential_name: groq
    credential_values: {api_key: groq-secret}
    credential_info: {description: ours}
litellm_settings:
  drop_params: true
  num_retries: 4
  request_timeout: 60
  success_callback: ["langfuse"]
  callbacks: [opik, langfuse, s3_v2]
  turn_off_message_logging: true
  s3_callback_params: {s3_bucket_name: b, s3_aws_access_key_id: k, s3_aws_secret_access_key: s3}
  fallbacks: [{gpt-4o: [claude, openai/gpt-4o-mini]}, {"*": [claude]}]
  context_window_fallbacks: [{claude: [gpt-4o]}]
router_settings:
  routing_strategy: latency-based-routing
  num_retries: 3
  allowed_fails: 5
  cooldown_time: 45
  retry_after: 1
  model_group_alias: {gpt-4: gpt-4o, gpt-4-hidden: {model: gpt-4o, hidden: true}}
general_settings:
  master_key: os.environ/MASTER
  completion_model: claude
environment_variables:
  OPIK_API_KEY: opik-secret
  OPIK_WORKSPACE: team
  OPIK_PROJECT_NAME: prod
"""


@pytest.fixture
def load(tmp_path):
    def load(text, environment=ENVIRONMENT):
        path = tmp_path / "litellm.yaml"
        path.write_text(textwrap.dedent(text))
        return load_config(str(path), environment, default_price_book())

    return load


@pytest.fixture
def big(load):
    return load(BIG)


def test_no_file_is_an_empty_configuration():
    found = load_config("", {}, default_price_book())
    assert not found.models
    assert not found.wildcards
    assert found.router == RouterOptions()


def test_a_file_that_works_elsewhere_works_without_a_warning(big):
    assert big.warnings == ()
    assert set(big.models) == {"gpt-4o", "claude", "local", "embed", "titan", "shared"}


def test_deployments_of_one_name_share_its_calls(big):
    model = big.models["gpt-4o"]
    europe, states = model.endpoints
    assert europe.base_url == "https://eu.openai.azure.com/"
    assert (europe.provider, europe.dialect, europe.upstream_model) == (
        "azure",
        "azure",
        "gpt-4o-eu",
    )
    assert europe.api_key.reveal() == "azure-secret"
    assert europe.options == {"api_version": "2024-10-21"}
    assert (europe.rpm, europe.tpm, europe.weight, europe.order) == (600, 100_000, 2, 0)
    assert (europe.timeouts.total, europe.timeouts.first_byte, europe.retries) == (30, 10, 1)
    assert (states.order, states.max_parallel, states.rpm) == (2, 8, 600)
    assert europe.id != states.id
    assert (model.context_length, model.max_completion_tokens) == (128_000, 16_384)
    assert model.input_modalities == ("text", "image")


def test_a_deployment_is_priced_as_its_base_model(big):
    europe = big.models["gpt-4o"].endpoints[0]
    assert europe.prices.prompt == Decimal("0.0000025")
    assert big.models["claude"].endpoints[0].prices.prompt == Decimal("0.000001")
    assert big.models["shared"].endpoints[0].prices is None


def test_request_fields_of_an_entry_are_its_defaults(big):
    (claude,) = big.models["claude"].endpoints
    assert claude.defaults == {"temperature": 0.2, "top_k": 5}
    assert claude.headers == {"anthropic-beta": "x"}
    assert claude.api_key.reveal() == "anthropic-secret"
    assert claude.timeouts.total == 60


def test_addresses_that_the_operator_named_may_be_private(big):
    (local,) = big.models["local"].endpoints
    assert (local.base_url, local.allows_private) == ("http://10.0.0.5:8000/v1", True)
    assert local.api_key is None


def test_kinds_regions_and_shared_credentials(big):
    assert big.models["embed"].kind == "embeddings"
    (titan,) = big.models["titan"].endpoints
    assert titan.options["region"] == "eu-west-1"
    assert titan.options["aws_secret_access_key"].reveal() == "aws-secret"
    (shared,) = big.models["shared"].endpoints
    assert shared.api_key.reveal() == "groq-secret"
    assert shared.base_url == "https://api.groq.com/openai/v1"


def test_a_wildcard_serves_any_model_of_its_prefix(big):
    assert set(big.wildcards) == {"openai/"}
    (endpoint,) = big.wildcards["openai/"].endpoints
    assert endpoint.upstream_model == "*"
    assert endpoint.api_key.reveal() == "openai-secret"


def test_a_star_alone_serves_every_provider_whose_key_is_there(load):
    found = load('model_list: [{model_name: "*", litellm_params: {model: "*"}}]')
    assert {"openai/", "anthropic/", "gpt-", "claude-"} <= set(found.wildcards)
    assert "groq/" not in found.wildcards
    assert found.wildcards["gpt-"].endpoints[0].upstream_model == "gpt-*"


def test_the_routing_of_a_file(big):
    router = big.router
    assert router.strategy == "latency"
    assert (router.num_retries, router.allowed_fails, router.cooldown_s) == (3, 5, 45)
    assert router.retry_after_s == 1
    assert router.fallbacks == {"gpt-4o": ("claude", "openai/gpt-4o-mini")}
    assert router.default_fallbacks == ("claude",)
    assert router.context_window_fallbacks == {"claude": ("gpt-4o",)}
    assert router.aliases == {"gpt-4": "gpt-4o", "gpt-4-hidden": "gpt-4o"}
    assert (router.default_model, router.drops_params) == ("claude", True)


def test_callbacks_become_destinations_each_once(big):
    found = {use.type: use for use in big.destinations}
    assert set(found) == {"opik", "langfuse", "s3"}
    assert all(use.privacy_mode for use in found.values())
    assert found["opik"].config["workspace"] == "team"
    assert found["opik"].config["apiKey"] == "opik-secret"
    assert found["langfuse"].config == {"publicKey": "pk", "secretKey": "langfuse-secret"}
    assert found["s3"].config["bucketName"] == "b"


def test_the_master_key_is_a_secret(big):
    (key,) = big.master_keys
    assert key.reveal() == "sk-master-secret"
    assert "-secret" not in repr(big)


def test_the_file_of_the_quick_start(load):
    found = load(
        """
        model_list:
          - model_name: gpt-3.5-turbo
            litellm_params:
              model: azure/<your-azure-model-deployment>
              api_base: os.environ/AZURE_API_BASE
              api_key: os.environ/AZURE_API_KEY
              api_version: "2023-07-01-preview"
        """,
        {**ENVIRONMENT, "AZURE_API_BASE": "https://x.openai.azure.com"},
    )
    assert found.models["gpt-3.5-turbo"].endpoints[0].base_url == "https://x.openai.azure.com"
    assert found.router.strategy == "shuffle"
