"""OTLP as bytes: what OpenRouter sends, what tools try first, what is wrong with a request."""

import gzip
import http.client
import json
from base64 import b64encode
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.contract.reading import Reader
from tests.live import Answer, LiveServer, live

OPENROUTER = Path(__file__).parents[2] / "fixtures" / "otlp" / "openrouter"
PATHS = ["/api/v1/private/otel/v1/traces", "/v1/traces"]
PROTOBUF = "application/x-protobuf"
START_NS = 1_790_000_000_000_000_000


def span(name: str = "by hand", **more: Any) -> dict[str, Any]:
    return {
        "traceId": uuid4().hex,
        "spanId": uuid4().hex[:16],
        "name": name,
        "kind": 1,
        "startTimeUnixNano": str(START_NS),
        "endTimeUnixNano": str(START_NS + 1_500_000_000),
        **more,
    }


def export(*spans: dict[str, Any]) -> dict[str, Any]:
    return {"resourceSpans": [{"scopeSpans": [{"scope": {"name": "hand"}, "spans": list(spans)}]}]}


def post(
    server: LiveServer,
    body: Any,
    project: str | None = None,
    *,
    path: str = PATHS[0],
    **headers: str,
) -> Answer:
    """Send a body as JSON, or as `Content_Type` says; underscores in header names are hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    said = {} if project is None else {"projectName": project}
    return server.post(path, body, headers={**said, **named})


@pytest.mark.parametrize(
    "path", [*PATHS, "//api//v1/private/otel/v1/traces", "/opik/api" + PATHS[0][4:]]
)
def test_json_by_hand_at_every_path(server, path):
    project = f"otlp-path-{path.count('/')}-{path.startswith('/opik')}"
    answer = post(server, export(span()), project, path=path)
    assert (answer.status, answer.json) == (200, {})
    found = Reader(server).project(project)
    assert found.trace["name"] == found.span["name"] == "by hand"
    assert found.trace["duration"] == 1500
    assert found.trace["start_time"].startswith("2026-09-21T14:13:20")


def test_protobuf_is_answered_in_protobuf(server):
    message = ExportTraceServiceRequest()
    hand = message.resource_spans.add().scope_spans.add().spans.add()
    hand.trace_id, hand.span_id, hand.name = uuid4().bytes, uuid4().bytes[:8], "bytes"
    hand.start_time_unix_nano, hand.end_time_unix_nano = START_NS, START_NS + 1
    for kind in (PROTOBUF, "application/protobuf"):
        body = message.SerializeToString()
        answer = post(server, body, "otlp-protobuf-by-hand", Content_Type=kind)
        assert (answer.status, answer.body) == (200, b"")
        assert answer.headers["content-type"] == PROTOBUF
    assert Reader(server).project("otlp-protobuf-by-hand").span["name"] == "bytes"


def test_project_and_workspace_default(server):
    name = f"default {uuid4().hex}"
    assert post(server, export(span(name))).status == 200
    spans = Reader(server).search("spans", "Default Project", ("name", "=", name))
    assert [item["name"] for item in spans] == [name]
    answer = post(server, export(span()), "otlp-elsewhere", Comet_Workspace="elsewhere")
    assert (answer.status, answer.json["message"]) == (404, "Workspace not found")


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_project_may_have_a_name_in_any_language(server, encoding):
    """Go's and Node's clients send headers as UTF-8, Python's as Latin-1."""
    project = f"größe {encoding}"
    connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
    try:
        connection.putrequest("POST", PATHS[0])
        body = json.dumps(export(span())).encode()
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(len(body)))
        connection.putheader("projectName", project.encode(encoding))
        connection.endheaders(body)
        assert connection.getresponse().status == 200
    finally:
        connection.close()
    assert len(Reader(server).project(project).spans) == 1


