"""What the screens read of one trace: its tree, cut and whole payloads, a search within it."""

import json
import random
from typing import Any
from urllib.parse import quote

import pytest

from sightline.core.ids import format_id, new_id, new_text_id
from tests.contract.http.test_writes import BASE, T0, T1, make_span, make_trace, project
from tests.live import LiveServer

CONSOLE = "/api/console"


def tree(server: LiveServer, id: str) -> Any:
    answer = server.get(f"{CONSOLE}/traces/{id}/tree")
    assert answer.status == 200, answer.body
    found = answer.json
    spans = found["spans"]
    lengths = {name: len(column) for name, column in spans.items() if name != "count"}
    assert set(lengths.values()) == {spans["count"]}, lengths
    for row, parent in enumerate(spans["parent"]):
        assert -1 <= parent < row, "a parent comes before its children"
    return found


def shape(found: Any) -> dict[str, str | None]:
    """Return each span's name with that of its parent, in the order of the tree."""
    names, parents = found["spans"]["name"], found["spans"]["parent"]
    return {name: names[p] if p >= 0 else None for name, p in zip(names, parents, strict=True)}


def send_spans(
    server: LiveServer, name: str, trace_id: str, spans: list[dict[str, Any]]
) -> dict[str, str]:
    """Send spans given by name, parent (a name, or an id) and start in ms; return ids by name."""
    ids = {span["name"]: new_text_id() for span in spans}
    bodies = []
    for span in spans:
        parent = span.pop("parent", None)
        start = span.pop("at", 0)
        bodies.append(
            {
                "id": ids[span["name"]],
                "trace_id": trace_id,
                "project_name": name,
                "parent_span_id": ids.get(parent, parent),
                "start_time": f"2026-11-22T03:40:38.{250 + start:03d}Z",
                **span,
            }
        )
    random.Random(7).shuffle(bodies)
    answer = server.post(f"{BASE}/spans/batch", {"spans": bodies})
    assert answer.status == 204, answer.body
    return ids


def test_a_tree_has_what_a_row_of_it_shows(server: LiveServer) -> None:
    name = project()
    id = make_trace(
        server, name, end_time=T1, tags=["a"], thread_id="th", environment="prod",
        error_info={"exception_type": "E", "message": "m", "traceback": "t"}, input={"big": 1},
    )  # fmt: skip
    ids = send_spans(
        server,
        name,
        id,
        [
            {"name": "root", "at": 0, "end_time": "2026-11-22T03:40:38.750Z"},
            {
                "name": "call", "parent": "root", "at": 100, "type": "llm", "model": "m",
                "provider": "p", "usage": {"prompt_tokens": 3, "completion_tokens": 4},
                "total_estimated_cost": 0.25, "tags": ["t", "ü\"'"], "ttft": 12.5,
                "environment": "prod",
            },
            {
                "name": "tool", "parent": "root", "at": 50, "type": "tool",
                "error_info": {"exception_type": "ToolError", "message": "m", "traceback": "t"},
            },
            {"name": "bare", "at": 40, "error_info": {"message": "m"}},
        ],
    )  # fmt: skip
    for score in ("a", "b"):
        body = {"scores": [{"id": ids["call"], "name": score, "value": 1, "source": "sdk"}]}
        assert server.request("PUT", f"{BASE}/spans/feedback-scores", body).status == 204
    assert server.post(f"{BASE}/spans/{ids['tool']}/comments", {"text": "hm"}).status == 201
    assert server.post(f"{BASE}/traces/{id}/comments", {"text": "hm"}).status == 201
    score = {"name": "quality", "value": 0.5, "source": "ui"}
    assert server.request("PUT", f"{BASE}/traces/{id}/feedback-scores", score).status == 204

    found = tree(server, id)
    trace, spans = found["trace"], found["spans"]
    assert trace["project_name"] == name
    assert (trace["name"], trace["duration"], trace["is_running"]) == ("t", 1000.0, False)
    assert (trace["tags"], trace["thread_id"], trace["environment"]) == (["a"], "th", "prod")
    assert trace["error_type"] == "E"
    assert trace["error_info"]["message"] == "m"
    assert trace["usage"] == {"prompt_tokens": 3, "completion_tokens": 4}
    assert (trace["total_estimated_cost"], trace["providers"]) == (0.25, ["p"])
    assert [s["value"] for s in trace["feedback_scores"]] == [0.5]
    assert trace["comments"] == 1
    assert "input" not in trace
    assert (found["orphaned"], found["complete"]) == (0, True)

    assert spans["name"] == ["root", "tool", "call", "bare"], "siblings by start"
    assert spans["parent"] == [-1, 0, 0, -1]
    assert spans["id"] == [ids[n] for n in spans["name"]]
    assert spans["type"] == ["general", "tool", "llm", "general"]
    assert spans["start"] == pytest.approx([-0.213, 49.787, 99.787, 39.787])
    assert spans["duration"] == [500.0, None, None, None]
    assert (spans["model"], spans["provider"]) == (["", "", "m", ""], ["", "", "p", ""])
    assert spans["tokens"] == [None, None, 7, None]
    assert spans["prompt_tokens"] == [None, None, 3, None]
    assert spans["completion_tokens"] == [None, None, 4, None]
    assert spans["cost"] == [None, None, 0.25, None]
    assert spans["error"] == ["", "ToolError", "", "Error"]
    assert spans["scores"] == [0, 0, 2, 0]
    assert spans["comments"] == [0, 1, 0, 0]
    assert spans["tags"] == [[], [], ["t", "ü\"'"], []]
    assert spans["ttft"] == [None, None, 12.5, None]
    assert spans["environment"] == ["", "", "prod", ""]


