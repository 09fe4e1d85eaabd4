"""What REST says of threads, through plain HTTP."""

import json
import uuid
from typing import Any
from urllib.parse import urlencode

import pytest

from sightline.core.ids import new_text_id
from tests.live import Answer, LiveServer

BASE = "/api/v1/private/traces/threads"


def project() -> str:
    return f"p-{uuid.uuid4().hex[:10]}"


def converse(server: LiveServer, name: str, thread_id: str, turns: int = 2) -> None:
    traces = [
        {
            "id": new_text_id(),
            "project_name": name,
            "start_time": f"2026-11-22T03:40:{10 + n}Z",
            "end_time": f"2026-11-22T03:40:{11 + n}Z",
            "input": {"q": f"{thread_id} asks {n}"},
            "output": f"{thread_id} hears {n}",
            "thread_id": thread_id,
        }
        for n in range(turns)
    ]
    assert server.post("/api/v1/private/traces/batch", {"traces": traces}).status == 204


def listed(server: LiveServer, name: str, **more: Any) -> Answer:
    return server.get(f"{BASE}?{urlencode({'project_name': name, **more})}")


def retrieved(server: LiveServer, name: str, thread_id: str, **more: Any) -> Answer:
    body = {"project_name": name, "thread_id": thread_id, **more}
    return server.post(f"{BASE}/retrieve", body)


def test_a_page_has_its_number_its_size_the_total_and_what_one_can_sort_by(
    server: LiveServer,
) -> None:
    name = project()
    for i in range(3):
        converse(server, name, f"t{i}")
    body = listed(server, name, page=2, size=2).json
    assert (body["page"], body["size"], body["total"]) == (2, 1, 3)
    assert "number_of_messages" in body["sortableBy"]
    (thread,) = body["content"]
    assert thread["first_message"] == {"q": f"{thread['id']} asks 0"}
    assert thread["last_message"] == f"{thread['id']} hears 1"
    assert (thread["number_of_messages"], thread["duration"]) == (4, 2000.0)


def test_a_list_takes_filters_an_order_a_search_and_times(server: LiveServer) -> None:
    name = project()
    for turns, id in ((1, "a"), (2, "b"), (3, "c")):
        converse(server, name, id, turns)
    filters = json.dumps([{"field": "number_of_messages", "operator": ">", "value": 2}])
    sorting = json.dumps([{"field": "id", "direction": "ASC"}])
    found = listed(server, name, filters=filters, sorting=sorting).json
    assert [t["id"] for t in found["content"]] == ["b", "c"]
    assert [t["id"] for t in listed(server, name, search="A ASKS").json["content"]] == ["a"]
    late = listed(server, name, from_time="2026-11-22T03:40:12Z").json
    assert [t["id"] for t in late["content"]] == ["c"]
    queue = listed(server, name, annotation_queue_id=new_text_id()).json
    assert (queue["total"], queue["content"]) == (0, [])


def test_a_search_streams_a_thread_a_line_and_goes_on_after_the_last(server: LiveServer) -> None:
    name = project()
    for i in range(3):
        converse(server, name, f"t{i}")
    ask = {"project_name": name, "limit": 2}
    first = server.post(f"{BASE}/search", ask)
    assert first.headers["content-type"].startswith("application/octet-stream")
    last = first.lines[-1]["thread_model_id"]
    rest = server.post(f"{BASE}/search", {**ask, "last_retrieved_thread_model_id": last})
    assert {t["id"] for t in first.lines + rest.lines} == {"t0", "t1", "t2"}
    assert (len(first.lines), len(rest.lines)) == (2, 1)


def test_a_long_message_is_cut_where_asked(server: LiveServer) -> None:
    name = project()
    trace = {
        "id": new_text_id(),
        "project_name": name,
        "start_time": "2026-11-22T03:40:10Z",
        "input": {"q": "x" * 30_000},
        "thread_id": "t",
    }
    assert server.post("/api/v1/private/traces/batch", {"traces": [trace]}).status == 204
    cut = listed(server, name, truncate="true").json["content"][0]
    assert isinstance(cut["first_message"], str)
    assert len(cut["first_message"]) == 10_001
    assert retrieved(server, name, "t").json["first_message"] == trace["input"]


def test_threads_are_closed_one_or_many_and_opened(server: LiveServer) -> None:
    name = project()
    for id in ("a", "b", "c"):
        converse(server, name, id)

    def states() -> dict[str, str]:
        return {t["id"]: t["status"] for t in listed(server, name).json["content"]}

    one = {"project_name": name, "thread_id": "a"}
    assert server.request("PUT", f"{BASE}/close", one).status == 204
    assert states() == {"a": "inactive", "b": "active", "c": "active"}
    many = {"project_name": name, "thread_ids": ["b", "c"]}
    assert server.request("PUT", f"{BASE}/close", many).status == 204
    assert server.request("PUT", f"{BASE}/open", one).status == 204
    assert states() == {"a": "active", "b": "inactive", "c": "inactive"}


