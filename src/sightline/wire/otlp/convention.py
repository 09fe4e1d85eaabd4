"""The contract of an attribute convention: which rule reads which key.

A rule MUST be bound to a key before use: `rule(key, rest)`, where `rest` is what follows the prefix
it was found under (empty for an exact key). Binding happens once per key and process; the bound
action runs once per attribute. An action MUST NOT raise, whatever the value, and MAY look at the
other attributes of its span.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from sightline.wire.otlp.draft import Draft

Action = Callable[[Draft, Any], None]
Rule = Callable[[str, str], Action]
EventRule = Callable[[Draft, Mapping[str, Any]], Mapping[str, Any]]
"""Reads an event's attributes; returns those to be read as if they stood on the span."""
SpanType = Literal["general", "llm", "tool", "guardrail"]
Where = Literal["input", "output", "metadata"]


class Convention(msgspec.Struct, frozen=True, kw_only=True):
    """How one family of instrumentations names its attributes.

    The convention with the lowest `priority` that has a rule for a key decides; within one, an
    exact key goes before the longest prefix. With `span_prefix` it applies only to spans so named.
    `unmatched` says where such a span keeps attributes that no convention knows. An event named in
    `events` is read by its rule and not kept as an event.
    """

    priority: int
    exact: Mapping[str, Rule] = {}
    prefix: Mapping[str, Rule] = {}
    events: Mapping[str, EventRule] = {}
    span_prefix: str = ""
    unmatched: Where = "input"
