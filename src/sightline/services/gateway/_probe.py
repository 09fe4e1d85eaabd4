"""How a provider is asked for its models, to see whether address and key are good."""

from typing import Any

import msgspec

from sightline.core.sealing import mask
from sightline.destinations.base import HttpRequest, HttpResponse
from sightline.services.gateway.definitions import OpenedProvider

_MAX_MODELS = 2_000
_EXCERPT = 500


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. `request` is its first line, `models` are the names that were listed."""

    ok: bool
    request: str | None = None
    status: int | None = None
    latency_ms: float | None = None
    models: list[str] = []
    error: str | None = None
    answer: str | None = None


def probe_of(provider: OpenedProvider) -> HttpRequest | None:
    """Return the request for a provider's list of models; None where there is no such list."""
    base, _, query = provider.base_url.partition("?")
    base = base.rstrip("/")
    key = provider.api_key.reveal() if provider.api_key else ""
    headers = {"accept": "application/json"}
    match provider.dialect:
        case "openai":
            url = f"{base}/models"
            if key:
                headers["authorization"] = f"Bearer {key}"
        case "anthropic":
            url = f"{base.removesuffix('/v1')}/v1/models?limit=1000"
            headers |= {"x-api-key": key, "anthropic-version": "2023-06-01"}
        case "google":
            url = f"{base}/models?pageSize=1000"
            headers["x-goog-api-key"] = key
        case "azure":
            version = provider.options.get("api_version") or "2024-10-21"
            root = base.partition("/openai")[0]
            url = f"{root}/openai/models?{query or f'api-version={version}'}"
            headers["api-key"] = key
        case _:
            return None
    return HttpRequest(method="GET", url=url, headers={**headers, **provider.headers})


def read_probe(
    provider: OpenedProvider, request: HttpRequest, answer: HttpResponse, seconds: float
) -> Probe:
    """Return what an answer says of the provider."""
    ok = 200 <= answer.status < 300
    models = _names(answer.body) if ok else []
    return Probe(
        ok=ok,
        request=f"GET {request.url}",
        status=answer.status,
        latency_ms=round(seconds * 1000, 1),
        models=models,
        error=None if ok else _reason(answer.status),
        answer=None if ok else _without_secrets(provider, answer.body),
    )


def _names(body: bytes) -> list[str]:
    try:
        value: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    items = value.get("data", value.get("models")) if isinstance(value, dict) else value
    if not isinstance(items, list):
        return []
    names = [i.get("id") or i.get("name") for i in items[:_MAX_MODELS] if isinstance(i, dict)]
    return sorted({str(name).removeprefix("models/") for name in names if name})


def _reason(status: int) -> str:
    if status in {401, 403}:
        return "The provider refuses the key"
    if status == 404:
        return "There is no list of models at this address: check the base URL"
    if 300 <= status < 400:
        return "The address leads elsewhere: use the one that it leads to"
    return f"The provider answered with status {status}"


def _without_secrets(provider: OpenedProvider, body: bytes) -> str:
    """Return the beginning of an answer; a provider may repeat the key that it refuses."""
    text = body.decode("utf-8", "replace")
    values = [*provider.headers.values(), *map(str, provider.options.values())]
    if provider.api_key:
        values.append(provider.api_key.reveal())
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= 6:
            text = text.replace(value, mask(value))
    return text[:_EXCERPT]
