"""Models and their endpoints, in one shape that OpenRouter's and OpenAI's clients both read."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sightline.domain.gateway import Endpoint, Model, TokenPrices

# Of an endpoint that does not say which it takes, and so takes all.
USUAL_PARAMETERS = (
    "frequency_penalty",
    "include_reasoning",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "presence_penalty",
    "reasoning",
    "reasoning_effort",
    "response_format",
    "seed",
    "stop",
    "structured_outputs",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
)
_MODALITY_ORDER = ("text", "image", "file", "audio", "video")
# Where a client must be told a number and nobody knows it.
_UNKNOWN_CONTEXT = 128_000


def model_body(model: Model, prices: TokenPrices | None) -> dict[str, Any]:
    """Return a model as `GET /models` lists it; `object` and `owned_by` are OpenAI's."""
    return {
        "id": model.slug,
        "object": "model",
        "owned_by": owner(model.slug),
        "canonical_slug": model.slug,
        "name": model.name or model.slug,
        "created": model.created,
        "description": model.description,
        "context_length": model.context_length,
        "architecture": architecture(model),
        "pricing": pricing(prices),
        "top_provider": {
            "context_length": model.context_length,
            "max_completion_tokens": model.max_completion_tokens,
            "is_moderated": False,
        },
        "per_request_limits": None,
        "supported_parameters": parameters(model.endpoints),
        "default_parameters": None,
        "supported_voices": None,
        "knowledge_cutoff": None,
        "expiration_date": None,
        "hugging_face_id": None,
        "links": {"details": f"/api/v1/models/{model.slug}/endpoints"},
    }


def architecture(model: Model) -> dict[str, Any]:
    """Return what goes in and out; `modality` is `text+image->text`."""
    inputs = _in_order(model.input_modalities)
    outputs = _in_order(model.output_modalities)
    return {
        "modality": f"{'+'.join(inputs)}->{'+'.join(outputs)}",
        "input_modalities": inputs,
        "output_modalities": outputs,
        "tokenizer": model.tokenizer,
        "instruct_type": None,
    }


def pricing(prices: TokenPrices | None) -> dict[str, str]:
    """Return USD as decimal text; `-1` where nobody knows the price, as OpenRouter says it."""
    if prices is None:
        return {"prompt": "-1", "completion": "-1", "request": "-1", "image": "-1"}
    found = {
        "prompt": decimal_text(prices.prompt),
        "completion": decimal_text(prices.completion),
        "request": decimal_text(prices.request),
        "image": decimal_text(prices.image),
    }
    if prices.cache_read is not None:
        found["input_cache_read"] = decimal_text(prices.cache_read)
    if prices.cache_write is not None:
        found["input_cache_write"] = decimal_text(prices.cache_write)
    return found


def endpoint_body(
    model: Model,
    endpoint: Endpoint,
    prices: TokenPrices | None,
    *,
    latency_ms: float | None = None,
    tokens_per_s: float | None = None,
    uptime: float | None = None,
    is_out: bool = False,
) -> dict[str, Any]:
    """Return an endpoint as `GET /models/{author}/{slug}/endpoints` lists it."""
    supports_tools = endpoint.parameters is None or "tools" in endpoint.parameters
    return {
        "name": f"{endpoint.provider_name} | {model.slug}",
        "model_id": model.slug,
        "model_name": model.name or model.slug,
        "context_length": endpoint.context_length or model.context_length or _UNKNOWN_CONTEXT,
        "pricing": {**pricing(prices), "discount": 0},
        "provider_name": endpoint.provider_name,
        "tag": endpoint.provider,
        "quantization": endpoint.quantization,
        "max_completion_tokens": endpoint.max_completion_tokens or model.max_completion_tokens,
        "max_prompt_tokens": None,
        "supported_parameters": parameters((endpoint,)),
        "supports_implicit_caching": prices is not None and prices.cache_read is not None,
        "supports_tool_choice": dict.fromkeys(
            ("auto", "function", "none", "required"), supports_tools
        ),
        "supports_diarization": False,
        "native_tools": {},
        "service_tier": None,
        "status": -1 if is_out else 0,
        "uptime_last_5m": uptime,
        "uptime_last_30m": uptime,
        "uptime_last_1d": uptime,
        "latency_last_30m": _flat(latency_ms),
        "throughput_last_30m": _flat(tokens_per_s),
    }


def endpoints_body(model: Model, endpoints: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a model with its endpoints."""
    return {
        "id": model.slug,
        "name": model.name or model.slug,
        "created": model.created,
        "description": model.description,
        "architecture": architecture(model),
        "endpoints": endpoints,
    }


def list_body(models: list[dict[str, Any]], total: int, following: str | None) -> dict[str, Any]:
    """Return a list of models; `object` is OpenAI's."""
    return {"object": "list", "data": models, "links": {"next": following}, "total_count": total}


def provider_body(slug: str, name: str) -> dict[str, Any]:
    """Return a provider as `GET /providers` lists it."""
    return {
        "name": name,
        "slug": slug,
        "privacy_policy_url": None,
        "terms_of_service_url": None,
        "status_page_url": None,
    }


def parameters(endpoints: tuple[Endpoint, ...]) -> list[str]:
    """Return the parameters that at least one endpoint takes."""
    found: set[str] = set()
    for endpoint in endpoints:
        found.update(USUAL_PARAMETERS if endpoint.parameters is None else endpoint.parameters)
    return sorted(found)


def owner(slug: str) -> str:
    """Return who a slug says the model is of."""
    author, slash, _ = slug.partition("/")
    return author if slash else "sightline"


def decimal_text(value: Decimal) -> str:
    """Return plain digits: `0.0000025`."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _in_order(modalities: tuple[str, ...]) -> list[str]:
    known = [name for name in _MODALITY_ORDER if name in modalities]
    return known + [name for name in modalities if name not in _MODALITY_ORDER]


def _flat(value: float | None) -> Mapping[str, float] | None:
    """Return percentiles of a figure of which only the middle is known."""
    return None if value is None else dict.fromkeys(("p50", "p75", "p90", "p99"), value)
