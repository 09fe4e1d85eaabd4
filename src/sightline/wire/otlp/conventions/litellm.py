"""LiteLLM's own OpenTelemetry callback: `metadata.*`, `hidden_params`, `litellm.*`."""

from sightline.wire.otlp.convention import Convention
from sightline.wire.otlp.field_rules import cost
from sightline.wire.otlp.rules import every, keep

CONVENTION = Convention(
    priority=60,
    exact={
        "llm.is_streaming": keep("metadata"),
        "llm.user": keep("metadata"),
        "hidden_params": keep("metadata"),
        "litellm.cost.total": every(keep("metadata"), cost(3)),
    },
    prefix={
        "llm.request.": keep("metadata"),
        "llm.response.": keep("metadata"),
        "metadata.": keep("metadata", short=True),
        "litellm.": keep("metadata"),
    },
)
