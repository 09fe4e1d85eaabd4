"""Filter rules of a destination: groups of rules, all groups must pass.

    {"enabled": true, "groups": [{"logic": "and", "rules": [
        {"field": "model", "operator": "starts_with", "value": "openai/"}]}]}

Texts are compared as they are written, upper and lower case apart. A field that the call does not
have passes only `not_exists`, `not_equals` and `not_contains`. The text of `input` and `output`
is their words alone, without roles, ids and JSON.
"""

import operator as operators
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Literal, get_args

import msgspec

from sightline.core import codec
from sightline.core.errors import InvalidRequestError, UnprocessableError
from sightline.domain.generation import Generation
from sightline.domain.linear_regex import LinearRegex

TextField = Literal[
    "model", "provider", "session_id", "user_id", "api_key_name", "finish_reason", "input", "output"
]
NumberField = Literal["total_cost", "total_tokens", "prompt_tokens", "completion_tokens"]
Operator = Literal[
    "equals",
    "not_equals",
    "contains",
    "not_contains",
    "regex",
    "starts_with",
    "ends_with",
    "gt",
    "lt",
    "gte",
    "lte",
    "exists",
    "not_exists",
]

MAX_GROUPS = 20
MAX_RULES = 50
MAX_VALUE_LENGTH = 4096

_NUMBER_FIELDS = frozenset(get_args(NumberField))
_TEXT_ONLY = frozenset({"contains", "not_contains", "regex", "starts_with", "ends_with"})
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operators.gt,
    "lt": operators.lt,
    "gte": operators.ge,
    "lte": operators.le,
}


@lru_cache(maxsize=256)
def _regex(pattern: str) -> LinearRegex:
    return LinearRegex(pattern)


_TEXTS: dict[str, Callable[[str, str], bool]] = {
    "equals": operators.eq,
    "contains": operators.contains,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "regex": lambda text, pattern: _regex(pattern).search(text),
}
_TEXT_KEYS = frozenset(
    "content text prompt input instructions system arguments refusal thinking reasoning".split()
)


class Rule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    field: TextField | NumberField
    operator: Operator
    value: str | int | float | bool | None = None


class RuleGroup(msgspec.Struct, frozen=True, kw_only=True):
    rules: tuple[Rule, ...]
    logic: Literal["and", "or"] = "and"


class FilterRules(msgspec.Struct, frozen=True, kw_only=True):
    """`enabled` False passes everything, as no groups and a group without rules do."""

    groups: tuple[RuleGroup, ...]
    enabled: bool = True


def decode_filter_rules(value: Any) -> FilterRules:
    """Return the rules in a JSON value (an object, already decoded) or JSON text.

    Raises `InvalidRequestError` naming the place, as `filter_rules.groups[0].rules[1].value …`.
    """
    try:
        text = value if isinstance(value, bytes | str) else codec.encode(value)
        rules = codec.decode(text, FilterRules)
    except UnprocessableError as error:
        raise _wrong(f"filter_rules.{error.fields[0]}" if error.fields else str(error)) from None
    except TypeError:
        raise _wrong("filter_rules must be an object") from None
    _check(rules)
    return rules


def _check(rules: FilterRules) -> None:
    if len(rules.groups) > MAX_GROUPS:
        raise _wrong(f"filter_rules.groups must not have more than {MAX_GROUPS} items")
    for at, group in enumerate(rules.groups):
        path = f"filter_rules.groups[{at}].rules"
        if len(group.rules) > MAX_RULES:
            raise _wrong(f"{path} must not have more than {MAX_RULES} items")
        for index, rule in enumerate(group.rules):
            wrong = _wrong_with(rule)
            if wrong:
                raise _wrong(f"{path}[{index}].{wrong}")


def _wrong_with(rule: Rule) -> str | None:
    """Return what is wrong with a rule, beginning with its field's name."""
    if rule.operator in {"exists", "not_exists"}:
        return None
    if rule.field in _NUMBER_FIELDS:
        if rule.operator in _TEXT_ONLY:
            return f"operator `{rule.operator}` does not go with the number `{rule.field}`"
        return "value must be a number" if _number(rule.value) is None else None
    if rule.operator in _ORDERS:
        return f"operator `{rule.operator}` goes with numbers only, not with `{rule.field}`"
    if not isinstance(rule.value, str):
        return "value must be a text"
    if len(rule.value) > MAX_VALUE_LENGTH:
        return f"value is longer than {MAX_VALUE_LENGTH} characters"
    if rule.operator == "regex":
        try:
            _regex(rule.value)
        except ValueError as error:
            return f"value {error}"
    return None


def _wrong(text: str) -> InvalidRequestError:
    return InvalidRequestError(text, fields=[text])


def passes(rules: FilterRules, generation: Generation) -> bool:
    """Say whether the generation passes every group."""
    if not rules.enabled:
        return True
    return all(_group_passes(group, generation) for group in rules.groups)


def _group_passes(group: RuleGroup, generation: Generation) -> bool:
    if not group.rules:
        return True
    decide = any if group.logic == "or" else all
    return decide(_rule_passes(rule, generation) for rule in group.rules)


def _rule_passes(rule: Rule, generation: Generation) -> bool:
    if rule.field in _NUMBER_FIELDS:
        number = _number_of(rule.field, generation)
        if rule.operator in {"exists", "not_exists"}:
            return (number is not None) == (rule.operator == "exists")
        wanted = _number(rule.value)
        if number is None or wanted is None:
            return rule.operator == "not_equals"
        if rule.operator in _ORDERS:
            return _ORDERS[rule.operator](number, wanted)
        return (number == wanted) == (rule.operator == "equals")
    texts = [text for text in _texts_of(rule.field, generation) if text]
    if rule.operator in {"exists", "not_exists"}:
        return bool(texts) == (rule.operator == "exists")
    name = rule.operator.removeprefix("not_")
    test, value = _TEXTS[name], str(rule.value)
    found = any(test(text, value) for text in texts)
    return found == (name == rule.operator)


def _texts_of(field: str, generation: Generation) -> list[str | None]:
    """Return the texts that a field stands for; one that fits is enough."""
    if field == "provider":
        return [generation.provider, generation.provider_slug]
    if field == "input":
        return [plain_text(generation.input)]
    if field == "output":
        whole = generation.completion
        return [plain_text(generation.output) if whole is None else whole]
    simple = {
        "model": generation.model or generation.model_requested,
        "session_id": generation.session_id,
        "user_id": generation.user,
        "api_key_name": generation.key.name,
        "finish_reason": generation.finish_reason,
    }
    return [simple[field]]


def _number_of(field: str, generation: Generation) -> Decimal | None:
    if field == "total_cost":
        return generation.cost.total if generation.cost else None
    usage = generation.usage
    return Decimal(getattr(usage, field)) if usage else None


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def plain_text(json_text: str | None) -> str:
    """Return the words in a generation's `input` or `output`, a line for each text."""
    if not json_text:
        return ""
    try:
        value = msgspec.json.decode(json_text)
    except (msgspec.DecodeError, RecursionError):
        return json_text
    return "\n".join(_words(value, taken=isinstance(value, str)))


def _words(value: Any, *, taken: bool) -> Iterator[str]:
    if isinstance(value, str):
        if taken:
            yield value
    elif isinstance(value, list):
        for item in value:
            yield from _words(item, taken=taken)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _words(item, taken=name in _TEXT_KEYS)
