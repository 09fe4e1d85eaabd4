"""What an export wrote is taken in again: into another server, twice, or as a copy beside it."""

import gzip
import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from sightline.core.ids import is_v7, new_text_id, parse_id
from tests.contract.http.making import (
    BASE,
    CONSOLE,
    T0,
    project_id,
    put_score,
    put_span,
    put_trace,
)
from tests.contract.http.test_writes import project
from tests.live import Answer, LiveServer, live

PICTURE = "data:image/png;base64," + "iVBORw0KGgo" + "A" * 400_001


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live(tmp_path_factory.mktemp("second") / "data") as running:
        yield running


def export(server: LiveServer, place: str, **more: str) -> bytes:
    query = "&".join(f"{k}={v}" for k, v in more.items())
    answer = server.get(
        f"{CONSOLE}/projects/{project_id(server, place)}/export?format=jsonl&spans=true"
        f"&include_hidden=true&{query}"
    )
    assert answer.status == 200, answer.body
    return answer.body


def send(
    server: LiveServer, place: str, lines: bytes, *, query: str = "", **headers: str
) -> Answer:
    """Import into a project, which is made if there is none."""
    server.post(f"{BASE}/projects", {"name": place})
    path = f"{CONSOLE}/projects/{project_id(server, place)}/import{query}"
    return server.request("POST", path, lines, headers=headers)


def taken(server: LiveServer, place: str, lines: bytes, **more: Any) -> Any:
    answer = send(server, place, lines, **more)
    assert answer.status == 200, answer.body
    return answer.json


def lines_of(*items: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(item).encode() + b"\n" for item in items)


def fill(server: LiveServer, place: str) -> list[str]:
    """Store traces of many kinds; return their ids."""
    full = put_trace(
        server, place, name="full", end_time="2026-11-22T03:40:39.5Z", tags=["a", "ü"],
        input={"big": 12345678901234567890123, "text": "é\n🎉"}, output="out",
        metadata={"k": [1.50, None]}, thread_id="th", environment="prod", source="playground",
        error_info={"exception_type": "E", "message": "m", "traceback": "t"}, ttft=12.5,
    )  # fmt: skip
    root = put_span(
        server, place, full, name="root", type="tool", end_time="2026-11-22T03:40:39Z",
        input={"url": PICTURE}, tags=["s"],
        error_info={"exception_type": "S", "message": "m", "traceback": "t"},
    )  # fmt: skip
    put_span(
        server, place, full, name="priced", type="llm", parent_span_id=root, model="gpt-4o",
        provider="openai", usage={"prompt_tokens": 1000, "completion_tokens": 10,
                                  "total_tokens": 1010, "original_usage.x": 3},
    )  # fmt: skip
    told = put_span(
        server, place, full, name="told", type="llm", parent_span_id=root, model="m",
        provider="p", usage={"total_tokens": 5}, total_estimated_cost=0.125, metadata={"m": 1},
    )  # fmt: skip
    put_score(server, "traces", full, "quality", 0.5, reason="so", category_name="good")
    put_score(server, "traces", full, "quality", 1, author="bob", source="ui")
    put_score(server, "spans", told, "local", -0.25)
    assert server.post(f"{BASE}/traces/{full}/comments", {"text": "well"}).status == 201
    assert server.post(f"{BASE}/spans/{told}/comments", {"text": "hm"}).status == 201
    bare = put_trace(server, place, name="bare")
    answer = server.request("PATCH", f"{BASE}/traces/{new_text_id()}", {"project_name": place})
    assert answer.status == 204
    return [full, bare]


# What says by whom and when something was stored here, or counts on the copy alone.
_HERE = {"created_at", "created_by", "last_updated_by", "project_id", "guardrails_validations"}


def plain(item: Any) -> Any:
    """Leave out what another server says in its own words."""
    if isinstance(item, dict):
        # A cost that was worked out there is a given one here.
        dropped = _HERE | {"total_estimated_cost_version"}
        return {k: plain(v) for k, v in item.items() if k not in dropped}
    return [plain(v) for v in item] if isinstance(item, list) else item


