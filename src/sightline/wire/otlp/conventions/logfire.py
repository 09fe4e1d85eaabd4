"""Pydantic Logfire and Pydantic AI: plain names without a prefix."""

from sightline.wire.otlp.convention import Convention
from sightline.wire.otlp.field_rules import usage
from sightline.wire.otlp.rules import drop, keep

_COUNTS = {
    "request_tokens": "prompt_tokens",
    "response_tokens": "completion_tokens",
    "input_tokens": "prompt_tokens",
    "output_tokens": "completion_tokens",
    "cache_read_tokens": "cache_read_input_tokens",
    "cache_creation_tokens": "cache_creation_input_tokens",
}

CONVENTION = Convention(
    priority=10,
    exact={
        "agent_name": keep("metadata"),
        "model_name": keep("metadata"),
        "all_messages": keep("input"),
        "params": keep("input"),
        "tools": keep("input"),
        "tool_arguments": keep("input"),
        "prompt": keep("input", "llm"),
        "response": keep("output"),
        "result": keep("output"),
        "tool_responses": keep("output"),
        "tool_response": keep("output"),
        "final_result": keep("output"),
        "usage": usage(_COUNTS),
        "logfire.span_type": drop(),
        "logfire.metrics": drop(),
    },
)
