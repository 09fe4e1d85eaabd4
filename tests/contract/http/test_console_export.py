"""Exports: JSON lines, CSV and Parquet of a slice, streamed, watched and broken off."""

import csv
import io
import json
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from sightline.core.ids import new_text_id
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
from tests.contract.reading import until
from tests.live import Answer, LiveServer


def export(server: LiveServer, place: str, **query: Any) -> Answer:
    path = f"{CONSOLE}/projects/{project_id(server, place)}/export?{urlencode(query, doseq=True)}"
    return server.get(path)


def table(server: LiveServer, place: str, **query: Any) -> list[list[str]]:
    answer = export(server, place, format="csv", **query)
    assert answer.status == 200, answer.body
    return list(csv.reader(io.StringIO(answer.body.decode(), newline="")))


def column(server: LiveServer, place: str, name: str, **query: Any) -> list[str]:
    found = table(server, place, columns=name, **query)
    assert found[0] == [name]
    return [row[0] for row in found[1:]]


def many(server: LiveServer, place: str, count: int, **fields: Any) -> None:
    for start in range(0, count, 1000):
        traces = [
            {
                "id": new_text_id(), "project_name": place, "name": f"t{i}",
                "start_time": f"2026-11-22T{i // 3600:02d}:{i // 60 % 60:02d}:{i % 60:02d}Z",
                "metadata": {"n": i}, **fields,
            }
            for i in range(start, min(start + 1000, count))
        ]  # fmt: skip
        assert server.post(f"{BASE}/traces/batch", {"traces": traces}).status == 204


def test_csv_has_the_columns_that_are_asked_for(server: LiveServer) -> None:
    place = project()
    id = put_trace(
        server, place, name="a \"quoted\", name\nof two lines",
        end_time="2026-11-22T03:40:39.750213Z",
        tags=["x", "y"], metadata={"user": {"id": 7}, "flat.key": "v", "list": [{"a": "é"}]},
        input="plain", output={"k": [1, 2]}, environment="prod",
        error_info={"exception_type": "E", "message": "m", "traceback": "t"},
    )  # fmt: skip
    put_span(
        server, place, id, type="llm", model="m", provider="p",
        usage={"prompt_tokens": 3, "total_tokens": 5}, total_estimated_cost=0.25,
    )  # fmt: skip
    put_score(server, "traces", id, "quality", 0.5)
    put_score(server, "traces", id, "quality", 1, author="bob")
    assert server.post(f"{BASE}/traces/{id}/comments", {"text": "well, well"}).status == 201
    names = (
        "id,name,start_time,duration,tags,input,output,usage.total_tokens,usage.none,usage,"
        "feedback_scores.quality,feedback_scores.none,feedback_scores,comments,error_type,status,"
        "metadata.user.id,metadata.flat.key,metadata.list[0].a,metadata.none,models,providers,"
        "span_count,total_estimated_cost,is_running,end_time,thread_id,project_id"
    ).split(",")
    answer = export(server, place, format="csv", columns=",".join(names))
    assert answer.headers["content-type"].startswith("text/csv")
    assert f'attachment; filename="{place}-traces-' in answer.headers["content-disposition"]
    assert answer.body.endswith(b"\r\n")
    rows = list(csv.reader(io.StringIO(answer.body.decode(), newline="")))
    assert rows == [
        names,
        [
            id, 'a "quoted", name\nof two lines', "2026-11-22T03:40:38.250213Z", "1500.0",
            '["x","y"]', "plain", '{"k": [1, 2]}', "5", "",
            '{"prompt_tokens":3,"total_tokens":5}',
            "0.75", "", '{"quality":0.75}', "well, well", "E", "error",
            "7", "v", "é", "", '["m"]', '["p"]',
            "1", "0.25", "false", "2026-11-22T03:40:39.750213Z", "", project_id(server, place),
        ],
    ]  # fmt: skip


def test_csv_has_columns_that_people_want_when_none_are_named(server: LiveServer) -> None:
    place = project()
    id = put_trace(server, place)
    for entity, expected in (("trace", "thread_id"), ("span", "parent_span_id"), ("thread", "id")):
        assert expected in table(server, place, entity=entity)[0]
    assert table(server, place)[1][0] == id


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r", "\n", " =", "\uff1d"])
def test_no_cell_is_a_formula(server: LiveServer, start: str) -> None:
    place = project()
    text = f"{start}1+HYPERLINK(0)"
    key = f"{start.strip()}key".replace(",", "")
    put_trace(server, place, name=text, input=text, metadata={"m": text}, tags=[text])
    rows = table(server, place, columns=f"name,input,metadata.m,tags,usage.{key}")
    assert rows[1][:3] == [f"'{text}"] * 3
    assert rows[1][3].startswith('["')
    # A number is no text: a negative one stays one.
    id = put_trace(server, place, name="n")
    put_score(server, "traces", id, "s", -0.5)
    assert column(server, place, "feedback_scores.s", query="name:n") == ["-0.5"]


