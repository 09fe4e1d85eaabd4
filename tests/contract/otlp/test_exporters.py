"""Spans through the exporters of OpenTelemetry's SDK: protobuf and JSON over HTTP."""

import json
from typing import Any, NamedTuple

import pytest

from sightline.core.ids import format_id, is_v7, new_id, parse_id
from tests.contract.otlp.conftest import drive
from tests.contract.reading import Found, Reader, make_key
from tests.live import LiveServer, live


class Run(NamedTuple):
    """What the exporters said, and readers of the two servers."""

    facts: dict[str, Any]
    reader: Reader
    keyed: LiveServer
    key: str
    trace_id: str
    span_id: str

    def found(self, project: str, *, traces: int = 1, spans: int = 3) -> Found:
        return self.reader.wait(project, traces=traces, spans=spans)


@pytest.fixture(scope="module")
def run(server: LiveServer, tmp_path_factory: pytest.TempPathFactory):
    home = tmp_path_factory.mktemp("otel")
    with live(home / "keyed" / "data", env={"SIGHTLINE_AUTH__KEYS": "on"}) as keyed:
        key = make_key(keyed)
        trace_id, span_id = format_id(new_id()), format_id(new_id())
        common = {"project_name": "otlp-linked", "start_time": "2026-11-20T10:00:00Z"}
        trace = {"id": trace_id, "name": "sdk trace", "input": {"q": 1}, **common}
        span = {"id": span_id, "trace_id": trace_id, "name": "sdk step", **common}
        assert server.post("/api/v1/private/traces/batch", {"traces": [trace]}).status == 204
        assert server.post("/api/v1/private/spans/batch", {"spans": [span]}).status == 204
        given = {
            "url": server.url,
            "keyed_url": keyed.url,
            "key": key,
            "trace_id": trace_id,
            "span_id": span_id,
        }
        facts = json.loads(drive("exporters", given, home).splitlines()[-1])
        yield Run(facts, Reader(server), keyed, key, trace_id, span_id)


ENCODINGS = [
    "otlp-protobuf",
    "otlp-protobuf-gzip",
    "otlp-protobuf-deflate",
    "otlp-json",
    "otlp-json-gzip",
]


@pytest.mark.parametrize("project", ENCODINGS)
def test_every_encoding_tells_the_same_story(run, project):
    assert run.facts[project] == ["SUCCESS"]
    found = run.found(project)
    trace, root = found.trace, found.named("agent")
    call, tool = found.named("chat gpt-4o-mini"), found.named("execute_tool weather")
    assert {span["trace_id"] for span in found.spans} == {trace["id"]}
    assert root.get("parent_span_id") is None
    assert call["parent_span_id"] == tool["parent_span_id"] == root["id"]
    assert (root["type"], call["type"], tool["type"]) == ("general", "llm", "tool")
    assert (trace["name"], trace["input"], trace["output"]) == (
        "agent",
        {"input": "Plan a trip"},
        {"output": "Go to Oslo"},
    )
    assert trace["tags"] == ["trip", "demo"]
    assert trace["metadata"]["plan"] == "pro"
    assert trace["metadata"]["integration"] == "shop-tracer"
    assert trace["metadata"]["opentelemetry.resource"]["service.name"] == "shop"
    assert trace["environment"] == "staging"
    assert trace["thread_id"] == "conversation-1"
    assert trace["start_time"] <= call["start_time"] <= call["end_time"] <= trace["end_time"]


