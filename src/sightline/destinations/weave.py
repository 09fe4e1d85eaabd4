"""W&B Weave: calls, each by its start and its end."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from sightline.core import codec
from sightline.core.clock import format_us
from sightline.destinations._config import Config, key
from sightline.destinations._requests import basic, batched, below, json_array, json_request
from sightline.destinations._view import View, trace_hex, uuid_text, view
from sightline.destinations.base import Delivery, Destination, Extras, HttpRequest
from sightline.domain.generation import Generation


class WeaveConfig(Config, frozen=True, kw_only=True):
    api_key: Annotated[str, key("API key", secret=True, required=True)]
    entity: Annotated[str, key("Entity", "A user's or a team's name.", required=True)]
    project: Annotated[str, key("Project", required=True)]
    base_url: Annotated[str, key("Base URL", url=True)] = "https://trace.wandb.ai"


def _headers(config: WeaveConfig) -> dict[str, str]:
    return {"Authorization": basic("api", config.api_key)}


def _project_id(config: WeaveConfig) -> str:
    return f"{config.entity}/{config.project}"


def deliveries(config: WeaveConfig, batch: Sequence[Generation], extras: Extras) -> list[Delivery]:
    project_id = _project_id(config)
    parts = [
        b",".join(codec.encode(item) for item in _items(view(it, extras), project_id))
        for it in batch
    ]

    def make(group: list[bytes]) -> Sequence[HttpRequest]:
        url = below(config.base_url, "/call/upsert_batch")
        return (json_request(url, json_array("batch", group), _headers(config), config.headers),)

    return batched(parts, len, make)


def test(config: WeaveConfig) -> HttpRequest:
    body = {"project_id": _project_id(config), "limit": 1}
    url = below(config.base_url, "/calls/query_stats")
    return json_request(url, body, _headers(config), config.headers)


def _items(seen: View, project_id: str) -> list[dict[str, Any]]:
    call = seen.generation
    attributes = {
        **seen.custom,
        "sightline_trace_id": seen.trace_key,
        "sightline_observation_id": call.id,
        "trace_name": call.trace_name,
        "user_id": call.user,
        "session_id": call.session_id,
        "parent_span_id": call.trace.parent_span_id,
        "provider": call.provider,
    }
    kept = {name: value for name, value in attributes.items() if value is not None}
    parent = _uuid(call.trace.parent_span_id)

    def start(id: str, name: str, inputs: dict[str, Any]) -> dict[str, Any]:
        found = {
            "project_id": project_id,
            "id": id,
            "op_name": name,
            "display_name": name,
            "trace_id": str(UUID(trace_hex(call))),
            "started_at": format_us(call.started_us),
            "attributes": kept,
            "inputs": inputs,
        }
        if parent:
            found["parent_id"] = parent
        return {"mode": "start", "req": {"start": found}}

    def end(id: str, output: Any, summary: dict[str, Any]) -> dict[str, Any]:
        found = {
            "project_id": project_id,
            "id": id,
            "ended_at": format_us(seen.ended_us),
            "output": output,
            "summary": summary,
        }
        if seen.error:
            found["exception"] = seen.error
        return {"mode": "end", "req": {"end": found}}

    items: list[dict[str, Any]] = []
    if call.trace.span_name:
        group_id = uuid_text(call, "group")
        items += [start(group_id, call.trace.span_name, {}), end(group_id, None, {})]
        parent = group_id
    inputs = {"model": seen.model, **seen.parameters}
    if seen.input is not None:
        inputs["messages"] = seen.messages
    id = uuid_text(call)
    return [*items, start(id, seen.call_name, inputs), end(id, seen.answer, _summary(seen))]


def _summary(seen: View) -> dict[str, Any]:
    call = seen.generation
    found: dict[str, Any] = {"latency_ms": seen.duration_us / 1000}
    if seen.first_token_ms is not None:
        found["first_token_ms"] = seen.first_token_ms
    if call.finish_reason:
        found["finish_reason"] = call.finish_reason
    if usage := call.usage:
        found["usage"] = {
            seen.model: {
                "requests": 1,
                "prompt_tokens": usage.prompt_tokens,
                "completion_tokens": usage.completion_tokens,
                "total_tokens": usage.total_tokens,
                "cache_read_input_tokens": usage.cached_tokens,
                "cache_creation_input_tokens": usage.cache_write_tokens,
            }
        }
    if cost := call.cost:
        found["cost"] = {"input": cost.input, "output": cost.output, "total": cost.total}
    return found


def _uuid(text: str | None) -> str | None:
    """Return the id of a call of theirs, None for what cannot be one."""
    try:
        return str(UUID(text)) if text else None
    except ValueError:
        return None


DESTINATION = Destination(
    type="weave",
    title="W&B Weave",
    config=WeaveConfig,
    deliveries=deliveries,
    test=test,
    docs_url="https://docs.wandb.ai/weave",
)
