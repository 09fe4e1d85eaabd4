"""Which generations a destination gets: keys, sampling, filter rules; and what privacy leaves."""

import json
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from sightline.core.errors import InvalidRequestError
from sightline.core.ids import derived_id
from sightline.domain.broadcast import (
    Rules,
    check_sampling_rate,
    decode_filter_rules,
    is_sampled,
    passes,
    takes_key,
    without_content,
)
from sightline.domain.generation import Cost, TraceHints, Usage, UsedKey
from tests.unit.golden.destinations.cases import (
    CANARY,
    canary_generation,
    plain_generation,
    rich_generation,
)

HERE, THERE = derived_id(1, "here"), derived_id(1, "there")


def rule(field: str, operator: str, value: Any = None) -> Any:
    return {"field": field, "operator": operator, "value": value}


def rules_of(*groups: list[Any], logic: str = "and", **more: Any) -> Any:
    body = {"groups": [{"logic": logic, "rules": group} for group in groups], **more}
    return decode_filter_rules(body)


CALL = plain_generation(
    model="openai/gpt-4o",
    user="ann",
    session_id="s1",
    finish_reason="stop",
    key=UsedKey(hash="h", name="ci"),
    input=json.dumps({"messages": [{"role": "user", "content": 'Say "hi"\nplease'}]}),
    completion="Hello there",
    usage=Usage(prompt_tokens=10, completion_tokens=5, total_tokens=15),
    cost=Cost(total=Decimal("0.002")),
)


@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("model", "equals", "openai/gpt-4o", True),
        ("model", "equals", "OpenAI/gpt-4o", False),
        ("model", "starts_with", "openai/", True),
        ("model", "ends_with", "4o", True),
        ("model", "regex", r"^openai/gpt-\d", True),
        ("model", "regex", r"^gpt", False),
        ("model", "not_contains", "claude", True),
        ("provider", "equals", "openai", True),
        ("provider", "equals", "OpenAI", True),
        ("provider", "not_equals", "OpenAI", False),
        ("session_id", "exists", None, True),
        ("user_id", "not_equals", "bob", True),
        ("api_key_name", "contains", "c", True),
        ("finish_reason", "equals", "length", False),
        ("input", "contains", 'Say "hi"\nplease', True),
        ("input", "contains", "user", False),
        ("output", "regex", "(?i)HELLO", True),
        ("total_cost", "gt", 0.001, True),
        ("total_cost", "equals", "0.002", True),
        ("total_tokens", "gte", 15, True),
        ("prompt_tokens", "lt", "10", False),
        ("completion_tokens", "lte", 5, True),
        ("completion_tokens", "not_equals", 5, False),
        ("total_tokens", "exists", None, True),
    ],
)
def test_one_rule(field: str, operator: str, value: Any, expected: bool) -> None:
    assert passes(rules_of([rule(field, operator, value)]), CALL) is expected


@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("user_id", "exists", None, False),
        ("user_id", "not_exists", None, True),
        ("user_id", "equals", "ann", False),
        ("user_id", "not_equals", "ann", True),
        ("user_id", "not_contains", "ann", True),
        ("user_id", "regex", ".*", False),
        ("total_cost", "lt", 1, False),
        ("total_cost", "not_exists", None, True),
        ("total_cost", "not_equals", 1, True),
    ],
)
def test_what_a_call_does_not_have(field: str, operator: str, value: Any, expected: bool) -> None:
    assert passes(rules_of([rule(field, operator, value)]), plain_generation()) is expected