def test_json_as_clients_get_it_wrong_is_understood(server):
    """Numbers for 64-bit integers, base64 ids, enum names, unknown fields, JSON in a string."""
    trace, root = uuid4().bytes, uuid4().bytes[:8]
    spans = [
        span(
            "hex",
            traceId=trace.hex().upper(),
            spanId=root.hex(),
            parentSpanId="",
            startTimeUnixNano=START_NS,
            endTimeUnixNano=float(START_NS),
            kind="SPAN_KIND_SERVER",
            status={"code": "STATUS_CODE_ERROR", "message": "no"},
            attributes=[
                {"key": "input.n", "value": {"intValue": 7}},
                {"key": "input.s", "value": {"intValue": "8"}},
                {"key": "input.d", "value": {"doubleValue": 2}},
                {"key": "input.nothing", "value": {}},
            ],
            flags=256,
            unheardOf={"a": 1},
        ),
        span(
            "base64",
            traceId=b64encode(trace).decode(),
            spanId=b64encode(uuid4().bytes[:8]).decode(),
            parentSpanId=b64encode(root).decode(),
            links=None,
            attributes=None,
        ),
    ]
    body = json.dumps(json.dumps(export(*spans))).encode()
    assert post(server, body, "otlp-lenient").status == 200
    found = Reader(server).project("otlp-lenient")
    parent, child = found.named("hex"), found.named("base64")
    assert parent["trace_id"] == child["trace_id"] == found.trace["id"]
    assert child["parent_span_id"] == parent["id"]
    assert parent["input"] == {"n": 7, "s": 8, "d": 2}
    assert parent["error_info"]["message"] == "no"


def test_gzip_and_charset_are_understood(server):
    body = gzip.compress(json.dumps(export(span())).encode())
    kind = "application/json; charset=utf-8"
    answer = post(server, body, "otlp-gz", Content_Type=kind, Content_Encoding="gzip")
    assert answer.status == 200
    assert len(Reader(server).project("otlp-gz").spans) == 1


def test_what_is_said_of_an_error_is_not_input(server):
    """LiteLLM's OpenTelemetry callback tells a failure in attributes too."""
    said = {"error.code": "429", "error.message": "slow down", "error.type": "RateLimitError"}
    attributes = [{"key": key, "value": {"stringValue": value}} for key, value in said.items()]
    status = {"code": 2, "message": "slow down"}
    body = export(span(attributes=attributes, status=status))
    assert post(server, body, "otlp-error-said").status == 200
    found = Reader(server).project("otlp-error-said").span
    assert found.get("input") is None
    assert {key: found["metadata"][key] for key in ("error.message", "error.type")} == {
        "error.message": "slow down",
        "error.type": "RateLimitError",
    }
    assert found["error_info"]["exception_type"] == "RateLimitError"


def delivery(file: str) -> bytes:
    return (OPENROUTER / f"{file}.request.json").read_bytes()


def test_openrouter_delivery_is_a_trace_with_cost_thread_and_name(server):
    assert post(server, delivery("delivery"), "openrouter").status == 200
    found = Reader(server).wait("openrouter", spans=3)
    trace, call = found.trace, found.named("LLM Generation")
    assert trace["name"] == "Doc run"
    assert trace["thread_id"] == "sess_9"
    assert trace["input"]["messages"] == [{"role": "user", "content": "Hi"}]
    assert trace["output"]["completion"] == "Hello"
    assert trace["metadata"]["user.id"] == "user_1"
    assert trace["metadata"]["environment"] == "production"
    assert trace["total_estimated_cost"] == pytest.approx(0.00031)
    assert trace["providers"] == ["openai"]
    assert (call["type"], call["provider"]) == ("llm", "openai")
    assert call["model"].startswith("openai/gpt-4o")
    assert call["total_estimated_cost"] == pytest.approx(0.00031)
    for key, count in {"prompt_tokens": 14, "completion_tokens": 29, "total_tokens": 43}.items():
        assert call["usage"][key] == trace["usage"][key] == count


def test_openrouter_attempts_are_spans_below_the_call_and_cost_nothing(server):
    assert post(server, delivery("delivery"), "openrouter").status == 200
    found = Reader(server).wait("openrouter", spans=3)
    call = found.named("LLM Generation")
    below = [item for item in found.spans if item["id"] != call["id"]]
    assert {item["parent_span_id"] for item in below} == {call["id"]}
    assert {item["type"] for item in below} == {"general"}
    assert found.trace["llm_span_count"] == 1
    assert not any(item.get("total_estimated_cost") for item in below)