def test_a_trace_without_spans_is_a_tree(server: LiveServer) -> None:
    found = tree(server, make_trace(server, project()))
    assert found["spans"]["count"] == 0
    assert found["trace"]["is_running"] is True
    assert (found["trace"]["tags"], found["trace"]["feedback_scores"]) == ([], [])


def test_spans_whose_trace_has_not_come_are_a_tree(server: LiveServer) -> None:
    name, id = project(), new_text_id()
    make_span(server, name, id)
    found = tree(server, id)
    assert found["spans"]["count"] == 1
    assert (found["trace"]["id"], found["trace"]["project_name"]) == (id, name)
    assert found["trace"]["start_time"].startswith("2026-11-22T03:40:38.25")


def test_a_trace_that_is_not_there_is_not_found(server: LiveServer) -> None:
    for path in ("/tree", "", "/payload/input"):
        answer = server.get(f"{CONSOLE}/traces/{new_text_id()}{path}")
        assert answer.status == 404
        assert answer.headers["content-type"].startswith("application/problem+json")
    assert server.get(f"{CONSOLE}/traces/nonsense/tree").status == 422


def test_a_span_whose_parent_is_missing_stands_at_the_root(server: LiveServer) -> None:
    name = project()
    id = make_trace(server, name)
    send_spans(
        server,
        name,
        id,
        [
            {"name": "lost", "parent": new_text_id(), "at": 1},
            {"name": "below", "parent": "lost", "at": 2},
            {"name": "of-trace", "parent": id, "at": 3},
        ],
    )
    found = tree(server, id)
    assert shape(found) == {"lost": None, "below": "lost", "of-trace": None}
    assert found["orphaned"] == 1


def test_spans_that_are_each_others_parents_come_once_each(server: LiveServer) -> None:
    name = project()
    id = make_trace(server, name)
    send_spans(
        server,
        name,
        id,
        [
            {"name": "plain", "at": 0},
            {"name": "tail", "parent": "b", "at": 1},
            {"name": "a", "parent": "c", "at": 20},
            {"name": "b", "parent": "a", "at": 10},
            {"name": "c", "parent": "b", "at": 30},
            {"name": "self", "parent": "self", "at": 40},
        ],
    )
    found = tree(server, id)
    # The earliest of the ring is its root; what hangs from the ring stays where it hangs.
    assert shape(found) == {
        "plain": None, "b": None, "tail": "b", "c": "b", "a": "c", "self": None,
    }  # fmt: skip
    assert found["orphaned"] == 2


def test_a_child_that_starts_before_its_parent_comes_after_it(server: LiveServer) -> None:
    name = project()
    id = make_trace(server, name)
    send_spans(
        server, name, id, [{"name": "child", "parent": "p", "at": 0}, {"name": "p", "at": 9}]
    )
    assert shape(tree(server, id)) == {"p": None, "child": "p"}