def content(server: LiveServer, place: str) -> list[Any]:
    """Return all that a project holds, by entity and name."""
    lines = [json.loads(line) for line in export(server, place).splitlines()]
    return sorted(map(plain, lines), key=lambda line: (line["entity"], str(line["name"])))


def test_a_project_comes_over_to_another_server_as_it_is(
    server: LiveServer, second: LiveServer
) -> None:
    place = project()
    fill(server, place)
    lines = export(server, place)
    counts = taken(second, place, lines)
    assert counts == {
        "traces": 3, "spans": 3, "threads": 0, "scores": 3, "comments": 2, "ids": "kept",
    }  # fmt: skip
    assert content(second, place) == content(server, place)
    # Sent again it is the same, and what was changed meanwhile stays.
    trace = next(line for line in content(second, place) if line["name"] == "full")
    body = {"project_name": place, "output": "changed"}
    assert second.request("PATCH", f"{BASE}/traces/{trace['id']}", body).status == 204
    before = content(second, place)
    assert taken(second, place, lines) == counts
    assert content(second, place) == before
    assert second.get(f"{BASE}/traces/{trace['id']}").json["output"] == "changed"
    thread = {"project_name": place, "thread_id": "th"}
    assert second.post(f"{BASE}/traces/threads/retrieve", thread).status == 200


def test_beside_its_project_an_import_is_a_copy_with_ids_of_its_own(server: LiveServer) -> None:
    place, other = project(), project()
    fill(server, place)
    before = content(server, place)
    lines = export(server, place)
    assert taken(server, other, lines)["ids"] == "new"
    assert taken(server, other, lines)["ids"] == "new"
    assert content(server, place) == before
    copy = content(server, other)
    ids = {old["id"]: new["id"] for old, new in zip(before, copy, strict=True)}
    assert not set(ids) & set(ids.values())

    def renamed(item: Any) -> Any:
        if isinstance(item, dict):
            return {
                k: ids.get(v, v) if k in {"id", "trace_id", "parent_span_id"} else renamed(v)
                for k, v in item.items()
                if k not in {"comments", "span_feedback_scores"}
            }
        return [renamed(v) for v in item] if isinstance(item, list) else item

    def without(line: Any) -> Any:
        return {k: v for k, v in line.items() if k not in {"comments", "span_feedback_scores"}}

    assert list(map(renamed, before)) == list(map(without, copy))
    assert all(is_v7(parse_id(id)) for id in ids.values())
    # Each is deleted for itself.
    gone = next(line["id"] for line in copy if line["name"] == "full")
    assert server.request("DELETE", f"{BASE}/traces/{gone}").status == 204
    assert content(server, place) == before


def test_ids_can_be_kept_or_renewed_on_request(server: LiveServer) -> None:
    place, other = project(), project()
    id = put_trace(server, place)
    lines = export(server, place)
    refused = send(server, other, lines, query="?ids=keep")
    assert refused.status == 409
    assert id in refused.json["detail"]
    assert "ids=new" in refused.json["hint"]
    assert taken(server, place, lines, query="?ids=keep")["ids"] == "kept"
    assert taken(server, place, lines, query="?ids=new")["ids"] == "new"
    listed = server.get(f"{BASE}/traces?project_id={project_id(server, place)}")
    assert listed.json["total"] == 2
    assert send(server, place, lines, query="?ids=maybe").status == 400


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_compressed_file_is_taken(server: LiveServer, encoding: str) -> None:
    from backports import zstd

    place = project()
    line = lines_of({"entity": "trace", "id": new_text_id(), "name": "t", "start_time": T0})
    packed = gzip.compress(line) if encoding == "gzip" else zstd.compress(line)
    found = taken(server, place, packed, **{"Content-Encoding": encoding})
    assert found["traces"] == 1
    cut = send(server, place, packed[:-5], **{"Content-Encoding": encoding})
    assert cut.status == 400


