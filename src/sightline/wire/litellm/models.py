"""`model_list`: each entry is one deployment of the model that callers name."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

import msgspec

from sightline.core.secret import Secret
from sightline.domain.gateway import TokenPrices
from sightline.wire.litellm.document import Document, Path, Section

# Request fields that LiteLLM sends with each call of the deployment.
REQUEST_FIELDS = frozenset(
    "temperature top_p top_k min_p n stop seed user max_tokens max_completion_tokens "
    "presence_penalty frequency_penalty repetition_penalty logit_bias logprobs top_logprobs "
    "response_format tools tool_choice parallel_tool_calls reasoning_effort thinking service_tier "
    "modalities dimensions encoding_format prompt_cache_key verbosity provider".split()
)
_OPTIONS = {
    "api_version": "api_version",
    "organization": "organization",
    "region_name": "region",
    "aws_region_name": "region",
    "vertex_location": "region",
    "vertex_ai_location": "region",
    "vertex_project": "project",
    "vertex_ai_project": "project",
    "vertex_credentials": "credentials",
    "vertex_ai_credentials": "credentials",
    "aws_access_key_id": "aws_access_key_id",
    "aws_secret_access_key": "aws_secret_access_key",
    "aws_session_token": "aws_session_token",
    "azure_ad_token": "azure_ad_token",
}
_PRICES = {
    "prompt": "input_cost_per_token",
    "completion": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
    "request": "input_cost_per_request",
}
_MODES: dict[str, Literal["chat", "embeddings"]] = {
    "chat": "chat",
    "completion": "chat",
    "responses": "chat",
    "embedding": "embeddings",
}
# Said to people, or to LiteLLM about what an upstream can do, which here the upstream says.
_INFORMATION = frozenset(
    "id db_model version created_at updated_at created_by updated_by litellm_provider key "
    "supports_function_calling supports_parallel_function_calling supports_response_schema "
    "supports_system_messages supports_prompt_caching supports_reasoning supports_tool_choice "
    "supports_web_search supports_assistant_prefill supports_native_streaming tier "
    "supported_openai_params supported_environments source deprecation_date "
    "metadata".split()
)


class ModelEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One deployment.

    `model_name` is what callers say (`*` and `openai/*` for many), `model` what LiteLLM calls it
    (`azure/my-deployment`). Times are seconds.
    """

    path: Path
    line: int
    model_name: str
    model: str
    provider: str | None = None
    api_base: str | None = None
    api_key: Secret | None = None
    headers: Mapping[str, str] = {}
    options: Mapping[str, Any] = {}
    defaults: Mapping[str, Any] = {}
    rpm: int | None = None
    tpm: int | None = None
    weight: float = 1.0
    order: int = 0
    max_parallel: int | None = None
    retries: int | None = None
    timeout: float | None = None
    stream_timeout: float | None = None
    prices: TokenPrices | None = None
    kind: Literal["chat", "embeddings"] = "chat"
    base_model: str | None = None
    context_length: int | None = None
    max_completion_tokens: int | None = None
    input_modalities: tuple[str, ...] = ("text",)
    id: str | None = None
    description: str = ""


def read_models(document: Document, top: Section) -> tuple[ModelEntry, ...]:
    """Return the entries of `model_list`. Raises `ConfigurationError` for one that is wrong."""
    credentials = _credentials(document, top)
    entries = [_entry(document, v, path, credentials) for v, path in top.items("model_list")]
    return tuple(entry for entry in entries if entry is not None)


def _credentials(document: Document, top: Section) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for value, path in top.items("credential_list"):
        entry = Section(document, value, path)
        name = entry.text("credential_name")
        if not name:
            raise document.fail((*path, "credential_name"), "is missing")
        values = entry.get("credential_values")
        if not isinstance(values, dict):
            raise document.fail((*path, "credential_values"), "must be a mapping")
        entry.ignore({"credential_info"})
        entry.finish()
        found[name] = values
    return found


