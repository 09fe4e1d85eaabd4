"""The client without batching: every message a request of its own."""

from collections.abc import Callable

import pytest

from tests.contract.opik.conftest import Steps


@pytest.fixture(scope="module")
def seen(drive: Callable[..., Steps]) -> Steps:
    return drive("unbatched")


def test_nothing_was_lost(seen: Steps) -> None:
    assert seen["flush"] is True
    assert seen["get_errors_report"]["total_dropped_items"] == 0
    assert "Failed to process" not in seen.said


def test_messages_went_one_by_one_and_gzipped_when_large(seen: Steps) -> None:
    paths = [(method, path) for method, path, _ in seen["sent"]]
    assert ("POST", "/api/v1/private/traces") in paths
    assert ("POST", "/api/v1/private/spans") in paths
    assert ("PATCH", f"/api/v1/private/spans/{seen['ids']['span']}") in paths
    assert not [path for _, path in paths if path.endswith("/batch")]
    assert "gzip" in [encoding for method, _, encoding in seen["sent"] if method == "POST"]


def test_changes_complete_what_was_created(seen: Steps) -> None:
    trace, span = seen["trace"], seen["span"]
    assert trace["input"] == {"q": "x" * 1000}
    assert (trace["output"], trace["tags"]) == ({"a": 1}, ["a"])
    assert trace["end_time"] and span["end_time"]
    assert (span["output"], span["model"], span["type"]) == ({"a": 1}, "gpt-4o", "llm")
    assert span["input"] == {"q": "x" * 1000}


def test_model_and_usage_that_came_apart_are_priced_together(seen: Steps) -> None:
    assert seen["span"]["total_estimated_cost"] > 0
    assert seen["trace"]["total_estimated_cost"] == seen["span"]["total_estimated_cost"]


def test_a_change_before_the_creation_is_kept(seen: Steps) -> None:
    assert seen["only changed"]["output"] == {"late": 1}
    both = seen["changed then created"]
    assert (both["name"], both["input"]) == ("created late", {"first": 1})
    assert (both["output"], both["tags"]) == ({"late": 1}, ["early"])


def test_a_creation_that_comes_twice_is_passed_over(seen: Steps) -> None:
    assert seen["after conflict"]["name"] == "t"


def test_the_end_of_a_tracked_function_is_kept_though_it_comes_as_a_second_creation(
    seen: Steps,
) -> None:
    for found in (seen["traces"], seen["spans"]):
        [tracked] = [item for item in found if item["name"] == "tracked"]
        assert (tracked["input"], tracked["output"]) == ({"n": 1}, {"output": 2})
        assert tracked["end_time"]
