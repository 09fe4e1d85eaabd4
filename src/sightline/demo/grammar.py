"""Texts from rules: `{noun}` in a rule's text stands for one of the texts of the rule `noun`."""

import random
import re
from collections.abc import Mapping, Sequence

Rules = Mapping[str, Sequence[str]]

_SLOT = re.compile(r"\{(\w+)\}")


class Grammar:
    """Expands rules with one source of chance, so the same seed says the same."""

    def __init__(self, rules: Rules, rng: random.Random) -> None:
        self._rules = rules
        self._rng = rng

    def say(self, text: str, **slots: str) -> str:
        """Return `text` with each `{name}` filled from `slots`, or else from the rules."""

        def fill(match: re.Match[str]) -> str:
            name = match[1]
            if name in slots:
                return slots[name]
            return self.say(self._rng.choice(self._rules[name]), **slots)

        return _SLOT.sub(fill, text)

    def one(self, rule: str, **slots: str) -> str:
        """Return one text of a rule."""
        return self.say(f"{{{rule}}}", **slots)

    def some(self, rule: str, n: int, **slots: str) -> list[str]:
        """Return up to `n` texts of a rule, no two alike."""
        found = dict.fromkeys(self.one(rule, **slots) for _ in range(3 * n))
        return list(found)[:n]