def _entry(
    document: Document, value: Any, path: Path, credentials: Mapping[str, Mapping[str, Any]]
) -> ModelEntry | None:
    entry = Section(document, value, path)
    name = entry.text("model_name")
    if not name:
        raise document.fail((*path, "model_name"), "is missing: it is what callers ask for")
    params = entry.section("litellm_params")
    info = entry.section("model_info")
    entry.finish()
    used = params.text("litellm_credential_name")
    if used is not None:
        if used not in credentials:
            raise document.fail(
                (*params.path, "litellm_credential_name"),
                f"names `{used}`, which is not in `credential_list`",
            )
        params.values = {**credentials[used], **params.values}
    mode = info.text("mode") or "chat"
    if mode not in _MODES:
        info.warn("mode", f"`{mode}` is not served: the model is left out")
        return None
    model = params.text("model")
    if not model:
        raise document.fail(
            (*params.path, "model"), "is missing", "Name provider and model: `openai/gpt-4o`"
        )
    found = _build(document, path, name, model, params, info, _MODES[mode])
    params.finish(REQUEST_FIELDS)
    info.finish()
    return found


def _build(
    document: Document,
    path: Path,
    name: str,
    model: str,
    params: Section,
    info: Section,
    kind: Literal["chat", "embeddings"],
) -> ModelEntry:
    key = params.text("api_key")
    weight = params.number("weight")
    max_tokens = info.integer("max_output_tokens") or info.integer("max_tokens")
    info.ignore({"max_tokens"} | _INFORMATION)
    retries, more = params.integer("max_retries"), params.integer("num_retries")
    return ModelEntry(
        path=path,
        line=document.line(path),
        model_name=name,
        model=model,
        provider=params.text("custom_llm_provider"),
        api_base=_base(params),
        api_key=Secret(key) if key else None,
        headers=_headers(params),
        options=_options(params),
        defaults=_defaults(params),
        rpm=params.integer("rpm", least=1),
        tpm=params.integer("tpm", least=1),
        weight=1.0 if weight is None else weight,
        order=params.integer("order") or 0,
        max_parallel=params.integer("max_parallel_requests", least=1),
        retries=retries if retries is not None else more,
        timeout=params.number("timeout", least=0.001),
        stream_timeout=params.number("stream_timeout", least=0.001),
        prices=_prices(params, info),
        kind=kind,
        base_model=info.text("base_model"),
        context_length=info.integer("max_input_tokens"),
        max_completion_tokens=max_tokens,
        input_modalities=_modalities(info),
        id=_id(info),
        description=info.text("description") or "",
    )


def _id(info: Section) -> str | None:
    value = info.get("id")
    return value if isinstance(value, str) else None


def _base(params: Section) -> str | None:
    base = params.text("api_base") or params.text("base_url")
    params.ignore({"base_url"})
    runtime = params.text("aws_bedrock_runtime_endpoint")
    return base or runtime


def _headers(params: Section) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name in ("headers", "extra_headers"):
        value = params.get(name)
        if value is None:
            continue
        if not isinstance(value, dict):
            raise params.wrong(name, value, "a mapping of header names to texts")
        headers |= {str(key): str(item) for key, item in value.items()}
    return headers


def _options(params: Section) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for name, ours in _OPTIONS.items():
        value = params.get(name)
        if value is not None:
            options.setdefault(ours, value)
    return options


def _defaults(params: Section) -> dict[str, Any]:
    defaults = {name: params.get(name) for name in sorted(REQUEST_FIELDS & set(params.values))}
    extra = params.get("extra_body")
    if extra is not None:
        if not isinstance(extra, dict):
            raise params.wrong("extra_body", extra, "a mapping")
        defaults |= extra
    return {name: value for name, value in defaults.items() if value is not None}


def _prices(params: Section, info: Section) -> TokenPrices | None:
    """Return the prices of the entry; those of `litellm_params` stand over `model_info`'s."""
    found: dict[str, Decimal] = {}
    for field, name in _PRICES.items():
        for section in (info, params):
            value = section.number(name)
            if value is not None:
                found[field] = Decimal(str(value))
    return TokenPrices(**found) if found else None


def _modalities(info: Section) -> tuple[str, ...]:
    found = ["text"]
    for name, modality in (
        ("supports_vision", "image"),
        ("supports_audio_input", "audio"),
        ("supports_pdf_input", "file"),
        ("supports_video_input", "video"),
    ):
        if info.flag(name):
            found.append(modality)
    return tuple(found)
