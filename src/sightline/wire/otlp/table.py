"""Which rule reads which attribute key, found once per key and then remembered."""

import functools
from collections.abc import Mapping, Sequence

from sightline.core import registry
from sightline.wire.otlp import conventions as package
from sightline.wire.otlp.convention import Action, Convention, EventRule, Rule
from sightline.wire.otlp.rules import keep

MAX_KEYS = 20_000
"""Keys remembered per table; clients choose them, so there must be an end (about 5 MB)."""


class RuleTable:
    """The rules of several conventions in order of precedence.

    `bound` holds the actions found so far; look there before calling `bind`.
    """

    def __init__(self, conventions: Sequence[Convention]) -> None:
        ordered = sorted(conventions, key=lambda convention: convention.priority)
        self.bound: dict[str, Action] = {}
        self.events: dict[str, EventRule] = {}
        for convention in reversed(ordered):
            self.events.update(convention.events)
        self._exact = [convention.exact for convention in ordered]
        # Longest first, so that the first that fits is the one to take.
        self._prefix = [
            sorted(convention.prefix.items(), key=lambda item: -len(item[0]))
            for convention in ordered
        ]
        special = [c.unmatched for c in ordered if c.unmatched != "input"]
        self._unmatched = keep(special[0] if special else "input")

    def bind(self, key: str) -> Action:
        """Return the action for a key not met before."""
        rule, rest = self._find(key)
        action = rule(key, rest)
        if len(self.bound) < MAX_KEYS:
            self.bound[key] = action
        return action

    def _find(self, key: str) -> tuple[Rule, str]:
        for exact, prefixes in zip(self._exact, self._prefix, strict=True):
            rule = exact.get(key)
            if rule is not None:
                return rule, ""
            for prefix, prefixed in prefixes:
                if key.startswith(prefix):
                    return prefixed, key[len(prefix) :]
        return self._unmatched, ""


class Conventions:
    """All conventions, and a table for each set of them that applies to some span."""

    def __init__(self, found: Mapping[str, Convention]) -> None:
        self._always = [c for c in found.values() if not c.span_prefix]
        self._named = {c.span_prefix: c for c in found.values() if c.span_prefix}
        self._prefixes = tuple(self._named)
        self._plain = RuleTable(self._always)
        self._special: dict[tuple[str, ...], RuleTable] = {}

    def table(self, span_name: str) -> RuleTable:
        """Return the rules for a span of this name."""
        if not span_name.startswith(self._prefixes):
            return self._plain
        fitting = tuple(prefix for prefix in self._prefixes if span_name.startswith(prefix))
        if fitting not in self._special:
            special = [self._named[prefix] for prefix in fitting]
            self._special[fitting] = RuleTable([*special, *self._always])
        return self._special[fitting]


@functools.cache
def conventions() -> Conventions:
    """Return the conventions of this package, found when first asked for."""
    return Conventions(registry.discover(package, "CONVENTION", Convention))
