"""What a LiteLLM file's callbacks say is what the destinations read."""

import pytest

import sightline.destinations
from sightline.core.registry import discover
from sightline.destinations._config import decode
from sightline.destinations.base import Destination
from sightline.wire.litellm import parse

VARIABLES = {
    "OPIK_API_KEY": "key",
    "OPIK_WORKSPACE": "team",
    "OPIK_PROJECT_NAME": "app",
    "OPIK_URL_OVERRIDE": "http://localhost:5173/api/",
    "LANGFUSE_PUBLIC_KEY": "pk-lf-1",
    "LANGFUSE_SECRET_KEY": "sk-lf-1",
    "LANGFUSE_HOST": "https://langfuse.example",
    "LANGSMITH_API_KEY": "lsv2_pt_1",
    "LANGSMITH_PROJECT": "app",
    "LANGSMITH_BASE_URL": "https://langsmith.example",
    "LANGSMITH_TENANT_ID": "tenant",
    "BRAINTRUST_API_KEY": "key",
    "BRAINTRUST_PROJECT_ID": "project",
    "BRAINTRUST_API_BASE": "https://braintrust.example",
    "DD_API_KEY": "key",
    "DD_SITE": "us5.datadoghq.com",
    "DD_LLMOBS_ML_APP": "app",
    "ARIZE_API_KEY": "key",
    "ARIZE_SPACE_KEY": "space",
    "ARIZE_PROJECT_NAME": "app",
    "ARIZE_HTTP_ENDPOINT": "https://arize.example",
    "POSTHOG_API_KEY": "phc_1",
    "POSTHOG_API_URL": "https://posthog.example",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.example:4318",
    "OTEL_EXPORTER_OTLP_HEADERS": "x-team=a,x-other=b",
    "WANDB_API_KEY": "key",
    "WANDB_ENTITY": "team",
    "WANDB_PROJECT": "app",
    "WANDB_HOST": "https://weave.example",
    "GENERIC_LOGGER_ENDPOINT": "https://hook.example/in",
    "GENERIC_LOGGER_HEADERS": "Authorization=Bearer x",
}
CALLBACKS = (
    "opik langfuse langfuse_otel langsmith braintrust datadog datadog_llm_observability arize "
    "posthog otel weave_otel generic_api"
).split()
S3 = (
    "  s3_callback_params:\n    s3_bucket_name: llm-logs\n    s3_region_name: eu-north-1\n"
    "    s3_aws_access_key_id: id\n    s3_aws_secret_access_key: secret\n"
    "    s3_endpoint_url: https://s3.example\n    s3_path: logs\n"
)


@pytest.mark.parametrize("callback", [*CALLBACKS, "s3_v2"])
def test_a_callback_with_all_its_variables_is_a_destination(callback: str) -> None:
    text = f'litellm_settings:\n  callbacks: ["{callback}"]\n'
    file = parse(text + (S3 if callback == "s3_v2" else ""), name="f.yaml", environment=VARIABLES)
    (use,) = file.callbacks
    types = {
        d.type: d for d in discover(sightline.destinations, "DESTINATION", Destination).values()
    }
    # Raises for a key that the destination does not know, and for one that it misses.
    decode(types[use.type].config, use.config)
