"""`opik export` and `opik import`: a project leaves the server and comes back as a copy."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from sightline.core.ids import new_text_id
from tests.contract.opik.conftest import Client
from tests.live import LiveServer

BASE = "/api/v1/private"
PROJECT, COPY = "export me", "imported"
COUNT = 12
START, END = "2026-11-20T10:00:00.000001Z", "2026-11-20T10:00:01.000001Z"


@pytest.fixture(scope="module")
def project(server: LiveServer) -> dict[str, Any]:
    """A project of traces with all that an export should keep."""
    ids = {"traces": [new_text_id() for _ in range(COUNT)], "spans": []}
    traces, spans, scores = [], [], []
    for n, id in enumerate(ids["traces"]):
        traces.append(
            {
                "id": id, "project_name": PROJECT, "name": f"trace {n}", "start_time": START,
                "end_time": END, "input": {"n": n, "text": "x" * 20_000}, "output": {"n": -n},
                "metadata": {"m": n}, "tags": [f"tag {n}"], "thread_id": f"thread {n % 2}",
            }
        )  # fmt: skip
        root, child = new_text_id(), new_text_id()
        ids["spans"].append(root)
        for span, parent in ((root, None), (child, root)):
            spans.append(
                {
                    "id": span, "trace_id": id, "parent_span_id": parent, "project_name": PROJECT,
                    "name": "child" if parent else "root", "type": "llm", "start_time": START,
                    "end_time": END, "input": {"n": n}, "model": "gpt-4o", "provider": "openai",
                    "usage": {"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 11},
                }
            )  # fmt: skip
        scores.append({"id": id, "project_name": PROJECT, "name": "s", "value": n, "source": "sdk"})
    traces[0]["error_info"] = {"exception_type": "E", "message": "m", "traceback": "t"}
    assert server.post(f"{BASE}/traces/batch", {"traces": traces}).status == 204
    assert server.post(f"{BASE}/spans/batch", {"spans": spans}).status == 204
    assert server.request(
        "PUT", f"{BASE}/traces/feedback-scores", {"scores": scores}
    ).status == 204  # fmt: skip
    for kind, id in (("trace", ids["traces"][0]), ("span", ids["spans"][0])):
        query = urlencode(
            {"file_name": f"{kind}.txt", "project_name": PROJECT, "entity_type": kind,
             "entity_id": id, "mime_type": "text/plain"}
        )  # fmt: skip
        path = f"{BASE}/attachment/upload?{query}"
        assert server.request("PUT", path, f"of a {kind}".encode()).status == 204
    return ids


@pytest.fixture(scope="module")
def exported(client: Client, server: LiveServer, project: dict[str, Any]) -> Path:
    done = client.cli(
        "export", "default", PROJECT, "traces", "--path", "out", "--page-size", "5",
        url=server.api,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Successfully exported" in done.stdout, done.stdout + done.stderr
    [folder] = (client.home / "out" / "default" / "projects").iterdir()
    return folder


@pytest.fixture(scope="module")
def imported(client: Client, server: LiveServer, exported: Path) -> dict[str, Any]:
    done = client.cli(
        "import", "default", PROJECT, "traces", "--path", "out", "--to-project", COPY,
        url=server.api,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return {
        what: everything(server, what) for what in ("traces", "spans")
    }  # fmt: skip


def everything(server: LiveServer, what: str) -> list[Any]:
    query = f"project_name={quote(COPY)}&size=100&truncate=false"
    content: list[Any] = server.get(f"{BASE}/{what}?{query}").json["content"]
    return content


def test_every_trace_is_exported_with_its_spans(exported: Path, project: dict[str, Any]) -> None:
    files = {file.stem.removeprefix("trace_"): file for file in exported.glob("trace_*.json")}
    assert sorted(files) == sorted(project["traces"])
    for n, id in enumerate(project["traces"]):
        content = json.loads(files[id].read_text())
        assert content["trace"]["name"] == f"trace {n}"
        assert content["trace"]["input"] == {"n": n, "text": "x" * 20_000}
        assert {span["name"] for span in content["spans"]} == {"root", "child"}
        assert {span["trace_id"] for span in content["spans"]} == {id}


def test_attachments_are_exported(exported: Path, project: dict[str, Any]) -> None:
    for kind, id in (("trace", project["traces"][0]), ("span", project["spans"][0])):
        file = exported / "attachments" / kind / id / f"{kind}.txt"
        assert file.read_text() == f"of a {kind}"


def test_a_second_export_fetches_nothing_again(
    client: Client, server: LiveServer, exported: Path
) -> None:
    before = {file: file.stat().st_mtime_ns for file in exported.glob("trace_*.json")}
    done = client.cli("export", "default", PROJECT, "traces", "--path", "out", url=server.api)
    assert "Exported 0 traces" in done.stdout, done.stdout + done.stderr
    assert {file: file.stat().st_mtime_ns for file in exported.glob("trace_*.json")} == before


def test_an_export_takes_a_filter(client: Client, server: LiveServer, exported: Path) -> None:
    done = client.cli(
        "export", "default", PROJECT, "traces", "--path", "some", "--format", "csv",
        "--filter", 'feedback_scores.s >= 10 AND thread_id = "thread 0"', url=server.api,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    [file] = (client.home / "some").rglob("trace_*.csv")
    assert "trace 10" in file.read_text()


def test_an_import_is_a_copy_with_ids_of_its_own(
    imported: dict[str, Any], project: dict[str, Any]
) -> None:
    traces = imported["traces"]
    assert {trace["name"] for trace in traces} == {f"trace {n}" for n in range(COUNT)}
    assert len(traces) == COUNT
    assert not {trace["id"] for trace in traces} & {*project["traces"]}
    for trace in traces:
        n = trace["input"]["n"]
        assert trace["input"]["text"] == "x" * 20_000
        assert (trace["output"], trace["metadata"]["m"]) == ({"n": -n}, n)
        assert trace["metadata"]["_import_id"] == project["traces"][n]
        assert (trace["tags"], trace["thread_id"]) == ([f"tag {n}"], f"thread {n % 2}")
        assert (trace["start_time"], trace["end_time"]) == (START, END)
        assert [score["value"] for score in trace["feedback_scores"]] == [n]
        assert bool(trace.get("error_info")) == (n == 0)


def test_imported_spans_keep_their_tree_and_their_cost(imported: dict[str, Any]) -> None:
    spans = {span["id"]: span for span in imported["spans"]}
    assert len(spans) == 2 * COUNT
    for span in spans.values():
        if span["name"] == "child":
            parent = spans[span["parent_span_id"]]
            assert (parent["name"], parent["trace_id"]) == ("root", span["trace_id"])
        assert span["usage"]["total_tokens"] == 11
        assert span["total_estimated_cost"] > 0


def test_imported_attachments_are_there(server: LiveServer, imported: dict[str, Any]) -> None:
    found = server.get(f"{BASE}/projects?name={COPY}").json["content"][0]["id"]
    [trace] = [trace for trace in imported["traces"] if trace["name"] == "trace 0"]
    query = urlencode({"project_id": found, "entity_type": "trace", "entity_id": trace["id"]})
    [file] = server.get(f"{BASE}/attachment/list?{query}").json["content"]
    assert (file["file_name"], file["file_size"]) == ("trace.txt", len("of a trace"))
