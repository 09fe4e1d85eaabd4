"""Values and names that trip others over: they come back as they went, and take nothing along."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.opik.conftest import Steps

# What the client itself makes of a value is its own affair; these are the ones that JSON holds.
SAME: dict[str, Any] = {
    "the words": "NaN, Infinity and -Infinity",
    "nul": "a\x00b",
    "controls": "\x01\x1f\x7f\t\r\n",
    "emoji": "🦑👩‍👩‍👧",
    "right to left": "\u202eabc\u2028",
    "quotes": '"\'`\\ \\" \\u0041',
    "markup": "<script>alert(1)</script>",
    "placeholders": "{x} %s %(y)s $1 ? :z {{m}}",
    "large integer": 2**70,
    "small float": 5e-324,
    "large float": 1.7e308,
    "long": "x" * 300_000,
    "empty": "",
    "empties": [{}, [], None],
    "cases": {"a": 1, "A": 2},
    "dots": {"a.b": {"c d": 1, '"': 2, "": 3}},
    "a date": "2026-01-02T03:04:05Z",
    "a dataclass": {"warm": True},
    "an enum": "red",
    # JSON has no such numbers, but Python writes them; they are kept as words.
    "nan": "NaN",
    "infinite": ["Infinity", "-Infinity", 1.5],
}


@pytest.fixture(scope="module")
def seen(drive: Callable[..., Steps]) -> Steps:
    return drive("odd_values")


@pytest.fixture(scope="module")
def traces(seen: Steps) -> dict[str, Any]:
    return {trace["name"]: trace for trace in seen["traces"]}


def test_nothing_was_lost(seen: Steps) -> None:
    assert seen["flush"] is True
    assert seen["get_errors_report"]["total_dropped_items"] == 0
    assert len(seen["traces"]) == 28


@pytest.mark.parametrize("name", SAME)
def test_values_come_back(traces: dict[str, Any], name: str) -> None:
    assert traces[name]["input"] == traces[name]["metadata"] == {"v": SAME[name]}


def test_depth_comes_back(traces: dict[str, Any]) -> None:
    value, depth = traces["deep"]["input"]["v"], 0
    while isinstance(value, dict):
        value, depth = value["d"], depth + 1
    assert (value, depth) == ("bottom", 100)


def test_each_is_found_by_its_tag(seen: Steps, traces: dict[str, Any]) -> None:
    for name in traces:
        assert [trace["name"] for trace in seen[f"tagged {name}"]] == [name]


def test_threads_may_have_any_name(seen: Steps) -> None:
    assert {thread["id"] for thread in seen["threads"]} == set(seen["thread ids"])
    for id in seen["thread ids"]:
        assert seen[f"thread {id}"]["id"] == id


def test_the_project_may_have_any_name(seen: Steps) -> None:
    assert seen["project"]["name"] == "Ünï/côde & 100% 🦑 'q' \"d\" \\ #?"


def test_usage_and_costs_come_back(seen: Steps) -> None:
    assert seen["flush figures"] is True
    spans = {span["name"]: span for span in seen["spans"]}
    usage = spans["nested usage"]["usage"]
    assert usage["original_usage.prompt_tokens_details.cached_tokens"] == 1
    assert spans["nested usage"]["total_estimated_cost"] > 0
    assert spans["unknown model"]["usage"]["total_tokens"] == 2
    assert not spans["unknown model"]["total_estimated_cost"]
    assert spans["tiny cost"]["total_estimated_cost"] == 1e-9
    assert spans["large cost"]["total_estimated_cost"] == pytest.approx(12345.678901234)
    assert spans["huge usage"]["usage"]["total_tokens"] == 2**40


def test_a_score_that_is_no_number_is_refused_by_itself(seen: Steps) -> None:
    scores = seen["scored"]["feedback_scores"]
    assert [(score["name"], score["value"]) for score in scores] == [("good", 0.123456789)]
    [failure] = seen["report at last"]["failures"]
    assert "value" in failure["detail"]
