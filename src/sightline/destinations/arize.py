"""Arize AX: OTLP with OpenInference's names for messages, tokens and cost."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from sightline.destinations._config import Config, key
from sightline.destinations._otlp import empty_request, otlp_deliveries
from sightline.destinations._requests import below
from sightline.destinations._texts import words
from sightline.destinations._view import View
from sightline.destinations.base import Delivery, Destination, Extras, HttpRequest
from sightline.domain.generation import Generation


class ArizeConfig(Config, frozen=True, kw_only=True):
    api_key: Annotated[str, key("API key", secret=True, required=True)]
    space_key: Annotated[str, key("Space key", "The space's id.", secret=True, required=True)]
    model_id: Annotated[str, key("Project", "Which project the traces go to.")] = "sightline"
    base_url: Annotated[str, key("Base URL", url=True)] = "https://otlp.arize.com"


def _headers(config: ArizeConfig) -> dict[str, str]:
    # Its gateways have read either of the names at one time.
    return {
        "api_key": config.api_key,
        "space_id": config.space_key,
        "authorization": config.api_key,
        "arize-space-id": config.space_key,
    }


def _more(seen: View) -> dict[str, Any]:
    call = seen.generation
    is_embedding = call.api_type == "embeddings"
    found: dict[str, Any] = {
        "openinference.span.kind": "EMBEDDING" if is_embedding else "LLM",
        "llm.model_name": seen.model,
        "llm.provider": call.provider_slug or call.provider,
        "llm.invocation_parameters": seen.parameters or None,
        "metadata": seen.custom or None,
        **{f"metadata.{name}": value for name, value in seen.custom.items()},
    }
    if usage := call.usage:
        found |= {
            "llm.token_count.prompt": usage.prompt_tokens,
            "llm.token_count.completion": usage.completion_tokens,
            "llm.token_count.total": usage.total_tokens,
            "llm.token_count.prompt_details.cache_read": usage.cached_tokens or None,
            "llm.token_count.prompt_details.cache_write": usage.cache_write_tokens or None,
            "llm.token_count.prompt_details.audio": usage.audio_input_tokens or None,
            "llm.token_count.completion_details.reasoning": usage.reasoning_tokens or None,
            "llm.token_count.completion_details.audio": usage.audio_output_tokens or None,
        }
    if cost := call.cost:
        found |= {
            "llm.cost.prompt": float(cost.input),
            "llm.cost.completion": float(cost.output),
            "llm.cost.total": float(cost.total),
        }
    if seen.input is not None:
        found |= {"input.value": seen.input, "input.mime_type": "application/json"}
        found |= _messages("llm.input_messages", seen.messages)
    if seen.answer is not None:
        found |= {"output.value": seen.answer, "output.mime_type": "application/json"}
        found |= _messages("llm.output_messages", seen.answers)
    return found


def _messages(prefix: str, messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return messages as OpenInference's flat, numbered attributes."""
    found: dict[str, Any] = {}
    for at, message in enumerate(messages):
        path = f"{prefix}.{at}.message"
        found[f"{path}.role"] = message.get("role", "user")
        content = message.get("content")
        if content is not None:
            found[f"{path}.content"] = words(content)
        calls = message.get("tool_calls")
        for index, call in enumerate(calls if isinstance(calls, list) else []):
            function = call.get("function") if isinstance(call, Mapping) else None
            if isinstance(function, Mapping):
                inner = f"{path}.tool_calls.{index}.tool_call"
                found[f"{inner}.id"] = call.get("id")
                found[f"{inner}.function.name"] = function.get("name")
                found[f"{inner}.function.arguments"] = function.get("arguments")
    return found


def deliveries(config: ArizeConfig, batch: Sequence[Generation], extras: Extras) -> list[Delivery]:
    return otlp_deliveries(
        below(config.base_url, "/v1/traces"),
        _headers(config),
        config.headers,
        batch,
        extras,
        more=_more,
        resource={"openinference.project.name": config.model_id, "model_id": config.model_id},
    )


def test(config: ArizeConfig) -> HttpRequest:
    return empty_request(below(config.base_url, "/v1/traces"), _headers(config), config.headers)


DESTINATION = Destination(
    type="arize",
    title="Arize AX",
    config=ArizeConfig,
    deliveries=deliveries,
    test=test,
    docs_url="https://arize.com/docs/ax",
)
