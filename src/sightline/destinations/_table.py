"""The rows that tables get: one for a call, one for the span that the caller named."""

from typing import Any

from sightline import __version__
from sightline.core import codec
from sightline.core.clock import from_us
from sightline.core.ids import format_id
from sightline.destinations._otlp import SERVICE, call_attributes
from sightline.destinations._view import View, parent_hex, span_hex, trace_hex

IDENTIFIER = r"^[A-Za-z_][A-Za-z0-9_]{0,127}$"

JSON_COLUMNS = (
    "ATTRIBUTES",
    "INPUT",
    "OUTPUT",
    "METADATA",
    "MODEL_PARAMETERS",
    "RESOURCE_ATTRIBUTES",
)
_MAX_NAME = 256
_MAX_ID = 128
# INPUT and OUTPUT hold these already.
_CONTENT = frozenset(
    "trace.input span.input gen_ai.prompt trace.output span.output gen_ai.completion".split()
)


def rows(seen: View) -> list[dict[str, Any]]:
    """Return rows with columns as Broadcast's tables have them; JSON columns hold JSON text."""
    call = seen.generation
    parent = parent_hex(call)
    found: list[dict[str, Any]] = []
    if call.trace.span_name:
        group_id = span_hex(call, "group")
        named = {"SPAN_NAME": call.trace.span_name}
        found.append(
            {
                **_common(seen),
                "SPAN_ID": group_id,
                "PARENT_SPAN_ID": parent,
                "SPAN_TYPE": "SPAN",
                "METADATA": _json({**_names(seen), **named, **seen.custom}),
            }
        )
        parent = group_id
    usage, cost = call.usage, call.cost
    named = {"SPAN_NAME": seen.call_name}
    attributes = {
        name: value
        for name, value in call_attributes(seen).items()
        if value is not None and name not in _CONTENT
    }
    found.append(
        {
            **_common(seen),
            "SPAN_ID": span_hex(call),
            "PARENT_SPAN_ID": parent,
            "SPAN_TYPE": "GENERATION",
            "MODEL": _name(seen.model),
            "PROVIDER_NAME": _name(call.provider),
            "PROVIDER_SLUG": _name(call.provider_slug),
            "FINISH_REASON": _name(call.finish_reason),
            "PROMPT_TOKENS": usage.prompt_tokens if usage else 0,
            "COMPLETION_TOKENS": usage.completion_tokens if usage else 0,
            "TOTAL_TOKENS": usage.total_tokens if usage else 0,
            "CACHED_TOKENS": usage.cached_tokens if usage else 0,
            "REASONING_TOKENS": usage.reasoning_tokens if usage else 0,
            "INPUT_COST": cost.input if cost else None,
            "OUTPUT_COST": cost.output if cost else None,
            "TOTAL_COST": cost.total if cost else None,
            "TAGS": list(call.opik.tags),
            "ATTRIBUTES": _json(attributes),
            "INPUT": _json(seen.input),
            "OUTPUT": _json(seen.answer),
            "METADATA": _json({**_names(seen), **named, **seen.custom}),
            "MODEL_PARAMETERS": _json(seen.parameters),
        }
    )
    return found


def _common(seen: View) -> dict[str, Any]:
    call = seen.generation
    trace_id = seen.trace_key
    return {
        "TRACE_ID": trace_id if len(trace_id) <= _MAX_ID else trace_hex(call),
        "USER_ID": _name(call.user),
        "SESSION_ID": _name(call.session_id),
        "ORGANIZATION_ID": None,
        "ENTITY_ID": format_id(call.workspace_id),
        "API_KEY_NAME": _name(call.key.name),
        "TIMESTAMP": _time(call.started_us),
        "START_TIME": _time(call.started_us),
        "END_TIME": _time(seen.ended_us),
        "DURATION_MS": seen.duration_us / 1000,
        "STATUS": "error" if call.error else "ok",
        "LEVEL": "ERROR" if call.error else "DEFAULT",
        "MODEL": None,
        "PROVIDER_NAME": None,
        "PROVIDER_SLUG": None,
        "FINISH_REASON": None,
        "PROMPT_TOKENS": 0,
        "COMPLETION_TOKENS": 0,
        "TOTAL_TOKENS": 0,
        "CACHED_TOKENS": 0,
        "REASONING_TOKENS": 0,
        "INPUT_COST": None,
        "OUTPUT_COST": None,
        "TOTAL_COST": None,
        "TAGS": [],
        "ATTRIBUTES": "{}",
        "INPUT": "null",
        "OUTPUT": "null",
        "MODEL_PARAMETERS": "{}",
        "RESOURCE_ATTRIBUTES": _json({"service.name": SERVICE, "service.version": __version__}),
    }


def _names(seen: View) -> dict[str, Any]:
    return {"TRACE_NAME": seen.generation.trace_name, "GENERATION_ID": seen.generation.id}


def _name(text: str | None) -> str | None:
    return text[:_MAX_NAME] if text else None


def _json(value: Any) -> str:
    return codec.encode_text(value)


def _time(value_us: int) -> str:
    """Return a UTC time with milliseconds, as both databases read it."""
    moment = from_us(value_us)
    return moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{moment.microsecond // 1000:03d}"
