"""What REST says of writing, changing, scoring and deleting, through plain HTTP."""

import uuid
from typing import Any

import pytest

from sightline.core.ids import new_text_id
from tests.live import LiveServer, gzipped

BASE = "/api/v1/private"
T0 = "2026-11-22T03:40:38.250213Z"
T1 = "2026-11-22T03:40:39.250213Z"


def project() -> str:
    return f"p-{uuid.uuid4().hex[:10]}"


def make_trace(server: LiveServer, name: str, **fields: Any) -> str:
    id = new_text_id()
    body = {"id": id, "project_name": name, "name": "t", "start_time": T0, **fields}
    answer = server.post(f"{BASE}/traces/batch", {"traces": [body]})
    assert answer.status == 204
    assert answer.body == b""
    return id


def make_span(server: LiveServer, name: str, trace_id: str, **fields: Any) -> str:
    id = new_text_id()
    body = {
        "id": id, "trace_id": trace_id, "project_name": name, "name": "s", "start_time": T0,
        **fields,
    }  # fmt: skip
    assert server.post(f"{BASE}/spans/batch", {"spans": [body]}).status == 204
    return id


def trace(server: LiveServer, id: str) -> Any:
    answer = server.get(f"{BASE}/traces/{id}")
    assert answer.status == 200, answer.body
    return answer.json


def span(server: LiveServer, id: str) -> Any:
    answer = server.get(f"{BASE}/spans/{id}")
    assert answer.status == 200, answer.body
    return answer.json


def test_created_trace_is_named_in_location_and_body(server: LiveServer) -> None:
    answer = server.post(f"{BASE}/traces", {"start_time": T0, "project_name": project()})
    assert answer.status == 201
    assert answer.headers["location"].endswith(f"/v1/private/traces/{answer.json['id']}")


def test_second_create_of_a_trace_is_refused_and_of_a_span_is_passed_over(
    server: LiveServer,
) -> None:
    name = project()
    body = {"id": new_text_id(), "start_time": T0, "project_name": name, "name": "first"}
    assert server.post(f"{BASE}/traces", body).status == 201
    again = server.post(f"{BASE}/traces", {**body, "name": "second"})
    assert again.status == 409
    assert again.json["errors"] == ["Trace already exists"]
    span_body = {**body, "id": new_text_id(), "trace_id": body["id"]}
    assert server.post(f"{BASE}/spans", span_body).status == 201
    assert server.post(f"{BASE}/spans", {**span_body, "name": "second"}).status == 201
    assert span(server, span_body["id"])["name"] == "first"


def test_update_before_create_keeps_what_both_said(server: LiveServer) -> None:
    name, id = project(), new_text_id()
    patched = server.request(
        "PATCH", f"{BASE}/traces/{id}", {"project_name": name, "output": {"a": 1}, "end_time": T1}
    )
    assert patched.status == 204
    created = server.post(
        f"{BASE}/traces",
        {"id": id, "project_name": name, "start_time": T0, "name": "n", "output": {"a": 0}},
    )
    assert created.status == 201
    read = trace(server, id)
    assert (read["name"], read["output"], read["start_time"], read["duration"]) == (
        "n", {"a": 1}, T0, 1000.0,
    )  # fmt: skip


def test_late_start_does_not_undo_the_end(server: LiveServer) -> None:
    name, id = project(), new_text_id()
    end = {
        "id": id, "project_name": name, "start_time": T0, "end_time": T1, "output": "done",
        "last_updated_at": T1, "tags": ["end"],
    }  # fmt: skip
    start = {
        "id": id, "project_name": name, "start_time": T0, "input": "go", "last_updated_at": T0,
        "tags": ["start"],
    }  # fmt: skip
    for item in (end, start):
        assert server.post(f"{BASE}/traces/batch", gzipped({"traces": [item]}),
                           headers={"Content-Encoding": "gzip"}).status == 204  # fmt: skip
    read = trace(server, id)
    assert (read["input"], read["output"], read["tags"], read["end_time"]) == (
        "go", "done", ["end"], T1,
    )  # fmt: skip