def test_blank_lines_and_a_last_line_without_an_end_are_fine(server: LiveServer) -> None:
    place = project()
    one, two = (
        lines_of({"entity": "trace", "id": new_text_id(), "name": n, "start_time": T0}).strip()
        for n in ("one", "two")
    )
    assert taken(server, place, b"\xef\xbb\xbf" + one + b"\r\n\r\n  \n" + two)["traces"] == 2
    assert taken(server, place, b"")["traces"] == 0


def test_lines_are_numbered_behind_many_blank_ones(server: LiveServer) -> None:
    place = project()
    one = lines_of({"entity": "trace", "id": new_text_id(), "name": "one", "start_time": T0})
    blank = b"\n" * 200_000 + b" \r\n" * 100_000
    found = send(server, place, blank + b"  " + one + blank + b"no line\n")
    assert found.status in {400, 422}
    assert "line 600002" in str(found.json)
    assert "600001 lines" in found.json["hint"]
    assert taken(server, place, blank + b" \t" + one + blank)["traces"] == 1


@pytest.mark.parametrize("line", [b"\n", b"\t \r\n", b" "])
def test_a_body_of_blank_lines_comes_to_an_end(server: LiveServer, line: bytes) -> None:
    """It is a few kB on its way, and would be any number of gigabytes."""
    packed = gzip.compress(line * (17 * 1024 * 1024 // len(line)))
    answer = send(server, project(), packed, **{"Content-Encoding": "gzip"})
    assert answer.status == 400
    assert "blank lines" in answer.json["detail"]


def test_many_lines_come_in_order_of_the_file(server: LiveServer) -> None:
    place = project()
    ids = [new_text_id() for _ in range(2_500)]
    lines = lines_of(
        *({"entity": "trace", "id": id, "name": "t", "start_time": T0} for id in ids),
        *(
            {"entity": "span", "id": new_text_id(), "trace_id": id, "name": "s", "start_time": T0}
            for id in ids
        ),
    )
    counts = taken(server, place, lines)
    assert (counts["traces"], counts["spans"]) == (2_500, 2_500)
    listed = server.get(f"{BASE}/spans?project_id={project_id(server, place)}&size=1")
    assert listed.json["total"] == 2_500


def test_a_long_line_is_taken(server: LiveServer) -> None:
    place = project()
    id = new_text_id()
    line = lines_of(
        {"entity": "trace", "id": id, "name": "t", "start_time": T0, "input": "x" * 20_000_000}
    )
    assert taken(server, place, line)["traces"] == 1
    lean = server.get(f"{CONSOLE}/traces/{id}?limit=1").json
    assert lean["payloads"]["input"]["size"] == 20_000_002


def test_what_is_known_of_a_thread_is_taken(server: LiveServer) -> None:
    place = project()
    put_trace(server, place, thread_id="th")
    score = {"name": "q", "value": 1, "value_by_author": {"bob": {"value": 1, "source": "ui"}}}
    line = {"entity": "thread", "id": "th", "tags": ["vip"], "feedback_scores": [score]}
    counts = taken(server, place, lines_of(line))
    assert (counts["threads"], counts["scores"]) == (1, 1)
    thread = {"project_name": place, "thread_id": "th"}
    found = server.post(f"{BASE}/traces/threads/retrieve", thread).json
    assert found["tags"] == ["vip"]
    assert list(found["feedback_scores"][0]["value_by_author"]) == ["bob"]


_GOOD = {"entity": "trace", "name": "good", "start_time": T0}
# Of lines that are never stored.
_ID = "0190babc-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (b"{not json", "line 3 is no JSON"),
        (b"[]", "line 3"),
        (b'{"id": "x"}', "line 3.entity"),
        (lines_of({**_GOOD, "entity": "cat"}), "line 3.entity"),
        (lines_of({**_GOOD, "id": "x"}), "line 3.id"),
        (lines_of(_GOOD), "line 3.id"),
        (lines_of({"entity": "trace", "id": _ID}), "line 3.start_time"),
        (lines_of({**_GOOD, "id": _ID, "start_time": "soon"}), "line 3.start_time"),
        (lines_of({**_GOOD, "id": _ID, "tags": ["t"] * 51}), "line 3.tags"),
        (lines_of({**_GOOD, "entity": "span", "id": _ID}), "line 3.trace_id"),
        (
            lines_of({**_GOOD, "id": _ID, "feedback_scores": [{"name": "q"}]}),
            "line 3.feedback_scores[0].value",
        ),
        (
            lines_of({**_GOOD, "id": _ID, "comments": [{"text": " "}]}),
            "line 3.comments[0].text",
        ),
        (lines_of({"entity": "thread", "id": " "}), "line 3.id"),
    ],
)
def test_a_wrong_line_is_named_and_what_stands_before_it_is_stored(
    server: LiveServer, bad: bytes, words: str
) -> None:
    place = project()
    good = lines_of({**_GOOD, "id": new_text_id()}, {**_GOOD, "id": new_text_id()})
    after = lines_of({**_GOOD, "id": new_text_id()})
    answer = send(server, place, good + bad.strip() + b"\n" + after)
    assert answer.status in {400, 422}, answer.body
    assert words in answer.json["detail"]
    assert "2 lines" in answer.json["hint"]
    listed = server.get(f"{BASE}/traces?project_id={project_id(server, place)}")
    assert listed.json["total"] == 2
    first = send(server, place, bad)
    assert "Nothing was stored" in first.json["hint"]


def test_an_import_needs_its_project(server: LiveServer) -> None:
    assert server.post(f"{CONSOLE}/projects/{new_text_id()}/import", b"").status == 404


def test_a_full_write_queue_is_waited_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    env = {"SIGHTLINE_INGEST__MAX_QUEUE_BYTES": "2000000"}
    with live(tmp_path_factory.mktemp("full") / "data", env=env) as running:
        import threading

        place = project()
        lines = lines_of(
            *({**_GOOD, "id": new_text_id(), "input": "x" * 20_000} for _ in range(2_000))
        )
        stop = threading.Event()
        refused = []

        def press() -> None:
            while not stop.is_set():
                traces = [{"id": new_text_id(), "start_time": T0, "input": "x" * 900_000}]
                refused.append(running.post(f"{BASE}/traces/batch", {"traces": traces}).status)

        pressing = [threading.Thread(target=press) for _ in range(6)]
        for thread in pressing:
            thread.start()
        try:
            counts = taken(running, place, lines)
        finally:
            stop.set()
            for thread in pressing:
                thread.join()
        assert counts["traces"] == 2_000
        listed = running.get(f"{BASE}/traces?project_id={project_id(running, place)}&size=1")
        assert listed.json["total"] == 2_000
        assert set(refused) <= {204, 429}


def test_an_answer_comes_to_whoever_still_sends(server: LiveServer) -> None:
    place = project()
    rest = lines_of({**_GOOD, "id": new_text_id(), "input": "x" * 1_000_000}) * 30
    answer = send(server, place, b"{}\n" + rest)
    assert answer.status == 422
    assert "line 1.entity" in answer.json["detail"]


def test_whoever_has_sent_all_is_answered_without_waiting(server: LiveServer) -> None:
    """The end of the body is there already when the wrong line is found."""
    place = project()
    connection = http.client.HTTPConnection(server.host, server.port, timeout=20)
    server.post(f"{BASE}/projects", {"name": place})
    path = f"{CONSOLE}/projects/{project_id(server, place)}/import"
    connection.request("POST", path, b"{}\n" + b"\n" * 5_000)
    answer = connection.getresponse()
    assert answer.status == 422
    assert "line 1.entity" in json.loads(answer.read())["detail"]
    connection.close()