def test_tags_scores_and_comments_show_on_the_thread(server: LiveServer) -> None:
    name = project()
    converse(server, name, "t")
    model_id = retrieved(server, name, "t").json["thread_model_id"]
    place = f"{BASE}/{model_id}"
    assert server.request("PATCH", place, {"tags": ["a", "b"]}).status == 204
    batch = {"ids": [model_id], "update": {"tags": ["c"]}, "merge_tags": True}
    assert server.request("PATCH", f"{BASE}/batch", batch).status == 204
    scores = [{"project_name": name, "thread_id": "t", "name": "q", "value": 0.5, "source": "ui"}]
    assert server.request("PUT", f"{BASE}/feedback-scores", {"scores": scores}).status == 204
    assert server.post(f"{place}/comments", {"text": "well said"}).status == 201
    thread = retrieved(server, name, "t").json
    assert thread["tags"] == ["a", "b", "c"]
    assert [(s["name"], s["value"], s["source"]) for s in thread["feedback_scores"]] == [
        ("q", 0.5, "ui")
    ]
    assert [c["text"] for c in thread["comments"]] == ["well said"]
    stats = server.get(f"{BASE}/stats?{urlencode({'project_name': name})}").json["stats"]
    assert {s["name"]: s["value"] for s in stats}["feedback_scores.q"] == 0.5


def test_a_deleted_thread_is_gone_with_its_traces(server: LiveServer) -> None:
    name = project()
    for id in ("gone", "stays"):
        converse(server, name, id)
    body = {"project_name": name, "thread_ids": ["gone", "never there"]}
    assert server.post(f"{BASE}/delete", body).status == 204
    assert retrieved(server, name, "gone").status == 404
    assert [t["id"] for t in listed(server, name).json["content"]] == ["stays"]
    # What comes later begins the thread anew.
    converse(server, name, "gone", turns=1)
    again = retrieved(server, name, "gone").json
    assert again["number_of_messages"] == 2
    assert server.request("PATCH", f"{BASE}/{again['thread_model_id']}", {}).status == 204


def test_what_is_not_there_is_not_found(server: LiveServer) -> None:
    name = project()
    converse(server, name, "t")
    assert retrieved(server, name, "other").status == 404
    assert retrieved(server, project(), "t").status == 404
    closing = {"project_name": name, "thread_ids": ["t", "other"]}
    answer = server.request("PUT", f"{BASE}/close", closing)
    assert (answer.status, answer.json["message"]) == (404, "Thread 'other' not found")
    assert server.request("PATCH", f"{BASE}/{new_text_id()}", {"tags": []}).status == 404
    assert listed(server, "", project_id=new_text_id()).status == 404


def test_a_project_that_is_not_in_use_yet_has_no_threads(server: LiveServer) -> None:
    name = project()
    assert listed(server, name).json["total"] == 0
    assert server.post(f"{BASE}/search", {"project_name": name}).lines == []
    assert server.get(f"{BASE}/stats?project_name={name}").json == {"stats": []}
    both = {"project_name": name, "thread_ids": ["t"]}
    assert server.post(f"{BASE}/delete", both).status == 204
    opening = {"project_name": name, "thread_id": "t"}
    assert server.request("PUT", f"{BASE}/open", opening).status == 204


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "", None, 400),
        ("GET", "?project_name=p&filters=[", None, 400),
        ("GET", "?project_name=P&size=0", None, 422),
        ("GET", "?project_name=P&from_time=2026-01-02T00:00:00Z&to_time=2026-01-01T00:00:00Z",
         None, 400),
        ("POST", "/retrieve", {"project_name": "P", "thread_id": " "}, 422),
        ("POST", "/retrieve", {"thread_id": "t"}, 400),
        ("PUT", "/close", {"project_name": "P"}, 400),
        ("PUT", "/close", {"project_name": "P", "thread_ids": ["x"] * 1001}, 422),
        ("POST", "/delete", {"project_name": "P", "thread_ids": []}, 422),
        ("POST", "/search", {"project_name": "P", "limit": 2001}, 422),
        ("POST", "/search", {"project_name": "P", "filters": [{"field": "x"}]}, 400),
        ("PATCH", "/no-uuid", {"tags": []}, 422),
        ("PATCH", "/batch", {"ids": [], "update": {}}, 422),
        ("PATCH", "/batch", {"ids": ["x"], "update": {"tags": ["y" * 101]}}, 422),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(
    server: LiveServer, method: str, path: str, body: Any, status: int
) -> None:
    answer = server.request(method, f"{BASE}{path}", body)
    assert answer.status == status, answer.body
    assert answer.json["message"]