def test_openrouter_failure_has_its_error(server):
    assert post(server, delivery("failure"), "openrouter-failure").status == 200
    trace = Reader(server).wait("openrouter-failure").trace
    error = trace["error_info"]
    assert (error["exception_type"], error["message"]) == ("ProviderError", "429 from provider")


TESTS = [
    (b"{}", {}),
    (b'{"resourceSpans":[]}', {}),
    (b"", {}),
    (b"", {"Content_Type": PROTOBUF}),
    (delivery("connection_test"), {}),
]


@pytest.mark.parametrize(("body", "headers"), TESTS)
@pytest.mark.parametrize("marked", [True, False])
def test_connection_tests_pass_and_store_nothing(server, body, headers, marked):
    project = f"otlp-test-{uuid4().hex}"
    mark = {"X_Test_Connection": "true"} if marked else {}
    assert (
        post(
            server, body, project, **{"Content_Type": "application/json", **headers, **mark}
        ).status
        == 200
    )
    listed = server.get(f"/api/v1/private/projects?name={project}").json
    assert listed["total"] == 0


BROKEN = [
    (b"\xff\xff\xff not protobuf", PROTOBUF, 400, "protobuf"),
    (b'{"resourceSpans":[', "application/json", 400, "Unable to process JSON"),
    (b'{"resourceSpans":{}}', "application/json", 400, "resourceSpans"),
    (b"[]", "application/json", 400, "Unable to process JSON"),
    (b"{}", "text/plain", 415, "text/plain"),
    (b"\x1f\x8b broken", "application/json", 400, "gzip"),
]


@pytest.mark.parametrize(("body", "kind", "status", "said"), BROKEN)
@pytest.mark.parametrize("path", PATHS)
def test_what_is_wrong_is_said_in_json(server, path, body, kind, status, said):
    headers = {"Content_Type": kind}
    if body.startswith(b"\x1f"):
        headers["Content_Encoding"] = "gzip"
    answer = post(server, body, "otlp-broken", path=path, **headers)
    assert (answer.status, answer.json["code"]) == (status, status)
    assert answer.headers["content-type"].startswith("application/json")
    assert said in answer.json["message"]


WRONG = [
    ({"traceId": "12"}, "traceId"),
    ({"traceId": "0" * 32}, "traceId"),
    ({"spanId": ""}, "spanId"),
    ({"parentSpanId": "zz"}, "parentSpanId"),
    ({"startTimeUnixNano": "soon"}, "startTimeUnixNano"),
    ({"attributes": [{"key": "k", "value": {"intValue": "many"}}]}, "`k`"),
]


@pytest.mark.parametrize(("wrong", "named"), WRONG)
def test_a_wrong_field_is_named_and_nothing_is_stored(server, wrong, named):
    answer = post(server, export(span(), span(**wrong)), "otlp-wrong")
    assert answer.status == 400
    assert named in answer.json["message"]
    assert Reader(server).project("otlp-wrong").spans == []


@pytest.mark.parametrize("signal", ["metrics", "logs"])
@pytest.mark.parametrize("base", ["/api/v1/private/otel", ""])
def test_other_signals_are_said_to_be_missing(server, base, signal):
    answer = post(server, b"", path=f"{base}/v1/{signal}", Content_Type=PROTOBUF)
    assert (answer.status, answer.json["code"]) == (501, 501)
    assert signal in answer.json["message"]


def test_a_wrong_key_is_refused_at_both_paths(tmp_path):
    with live(tmp_path / "data", env={"SIGHTLINE_AUTH__KEYS": "on"}) as keyed:
        for path in PATHS:
            for said in ({}, {"Authorization": "wrong"}, {"Authorization": "Bearer wrong"}):
                answer = post(keyed, export(span()), "p", path=path, **said)
                assert (answer.status, answer.json["code"]) == (401, 401)
                assert "key" in answer.json["message"]
