"""Comet Opik, or another Sightline: a trace and its model call, by the batch routes of its API."""

from collections.abc import Sequence
from typing import Annotated, Any

from sightline.core import codec
from sightline.core.clock import format_us
from sightline.destinations._config import Config, key
from sightline.destinations._requests import batched, below, json_array, json_request
from sightline.destinations._view import View, uuid_text, view
from sightline.destinations.base import Delivery, Destination, Extras, HttpRequest
from sightline.domain.generation import Generation

CLOUD_URL = "https://www.comet.com/opik/api"


class OpikConfig(Config, frozen=True, kw_only=True):
    api_key: Annotated[
        str,
        key("API key", "May be empty for a server without keys.", placeholder="…", secret=True),
    ] = ""
    workspace: Annotated[str, key("Workspace", required=True)]
    project_name: Annotated[str, key("Project", required=True)]
    url: Annotated[
        str,
        key("API URL", "A server of your own: http://localhost:5173/api", url=True),
    ] = CLOUD_URL

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.api_key and self.url.rstrip("/") == CLOUD_URL:
            raise ValueError("`apiKey` is required")


def _headers(config: OpikConfig) -> dict[str, str]:
    found = {"Comet-Workspace": config.workspace}
    if config.api_key:
        found["Authorization"] = config.api_key
    return found


def deliveries(config: OpikConfig, batch: Sequence[Generation], extras: Extras) -> list[Delivery]:
    parts = [_encoded(view(it, extras), config.project_name) for it in batch]

    def make(group: list[tuple[bytes, bytes]]) -> Sequence[HttpRequest]:
        # The trace first: a reader that sees the span finds where it belongs.
        return [
            json_request(
                below(config.url, f"/v1/private/{name}/batch"),
                json_array(name, [part[at] for part in group]),
                _headers(config),
                config.headers,
            )
            for at, name in enumerate(("traces", "spans"))
        ]

    return batched(parts, lambda part: len(part[0]) + len(part[1]), make)


def test(config: OpikConfig) -> HttpRequest:
    return json_request(
        below(config.url, "/v1/private/auth"), b"{}", _headers(config), config.headers
    )


def _encoded(seen: View, project_name: str) -> tuple[bytes, bytes]:
    """Return the trace, and its spans with commas between."""
    trace = codec.encode(_trace(seen, project_name))
    return trace, b",".join(codec.encode(span) for span in _spans(seen, project_name))


def _trace(seen: View, project_name: str) -> dict[str, Any]:
    call = seen.generation
    metadata = {
        **_own_metadata(seen),
        "sightline_trace_id": seen.trace_key,
        "user": call.user,
        "session_id": call.session_id,
    }
    return _present(
        {
            "id": uuid_text(call, "trace"),
            "project_name": project_name,
            "name": call.trace_name,
            "thread_id": call.opik.thread_id or call.session_id,
            "tags": list(call.opik.tags) or None,
            "metadata": _present(metadata),
            **_common(seen),
        }
    )


def _spans(seen: View, project_name: str) -> list[dict[str, Any]]:
    call = seen.generation
    place = {"project_name": project_name, "trace_id": uuid_text(call, "trace")}
    found: list[dict[str, Any]] = []
    group_id = None
    if call.trace.span_name:
        group_id = uuid_text(call, "group")
        group = {
            "id": group_id,
            **place,
            "name": call.trace.span_name,
            "type": "general",
            **_times(seen),
        }
        found.append(_present(group))
    span = {
        "id": uuid_text(call),
        **place,
        "parent_span_id": group_id,
        "name": seen.call_name,
        "type": "llm",
        "model": seen.model,
        "provider": call.provider,
        "usage": _usage(call),
        "total_estimated_cost": call.cost.total if call.cost else None,
        "ttft": seen.first_token_ms,
        "metadata": _present(_span_metadata(seen)),
        **_common(seen),
    }
    return [*found, _present(span)]


def _common(seen: View) -> dict[str, Any]:
    call = seen.generation
    error = call.error
    return {
        **_times(seen),
        "input": seen.input,
        "output": seen.output,
        "error_info": {
            "exception_type": error.type,
            "message": seen.error,
            "traceback": seen.error,
        }
        if error
        else None,
    }


def _times(seen: View) -> dict[str, Any]:
    return {
        "start_time": format_us(seen.generation.started_us),
        "end_time": format_us(seen.ended_us),
    }


def _own_metadata(seen: View) -> dict[str, Any]:
    """Return what the caller said for Opik, over it what it said for all."""
    return {**seen.opik_metadata, **seen.custom}


def _span_metadata(seen: View) -> dict[str, Any]:
    call = seen.generation
    found = {
        **_own_metadata(seen),
        "sightline_observation_id": call.id,
        "model_requested": call.model_requested,
        "model_parameters": seen.parameters or None,
        "finish_reason": call.finish_reason,
        "streamed": call.streamed,
    }
    if call.cost:
        found |= {
            "input_cost": call.cost.input,
            "output_cost": call.cost.output,
            "total_cost": call.cost.total,
        }
    if len(call.attempts) > 1:
        found["provider_attempts"] = [
            {"provider": it.provider, "status": it.status, "error": it.error}
            for it in call.attempts
        ]
    return found


def _usage(call: Generation) -> dict[str, int] | None:
    usage = call.usage
    if usage is None:
        return None
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
        "cached_tokens": usage.cached_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "audio_tokens": usage.audio_input_tokens + usage.audio_output_tokens,
        "image_tokens": usage.image_tokens,
        "video_tokens": usage.video_tokens,
    }


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


DESTINATION = Destination(
    type="opik",
    title="Comet Opik",
    config=OpikConfig,
    deliveries=deliveries,
    test=test,
    docs_url="https://www.comet.com/docs/opik/",
)
