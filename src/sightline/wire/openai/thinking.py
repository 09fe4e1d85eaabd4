"""How much thought a caller wants, as tokens: for upstreams that take a budget."""

from collections.abc import Mapping
from typing import Any

from sightline.wire.loose import as_count, as_dict

EFFORTS = frozenset({"xhigh", "high", "medium", "low", "minimal", "none"})
# The share of the answer's limit that each effort may think (OpenRouter's).
_SHARES = {"xhigh": 0.95, "high": 0.8, "medium": 0.5, "low": 0.2, "minimal": 0.1}
_LEAST, _MOST = 1024, 32_000


def effort_of(body: Mapping[str, Any]) -> str | None:
    """Return the effort in OpenAI's words; None when the caller does not say."""
    reasoning = as_dict(body.get("reasoning"))
    effort = reasoning.get("effort") or body.get("reasoning_effort")
    if effort == "max":
        return "xhigh"
    if isinstance(effort, str) and effort in EFFORTS:
        return effort
    if reasoning.get("enabled") is False:
        return "none"
    return "medium" if reasoning.get("enabled") is True or "max_tokens" in reasoning else None


def budget_of(body: Mapping[str, Any], max_tokens: int) -> int | None:
    """Return how many tokens may be thought; None for no thinking."""
    effort = effort_of(body)
    if effort is None or effort == "none":
        return None
    told = as_count(as_dict(body.get("reasoning")).get("max_tokens"))
    return max(told or min(int(max_tokens * _SHARES[effort]), _MOST), _LEAST)


def limit_of(body: Mapping[str, Any], default: int = 0) -> int:
    """Return how long the answer may be, in tokens; `default` when the caller does not say."""
    return (
        as_count(body.get("max_completion_tokens")) or as_count(body.get("max_tokens")) or default
    )