def test_names_of_columns_are_no_formulas_either(server: LiveServer) -> None:
    place = project()
    put_trace(server, place)
    assert table(server, place, columns="name,metadata.x")[0] == ["name", "metadata.x"]


def test_a_slice_is_exported_in_its_order_over_many_pages(server: LiveServer) -> None:
    place = project()
    many(server, place, 2_500, tags=["in"])
    put_trace(server, place, name="out", start_time="2026-11-22T05:00:00Z")
    newest_first = [f"t{i}" for i in reversed(range(2_500))]
    query = {"query": "tag:in"}
    assert column(server, place, "name", **query) == newest_first
    assert column(server, place, "name", sort="start_time", **query) == newest_first[::-1]
    by_name = column(server, place, "name", sort="-name", **query)
    assert by_name == sorted(newest_first, reverse=True)
    half = column(server, place, "name", **query, **{"from": "2026-11-22T00:20:00Z"})
    assert half == newest_first[:1_300]


def test_missing_values_come_last_in_an_export_too(server: LiveServer) -> None:
    place = project()
    ids = [put_trace(server, place, name=n) for n in ("low", "none", "high")]
    put_score(server, "traces", ids[0], "q", 1)
    put_score(server, "traces", ids[2], "q", 9)
    for sort, expected in (("", ["low", "high", "none"]), ("-", ["high", "low", "none"])):
        found = column(server, place, "name", sort=f"{sort}feedback_scores.q")
        assert found == expected


@pytest.mark.parametrize("entity", ["trace", "span", "thread"])
def test_whatever_the_table_sorts_by_an_export_does_too(server: LiveServer, entity: str) -> None:
    place = project()
    id = put_trace(server, place, thread_id="th")
    put_span(server, place, id)
    refused = export(server, place, entity=entity, sort="nothing").json["hint"]
    possible = refused.split("one of ")[1].split(", with")[0].split(", ")
    assert "start_time" in possible
    for name in possible:
        for sort in (name.replace(".*", ".k"), f"-{name.replace('.*', '.k')}"):
            assert len(column(server, place, "id", entity=entity, sort=sort)) == 1, sort


def test_those_that_are_named_are_exported_in_the_order_named(server: LiveServer) -> None:
    place, other = project(), project()
    ids = [put_trace(server, place, name=f"t{i}") for i in range(4)]
    elsewhere = put_trace(server, other)
    named = [ids[2], elsewhere, ids[0]]
    assert column(server, place, "name", ids=",".join(named)) == ["t2", "t0"]


def test_what_is_hidden_is_exported_on_request(server: LiveServer) -> None:
    place = project()
    put_trace(server, place, name="seen")
    put_trace(server, place, name="hidden", source="experiment")
    assert column(server, place, "name") == ["seen"]
    assert sorted(column(server, place, "name", include_hidden="true")) == ["hidden", "seen"]


def test_json_lines_are_opiks_bodies_with_their_spans(server: LiveServer) -> None:
    place = project()
    # Sent with line breaks between its tokens, which a line must not have.
    first = put_trace(server, place, start_time="2026-11-22T01:00:00Z")
    pretty = b'{"input": {\n  "a": [1,\r\n 2],\n "big": 12345678901234567890123\n}}'
    assert server.request("PATCH", f"{BASE}/traces/{first}", pretty).status == 204
    second = put_trace(server, place, start_time="2026-11-22T02:00:00Z", output="é🎉")
    span = put_span(server, place, first, usage={"total_tokens": 5})
    elsewhere = put_span(server, project(), first)
    put_score(server, "traces", first, "q", 1, reason="so")
    answer = export(server, place, format="jsonl", spans="true")
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = answer.lines
    assert [(line["entity"], line["id"]) for line in lines][:2] == [
        ("trace", second),
        ("trace", first),
    ]
    assert {line["id"] for line in lines[2:]} == {span, elsewhere}
    for line in lines:
        kind = line.pop("entity")
        assert line == server.get(f"{BASE}/{kind}s/{line['id']}").json
    assert b"12345678901234567890123" in answer.body
    alone = export(server, place, format="jsonl", entity="span").lines
    assert [(line["entity"], line["id"]) for line in alone] == [("span", span)]


def test_a_trace_of_many_spans_is_exported_whole(server: LiveServer) -> None:
    place = project()
    id = put_trace(server, place)
    ids = [new_text_id() for _ in range(2_500)]
    for start in range(0, len(ids), 1000):
        spans = [
            {"id": i, "trace_id": id, "project_name": place, "start_time": T0}
            for i in ids[start : start + 1000]
        ]
        assert server.post(f"{BASE}/spans/batch", {"spans": spans}).status == 204
    lines = export(server, place, format="jsonl", spans="true").lines
    assert [line["id"] for line in lines[1:]] == sorted(ids)