def test_groups() -> None:
    yes, no = rule("model", "exists"), rule("model", "not_exists")
    assert passes(rules_of([yes, no], logic="or"), CALL)
    assert not passes(rules_of([yes, no]), CALL)
    assert passes(rules_of([yes], [yes]), CALL)
    assert not passes(rules_of([yes], [no]), CALL)
    assert passes(rules_of(), CALL)
    assert passes(rules_of([]), CALL)
    assert passes(rules_of([no], enabled=False), CALL)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"groups": 1}, "filter_rules.groups Expected `array`"),
        ({}, "filter_rules.groups must not be null"),
        ({"groups": [{"rules": [rule("colour", "equals", "x")]}]}, "groups[0].rules[0].field"),
        ({"groups": [{"rules": [rule("model", "like", "x")]}]}, "groups[0].rules[0].operator"),
        (
            {"groups": [{"rules": [rule("model", "exists"), rule("model", "regex", "(")]}]},
            "filter_rules.groups[0].rules[1].value does not read",
        ),
        ({"groups": [{"rules": [rule("model", "regex", "a" * 600)]}]}, "value is longer than 512"),
        ({"groups": [{"rules": [rule("model", "regex", "(?=a)")]}]}, "is not taken here"),
        ({"groups": [{"rules": [rule("model", "gt", 1)]}]}, "goes with numbers only"),
        ({"groups": [{"rules": [rule("total_cost", "contains", "1")]}]}, "does not go with"),
        ({"groups": [{"rules": [rule("total_cost", "gt", "dear")]}]}, "value must be a number"),
        ({"groups": [{"rules": [rule("model", "equals")]}]}, "value must be a text"),
        ({"groups": [{"rules": []}] * 21}, "must not have more than 20"),
    ],
)
def test_wrong_rules_are_named(body: Any, said: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        decode_filter_rules(body)
    assert said in caught.value.message, caught.value.message


def test_include_and_exclude_lists_of_keys() -> None:
    assert takes_key(None, frozenset(), "")
    assert takes_key(frozenset(), frozenset(), "a")
    assert takes_key(frozenset("a"), frozenset(), "a")
    assert not takes_key(frozenset("a"), frozenset(), "b")
    assert not takes_key(frozenset("a"), frozenset(), "")
    assert not takes_key(frozenset("a"), frozenset("a"), "a")
    assert takes_key(None, frozenset("b"), "a")


def test_sampling_keeps_sessions_and_traces_whole() -> None:
    for at in range(50):
        session = [plain_generation(id=f"gen-{at}-{n}", session_id=f"s{at}") for n in range(5)]
        assert len({is_sampled(0.5, HERE, call) for call in session}) == 1
        hints = TraceHints(trace_id=f"t{at}")
        trace = [plain_generation(id=f"gen-{at}-{n}", trace=hints) for n in range(5)]
        assert len({is_sampled(0.5, HERE, call) for call in trace}) == 1


def test_sampling_takes_about_the_rate_and_differs_between_destinations() -> None:
    calls = [plain_generation(id=f"gen-{at}") for at in range(4000)]
    here = [is_sampled(0.25, HERE, call) for call in calls]
    there = [is_sampled(0.25, THERE, call) for call in calls]
    assert 850 < sum(here) < 1150
    assert here != there
    assert here == [is_sampled(0.25, HERE, call) for call in calls]
    assert all(is_sampled(1, HERE, call) for call in calls)
    # Who is in at a low rate is in at a higher one.
    assert all(
        is_sampled(0.5, HERE, call) for call, is_in in zip(calls, here, strict=True) if is_in
    )


def test_sampling_rates_have_limits() -> None:
    assert check_sampling_rate(0.0001) == 0.0001
    for bad in (0, -1, 1.01, 0.00001):
        with pytest.raises(InvalidRequestError, match="sampling_rate"):
            check_sampling_rate(bad)


def test_rules_together() -> None:
    assert Rules().admit(HERE, CALL) == CALL
    assert Rules(enabled=False).admit(HERE, CALL) is None
    assert Rules(key_hashes=frozenset({"x"})).admit(HERE, CALL) is None
    assert Rules(filter_rules=rules_of([rule("model", "not_exists")])).admit(HERE, CALL) is None
    seen = Rules(
        privacy_mode=True, filter_rules=rules_of([rule("output", "contains", "Hello")])
    ).admit(HERE, CALL)
    assert seen == without_content(CALL)


def test_without_content_keeps_what_is_no_content() -> None:
    before = rich_generation()
    after = without_content(before)
    kept = "id model usage cost started_us first_token_us user session_id trace metadata key app"
    for name in kept.split():
        assert getattr(after, name) == getattr(before, name)
    assert json.loads(after.parameters or "") == {"temperature": 0.2, "max_tokens": 300}
    assert [a.error for a in after.attempts] == ["status 429", None]


def test_without_content_removes_every_copy() -> None:
    after = without_content(canary_generation())
    assert CANARY not in repr(after)
    assert after.error is not None
    assert (after.error.type, after.error.code) == ("provider_unavailable", 502)
    assert json.loads(after.parameters or "") == {
        "temperature": 0.25,
        "max_tokens": 77,
        "reasoning": {"effort": "high"},
    }
    assert without_content(replace(CALL, parameters="{broken")).parameters is None
