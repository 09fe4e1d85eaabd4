"""Threads in Opik's shape."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from sightline.api.opik._threads import stat_items
from sightline.core import codec
from sightline.core.errors import UnprocessableError
from sightline.core.ids import new_id
from sightline.domain.score import AuthorScore, merge_authors
from sightline.domain.thread import Thread, ThreadStats
from sightline.wire.opik.threads import (
    ThreadUpdate,
    check_tags,
    check_thread_ids,
    message,
    score_body,
    thread_body,
)


def thread(**more: Any) -> Thread:
    fields: dict[str, Any] = {
        "id": "t",
        "project_id": new_id(),
        "thread_model_id": new_id(),
        "start_time_us": 1_790_000_000_000_000,
        "end_time_us": None,
        "duration": None,
        "first_trace_id": new_id(),
        "last_trace_id": new_id(),
        "first_message": '{"q":1.50}',
        "last_message": "",
        "number_of_messages": 2,
        "status": "active",
        "usage": {},
        "total_estimated_cost": None,
        "tags": [],
        "environment": "",
        "created_at_us": 1_790_000_000_000_000,
        "created_by": "ann",
        "last_updated_us": 1_790_000_000_000_000,
        "last_updated_by": "ann",
    }
    return Thread(**(fields | more))


def read(value: Any) -> Any:
    return msgspec.json.decode(codec.encode(value))


def test_what_is_not_known_is_left_out() -> None:
    body = read(thread_body(thread(), [], []))
    assert sorted(body) == [
        "created_at",
        "created_by",
        "first_message",
        "id",
        "last_updated_at",
        "last_updated_by",
        "number_of_messages",
        "project_id",
        "start_time",
        "status",
        "thread_model_id",
    ]
    assert body["first_message"] == {"q": 1.5}
    assert body["start_time"] == "2026-09-21T14:13:20.000000Z"


def test_a_message_is_sent_back_as_it_came() -> None:
    encoded = codec.encode(thread_body(thread(), [], []))
    assert b'"first_message":{"q":1.50}' in encoded


def test_costs_are_numbers_without_the_zeros_of_their_column() -> None:
    some = thread(total_estimated_cost=Decimal("1000.500000000000"))
    assert b'"total_estimated_cost":1000.5,' in codec.encode(thread_body(some, [], []))


@pytest.mark.parametrize(
    ("text", "expected"),
    [('{"a":"bc', '{"a":"bc'), ('"abc', "abc"), ('"ab\\n', "ab\n"), ('"ab\\u00', "ab\\u00")],
)
def test_the_beginning_of_a_message_is_a_string(text: str, expected: str) -> None:
    assert message(text, cut=True) == expected


def given(author: str, value: str, at: int, reason: str = "") -> AuthorScore:
    return AuthorScore(
        author=author,
        value=Decimal(value),
        category_name="",
        reason=reason,
        source="ui",
        created_at_us=at,
        last_updated_us=at,
    )


def test_a_score_shows_what_each_author_gave() -> None:
    score = merge_authors("q", [given("bob", "1", 2, "good"), given("ann", "0.5", 1)])
    body = read(score_body(score))
    assert (body["value"], body["reason"]) == (0.75, "<no reason>, good")
    assert (body["created_by"], body["last_updated_by"]) == ("ann", "bob")
    assert {a: v["value"] for a, v in body["value_by_author"].items()} == {"ann": 0.5, "bob": 1}


def test_statistics_are_named_and_typed() -> None:
    stats = ThreadStats(
        thread_count=2,
        durations_ms=(1.0, 2.0, 3.0),
        average_messages=4.0,
        average_cost_usd=None,
        total_cost_usd=None,
        average_usage={"total_tokens": 7.5},
        average_scores={"q": 0.5},
    )
    items = {i["name"]: (i["type"], i["value"]) for i in read(stat_items(stats))}
    assert items["thread_count"] == ("COUNT", 2)
    assert items["duration"] == ("PERCENTAGE", {"p50": 1.0, "p90": 2.0, "p99": 3.0})
    assert items["total_estimated_cost"] == ("AVG", None)
    assert items["usage.total_tokens"] == ("AVG", 7.5)
    assert items["feedback_scores.q"] == ("AVG", 0.5)


@pytest.mark.parametrize("ids", [[], ["a", " "], ["a"] * 1001])
def test_none_too_many_and_blank_ids_are_refused(ids: list[str]) -> None:
    with pytest.raises(UnprocessableError):
        check_thread_ids(ids, 1000)


def test_ids_are_taken_once() -> None:
    assert check_thread_ids(["a", "b", "a"], 1000) == ["a", "b"]


@pytest.mark.parametrize("field", ["tags", "tags_to_add", "tags_to_remove"])
@pytest.mark.parametrize("tags", [["x"] * 51, ["x" * 101]])
def test_too_many_and_too_long_tags_are_refused(field: str, tags: list[str]) -> None:
    with pytest.raises(UnprocessableError, match=field):
        check_tags(ThreadUpdate(**{field: tags}))