def test_update_is_seen_though_the_clients_clock_runs_ahead(server: LiveServer) -> None:
    name = project()
    id = make_trace(server, name, output="first", last_updated_at="2101-01-01T00:00:00Z")
    server.request("PATCH", f"{BASE}/traces/{id}", {"project_name": name, "output": "second"})
    assert trace(server, id)["output"] == "second"


def test_update_naming_another_project_or_trace_conflicts(server: LiveServer) -> None:
    name = project()
    id = make_trace(server, name)
    span_id = make_span(server, name, id)
    other = server.request("PATCH", f"{BASE}/traces/{id}", {"project_name": project()})
    assert other.status == 409
    assert "do not match the existing trace" in other.json["errors"][0]
    elsewhere = server.request(
        "PATCH", f"{BASE}/spans/{span_id}", {"project_name": name, "trace_id": new_text_id()}
    )
    assert elsewhere.status == 409
    assert elsewhere.json["errors"] == ["trace_id does not match the existing span"]


def test_tags_are_added_and_removed(server: LiveServer) -> None:
    name = project()
    id = make_trace(server, name, tags=["a", "b"])
    change = {"project_name": name, "tags_to_add": ["c"], "tags_to_remove": ["a"]}
    assert server.request("PATCH", f"{BASE}/traces/{id}", change).status == 204
    assert sorted(trace(server, id)["tags"]) == ["b", "c"]
    other = make_trace(server, name, tags=["x"])
    batch = {"ids": [id, other], "update": {"tags": ["y"]}, "merge_tags": True}
    assert server.request("PATCH", f"{BASE}/traces/batch", batch).status == 204
    assert sorted(trace(server, id)["tags"]) == ["b", "c", "y"]
    assert sorted(trace(server, other)["tags"]) == ["x", "y"]


def test_scores_of_several_authors_are_averaged_and_kept_apart(server: LiveServer) -> None:
    name = project()
    id = make_trace(server, name)
    scores = [
        {"id": id, "project_name": name, "name": "q", "value": v, "source": "ui", "author": who}
        for who, v in (("ann", 1), ("bob", 0))
    ]
    answer = server.request("PUT", f"{BASE}/traces/feedback-scores", {"scores": scores})
    assert answer.status == 204
    (score,) = trace(server, id)["feedback_scores"]
    assert score["value"] == 0.5
    assert {a: v["value"] for a, v in score["value_by_author"].items()} == {"ann": 1, "bob": 0}
    gone = server.post(f"{BASE}/traces/{id}/feedback-scores/delete", {"name": "q", "author": "bob"})
    assert gone.status == 204
    (score,) = trace(server, id)["feedback_scores"]
    assert score["value"] == 1
    server.post(f"{BASE}/traces/{id}/feedback-scores/delete", {"name": "q"})
    assert not trace(server, id)["feedback_scores"]


def test_score_before_its_trace_and_under_another_project_is_found(server: LiveServer) -> None:
    name, id = project(), new_text_id()
    early = {"id": id, "project_name": name, "name": "early", "value": 0.25, "source": "sdk"}
    server.request("PUT", f"{BASE}/traces/feedback-scores", {"scores": [early]})
    server.post(
        f"{BASE}/traces/batch",
        {"traces": [{"id": id, "project_name": name, "start_time": T0}]},
    )
    stray = {"id": id, "project_name": project(), "name": "stray", "value": 1, "source": "sdk"}
    server.request("PUT", f"{BASE}/traces/feedback-scores", {"scores": [stray]})
    found = {s["name"]: s["value"] for s in trace(server, id)["feedback_scores"]}
    assert found == {"early": 0.25, "stray": 1}


def test_score_on_an_unknown_trace_by_id_is_not_found(server: LiveServer) -> None:
    body = {"name": "q", "value": 1, "source": "sdk"}
    answer = server.request("PUT", f"{BASE}/traces/{new_text_id()}/feedback-scores", body)
    assert answer.status == 404


