"""What each operator means, in plain Python, and values that are hard to take literally."""

from collections.abc import Callable
from typing import Any

HOSTILE = [
    "",
    "plain",
    "PLAIN",
    "it's",
    'say "hi"',
    "back\\slash",
    "100%",
    "under_score",
    "under score",
    "{p0:String}",
    "{curly} %s %(x)s",
    "line\nbreak\ttab",
    "nul\0byte",
    "École",
    "école",
    "ΩΜΕΓΑ",
    "ωμεγα",
    "ПрИвЕт",
    "[é]*(a+)$^|?",
    "日本語",
    "😀 smile",
    "a,b",
    "[a]",
    "'; DROP TABLE traces; --",
    "`x`",
    "-- comment /* */",
    "p*n",
    "*_*",
    "*\\**",
    "É*E",
]

Test = Callable[[Any], bool]


def fold(text: str) -> str:
    """One character to one, as the engine folds."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def ascii_fold(text: str) -> bytes:
    return text.encode().lower()


def text_test(operator: str, value: str, *, exact: bool = False) -> Test:
    same: Callable[[str], str] = (lambda t: t) if exact else fold
    sortable: Callable[[str], bytes] = (lambda t: t.encode()) if exact else ascii_fold
    members = [same(v.strip()) for v in value.split(",") if v.strip()]
    if value.startswith("["):
        members = [value] if value == "[a]" else members
    tests: dict[str, Test] = {
        "=": lambda t: same(t) == same(value),
        "contains": lambda t: same(value) in same(t),
        "starts_with": lambda t: same(t).startswith(same(value)),
        "ends_with": lambda t: same(t).endswith(same(value)),
        "like": lambda t: pattern_matches(same(value), same(t)),
        ">": lambda t: sortable(t) > sortable(value),
        ">=": lambda t: sortable(t) >= sortable(value),
        "<": lambda t: sortable(t) < sortable(value),
        "<=": lambda t: sortable(t) <= sortable(value),
        "is_empty": lambda t: t == "",
        "in": lambda t: same(t) in members,
    }
    return negatable(tests, operator)


def pattern_matches(pattern: str, text: str) -> bool:
    """Try every way in which the stars may stand for something."""
    if not pattern:
        return not text
    head, rest = pattern[0], pattern[1:]
    if head == "*":
        return any(pattern_matches(rest, text[i:]) for i in range(len(text) + 1))
    if head == "\\" and rest:
        head, rest = rest[0], rest[1:]
    return text[:1] == head and pattern_matches(rest, text[1:])


def negatable(tests: dict[str, Test], operator: str) -> Test:
    positive = {"!=": "=", "not_contains": "contains", "is_not_empty": "is_empty", "not_in": "in"}
    if operator in positive:
        return lambda t: not tests[positive[operator]](t)
    return tests[operator]


def list_test(operator: str, value: str) -> Test:
    tests: dict[str, Test] = {
        "=": lambda tags: any(text_test("=", value)(t) for t in tags),
        "contains": lambda tags: any(text_test("contains", value)(t) for t in tags),
        "in": lambda tags: any(text_test("in", value)(t) for t in tags),
        "starts_with": lambda tags: any(text_test("starts_with", value)(t) for t in tags),
        "ends_with": lambda tags: any(text_test("ends_with", value)(t) for t in tags),
        "like": lambda tags: any(text_test("like", value)(t) for t in tags),
        "is_empty": lambda tags: not tags,
    }
    return negatable(tests, operator)


def number_test(operator: str, value: float) -> Test:
    tests: dict[str, Test] = {
        "=": lambda n: n is not None and n == value,
        "!=": lambda n: n is not None and n != value,
        ">": lambda n: n is not None and n > value,
        ">=": lambda n: n is not None and n >= value,
        "<": lambda n: n is not None and n < value,
        "<=": lambda n: n is not None and n <= value,
        "is_empty": lambda n: n is None,
        "is_not_empty": lambda n: n is not None,
    }
    return tests[operator]
