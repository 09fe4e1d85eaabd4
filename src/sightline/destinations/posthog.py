"""PostHog: an event for each call."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec

from sightline.core import codec
from sightline.core.clock import format_us
from sightline.destinations._config import Config, key
from sightline.destinations._requests import batched, below, json_request
from sightline.destinations._view import View, uuid_text, view
from sightline.destinations.base import Delivery, Destination, Extras, HttpRequest
from sightline.domain.generation import Generation

_MAX_DEPTH = 3
_TRUNCATED = "[truncated]"
_TEST_ID = "sightline-connection-test"


class PosthogConfig(Config, frozen=True, kw_only=True):
    api_key: Annotated[str, key("Project API key", placeholder="phc_…", secret=True, required=True)]
    endpoint: Annotated[str, key("Endpoint", "For the EU: https://eu.i.posthog.com", url=True)] = (
        "https://us.i.posthog.com"
    )


def deliveries(
    config: PosthogConfig, batch: Sequence[Generation], extras: Extras
) -> list[Delivery]:
    parts = [codec.encode(_event(view(it, extras))) for it in batch]

    def make(group: list[bytes]) -> Sequence[HttpRequest]:
        events = msgspec.Raw(b"[" + b",".join(group) + b"]")
        body = {"api_key": config.api_key, "batch": events}
        return (json_request(below(config.endpoint, "/batch/"), body, {}, config.headers),)

    return batched(parts, len, make)


def test(config: PosthogConfig) -> HttpRequest:
    # Captures are answered with 200 whatever the key; feature flags are not.
    body = {"api_key": config.api_key, "distinct_id": _TEST_ID}
    url = below(config.endpoint, "/flags/", {"v": "2"})
    return json_request(url, body, {}, config.headers)


def _event(seen: View) -> dict[str, Any]:
    call = seen.generation
    return {
        "event": "$ai_generation",
        "uuid": uuid_text(call),
        "distinct_id": call.user or call.session_id or call.id,
        "timestamp": format_us(seen.ended_us),
        "properties": {
            name: value for name, value in _properties(seen).items() if value is not None
        },
    }


def _properties(seen: View) -> dict[str, Any]:
    call = seen.generation
    usage, cost = call.usage, call.cost
    found: dict[str, Any] = {
        "$ai_trace_id": seen.trace_key,
        "$ai_span_id": call.id,
        "$ai_span_name": call.trace.generation_name or call.trace.span_name or "LLM Generation",
        "$ai_parent_id": call.trace.parent_span_id,
        "$ai_session_id": call.session_id,
        "trace_name": call.trace_name,
        "$ai_model": seen.model,
        "$ai_provider": call.provider_slug or call.provider,
        "$ai_model_parameters": seen.parameters or None,
        "$ai_latency": seen.duration_us / 1e6,
        "$ai_http_status": call.status,
        "$ai_stream": call.streamed,
        "$ai_is_error": call.error is not None,
        "$ai_error": seen.error,
        "$ai_stop_reason": call.finish_reason,
        "$lib": "sightline",
    }
    if not call.user:
        # Nobody to make a person of.
        found["$process_person_profile"] = False
    if seen.first_token_ms is not None:
        found["$ai_time_to_first_token"] = seen.first_token_ms / 1000
    if usage:
        found |= {
            "$ai_input_tokens": usage.prompt_tokens,
            "$ai_output_tokens": usage.completion_tokens,
            "$ai_total_tokens": usage.total_tokens,
            "$ai_cache_read_input_tokens": usage.cached_tokens,
            "$ai_cache_creation_input_tokens": usage.cache_write_tokens,
            "$ai_reasoning_tokens": usage.reasoning_tokens,
        }
    if cost:
        found |= {
            "$ai_input_cost_usd": cost.input,
            "$ai_output_cost_usd": cost.output,
            "$ai_total_cost_usd": cost.total,
        }
    if seen.input is not None:
        found["$ai_input"] = seen.messages
    if seen.answer is not None:
        found["$ai_output_choices"] = seen.answers
    for name, value in seen.custom.items():
        found[f"metadata_{name}"] = _shallow(value, 1)
    return found


def _shallow(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        if depth > _MAX_DEPTH:
            return _TRUNCATED
        return {name: _shallow(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list):
        return _TRUNCATED if depth > _MAX_DEPTH else [_shallow(item, depth + 1) for item in value]
    return value


DESTINATION = Destination(
    type="posthog",
    title="PostHog",
    config=PosthogConfig,
    deliveries=deliveries,
    test=test,
    docs_url="https://posthog.com/docs/llm-analytics",
)