@pytest.mark.parametrize("kind", ["traces", "spans"])
def test_comments_are_added_changed_and_deleted(server: LiveServer, kind: str) -> None:
    name = project()
    id = make_trace(server, name)
    if kind == "spans":
        id = make_span(server, name, id)
    made = server.post(f"{BASE}/{kind}/{id}/comments", {"text": "why?"})
    assert made.status == 201
    comment_id = made.headers["location"].rsplit("/", 1)[1]
    changed = server.request("PATCH", f"{BASE}/{kind}/comments/{comment_id}", {"text": "so!"})
    assert changed.status == 204
    assert server.get(f"{BASE}/{kind}/{id}/comments/{comment_id}").json["text"] == "so!"
    assert [c["text"] for c in server.get(f"{BASE}/{kind}/{id}").json["comments"]] == ["so!"]
    gone = server.post(f"{BASE}/{kind}/comments/delete", {"ids": [comment_id]})
    assert gone.status == 204
    assert server.get(f"{BASE}/{kind}/{id}/comments/{comment_id}").status == 404


def test_deleted_trace_takes_all_that_hangs_on_it(server: LiveServer) -> None:
    name = project()
    id = make_trace(server, name)
    span_id = make_span(server, name, id)
    for kind, entity in (("traces", id), ("spans", span_id)):
        score = {"id": entity, "project_name": name, "name": "q", "value": 1, "source": "sdk"}
        server.request("PUT", f"{BASE}/{kind}/feedback-scores", {"scores": [score]})
        server.post(f"{BASE}/{kind}/{entity}/comments", {"text": "x"})
    keep = make_trace(server, name)
    assert server.post(f"{BASE}/traces/delete", {"ids": [id]}).status == 204
    assert server.get(f"{BASE}/traces/{id}").status == 404
    assert server.get(f"{BASE}/spans/{span_id}").status == 404
    page = server.get(f"{BASE}/traces?project_name={name}").json
    assert [t["id"] for t in page["content"]] == [keep]
    names = server.get(f"{BASE}/traces/feedback-scores/names").json["scores"]
    back = {"id": id, "project_name": name, "start_time": T0}
    server.post(f"{BASE}/traces/batch", {"traces": [back]})
    assert not trace(server, id)["feedback_scores"]
    assert not trace(server, id)["comments"]
    assert isinstance(names, list)


