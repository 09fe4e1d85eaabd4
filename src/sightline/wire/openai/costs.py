"""The usage object of a chat answer in the shape of another api, with its costs."""

from typing import Any

from sightline.domain.generation import ApiType
from sightline.wire.loose import as_dict
from sightline.wire.openai import usage as usages

_RENAMED = {
    "upstream_inference_prompt_cost": "upstream_inference_input_cost",
    "upstream_inference_completions_cost": "upstream_inference_output_cost",
}


def usage_for(api: ApiType, usage: Any) -> dict[str, Any] | None:
    """Return the usage as `api` tells it; None when the chat answer tells none."""
    if api in ("chat", "completions"):
        return usage if isinstance(usage, dict) else None
    counted = usages.read("chat", usage)
    if counted is None:
        return None
    told = usages.to_wire(api, counted)
    for name in ("cost", "is_byok"):
        if name in usage:
            told[name] = usage[name]
    if "cost_details" in usage:
        details = as_dict(usage["cost_details"])
        renamed = _RENAMED if api == "responses" else {}
        told["cost_details"] = {renamed.get(name, name): cost for name, cost in details.items()}
    return told
