"""The stream of events: what a page that stays open hears, and how it ends."""

import contextlib
import http.client
import json
import socket
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sightline.core.ids import new_text_id
from sightline.services.live import MAX_OF_WORKSPACE
from tests.contract.http.conftest import Keyed
from tests.live import LiveServer
from tests.modes import of_one_process

START = "2026-11-22T03:40:10Z"


class Listening:
    """An open stream; `next` waits for the next event."""

    def __init__(
        self, server: LiveServer, path: str, headers: dict[str, str] | None = None
    ) -> None:
        self.connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
        self.connection.request("GET", path, headers=headers or {})
        self.answer = self.connection.getresponse()

    def next(self) -> tuple[str, Any]:
        """Return the name and the data of the next event; ("", None) when the stream has ended."""
        name, data = "", None
        while line := self.answer.readline().decode():
            field, _, value = line.rstrip("\n").partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                data = json.loads(value)
            elif not field and name:
                return name, data
        return "", None

    def close(self) -> None:
        self.answer.close()
        self.connection.close()


@contextlib.contextmanager
def listening(
    server: LiveServer, path: str, headers: dict[str, str] | None = None
) -> Iterator[Listening]:
    stream = Listening(server, path, headers)
    try:
        yield stream
    finally:
        stream.close()


@pytest.fixture
def project(server: LiveServer) -> tuple[str, str]:
    name = f"p-{uuid.uuid4().hex[:10]}"
    return name, server.post("/api/v1/private/projects", {"name": name}).json["id"]


def log(server: LiveServer, project: str, spans: int = 2) -> str:
    id = new_text_id()
    trace = {"id": id, "project_name": project, "start_time": START}
    assert server.post("/api/v1/private/traces/batch", {"traces": [trace]}).status == 204
    some = [{"id": new_text_id(), "trace_id": id, **trace, "type": "llm"} for _ in range(spans)]
    some = [{**span, "id": new_text_id()} for span in some]
    assert server.post("/api/v1/private/spans/batch", {"spans": some}).status == 204
    return id


def heard(stream: Listening, *, traces: int, spans: int) -> list[Any]:
    """Read events until they add up to what was sent; return them."""
    events = []
    while sum(e["traces"] for e in events) < traces or sum(e["spans"] for e in events) < spans:
        name, data = stream.next()
        assert name == "new"
        events.append(data)
    return events


def test_a_page_hears_of_its_project_alone(server: LiveServer, project: tuple[str, str]) -> None:
    name, id = project
    with listening(server, f"/api/console/projects/{id}/live") as stream:
        assert stream.answer.headers["content-type"].startswith("text/event-stream")
        assert stream.next() == ("hello", {})
        log(server, f"other-{name}", spans=7)
        log(server, name, spans=3)
        events = heard(stream, traces=1, spans=3)
        assert sum(e["spans"] for e in events) == 3
        assert sum(e["updates"] for e in events) == 0


def test_many_writes_are_few_events(server: LiveServer, project: tuple[str, str]) -> None:
    name, id = project
    with listening(server, f"/api/console/projects/{id}/live") as stream:
        assert stream.next()[0] == "hello"
        for _ in range(30):
            log(server, name, spans=1)
        events = heard(stream, traces=30, spans=30)
        assert sum(e["traces"] for e in events) == 30
        assert len(events) < 30


def test_a_change_of_a_row_is_no_new_row(server: LiveServer, project: tuple[str, str]) -> None:
    name, id = project
    with listening(server, f"/api/console/projects/{id}/live") as stream:
        assert stream.next()[0] == "hello"
        trace = log(server, name)
        heard(stream, traces=1, spans=2)
        end = {"project_name": name, "end_time": "2026-11-22T03:40:12Z", "tags": ["x"]}
        assert server.request("PATCH", f"/api/v1/private/traces/{trace}", end).status == 204
        assert stream.next() == ("new", {"traces": 0, "spans": 0, "updates": 1})


def test_the_workspaces_stream_names_the_projects(
    server: LiveServer, project: tuple[str, str]
) -> None:
    name, id = project
    with listening(server, "/api/console/live") as stream:
        assert stream.next()[0] == "hello"
        log(server, name)
        while True:
            event, data = stream.next()
            assert event == "new"
            if id in data["project_ids"]:
                break


def test_otlp_is_heard_too(server: LiveServer, project: tuple[str, str]) -> None:
    name, id = project
    span = {
        "traceId": uuid.uuid4().hex,
        "spanId": uuid.uuid4().hex[:16],
        "name": "s",
        "startTimeUnixNano": "1795000000000000000",
        "endTimeUnixNano": "1795000001000000000",
    }
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    with listening(server, f"/api/console/projects/{id}/live") as stream:
        assert stream.next()[0] == "hello"
        assert server.post("/v1/traces", body, headers={"projectName": name}).status == 200
        heard(stream, traces=1, spans=1)


def test_a_stream_is_for_who_may_read_the_project(keyed: Keyed) -> None:
    server = keyed.server
    ours = {"Authorization": keyed.key("read", workspace="live-ours")}
    theirs = {"Authorization": keyed.key(workspace="live-theirs")}
    writer = {"Authorization": keyed.key("write", workspace="live-ours")}
    made = server.post("/api/v1/private/projects", {"name": "p"}, headers=writer)
    path = f"/api/console/projects/{made.json['id']}/live"
    assert server.get(path).status == 401
    assert server.get(path, headers=theirs).status == 404
    with (
        listening(server, path, ours) as stream,
        listening(server, "/api/console/live", theirs) as other,
    ):
        assert stream.next()[0] == other.next()[0] == "hello"
        trace = {"id": new_text_id(), "project_name": "p", "start_time": START}
        for headers in (writer, theirs):
            body = {"traces": [{**trace, "id": new_text_id()}]}
            sent = server.post("/api/v1/private/traces/batch", body, headers=headers)
            assert sent.status == 204
        assert stream.next() == ("new", {"traces": 1, "spans": 0, "updates": 0})
        assert other.next()[1]["traces"] == 1


def test_open_streams_do_not_hold_the_server_up(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data") as server:
        streams = [Listening(server, "/api/console/live") for _ in range(5)]
        assert {stream.next()[0] for stream in streams} == {"hello"}
        assert server.stop(timeout_s=20) == 0
        for stream in streams:
            # A process that begins to hear of others tells its pages that it may have missed some.
            while (event := stream.next()) != ("", None):
                assert event == ("new", {"traces": 0, "spans": 0, "updates": 0})
            stream.close()


@of_one_process
def test_pages_that_closed_make_room(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data") as server:
        streams = [Listening(server, "/api/console/live") for _ in range(MAX_OF_WORKSPACE)]
        assert {stream.answer.status for stream in streams} == {200}
        full = server.get("/api/console/live")
        assert (full.status, full.json["code"]) == (429, "rate_limit_exceeded")
        for stream in streams:
            # As a browser does whose tab is closed.
            stream.connection.sock.shutdown(socket.SHUT_RDWR)
            stream.close()
        assert _room(server) == MAX_OF_WORKSPACE


def _room(server: LiveServer, within_s: float = 30) -> int:
    """Return how many streams can be open, once the server has noticed who has gone."""
    until = time.monotonic() + within_s
    streams: list[Listening] = []
    try:
        while len(streams) < MAX_OF_WORKSPACE and time.monotonic() < until:
            stream = Listening(server, "/api/console/live")
            if stream.answer.status == 200:
                streams.append(stream)
            else:
                stream.close()
                time.sleep(0.05)
        return len(streams)
    finally:
        for stream in streams:
            stream.close()
