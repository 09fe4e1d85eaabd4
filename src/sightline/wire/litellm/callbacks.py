"""LiteLLM's callbacks as destinations: which service, and where its credentials are said."""

from collections.abc import Mapping
from typing import Any

import msgspec

from sightline.wire.litellm.document import Document, Path, Section


class CallbackUse(msgspec.Struct, frozen=True, kw_only=True):
    """A destination that the file asks for; `config` holds secrets: never log it."""

    type: str
    name: str
    config: Mapping[str, Any]
    privacy_mode: bool = False
    path: Path = ()
    line: int = 0

    def __repr__(self) -> str:
        return f"CallbackUse({self.type!r}, {self.name!r})"


class _Kind(msgspec.Struct, frozen=True):
    """A destination's type, and for each config key the variables that may say it.

    A name that ends in `*` must be said.
    """

    type: str
    fields: Mapping[str, tuple[str, ...]]


_LANGFUSE = _Kind(
    "langfuse",
    {
        "publicKey*": ("LANGFUSE_PUBLIC_KEY",),
        "secretKey*": ("LANGFUSE_SECRET_KEY",),
        "baseUrl": ("LANGFUSE_HOST", "LANGFUSE_OTEL_HOST", "LANGFUSE_BASE_URL"),
    },
)
_OTEL = _Kind(
    "otel-collector",
    {
        "endpoint*": (
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "OTEL_ENDPOINT",
        ),
        "headers": ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_HEADERS"),
    },
)
_DATADOG = _Kind(
    "datadog",
    {"apiKey*": ("DD_API_KEY",), "mlApp": ("DD_LLMOBS_ML_APP", "DD_SERVICE"), "url": ("DD_SITE",)},
)
_S3 = {
    "bucketName*": "s3_bucket_name",
    "region": "s3_region_name",
    "accessKeyId*": "s3_aws_access_key_id",
    "secretAccessKey*": "s3_aws_secret_access_key",
    "sessionToken": "s3_aws_session_token",
    "endpoint": "s3_endpoint_url",
    "prefix": "s3_path",
}
_KINDS: Mapping[str, _Kind] = {
    "opik": _Kind(
        "opik",
        {
            "apiKey": ("OPIK_API_KEY",),
            "workspace": ("OPIK_WORKSPACE",),
            "projectName": ("OPIK_PROJECT_NAME",),
            "url": ("OPIK_URL_OVERRIDE",),
        },
    ),
    "langfuse": _LANGFUSE,
    "langfuse_otel": _LANGFUSE,
    "langsmith": _Kind(
        "langsmith",
        {
            "apiKey*": ("LANGSMITH_API_KEY",),
            "project": ("LANGSMITH_PROJECT",),
            "endpoint": ("LANGSMITH_BASE_URL",),
            "workspaceId": ("LANGSMITH_TENANT_ID",),
        },
    ),
    "braintrust": _Kind(
        "braintrust",
        {
            "apiKey*": ("BRAINTRUST_API_KEY",),
            "projectId*": ("BRAINTRUST_PROJECT_ID",),
            "baseUrl": ("BRAINTRUST_API_BASE",),
        },
    ),
    "datadog": _DATADOG,
    "datadog_llm_observability": _DATADOG,
    "arize": _Kind(
        "arize",
        {
            "apiKey*": ("ARIZE_API_KEY",),
            "spaceKey*": ("ARIZE_SPACE_KEY", "ARIZE_SPACE_ID"),
            "modelId": ("ARIZE_PROJECT_NAME",),
            "baseUrl": ("ARIZE_HTTP_ENDPOINT",),
        },
    ),
    "posthog": _Kind(
        "posthog", {"apiKey*": ("POSTHOG_API_KEY",), "endpoint": ("POSTHOG_API_URL",)}
    ),
    "otel": _OTEL,
    "weave_otel": _Kind(
        "weave",
        {
            "apiKey*": ("WANDB_API_KEY",),
            "entity*": ("WANDB_ENTITY",),
            "project*": ("WANDB_PROJECT",),
            "baseUrl": ("WANDB_HOST",),
        },
    ),
    "generic_api": _Kind(
        "webhook",
        {"url*": ("GENERIC_LOGGER_ENDPOINT",), "headers": ("GENERIC_LOGGER_HEADERS",)},
    ),
}
_OPIK_CLOUD = "https://www.comet.com/opik/api"


def read_callbacks(document: Document, settings: Section) -> tuple[CallbackUse, ...]:
    """Return the destinations of `litellm_settings`, each once; name callbacks that are none.

    Raises `ConfigurationError` for one whose credentials are not set.
    """
    hides = bool(settings.flag("turn_off_message_logging"))
    found: dict[str, CallbackUse] = {}
    s3 = settings.section("s3_callback_params")
    for name in ("callbacks", "success_callback", "failure_callback"):
        values = settings.texts(name)
        for at, callback in enumerate(values):
            path: Path = (*settings.path, name, at)
            if callback in {"s3", "s3_v2"}:
                kind, config = "s3", _s3(document, s3)
            elif callback in _KINDS:
                kind = _KINDS[callback].type
                config = _config(document, _KINDS[callback], callback, path)
            else:
                document.warn(path, f"`{callback}` is not supported: nothing is sent to it")
                continue
            if kind not in found:
                found[kind] = CallbackUse(
                    type=kind,
                    name=f"{callback} (from {document.name})",
                    config=config,
                    privacy_mode=hides,
                    path=path,
                    line=document.line(path),
                )
    if s3.values and "s3" not in found:
        settings.warn("s3_callback_params", "has no effect without the callback `s3_v2`")
    s3.finish()
    return tuple(found.values())


def _config(document: Document, kind: _Kind, callback: str, path: Path) -> dict[str, Any]:
    config: dict[str, Any] = {}
    for field, names in kind.fields.items():
        value = next((v for n in names if (v := document.environment.get(n))), None)
        key = field.rstrip("*")
        if value is None:
            if field.endswith("*"):
                raise document.fail(
                    path,
                    f"(`{callback}`) needs the environment variable {names[0]}, which is not set",
                    f"Set {names[0]}, or say it under `environment_variables`",
                )
            continue
        config[key] = _headers(value) if key == "headers" else value
    if kind.type == "datadog":
        config.setdefault("mlApp", "litellm")
        if "url" in config and "://" not in config["url"]:
            config["url"] = f"https://api.{config['url']}"
    if kind.type == "otel-collector" and not config["endpoint"].rstrip("/").endswith("/traces"):
        config["endpoint"] = config["endpoint"].rstrip("/") + "/v1/traces"
    if kind.type == "opik":
        config = {"workspace": "default", "projectName": "Default Project", **config}
        config.setdefault("url", _OPIK_CLOUD)
    return config


def _s3(document: Document, params: Section) -> dict[str, Any]:
    config: dict[str, Any] = {}
    for field, name in _S3.items():
        value = params.text(name)
        if value is not None:
            config[field.rstrip("*")] = value
        elif field.endswith("*"):
            raise document.fail((*params.path, name), "is missing: the callback `s3` needs it")
    return config


def _headers(text: str) -> dict[str, str]:
    """Read `name=value,name=value`, as OpenTelemetry writes headers."""
    pairs = (part.partition("=") for part in text.split(","))
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}
