"""Scores, comments and threads through the client."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.opik.conftest import Steps


@pytest.fixture(scope="module")
def seen(drive: Callable[..., Steps]) -> Steps:
    return drive("annotations")


def scores(item: Any) -> dict[str, float]:
    return {score["name"]: score["value"] for score in item["feedback_scores"] or []}


def thread(threads: Any, id: str = "talk") -> Any:
    [found] = [item for item in threads if item["id"] == id]
    return found


def test_nothing_was_lost(seen: Steps) -> None:
    assert seen["flush"] is True
    assert seen["flush thread scores"] is True
    assert seen["thread scores report"]["total_dropped_items"] == 0


def test_scores_logged_in_batches_are_on_their_traces(seen: Steps) -> None:
    assert scores(seen["scored"]) == {"a": 0.1, "b": 2}
    [a] = [score for score in seen["scored"]["feedback_scores"] if score["name"] == "a"]
    assert (a["reason"], a["category_name"], a["source"]) == ("r", "low", "sdk")
    assert a["created_by"] == "admin"
    assert a["last_updated_at"]


def test_a_score_given_again_takes_the_place_of_the_first(seen: Steps) -> None:
    assert scores(seen["scored again"]) == {"a": 0.2, "b": 2}


def test_scores_of_spans_are_summed_up_on_their_trace(seen: Steps) -> None:
    found = seen["scored"]["span_feedback_scores"]
    assert {score["name"]: score["value"] for score in found} == {"s": 1.0, "elsewhere": 1.0}


def test_deleted_scores_are_gone_and_may_be_deleted_twice(seen: Steps) -> None:
    assert seen["delete score twice"] is None
    assert scores(seen["after delete"]) == {"b": 2}
    assert scores(seen["span after delete"]) == {"elsewhere": 1.0}


def test_traces_with_a_thread_id_are_a_thread(seen: Steps) -> None:
    assert {item["id"] for item in seen["threads"]} == {"talk", "other talk"}
    assert [item["id"] for item in seen["threads by client"]] == [
        item["id"] for item in seen["threads"]
    ]
    talk = thread(seen["threads"])
    assert talk["first_message"] == {"q": "one?"}
    assert talk["last_message"] == {"a": "2"}
    assert talk["number_of_messages"] == 4
    assert talk["status"] == "active"
    assert talk["thread_model_id"]


def test_threads_have_scores_of_their_own(seen: Steps) -> None:
    assert scores(thread(seen["scored threads"])) == {"mood": 0.5, "end": 1}
    assert scores(thread(seen["scored threads"], "other talk")) == {"mood": 0.1}
    assert scores(seen["thread after delete"]) == {"end": 1}


def test_threads_close_and_open(seen: Steps) -> None:
    assert seen["close_thread"] is None
    assert [item["id"] for item in seen["closed"]] == ["talk"]
    assert {item["id"] for item in seen["opened"]} == {"talk", "other talk"}
    assert seen["thread"]["status"] == "active"


@pytest.mark.parametrize("what", ["trace", "span", "thread"])
def test_comments_are_kept_changed_and_deleted(seen: Steps, what: str) -> None:
    made = seen[f"{what} comment"]
    assert made["id"] == seen[f"add {what} comment"]
    assert made["created_by"] == "admin"
    holder = {"trace": "commented", "span": "commented span", "thread": "commented thread"}[what]
    if what == "trace":
        assert seen["updated comment"]["text"] == "nicer"
    [shown] = seen[holder]["comments"]
    assert shown["id"] == made["id"]
    assert shown["text"] == {"trace": "nicer"}.get(what, "changed")


def test_a_deleted_comment_is_not_found(seen: Steps) -> None:
    assert not seen["uncommented"]["comments"]
    assert seen.error("no comment")["error"] == "NotFoundError"


def test_threads_take_tags(seen: Steps) -> None:
    assert seen["tagged thread"]["tags"] == ["vip"]


def test_deleted_traces_and_threads_are_gone(seen: Steps) -> None:
    assert seen.error("deleted")["status"] == 404
    assert [item["id"] for item in seen["threads left"]] == ["talk"]
    assert [trace["name"] for trace in seen["traces left"]] == ["first"]
    assert thread(seen["threads left"])["number_of_messages"] == 2
