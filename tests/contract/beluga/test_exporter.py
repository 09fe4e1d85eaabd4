"""Beluga AI's exporter: one request a call, byte for byte as its Go code writes it."""

import http.client
import json
from uuid import UUID, uuid4

import pytest

from tests.contract.reading import Reader, make_key
from tests.live import Answer, LiveServer, live

# Fields in the order of the exporter's struct; Go's encoder writes no spaces and escapes <, >, &.
BODY = (
    '{{"id":"{id}","name":"openai/gpt-4o",'
    '"start_time":"2026-04-22T10:00:00.123456789Z","end_time":"2026-04-22T10:00:01.323456789Z",'
    '"input":{{"messages":[{{"content":"2 \\u003c 3 \\u0026 päivää?","role":"user"}}]}},'
    '"output":{{"response":{{"content":"yes"}}}},'
    '"metadata":{{"cost":0.003,"experiment":"baseline-v2","input_tokens":500,"model":"gpt-4o",'
    '"output_tokens":150,"provider":"openai","total_tokens":650}}{error}}}'
)


def export(
    server: LiveServer, body: str, *, base: str = "/api", workspace: str = "default", key: str = "k"
) -> Answer:
    """Send as Go's HTTP client does: these headers and no others, on a connection that stays."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
    try:
        connection.putrequest(
            "POST", f"{base}/v1/private/traces", skip_host=True, skip_accept_encoding=True
        )
        data = body.encode()
        for name, value in (
            ("Host", f"{server.host}:{server.port}"),
            ("User-Agent", "Go-http-client/1.1"),
            ("Content-Length", str(len(data))),
            ("Authorization", f"Bearer {key}"),
            ("Comet-Workspace", workspace),
            ("Content-Type", "application/json"),
            ("Accept-Encoding", "gzip"),
        ):
            connection.putheader(name, value)
        connection.endheaders(data)
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, headers, answer.read())
    finally:
        connection.close()


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory):
    """A server of its own, since the exporter names no project."""
    with live(tmp_path_factory.mktemp("beluga") / "data") as server:
        yield server


def test_call_is_answered_with_its_id_in_json(fresh):
    id = str(uuid4())
    answer = export(fresh, BODY.format(id=id, error=""))
    assert answer.status == 201
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json == {"id": id}
    assert answer.headers["location"].endswith(f"/v1/private/traces/{id}")


def test_call_is_one_trace_with_one_llm_span(fresh):
    id = str(uuid4())
    assert export(fresh, BODY.format(id=id, error="")).status == 201
    reader = Reader(fresh)
    trace = reader.trace(id)
    (span,) = reader.spans(trace_id=id)
    assert UUID(trace["id"]).version == 4
    assert trace["name"] == span["name"] == "openai/gpt-4o"
    assert trace["input"] == {"messages": [{"content": "2 < 3 & päivää?", "role": "user"}]}
    assert trace["output"] == {"response": {"content": "yes"}}
    assert trace["metadata"]["experiment"] == "baseline-v2"
    assert trace["metadata"]["cost"] == 0.003
    # Nanoseconds are rounded to microseconds.
    assert trace["start_time"].startswith("2026-04-22T10:00:00.123457")
    assert trace["end_time"].startswith("2026-04-22T10:00:01.323457")
    assert trace["duration"] == 1200
    assert trace["span_count"] == trace["llm_span_count"] == 1
    assert (span["type"], span["model"], span["provider"]) == ("llm", "gpt-4o", "openai")
    assert span["usage"] == {"prompt_tokens": 500, "completion_tokens": 150, "total_tokens": 650}
    assert trace["usage"] == span["usage"]
    assert span["total_estimated_cost"] == trace["total_estimated_cost"] == pytest.approx(0.003)
    assert span.get("parent_span_id") is None
    assert (span["input"], span["output"]) == (trace["input"], trace["output"])
    assert (span["start_time"], span["end_time"]) == (trace["start_time"], trace["end_time"])


def test_call_is_listed_and_found_in_the_default_project(fresh):
    id = str(uuid4())
    assert export(fresh, BODY.format(id=id, error="")).status == 201
    reader = Reader(fresh)
    assert id in {trace["id"] for trace in reader.traces("Default Project")}
    (span,) = reader.spans(trace_id=id)
    hits = reader.search("spans", "Default Project", ("model", "=", "gpt-4o"))
    assert span["id"] in {hit["id"] for hit in hits}


def test_string_error_is_the_message_of_an_error(fresh):
    id = str(uuid4())
    answer = export(fresh, BODY.format(id=id, error=',"error_info":"rate limited"'))
    assert answer.status == 201
    reader = Reader(fresh)
    (span,) = reader.spans(trace_id=id)
    for item in (reader.trace(id), span):
        assert item["error_info"]["message"] == "rate limited"
        assert item["error_info"]["exception_type"]


def test_sparse_call_without_provider_cost_or_messages(fresh):
    """Null where Go has a nil map, the model's name alone, a cost of zero that means unknown."""
    id = str(uuid4())
    metadata = {
        "cost": 0,
        "input_tokens": 500,
        "model": "gpt-4o",
        "output_tokens": 150,
        "provider": "",
        "total_tokens": 650,
    }
    body = {
        "id": id,
        "name": "gpt-4o",
        "start_time": "2026-04-22T10:00:00Z",
        "end_time": "2026-04-22T10:00:00.5Z",
        "input": {"messages": None},
        "output": {"response": None},
        "metadata": metadata,
    }
    assert export(fresh, json.dumps(body, separators=(",", ":"))).status == 201
    reader = Reader(fresh)
    assert reader.trace(id)["input"] == {"messages": None}
    (span,) = reader.spans(trace_id=id)
    # gpt-4o: 2.50 USD a million tokens asked, 10.00 answered.
    assert span["total_estimated_cost"] == pytest.approx(500 * 2.5e-6 + 150 * 1e-5)