@pytest.mark.parametrize("project", ENCODINGS)
def test_model_usage_and_cost_of_the_call(run, project):
    found = run.found(project)
    call = found.named("chat gpt-4o-mini")
    assert (call["model"], call["provider"]) == ("gpt-4o-mini-2024-07-18", "openai")
    assert call["usage"] == {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
    # 0.15 USD a million tokens asked, 0.60 answered.
    assert call["total_estimated_cost"] == pytest.approx(0.00045)
    assert found.trace["total_estimated_cost"] == pytest.approx(0.00045)
    assert found.trace["usage"] == call["usage"]
    assert found.trace["providers"] == ["openai"]


def test_search_finds_spans_by_type_model_and_thread(run):
    found = run.found("otlp-protobuf")
    call = found.named("chat gpt-4o-mini")
    for kind, condition, wanted in (
        ("spans", ("type", "=", "llm"), call),
        ("spans", ("model", "starts_with", "gpt-4o-mini"), call),
        ("spans", ("usage.total_tokens", ">", "1000"), call),
        ("traces", ("thread_id", "=", "conversation-1"), found.trace),
        ("traces", ("tags", "contains", "trip"), found.trace),
    ):
        hits = run.reader.search(kind, "otlp-protobuf", condition)
        assert [hit["id"] for hit in hits] == [wanted["id"]], condition


def test_settings_of_the_environment_and_a_batch_processor(run):
    found = run.found("otlp by environment", traces=600, spans=600)
    assert {span["name"] for span in found.spans} == {f"step {n}" for n in range(600)}


def test_children_first_as_json_and_root_as_protobuf_are_one_trace(run):
    assert run.facts["otlp-halves"] == ["SUCCESS"] * 2
    found = run.found("otlp-halves")
    assert {span["trace_id"] for span in found.spans} == {found.trace["id"]}
    root = found.named("agent")
    assert {span.get("parent_span_id") for span in found.spans} == {None, root["id"]}
    assert found.trace["total_estimated_cost"] == pytest.approx(0.00045)
    assert found.trace["span_count"] == 3


def test_ids_are_version_7_and_equal_in_both_encodings(run):
    assert run.facts["otlp-again"] == ["SUCCESS"] * 2
    found = run.found("otlp-again")
    assert found.trace["span_count"] == 3
    assert found.trace["total_estimated_cost"] == pytest.approx(0.00045)
    for item in (*found.traces, *found.spans):
        assert is_v7(parse_id(item["id"]))


def test_tree_hangs_in_a_trace_of_the_opik_sdk(run):
    found = run.found("otlp-linked")
    assert found.trace["id"] == run.trace_id
    assert (found.trace["name"], found.trace["input"]) == ("sdk trace", {"q": 1})
    step, call = found.named("otel step"), found.named("chat")
    assert step["parent_span_id"] == run.span_id
    assert call["parent_span_id"] == step["id"]
    assert {span["trace_id"] for span in found.spans} == {run.trace_id}
    assert found.trace["total_estimated_cost"] == pytest.approx(0.25)


def test_a_link_that_is_no_id_is_kept_and_not_followed(run):
    assert run.facts["otlp-odd-links"] == ["SUCCESS"]
    found = run.found("otlp-odd-links", spans=1)
    assert found.span["trace_id"] == found.trace["id"]
    assert found.span["metadata"]["opik.trace_id"] == "not-an-id"


def test_errors_come_from_the_exception_then_the_status(run):
    found = run.found("otlp-errors", traces=3, spans=3)
    raised = found.named("raises")["error_info"]
    assert (raised["exception_type"], raised["message"]) == ("ValueError", "no such city")
    assert raised["traceback"].startswith("Traceback (most recent call last)")
    assert found.named("says so")["error_info"]["message"] == "gave up"
    assert found.named("fine").get("error_info") is None
    by_name = {trace["name"]: trace for trace in found.traces}
    assert by_name["raises"]["error_info"] == raised


def test_failed_traces_are_found_by_their_error(run):
    found = run.found("otlp-errors", traces=3, spans=3)
    hits = run.reader.search("traces", "otlp-errors", ("error_info", "is_not_empty", ""))
    assert {hit["name"] for hit in hits} == {"raises", "says so"}
    assert {hit["id"] for hit in hits} < {trace["id"] for trace in found.traces}


def test_events_and_links_stay_readable(run):
    metadata = run.found("otlp-errors", traces=3, spans=3).named("raises")["metadata"]
    retry, exception = metadata["opentelemetry.events"]
    assert (retry["name"], retry["attributes"]) == ("retry", {"attempt": 2, "why": {"code": 429}})
    assert exception["attributes"]["exception.type"] == "ValueError"
    (link,) = metadata["opentelemetry.links"]
    assert len(link["trace_id"]) == 32


@pytest.mark.parametrize("project", ["otlp-values-protobuf", "otlp-values-json"])
def test_values_keep_their_types(run, project):
    assert run.found(project, spans=1).span["input"] == {
        "text": "päivää 👋",
        "int": 2**53 + 1,
        "negative": -5,
        "float": 1.5,
        "bool": False,
        "empty": "",
        "zero": 0,
        "texts": ["a", "b"],
        "ints": [1, 2],
        "none": [],
        "map": {"deep": {"n": 1, "list": ["x"]}},
        "bytes": "AP8=",
        "json": {"a": [1, {"b": None}]},
        "broken": "{not json",
    }


def test_keys_are_taken_bare_and_as_bearer_and_wrong_ones_refused(run):
    said = {case: run.facts[f"key-{case}"] for case in ("bare", "bearer", "wrong", "none")}
    assert said == {
        "bare": ["SUCCESS"],
        "bearer": ["SUCCESS"],
        "wrong": ["FAILURE"],
        "none": ["FAILURE"],
    }
    reader = Reader(run.keyed, {"Authorization": run.key})
    for case, spans in (("bare", 3), ("bearer", 3), ("wrong", 0), ("none", 0)):
        assert len(reader.spans(f"otlp-key-{case}")) == spans, case