def test_a_very_deep_tree_is_read(server: LiveServer) -> None:
    name = project()
    id = make_trace(server, name)
    spans = [{"name": "s0"}, *({"name": f"s{i}", "parent": f"s{i - 1}"} for i in range(1, 1000))]
    send_spans(server, name, id, spans)
    assert tree(server, id)["spans"]["parent"] == list(range(-1, 999))


def test_spans_in_another_project_belong_to_the_tree(server: LiveServer) -> None:
    name = project()
    id = make_trace(server, name)
    send_spans(server, name, id, [{"name": "here"}])
    send_spans(server, project(), id, [{"name": "there"}])
    assert sorted(tree(server, id)["spans"]["name"]) == ["here", "there"]


def test_a_span_of_two_projects_counts_once_as_its_traces_project_has_it(
    server: LiveServer,
) -> None:
    name, other, span = project(), project(), new_text_id()
    id = make_trace(server, name)
    for place in (other, name):
        body = {
            "id": span, "trace_id": id, "project_name": place, "name": place, "start_time": T0,
        }  # fmt: skip
        assert server.post(f"{BASE}/spans/batch", {"spans": [body]}).status == 204
    assert tree(server, id)["spans"]["name"] == [name]


def test_payloads_are_cut_by_characters_and_say_their_whole_size(server: LiveServer) -> None:
    name = project()
    text = "aé漢🎉" * 5_000
    id = make_trace(server, name, output="ok")
    # Unescaped, so that characters are not bytes: a payload is kept as it was sent.
    body = json.dumps({"input": {"text": text}}, ensure_ascii=False).encode()
    assert server.request("PATCH", f"{BASE}/traces/{id}", body).status == 204
    whole = json.dumps({"text": text}, ensure_ascii=False)

    for limit in (0, 1, 12, 13, 14, 15, 1000):
        found = server.get(f"{CONSOLE}/traces/{id}?limit={limit}").json
        given = found["payloads"]["input"]
        assert given == {"text": whole[:limit], "size": len(whole), "complete": False}
    full = server.get(f"{CONSOLE}/traces/{id}?limit={len(whole)}").json["payloads"]
    assert full["input"] == {"text": whole, "size": len(whole), "complete": True}
    assert full["output"] == {"text": '"ok"', "size": 4, "complete": True}
    assert full["metadata"] is None

    answer = server.get(f"{CONSOLE}/traces/{id}/payload/input")
    assert answer.body == whole.encode()
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["content-length"] == str(len(whole.encode()))
    assert server.get(f"{CONSOLE}/traces/{id}/payload/metadata").status == 404
    assert server.get(f"{CONSOLE}/traces/{id}/payload/name").status == 404


def test_a_limit_out_of_bounds_is_refused(server: LiveServer) -> None:
    id = make_trace(server, project())
    for limit in (-1, 4 * 1024 * 1024 + 1):
        answer = server.get(f"{CONSOLE}/traces/{id}?limit={limit}")
        assert answer.status == 400
        assert "limit" in answer.json["detail"]


def test_a_lean_trace_is_opiks_body_without_payloads(server: LiveServer) -> None:
    name = project()
    id = make_trace(server, name, end_time=T1, metadata={"k": "v"}, tags=["t"], thread_id="th")
    make_span(server, name, id, usage={"total_tokens": 5})
    score = {"name": "q", "value": 1, "reason": "so", "source": "ui", "author": "bob"}
    assert server.request("PUT", f"{BASE}/traces/{id}/feedback-scores", score).status == 204
    assert server.post(f"{BASE}/traces/{id}/comments", {"text": "well"}).status == 201
    opik = server.get(f"{BASE}/traces/{id}").json
    lean = server.get(f"{CONSOLE}/traces/{id}").json
    for field, value in opik.items():
        if field not in {"input", "output", "metadata"}:
            assert lean[field] == value, field
    assert "metadata" not in lean
    assert lean["payloads"]["metadata"]["text"] == '{"k": "v"}'
    assert lean["feedback_scores"][0]["value_by_author"]["bob"]["reason"] == "so"
    assert [c["text"] for c in lean["comments"]] == ["well"]
    assert (lean["project_name"], lean["is_running"], lean["attachments"]) == (name, False, [])