def test_threads_are_exported(server: LiveServer) -> None:
    place = project()
    for thread, hour in (("first", "01"), ("then, a comma", "02")):
        for turn in range(2):
            put_trace(
                server, place, thread_id=thread, input=f"q{turn}", output=f"a{turn}",
                start_time=f"2026-11-22T{hour}:0{turn}:00Z",
            )  # fmt: skip
    names = "id,first_message,last_message,number_of_messages,status"
    rows = table(server, place, entity="thread", columns=names, sort="id")
    assert rows[1:] == [
        ["first", "q0", "a1", "4", "active"],
        ["then, a comma", "q0", "a1", "4", "active"],
    ]
    assert column(server, place, "id", entity="thread") == ["then, a comma", "first"]
    assert column(server, place, "id", entity="thread", ids="then, a comma") == ["then, a comma"]
    lines = export(server, place, entity="thread", format="jsonl", sort="-id").lines
    assert [(line["entity"], line["id"]) for line in lines] == [
        ("thread", "then, a comma"),
        ("thread", "first"),
    ]


def test_threads_whose_messages_do_not_fit_together_are_exported(tmp_path: Path) -> None:
    # One answer of the engine may be of 64 MB.
    little = {"SIGHTLINE_ANALYTICS__MAX_MEMORY_BYTES": str(256 << 20)}
    names = [f"thread {n}" for n in range(9)]
    with LiveServer(tmp_path / "data", env=little) as server:
        for name in names:
            put_trace(server, "long", thread_id=name, input=name + "x" * (9 << 20))
        answer = export(server, "long", entity="thread", format="jsonl", sort="id")
        assert answer.status == 200, answer.body[:1000]
        messages = [line["first_message"] for line in answer.lines]
    assert [message[:8] for message in messages] == names
    assert {len(message) for message in messages} == {8 + (9 << 20)}


def test_parquet_is_a_file_of_that_kind(server: LiveServer) -> None:
    place = project()
    put_trace(server, place)
    answer = export(server, place, format="parquet")
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    assert answer.body[:4] == answer.body[-4:] == b"PAR1"


def test_an_empty_slice_is_an_empty_file(server: LiveServer) -> None:
    place = project()
    put_trace(server, place)
    none = {"query": "name:nothing"}
    assert table(server, place, columns="id", **none) == [["id"]]
    assert export(server, place, format="jsonl", spans="true", **none).body == b""
    assert export(server, place, format="parquet", **none).body[-4:] == b"PAR1"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"format": "xml"}, "format"),
        ({"columns": "id,nonsense"}, "nonsense"),
        ({"columns": "usage."}, "usage."),
        ({"sort": "nonsense"}, "sort"),
        ({"sort": "nonsense", "entity": "thread"}, "sort"),
        ({"spans": "true"}, "spans"),
        ({"spans": "true", "format": "jsonl", "entity": "span"}, "spans"),
        ({"ids": "x"}, "ids[0]"),
        ({"token": "x"}, "token"),
        ({"query": "name:("}, ""),
        ({"entity": "cat"}, "entity"),
    ],
)
def test_what_cannot_be_exported_is_said_before_the_first_byte(
    server: LiveServer, query: dict[str, Any], words: str
) -> None:
    place = project()
    put_trace(server, place)
    answer = export(server, place, **query)
    assert answer.status in {400, 422}, answer.body
    assert words in answer.json["detail"]


def watched(server: LiveServer, token: str, state: str) -> dict[str, Any]:
    """Return what an export says once it is in a state; another process hears of it later."""

    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = server.get(f"{CONSOLE}/exports/{token}").json
        return found if found["state"] == state else None

    return until(look, lambda: server.get(f"{CONSOLE}/exports/{token}").body.decode())


def test_an_export_can_be_watched_by_its_token(server: LiveServer) -> None:
    place, token = project(), new_text_id()
    many(server, place, 30)
    before = {"state": "waiting", "rows": 0, "total": None}
    assert server.get(f"{CONSOLE}/exports/{token}").json == before
    export(server, place, format="jsonl", spans="true", token=token)
    found = watched(server, token, "done")
    assert found["rows"] == 30
    assert found["total"] in {30, None}
    assert export(server, place, token=token).status == 409


def test_an_export_stops_when_the_client_hangs_up(server: LiveServer) -> None:
    place, token = project(), new_text_id()
    many(server, place, 600, input="x" * 60_000)
    with socket.create_connection((server.host, server.port)) as connection:
        path = f"{CONSOLE}/projects/{project_id(server, place)}/export?format=jsonl&token={token}"
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        watched(server, token, "running")
    found = watched(server, token, "cancelled")
    assert found["rows"] < 600


def test_media_come_back_into_json_lines_and_stay_names_in_tables(server: LiveServer) -> None:
    place = project()
    picture = "data:image/png;base64," + "iVBORw0KGgo" + "A" * 400_001
    put_trace(server, place, input={"url": picture})
    line = export(server, place, format="jsonl").lines[0]
    assert line["input"] == {"url": picture}
    text = column(server, place, "input")[0]
    assert len(text) < 1000
    assert json.loads(text)["url"] != picture