def test_trace_aggregates_what_its_spans_say(server: LiveServer) -> None:
    name = project()
    id = make_trace(server, name, end_time=T1)
    make_span(
        server, name, id, type="llm", provider="openai", model="gpt-4o-mini",
        usage={"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        total_estimated_cost=0.25,
    )  # fmt: skip
    make_span(
        server, name, id, type="llm", provider="anthropic", model="claude",
        usage={"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        total_estimated_cost=0.5,
    )  # fmt: skip
    make_span(server, name, id, type="tool")
    read = trace(server, id)
    assert read["usage"] == {"prompt_tokens": 11, "completion_tokens": 6, "total_tokens": 17}
    assert read["total_estimated_cost"] == 0.75
    assert (read["span_count"], read["llm_span_count"], read["has_tool_spans"]) == (3, 2, True)
    assert read["providers"] == ["anthropic", "openai"]
    assert read["duration"] == 1000.0


def test_unknown_price_is_null_and_a_known_one_is_not(server: LiveServer) -> None:
    name = project()
    id = make_trace(server, name)
    usage = {"prompt_tokens": 1000, "completion_tokens": 1000, "total_tokens": 2000}
    known = make_span(
        server, name, id, type="llm", provider="openai", model="gpt-4o-mini", usage=usage
    )
    unknown = make_span(
        server, name, id, type="llm", provider="nobody", model="no-such-model", usage=usage
    )
    assert span(server, known)["total_estimated_cost"] == pytest.approx(0.00075)
    assert span(server, unknown).get("total_estimated_cost") is None


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("traces/batch", b"{", 400, "Unable to process JSON"),
        ("traces/batch", b"", 400, "must not be empty"),
        ("traces/batch", {"traces": []}, 422, "traces size must be between 1 and 1000"),
        ("traces/batch", {"traces": [{"id": "x", "start_time": T0}]}, 422, "traces[0].id"),
        ("traces/batch", {"traces": [{"name": "n"}]}, 422, "traces[0].start_time must not be null"),
        ("spans/batch", {"spans": [{"start_time": T0}]}, 422, "spans[0].trace_id"),
        (
            "traces/batch",
            {"traces": [{"start_time": T0, "tags": [str(i) for i in range(51)]}]},
            422,
            "maximum 50 tags",
        ),
        ("traces/batch", {"traces": [{"start_time": 5.5}]}, 422, "traces[0].start_time"),
        ("traces/batch", {"traces": [{"start_time": "1969-01-01T00:00:00Z"}]}, 422, "start_time"),
        ("spans/batch", {"spans": [{"start_time": T0, "trace_id": "7"}]}, 422, "spans[0].trace_id"),
    ],
)  # fmt: skip
def test_bad_bodies_name_the_item_and_the_field(
    server: LiveServer, path: str, body: Any, status: int, said: str
) -> None:
    answer = server.post(f"{BASE}/{path}", body)
    assert answer.status == status, answer.body
    assert said in answer.json["message"]
    if status == 422:
        assert any(said in text for text in answer.json["errors"])


def test_payloads_come_back_byte_for_byte(server: LiveServer) -> None:
    name, id = project(), new_text_id()
    payload = '{"b" : 1.0, "a":[1e400,"\\u00e9\\ud83d\\ude00", "\\/"],  "n":12345678901234567890}'
    head = f'{{"traces":[{{"id":"{id}","project_name":"{name}","start_time":"{T0}"'
    body = f'{head},"input":{payload}}}]}}'
    assert server.post(f"{BASE}/traces/batch", body.encode()).status == 204
    assert payload.encode() in server.get(f"{BASE}/traces/{id}").body


def test_repeated_slashes_and_the_cloud_prefix_reach_the_same_routes(server: LiveServer) -> None:
    for path in ("/api//v1/private//traces/batch", "/opik/api/v1/private/traces/batch"):
        answer = server.post(path, {"traces": [{"start_time": T0, "project_name": project()}]})
        assert answer.status == 204


def test_other_workspaces_do_not_exist_without_keys(server: LiveServer) -> None:
    answer = server.get(f"{BASE}/projects", headers={"Comet-Workspace": "nobody"})
    assert answer.status == 404
    assert answer.json == {"code": 404, "message": "Workspace not found"}


def test_unknown_routes_answer_in_opiks_shape(server: LiveServer) -> None:
    answer = server.get(f"{BASE}/nonsense")
    assert answer.status == 404
    assert answer.json["code"] == 404


def test_names_of_thread_scores_are_listed_for_their_project(server: LiveServer) -> None:
    name = project()
    make_trace(server, name, thread_id="th")
    score = {"thread_id": "th", "project_name": name, "name": "kind", "value": 1, "source": "sdk"}
    assert (
        server.request("PUT", f"{BASE}/traces/threads/feedback-scores", {"scores": [score]}).status
        == 204
    )
    project_id = server.post(f"{BASE}/projects/retrieve", {"name": name}).json["id"]
    names = server.get(f"{BASE}/traces/threads/feedback-scores/names?project_id={project_id}")
    assert names.json == {"scores": [{"name": "kind"}]}


def test_blank_thread_id_counts_as_not_given(server: LiveServer) -> None:
    name = project()
    id = make_trace(server, name, thread_id=" \n")
    assert trace(server, id)["thread_id"] is None
    assert server.get(f"{BASE}/traces/threads?project_name={name}").json["total"] == 0
