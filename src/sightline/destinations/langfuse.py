"""Langfuse, by its ingestion API: a trace, its span and its generation are events with ids."""

import re
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from sightline.core import codec
from sightline.core.clock import format_us
from sightline.destinations._config import Config, key
from sightline.destinations._requests import (
    basic,
    batched,
    below,
    get_request,
    json_array,
    json_request,
)
from sightline.destinations._view import View, span_hex, uuid_text, view
from sightline.destinations.base import (
    Delivery,
    Destination,
    Extras,
    HttpRequest,
    HttpResponse,
    Verdict,
    default_verdict,
)
from sightline.domain.generation import Generation

# Its limit for a request is 4.5 MB.
_MAX_BYTES = 3_500_000
_MAX_SESSION = 200
_ENVIRONMENT = re.compile(r"(?!langfuse)[a-z0-9_-]{1,40}")


class LangfuseConfig(Config, frozen=True, kw_only=True):
    public_key: Annotated[str, key("Public key", placeholder="pk-lf-…", required=True)]
    secret_key: Annotated[str, key("Secret key", placeholder="sk-lf-…", secret=True, required=True)]
    base_url: Annotated[
        str, key("Base URL", "For the EU: https://cloud.langfuse.com", url=True)
    ] = "https://us.cloud.langfuse.com"


def _headers(config: LangfuseConfig) -> dict[str, str]:
    return {"Authorization": basic(config.public_key, config.secret_key)}


def deliveries(
    config: LangfuseConfig, batch: Sequence[Generation], extras: Extras
) -> list[Delivery]:
    parts = [b",".join(codec.encode(event) for event in _events(view(it, extras))) for it in batch]

    def make(group: list[bytes]) -> Sequence[HttpRequest]:
        url = below(config.base_url, "/api/public/ingestion")
        return (json_request(url, json_array("batch", group), _headers(config), config.headers),)

    return batched(parts, len, make, max_bytes=_MAX_BYTES)


def test(config: LangfuseConfig) -> HttpRequest:
    url = below(config.base_url, "/api/public/projects")
    return get_request(url, _headers(config), config.headers)


def _events(seen: View) -> list[dict[str, Any]]:
    call = seen.generation
    said = call.trace.environment or ""
    environment = said if _ENVIRONMENT.fullmatch(said) else None
    trace_id = seen.trace_key
    trace = {
        "id": trace_id,
        "timestamp": format_us(call.started_us),
        "name": call.trace_name,
        "userId": call.user,
        "sessionId": call.session_id[:_MAX_SESSION] if call.session_id else None,
        "input": seen.input,
        "output": seen.answer,
        "metadata": seen.custom or None,
        "tags": list(call.opik.tags) or None,
        "release": call.trace.release,
        "environment": environment,
    }
    found = [_event(seen, "trace-create", "trace", trace)]
    parent = call.trace.parent_span_id
    place = {
        "traceId": trace_id,
        "startTime": format_us(call.started_us),
        "endTime": format_us(seen.ended_us),
        "environment": environment,
    }
    if call.trace.span_name:
        group_id = span_hex(call, "group")
        group = {
            "id": group_id,
            **place,
            "parentObservationId": parent,
            "name": call.trace.span_name,
        }
        found.append(_event(seen, "span-create", "group", group))
        parent = group_id
    generation = {
        "id": span_hex(call),
        **place,
        "parentObservationId": parent,
        "name": seen.call_name,
        **_generation(seen),
    }
    return [*found, _event(seen, "generation-create", "call", generation)]


def _event(seen: View, type: str, part: str, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": uuid_text(seen.generation, "langfuse", part),
        "type": type,
        "timestamp": format_us(seen.ended_us),
        "body": {name: value for name, value in body.items() if value is not None},
    }


def _generation(seen: View) -> dict[str, Any]:
    call = seen.generation
    usage, cost = call.usage, call.cost
    return {
        "completionStartTime": None
        if call.first_token_us is None
        else format_us(call.first_token_us),
        "model": seen.model,
        "modelParameters": {n: _scalar(v) for n, v in seen.parameters.items()} or None,
        "input": seen.input,
        "output": seen.answer,
        "usageDetails": {
            "input": usage.prompt_tokens,
            "output": usage.completion_tokens,
            "total": usage.total_tokens,
            "input_cached_tokens": usage.cached_tokens,
            "input_cache_creation": usage.cache_write_tokens,
            "output_reasoning_tokens": usage.reasoning_tokens,
        }
        if usage
        else None,
        "costDetails": {"input": cost.input, "output": cost.output, "total": cost.total}
        if cost
        else None,
        "level": "ERROR" if call.error else "DEFAULT",
        "statusMessage": seen.error,
        "metadata": {
            **seen.custom,
            "sightline_observation_id": call.id,
            "provider": call.provider,
            "finish_reason": call.finish_reason,
            "model_requested": call.model_requested,
        },
    }


def _scalar(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    return codec.encode_text(value)


class _Failure(msgspec.Struct):
    status: int = 400


class _Answer(msgspec.Struct):
    errors: list[_Failure] = []


def verdict(response: HttpResponse) -> Verdict:
    """Read the 207 that tells of each event; what can be sent again is."""
    if response.status != 207:
        return default_verdict(response)
    try:
        failures = msgspec.json.decode(response.body, type=_Answer).errors
    except msgspec.DecodeError:
        return "delivered"
    if any(default_verdict(HttpResponse(status=it.status)) == "retry" for it in failures):
        return "retry"
    return "refused" if failures else "delivered"


DESTINATION = Destination(
    type="langfuse",
    title="Langfuse",
    config=LangfuseConfig,
    deliveries=deliveries,
    test=test,
    verdict=verdict,
    docs_url="https://langfuse.com/docs",
)