def test_callers_metadata_may_replace_what_the_exporter_says(fresh):
    """The exporter lets it; a call that says nothing we can read stays a trace alone."""
    for metadata in ({"model": 5}, {"model": "gpt-4o"}, {"input_tokens": 1}, {"cost": "dear"}):
        id = str(uuid4())
        body = {"id": id, "name": "x", "start_time": "2026-04-22T10:00:00Z", "metadata": metadata}
        assert export(fresh, json.dumps(body)).status == 201
        assert Reader(fresh).trace(id)["metadata"] == metadata
        assert Reader(fresh).spans(trace_id=id) == []


def test_trace_with_a_version_7_id_gets_no_span(fresh):
    """Clients that send spans of their own make version 7 ids."""
    id = "01a20157-773c-7424-b10d-41471d7c3ca0"
    assert export(fresh, BODY.format(id=id, error="")).status == 201
    assert Reader(fresh).spans(trace_id=id) == []


def test_base_url_of_the_cloud_shape(fresh):
    answer = export(fresh, BODY.format(id=uuid4(), error=""), base="/opik/api")
    assert answer.status == 201


def test_same_id_again_is_a_conflict_that_can_be_read(fresh):
    body = BODY.format(id=uuid4(), error="")
    assert export(fresh, body).status == 201
    again = export(fresh, body)
    assert again.status == 409
    assert "already exists" in again.json["message"]


WRONG = [
    "",
    '{"id":"x"',
    '{"id":"x","name":"n"}',
    '{"name":"n","start_time":"yesterday"}',
    '{"id":"nonsense","start_time":"2026-04-22T10:00:00Z"}',
    '{"start_time":"2026-04-22T10:00:00Z","error_info":7}',
]


@pytest.mark.parametrize("body", WRONG)
def test_every_error_says_why_in_message(fresh, body):
    """The exporter shows `message` of the body and nothing else."""
    answer = export(fresh, body)
    assert answer.status in {400, 422}, answer
    assert answer.headers["content-type"].startswith("application/json")
    assert isinstance(answer.json["message"], str)
    assert answer.json["message"]


def test_unknown_workspace_is_said(fresh):
    answer = export(fresh, BODY.format(id=uuid4(), error=""), workspace="team-x")
    assert (answer.status, answer.json["message"]) == (404, "Workspace not found")


def test_bearer_key_opens_its_workspace_and_no_other(tmp_path):
    with live(tmp_path / "data", env={"SIGHTLINE_AUTH__KEYS": "on"}) as keyed:
        key = make_key(keyed, workspace="team")
        id = str(uuid4())
        body = BODY.format(id=id, error="")
        assert export(keyed, body, key=key, workspace="team").status == 201
        reader = Reader(keyed, {"Authorization": f"Bearer {key}"})
        assert reader.trace(id)["name"] == "openai/gpt-4o"
        for wrong, workspace, status in (("wrong", "team", 401), (key, "other", 403)):
            answer = export(keyed, body, key=wrong, workspace=workspace)
            assert answer.status == status
            assert answer.json["message"]
