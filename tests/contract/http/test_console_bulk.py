"""Work on many: by ids or by a query, watched, cancelled, carried over a restart."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sightline.core.ids import new_text_id
from tests.contract.http.making import BASE, CONSOLE, T0, project_id, put_span, put_trace
from tests.contract.http.test_writes import project
from tests.contract.reading import make_key, until
from tests.live import Answer, LiveServer, live

_LONGEST_S = 60


def ask(server: LiveServer, name: str, **body: Any) -> Answer:
    return server.post(f"{CONSOLE}/projects/{project_id(server, name)}/bulk", body)


def finished(server: LiveServer, id: str, *, state: str = "done") -> Any:
    """Wait until a job has ended and return it."""
    until = time.monotonic() + _LONGEST_S
    while True:
        job = server.get(f"{CONSOLE}/jobs/{id}").json
        if job["state"] not in {"waiting", "running"}:
            assert job["state"] == state, job
            return job
        assert time.monotonic() < until, job
        time.sleep(0.02)


def do(server: LiveServer, name: str, **body: Any) -> Any:
    answer = ask(server, name, **body)
    assert answer.status == 202, answer.body
    assert answer.headers["location"] == f"{CONSOLE}/jobs/{answer.json['job_id']}"
    job = finished(server, answer.json["job_id"])
    assert job["total"] == answer.json["total"]
    return job


def names(server: LiveServer, name: str, kind: str = "traces") -> list[str]:
    answer = server.get(f"{BASE}/{kind}?project_name={name}&size=2000")
    assert answer.status == 200, answer.body
    return sorted(item["name"] for item in answer.json["content"])


def tags(server: LiveServer, id: str, kind: str = "traces") -> list[str]:
    return server.get(f"{BASE}/{kind}/{id}").json["tags"] or []


def send_many(server: LiveServer, name: str, count: int, **fields: Any) -> list[str]:
    ids = [new_text_id() for _ in range(count)]
    for start in range(0, count, 1000):
        traces = [
            {"id": id, "project_name": name, "name": f"t{i}", "start_time": T0, **fields}
            for i, id in enumerate(ids[start : start + 1000], start)
        ]
        assert server.post(f"{BASE}/traces/batch", {"traces": traces}).status == 204
    return ids


def test_traces_are_deleted_by_ids_with_all_that_hangs_on_them(server: LiveServer) -> None:
    name = project()
    gone, kept = put_trace(server, name, name="gone"), put_trace(server, name, name="kept")
    span = put_span(server, name, gone)
    other = put_span(server, name, kept)
    path = f"{BASE}/attachment/upload?entity_type=trace&entity_id={gone}&file_name=f.txt"
    assert server.request("PUT", f"{path}&project_name={name}", b"hello").status == 204
    assert server.post(f"{BASE}/traces/{gone}/comments", {"text": "c"}).status == 201
    job = do(server, name, entity="trace", action="delete", ids=[gone, gone, new_text_id()])
    assert (job["kind"], job["done"], job["total"], job["error"]) == ("delete", 2, 2, None)
    assert names(server, name) == ["kept"]
    assert server.get(f"{BASE}/spans/{span}").status == 404
    assert server.get(f"{BASE}/spans/{other}").status == 200
    listed = server.get(
        f"{BASE}/attachment/list?entity_type=trace&entity_id={gone}"
        f"&project_id={project_id(server, name)}"
    )
    assert listed.json["total"] == 0


def test_ids_of_another_project_are_passed_over(server: LiveServer) -> None:
    name, other = project(), project()
    id, elsewhere = put_trace(server, name), put_trace(server, other, name="elsewhere")
    do(server, name, entity="trace", action="delete", ids=[id, elsewhere])
    assert names(server, name) == []
    assert names(server, other) == ["elsewhere"]


def test_all_that_a_query_finds_is_deleted_over_many_pages(server: LiveServer) -> None:
    name = project()
    send_many(server, name, 2_300, tags=["old"])
    put_trace(server, name, name="keep")
    job = do(server, name, entity="trace", action="delete", slice={"query": "tag:old"})
    assert (job["done"], job["total"]) == (2_300, 2_300)
    assert names(server, name) == ["keep"]


def test_a_slice_has_a_time_and_what_is_hidden_stays(server: LiveServer) -> None:
    name = project()
    put_trace(server, name, name="early", start_time="2026-11-20T00:00:00Z")
    put_trace(server, name, name="late", start_time="2026-11-21T00:00:00Z")
    put_trace(server, name, name="hidden", start_time="2026-11-20T01:00:00Z", source="playground")
    slice = {"from": "2026-11-19T00:00:00Z", "to": "2026-11-21T00:00:00Z"}
    assert do(server, name, entity="trace", action="delete", slice=slice)["done"] == 1
    assert names(server, name) == ["hidden", "late"]
    slice["include_hidden"] = True  # type: ignore[assignment]
    do(server, name, entity="trace", action="delete", slice=slice)
    assert names(server, name) == ["late"]


def test_tags_are_added_and_removed_where_they_are_missing_or_there(server: LiveServer) -> None:
    name = project()
    plain = put_trace(server, name)
    tagged = put_trace(server, name, tags=["a", "x"], output="kept")
    ids = [plain, tagged]
    do(server, name, entity="trace", action="add_tags", tags=["x", "y"], slice={})
    assert [tags(server, id) for id in ids] == [["x", "y"], ["a", "x", "y"]]
    assert server.get(f"{BASE}/traces/{tagged}").json["output"] == "kept"
    # What the query finds changes under the job's hands.
    do(
        server, name, entity="trace", action="remove_tags", tags=["x", "a"],
        slice={"query": "tag:x"},
    )  # fmt: skip
    assert [tags(server, id) for id in ids] == [["y"], ["y"]]
    do(server, name, entity="trace", action="remove_tags", tags=["y"], ids=ids)
    assert [tags(server, id) for id in ids] == [[], []]


def test_one_without_room_for_a_tag_is_left_as_it_is_and_said(server: LiveServer) -> None:
    name = project()
    full = put_trace(server, name, tags=[f"t{i}" for i in range(50)])
    free = put_trace(server, name)
    job = do(server, name, entity="trace", action="add_tags", tags=["new"], slice={})
    assert "1 had no room" in job["error"]
    assert len(tags(server, full)) == 50
    assert tags(server, free) == ["new"]


def test_spans_are_tagged_and_deleted(server: LiveServer) -> None:
    name = project()
    trace = put_trace(server, name)
    llm, tool = (put_span(server, name, trace, type=kind) for kind in ("llm", "tool"))
    do(server, name, entity="span", action="add_tags", tags=["q"], slice={"query": "type:llm"})
    assert [tags(server, id, "spans") for id in (llm, tool)] == [["q"], []]
    do(server, name, entity="span", action="delete", ids=[tool])
    assert server.get(f"{BASE}/spans/{tool}").status == 404
    do(server, name, entity="span", action="delete", slice={})
    assert server.get(f"{BASE}/spans/{llm}").status == 404
    assert server.get(f"{BASE}/traces/{trace}").status == 200


def test_threads_are_tagged_and_deleted_with_their_traces(server: LiveServer) -> None:
    name = project()
    for thread in ("a", "b, with a comma"):
        for turn in range(2):
            put_trace(server, name, thread_id=thread, name=f"{thread}{turn}")
    put_trace(server, name, name="alone")

    def thread(id: str) -> Any:
        return server.post(
            f"{BASE}/traces/threads/retrieve", {"project_name": name, "thread_id": id}
        )

    do(server, name, entity="thread", action="add_tags", tags=["vip"], ids=["b, with a comma"])
    assert thread("b, with a comma").json["tags"] == ["vip"]
    assert thread("a").json.get("tags") is None
    do(server, name, entity="thread", action="add_tags", tags=["all"], slice={})
    do(server, name, entity="thread", action="remove_tags", tags=["vip"], slice={})
    assert thread("b, with a comma").json["tags"] == thread("a").json["tags"] == ["all"]
    do(server, name, entity="thread", action="delete", ids=["a"])
    assert thread("a").status == 404
    assert names(server, name) == ["alone", "b, with a comma0", "b, with a comma1"]
    do(server, name, entity="thread", action="delete", slice={"query": "tag:all"})
    assert names(server, name) == ["alone"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"entity": "trace", "action": "delete"}, "either ids or slice"),
        ({"entity": "trace", "action": "delete", "ids": [], "slice": {}}, "either ids or slice"),
        ({"entity": "trace", "action": "delete", "ids": []}, "ids size"),
        ({"entity": "trace", "action": "delete", "ids": ["x"]}, "ids[0]"),
        ({"entity": "trace", "action": "delete", "slice": {}, "tags": ["a"]}, "tags"),
        ({"entity": "trace", "action": "add_tags", "slice": {}}, "tags size"),
        ({"entity": "trace", "action": "add_tags", "slice": {}, "tags": [" "]}, "tags[0]"),
        ({"entity": "trace", "action": "add_tags", "slice": {}, "tags": ["x" * 101]}, "tags[0]"),
        ({"entity": "trace", "action": "paint", "slice": {}}, "action"),
        ({"entity": "cat", "action": "delete", "slice": {}}, "entity"),
        ({"entity": "trace", "action": "delete", "slice": {"query": "name:("}}, ""),
        ({"entity": "trace", "action": "delete", "slice": {"from": "never"}}, "from"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    server: LiveServer, body: dict[str, Any], words: str
) -> None:
    name = project()
    put_trace(server, name, name="stays")
    answer = ask(server, name, **body)
    assert answer.status in {400, 422}, answer.body
    assert words in answer.json["detail"]
    assert names(server, name) == ["stays"]


def test_a_job_of_a_project_that_is_not_there_is_refused(server: LiveServer) -> None:
    body = {"entity": "trace", "action": "delete", "slice": {}}
    assert server.post(f"{CONSOLE}/projects/{new_text_id()}/bulk", body).status == 404
    assert server.get(f"{CONSOLE}/jobs/{new_text_id()}").status == 404
    assert server.request("DELETE", f"{CONSOLE}/jobs/{new_text_id()}").status == 404


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[LiveServer]:
    with live(tmp_path / "data") as running:
        yield running


def _halfway(server: LiveServer, id: str) -> Any:
    """Wait until a job has done something, and return it: at best it is not done."""
    until = time.monotonic() + _LONGEST_S
    while time.monotonic() < until:
        job = server.get(f"{CONSOLE}/jobs/{id}").json
        if job["done"]:
            return job
        time.sleep(0.005)
    raise AssertionError(job)


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_job_goes_on_after_a_restart(alone: LiveServer, how: str) -> None:
    name = project()
    send_many(alone, name, 8_000)
    kept = put_trace(alone, name, name="kept", tags=["keep"])
    answer = ask(alone, name, entity="trace", action="delete", slice={"query": "-tag:keep"})
    id = answer.json["job_id"]
    before = _halfway(alone, id)
    assert before["state"] == "running"
    if how == "stop":
        alone.stop()
    else:
        alone.kill()
    # Comes in after the job was asked for, so it does not belong to it.
    alone.start()
    late = put_trace(alone, name, name="late")
    job = finished(alone, id)
    assert job["total"] == 8_000
    assert before["done"] <= job["done"] <= 8_000
    assert names(alone, name) == ["kept", "late"]
    assert alone.get(f"{BASE}/traces/{kept}").status == 200
    assert alone.get(f"{BASE}/traces/{late}").status == 200


def test_a_cancelled_job_stops_and_what_it_did_stays_done(alone: LiveServer) -> None:
    name = project()
    send_many(alone, name, 8_000)
    id = ask(alone, name, entity="trace", action="delete", slice={}).json["job_id"]
    _halfway(alone, id)
    assert alone.request("DELETE", f"{CONSOLE}/jobs/{id}").json["state"] == "cancelled"
    # The page that runs ends; after the next job has, it must have.
    do(alone, name, entity="trace", action="add_tags", tags=["x"], ids=[new_text_id()])
    left = alone.get(f"{BASE}/traces?project_name={name}&size=1").json["total"]
    assert 0 < left < 8_000
    assert alone.get(f"{CONSOLE}/jobs/{id}").json["state"] == "cancelled"


def test_jobs_belong_to_their_workspace_and_need_a_writer(alone: LiveServer) -> None:
    name = project()
    put_trace(alone, name)
    id = ask(alone, name, entity="trace", action="delete", slice={}).json["job_id"]
    finished(alone, id)
    place = project_id(alone, name)
    keys = {
        "other": make_key(alone, workspace="other"),
        "reader": make_key(alone, role="read"),
        "writer": make_key(alone),
    }

    def get(who: str) -> int:
        return alone.get(f"{CONSOLE}/jobs/{id}", headers={"Authorization": keys[who]}).status

    # Keys made beside the server count within seconds; until then it asks nobody for one.
    until(lambda: alone.get(f"{BASE}/projects").status == 401 or None, lambda: "it stays open")
    assert [get("other"), get("reader"), get("writer")] == [404, 200, 200]
    body = {"entity": "trace", "action": "delete", "slice": {}}

    def post(who: str) -> int:
        headers = {"Authorization": keys[who]}
        return alone.post(f"{CONSOLE}/projects/{place}/bulk", body, headers=headers).status

    assert [post("reader"), post("other"), post("writer")] == [403, 404, 202]