def test_a_lean_span_names_its_trace_and_parent(server: LiveServer) -> None:
    name = project()
    trace = make_trace(server, name)
    parent = make_span(server, name, trace)
    id = make_span(
        server, name, trace, parent_span_id=parent, type="llm", model="m", input={"q": 1}
    )
    lean = server.get(f"{CONSOLE}/spans/{id}").json
    assert (lean["trace_id"], lean["parent_span_id"]) == (trace, parent)
    assert (lean["type"], lean["model"], lean["comments"]) == ("llm", "m", [])
    assert lean["payloads"]["input"]["text"] == '{"q": 1}'
    assert server.get(f"{CONSOLE}/spans/{id}/payload/input").json == {"q": 1}


def test_attachments_come_with_links_that_work_without_a_key(server: LiveServer) -> None:
    name = project()
    id = make_trace(server, name)
    path = (
        f"{BASE}/attachment/upload?entity_type=trace&entity_id={id}"
        f"&file_name={quote('notes ü.txt')}&project_name={name}"
    )
    assert server.request("PUT", path, b"hello", headers={"Content-Type": "x/y"}).status == 204
    files = server.get(f"{CONSOLE}/traces/{id}").json["attachments"]
    assert [(f["file_name"], f["mime_type"], f["file_size"]) for f in files] == [
        ("notes ü.txt", "text/plain", 5)
    ]
    assert files[0]["link"].startswith("/api/")
    assert server.get(files[0]["link"]).body == b"hello"


def test_a_large_payload_comes_whole_and_only_cut_in_a_lean_body(server: LiveServer) -> None:
    name = project()
    text = "é" * 4_000_000
    body = json.dumps(
        {"traces": [{"id": (id := new_text_id()), "project_name": name, "start_time": T0,
                     "output": text}]},
        ensure_ascii=False,
    ).encode()  # fmt: skip
    assert server.request("POST", f"{BASE}/traces/batch", body).status == 204
    lean = server.get(f"{CONSOLE}/traces/{id}")
    assert len(lean.body) < 1_000_000
    assert lean.json["payloads"]["output"]["size"] == len(text) + 2
    answer = server.get(f"{CONSOLE}/traces/{id}/payload/output")
    assert answer.body == f'"{text}"'.encode()


def test_search_finds_the_spans_that_hold_a_text(server: LiveServer) -> None:
    name = project()
    id = make_trace(server, name, input={"q": "Needle"})
    ids = send_spans(
        server,
        name,
        id,
        [
            {"name": "needle-name", "at": 1},
            {"name": "in", "at": 2, "input": {"text": "a NEEDLE here"}},
            {"name": "out", "at": 3, "output": "needle"},
            {"name": "meta", "at": 4, "metadata": {"needle": 1}},
            {"name": "tag", "at": 5, "tags": ["x", "needles"]},
            {"name": "model", "at": 6, "model": "needle-4o"},
            {"name": "other", "at": 7, "input": {"text": "hay"}},
        ],
    )
    send_spans(server, name, make_trace(server, name), [{"name": "needle elsewhere"}])
    found = server.get(f"{CONSOLE}/traces/{id}/search?text=needle").json
    expected = ["needle-name", "in", "out", "meta", "tag", "model"]
    assert found == {"span_ids": [ids[n] for n in expected], "in_trace": True}
    none = server.get(f"{CONSOLE}/traces/{id}/search?text={quote('no such %_text')}").json
    assert none == {"span_ids": [], "in_trace": False}
    assert server.get(f"{CONSOLE}/traces/{id}/search?text=%20").json["span_ids"] == []
    assert server.get(f"{CONSOLE}/traces/{id}/search?text={'x' * 1001}").status == 400


def test_ten_thousand_spans_are_one_tree(server: LiveServer) -> None:
    name = project()
    id = make_trace(server, name)
    ids = [format_id(new_id()) for _ in range(10_000)]
    above = random.Random(5)
    parents: dict[str, str | None] = {ids[0]: None}
    for i in range(1, len(ids)):
        parents[ids[i]] = ids[above.randrange(max(0, i - 50), i)]
    for start in range(0, len(ids), 1000):
        spans = [
            {"id": i, "trace_id": id, "project_name": name, "start_time": T0, "name": "s",
             "parent_span_id": parents[i]}
            for i in ids[start : start + 1000]
        ]  # fmt: skip
        assert server.post(f"{BASE}/spans/batch", {"spans": spans}).status == 204
    spans = tree(server, id)["spans"]
    found = {
        i: spans["id"][p] if p >= 0 else None
        for i, p in zip(spans["id"], spans["parent"], strict=True)
    }
    assert found == parents
