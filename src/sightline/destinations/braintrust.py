"""Braintrust: rows of a project's log."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote

from sightline.core import codec
from sightline.core.clock import format_us
from sightline.destinations._config import Config, key
from sightline.destinations._requests import (
    batched,
    below,
    get_request,
    json_array,
    json_request,
)
from sightline.destinations._view import View, span_hex, trace_hex, view
from sightline.destinations.base import Delivery, Destination, Extras, HttpRequest
from sightline.domain.generation import Generation


class BraintrustConfig(Config, frozen=True, kw_only=True):
    api_key: Annotated[str, key("API key", placeholder="sk-…", secret=True, required=True)]
    project_id: Annotated[
        str, key("Project id", placeholder="a UUID, from the project's settings", required=True)
    ]
    base_url: Annotated[str, key("Base URL", url=True)] = "https://api.braintrust.dev"


def _headers(config: BraintrustConfig) -> dict[str, str]:
    return {"Authorization": f"Bearer {config.api_key}"}


def deliveries(
    config: BraintrustConfig, batch: Sequence[Generation], extras: Extras
) -> list[Delivery]:
    project = quote(config.project_id, safe="")
    url = below(config.base_url, f"/v1/project_logs/{project}/insert")
    parts = [b",".join(codec.encode(row) for row in _rows(view(it, extras))) for it in batch]

    def make(group: list[bytes]) -> Sequence[HttpRequest]:
        return (json_request(url, json_array("events", group), _headers(config), config.headers),)

    return batched(parts, len, make)


def test(config: BraintrustConfig) -> HttpRequest:
    url = below(config.base_url, f"/v1/project/{quote(config.project_id, safe='')}")
    return get_request(url, _headers(config), config.headers)


def _rows(seen: View) -> list[dict[str, Any]]:
    """Return the root of the trace, the span that the caller named, and the call."""
    call = seen.generation
    root_id = trace_hex(call)
    times = {"start": call.started_us / 1e6, "end": seen.ended_us / 1e6}
    about = {"user_id": call.user, "session_id": call.session_id, **seen.custom}
    metadata = {name: value for name, value in about.items() if value is not None}

    def row(id: str, parent: str | None, name: str, type: str) -> dict[str, Any]:
        found: dict[str, Any] = {
            "id": id,
            "span_id": id,
            "root_span_id": root_id,
            "created": format_us(call.started_us),
            "span_attributes": {"name": name, "type": type},
            "metadata": metadata,
            "metrics": times,
        }
        if parent:
            found["span_parents"] = [parent]
        return found

    content: dict[str, Any] = {}
    if seen.input is not None:
        content["input"] = seen.messages
    if seen.answer is not None:
        content["output"] = seen.answers
    root = row(root_id, None, call.trace_name, "task") | content
    if call.opik.tags:
        root["tags"] = list(call.opik.tags)
    rows = [root]
    parent = call.trace.parent_span_id or root_id
    if call.trace.span_name:
        rows.append(row(span_hex(call, "group"), parent, call.trace.span_name, "task"))
        parent = span_hex(call, "group")
    last = row(span_hex(call), parent, seen.call_name, "llm") | content
    last["metadata"] = {
        **metadata,
        "model": seen.model,
        "provider": call.provider,
        "finish_reason": call.finish_reason,
        "sightline_observation_id": call.id,
        **seen.parameters,
    }
    last["metrics"] = {**times, **_metrics(seen)}
    if seen.error:
        last["error"] = seen.error
    return [*rows, last]


def _metrics(seen: View) -> dict[str, Any]:
    call = seen.generation
    found: dict[str, Any] = {}
    if usage := call.usage:
        found = {
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "tokens": usage.total_tokens,
            "prompt_cached_tokens": usage.cached_tokens,
            "prompt_cache_creation_tokens": usage.cache_write_tokens,
            "completion_reasoning_tokens": usage.reasoning_tokens,
        }
    if call.cost:
        found["estimated_cost"] = call.cost.total
    if seen.first_token_ms is not None:
        found["time_to_first_token"] = seen.first_token_ms / 1000
    return found


DESTINATION = Destination(
    type="braintrust",
    title="Braintrust",
    config=BraintrustConfig,
    deliveries=deliveries,
    test=test,
    docs_url="https://www.braintrust.dev/docs",
)
