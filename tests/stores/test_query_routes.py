"""Reading traces and spans over HTTP from a real server, in the shapes of the published client."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from sightline.core.ids import new_text_id
from tests.live import Answer, LiveServer, live

API = "/api/v1/private"
PROJECT = "reads"


class Made:
    """What is in the server: ids by what they are."""

    trace: str
    bare: str
    span: str
    child: str


INPUT = '{"b" : 1.0e2,"a":["\\u00e9é"],"big":12345678901234567890123}'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live(tmp_path_factory.mktemp("reads") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def made(server: LiveServer) -> Made:
    found = Made()
    found.trace, found.bare = new_text_id(), new_text_id()
    found.span, found.child = new_text_id(), new_text_id()
    full = {
        "id": found.trace,
        "project_name": PROJECT,
        "name": "full",
        "start_time": "2026-01-31T12:00:00.000001Z",
        "end_time": "2026-01-31T12:00:01.500001Z",
        "output": "x" * 20_000,
        "metadata": {"k": "v"},
        "tags": ["t1", "t2"],
        "thread_id": "th",
        "environment": "prod",
        "error_info": {"exception_type": "E", "message": "m", "traceback": "t"},
    }
    body = json.dumps({"traces": [full]})[:-3] + f', "input": {INPUT}}}]}}'
    answer = server.request("POST", f"{API}/traces/batch", body.encode())
    assert answer.status == 204, answer.body
    bare = {"id": found.bare, "project_name": PROJECT, "start_time": "2026-01-30T12:00:00Z"}
    assert server.post(f"{API}/traces/batch", {"traces": [bare]}).status == 204
    spans = [
        {
            "id": found.span,
            "trace_id": found.trace,
            "project_name": PROJECT,
            "name": "call",
            "type": "llm",
            "start_time": "2026-01-31T12:00:00Z",
            "end_time": "2026-01-31T12:00:00.25Z",
            "model": "m",
            "provider": "p",
            "usage": {"prompt_tokens": 3, "total_tokens": 5},
            "total_estimated_cost": 0.015,
        },
        {
            "id": found.child,
            "trace_id": found.trace,
            "parent_span_id": found.span,
            "project_name": PROJECT,
            "name": "tool",
            "type": "tool",
            "start_time": "2026-01-31T12:00:00.1Z",
        },
    ]
    assert server.post(f"{API}/spans/batch", {"spans": spans}).status == 204
    score = {"name": "q", "value": 0.5, "source": "ui", "reason": "so"}
    path = f"{API}/traces/{found.trace}/feedback-scores"
    assert server.request("PUT", path, score).status == 204
    path = f"{API}/spans/{found.span}/feedback-scores"
    assert server.request("PUT", path, {"name": "tone", "value": 1, "source": "sdk"}).status == 204
    assert server.post(f"{API}/traces/{found.trace}/comments", {"text": "c"}).status == 201
    return found


def get(server: LiveServer, path: str, **params: Any) -> Answer:
    given = {k: json.dumps(v) if isinstance(v, list) else v for k, v in params.items()}
    return server.get(f"{API}/{path}?{urlencode(given)}")


def listed(server: LiveServer, path: str = "traces", **params: Any) -> dict[str, Any]:
    answer = get(server, path, **({"project_name": PROJECT} | params))
    assert answer.status == 200, answer.body
    body: dict[str, Any] = answer.json
    return body


def test_a_trace_has_the_shape_of_the_published_client(server: LiveServer, made: Made) -> None:
    answer = server.get(f"{API}/traces/{made.trace}")
    assert answer.headers["content-type"].startswith("application/json")
    assert f'"input":{INPUT}'.encode() in answer.body
    trace = answer.json
    for name in ("created_at", "last_updated_at"):
        assert trace[name].endswith("Z")
    assert {k: trace[k] for k in ("id", "name", "start_time", "end_time", "duration")} == {
        "id": made.trace,
        "name": "full",
        "start_time": "2026-01-31T12:00:00.000001Z",
        "end_time": "2026-01-31T12:00:01.500001Z",
        "duration": 1500.0,
    }
    assert trace["output"] == "x" * 20_000
    assert trace["metadata"] == {"k": "v"}
    assert trace["tags"] == ["t1", "t2"]
    assert trace["error_info"] == {"exception_type": "E", "message": "m", "traceback": "t"}
    assert trace["usage"] == {"prompt_tokens": 3, "total_tokens": 5}
    assert trace["total_estimated_cost"] == 0.015
    assert (trace["span_count"], trace["llm_span_count"]) == (2, 1)
    assert trace["has_tool_spans"] is True
    assert trace["providers"] == ["p"]
    assert (trace["thread_id"], trace["environment"]) == ("th", "prod")
    assert trace["experiment"] is trace["ttft"] is trace["guardrails_validations"] is None
    assert trace["created_by"] == trace["last_updated_by"] == "admin"
    (score,) = trace["feedback_scores"]
    assert (score["name"], score["value"], score["reason"]) == ("q", 0.5, "so")
    assert (score["source"], score["created_by"]) == ("ui", "admin")
    by = score["value_by_author"]["admin"]
    assert (by["value"], by["reason"], by["source"]) == (0.5, "so", "ui")
    assert by["last_updated_at"].endswith("Z")
    (on_span,) = trace["span_feedback_scores"]
    assert (on_span["name"], on_span["value"]) == ("tone", 1)
    (author,) = on_span["value_by_author"].values()
    assert (author["span_id"], author["span_type"]) == (made.span, "llm")
    (comment,) = trace["comments"]
    assert (comment["text"], comment["created_by"]) == ("c", "admin")


def test_a_bare_trace_says_null_for_what_it_does_not_have(server: LiveServer, made: Made) -> None:
    trace = server.get(f"{API}/traces/{made.bare}").json
    known = {
        "id",
        "project_id",
        "start_time",
        "created_at",
        "last_updated_at",
        "created_by",
        "last_updated_by",
        "span_count",
        "llm_span_count",
        "has_tool_spans",
        "source",
        "visibility_mode",
        "name",
    }
    assert {k for k, v in trace.items() if v is not None} <= known
    assert (trace["span_count"], trace["has_tool_spans"]) == (0, False)
    assert trace["end_time"] is trace["duration"] is trace["usage"] is trace["tags"] is None


def test_a_span_has_the_shape_of_the_published_client(server: LiveServer, made: Made) -> None:
    span = server.get(f"{API}/spans/{made.span}").json
    assert (span["id"], span["trace_id"], span["parent_span_id"]) == (made.span, made.trace, None)
    assert (span["type"], span["model"], span["provider"]) == ("llm", "m", "p")
    assert (span["duration"], span["total_estimated_cost"]) == (250.0, 0.015)
    assert span["usage"] == {"prompt_tokens": 3, "total_tokens": 5}
    assert [s["name"] for s in span["feedback_scores"]] == ["tone"]
    child = server.get(f"{API}/spans/{made.child}").json
    assert child["parent_span_id"] == made.span
    assert child["usage"] is child["total_estimated_cost"] is child["end_time"] is None


def test_a_page_says_where_it_is_and_how_it_can_be_sorted(server: LiveServer, made: Made) -> None:
    body = listed(server, size=1)
    assert (body["page"], body["size"], body["total"]) == (1, 1, 2)
    assert [t["id"] for t in body["content"]] == [made.trace]
    assert {"start_time", "usage.*", "feedback_scores.*"} <= set(body["sortableBy"])
    body = listed(server, page=2, size=1)
    assert [t["id"] for t in body["content"]] == [made.bare]
    body = listed(server, page=9)
    assert (body["size"], body["total"], body["content"]) == (0, 2, [])
    by_id = listed(server, project_name="", project_id=body_project(server, made))
    assert by_id["total"] == 2


def body_project(server: LiveServer, made: Made) -> str:
    return str(server.get(f"{API}/traces/{made.trace}").json["project_id"])


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({"sorting": [{"field": "duration", "direction": "ASC"}]}, ["full", None]),
        ({"sorting": [{"field": "start_time", "direction": "asc"}]}, [None, "full"]),
        ({"filters": [{"field": "tags", "operator": "contains", "value": "T1"}]}, ["full"]),
        ({"filters": [{"field": "duration", "operator": ">", "value": 1000}]}, ["full"]),
        ({"filters": [{"field": "metadata", "operator": "=", "key": "k", "value": "V"}]}, ["full"]),
        ({"filters": []}, ["full", None]),
        ({"search": "FULL"}, ["full"]),
        ({"from_time": "2026-01-31T00:00:00Z"}, ["full"]),
        ({"to_time": "2026-01-31T00:00:00Z"}, [None]),
    ],
)
def test_a_list_is_sorted_filtered_and_searched(
    server: LiveServer, made: Made, params: dict[str, Any], names: list[str | None]
) -> None:
    body = listed(server, **params)
    assert [t["name"] or None for t in body["content"]] == names
    assert body["total"] == len(names)
    stats = {s["name"]: s["value"] for s in listed_stats(server, params)}
    assert stats["trace_count"] == len(names)


def listed_stats(server: LiveServer, params: dict[str, Any]) -> list[dict[str, Any]]:
    kept = {k: v for k, v in params.items() if k != "sorting"}
    stats: list[dict[str, Any]] = listed(server, "traces/stats", **kept)["stats"]
    return stats


def test_a_list_cuts_and_leaves_out_what_it_is_asked_to(server: LiveServer, made: Made) -> None:
    (trace, _) = listed(server, truncate="true", exclude=["metadata", "usage", "no such"])[
        "content"
    ]
    assert len(trace["output"]) == 10_000
    assert trace["input"]["b"] == 100
    assert not {"metadata", "usage"} & trace.keys()
    (trace, _) = listed(server, exclude=["id", "start_time", "project_id"])["content"]
    assert len(trace["output"]) == 20_000
    assert {"id", "start_time", "project_id"} <= trace.keys()


def test_spans_are_listed_by_project_or_by_trace(server: LiveServer, made: Made) -> None:
    body = listed(server, "spans")
    assert [s["id"] for s in body["content"]] == [made.child, made.span]
    assert "model" in body["sortableBy"]
    body = listed(server, "spans", project_name="", trace_id=made.trace, type="llm")
    assert [s["id"] for s in body["content"]] == [made.span]
    body = listed(server, "spans", trace_id=made.bare)
    assert body["total"] == 0


def test_statistics_have_the_shape_of_the_published_client(server: LiveServer, made: Made) -> None:
    stats = {s["name"]: (s["type"], s["value"]) for s in listed_stats(server, {})}
    assert stats == {
        "trace_count": ("COUNT", 2),
        "duration": ("PERCENTAGE", {"p50": 1500.0, "p90": 1500.0, "p99": 1500.0}),
        "input": ("COUNT", 1),
        "output": ("COUNT", 1),
        "metadata": ("COUNT", 1),
        "tags": ("AVG", 1.0),
        "llm_span_count": ("AVG", 0.5),
        "span_count": ("AVG", 1.0),
        "total_estimated_cost": ("AVG", 0.015),
        "total_estimated_cost_sum": ("AVG", 0.015),
        "usage.prompt_tokens": ("AVG", 3.0),
        "usage.total_tokens": ("AVG", 5.0),
        "feedback_scores.q": ("AVG", 0.5),
        "span_feedback_scores.tone": ("AVG", 1.0),
        "guardrails_failed_count": ("COUNT", 0),
        "error_count": ("COUNT", 1),
    }
    stats = {s["name"]: s["value"] for s in listed(server, "spans/stats", type="llm")["stats"]}
    assert (stats["span_count"], stats["total_estimated_cost_sum"]) == (1, 0.015)
    assert "llm_span_count" not in stats


def test_names_of_scores_and_existence(server: LiveServer, made: Made) -> None:
    project = body_project(server, made)
    assert get(server, "traces/feedback-scores/names", project_id=project).json == {
        "scores": [{"name": "q"}]
    }
    names = get(server, "spans/feedback-scores/names", project_id=project, type="tool").json
    assert names == {"scores": []}
    assert listed(server, "traces/exists") == {"exists": True}
    assert listed(server, "traces/exists", thread_only="true") == {"exists": True}
    assert listed(server, "traces/exists", source="playground") == {"exists": False}
    assert listed(server, "spans/exists", source="sdk") == {"exists": True}


def test_a_search_streams_json_lines(server: LiveServer, made: Made) -> None:
    answer = server.post(f"{API}/traces/search", {"project_name": PROJECT})
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/octet-stream"
    assert [line["id"] for line in answer.lines] == [made.trace, made.bare]
    assert len(answer.lines[0]["output"]) == 10_000
    assert answer.body.endswith(b"\n")
    whole = {"project_name": PROJECT, "truncate": False, "limit": 1, "exclude": ["metadata"]}
    (line,) = server.post(f"{API}/traces/search", whole).lines
    assert len(line["output"]) == 20_000
    assert "metadata" not in line
    after = {"project_name": PROJECT, "last_retrieved_id": made.trace}
    assert [t["id"] for t in server.post(f"{API}/traces/search", after).lines] == [made.bare]
    narrow = {
        "project_name": PROJECT,
        "trace_id": made.trace,
        "type": "tool",
        "filters": [{"field": "name", "operator": "=", "value": "TOOL"}],
    }
    assert [s["id"] for s in server.post(f"{API}/spans/search", narrow).lines] == [made.child]


def test_a_project_that_is_not_there_yet_is_empty(server: LiveServer) -> None:
    body = listed(server, project_name="not yet")
    assert (body["total"], body["content"]) == (0, [])
    assert listed(server, "spans/stats", project_name="not yet") == {"stats": []}
    assert listed(server, "traces/exists", project_name="not yet") == {"exists": False}
    answer = server.post(f"{API}/spans/search", {"project_name": "not yet"})
    assert (answer.status, answer.body) == (200, b"")
    names = [p["name"] for p in server.get(f"{API}/projects?size=100").json["content"]]
    assert "not yet" not in names


@pytest.mark.parametrize("kind", ["traces", "spans"])
def test_what_is_wrong_is_told(server: LiveServer, made: Made, kind: str) -> None:
    unknown = new_text_id()
    for params, status, told in [
        ({"project_name": ""}, 400, "project_name"),
        ({"project_name": "", "project_id": unknown}, 404, unknown),
        ({"project_name": "", "project_id": "x"}, 422, "project_id"),
        ({"page": 0}, 422, "page"),
        ({"size": 5000}, 422, "size"),
        ({"filters": "{"}, 400, "filters"),
        ({"filters": [{"field": "nmae", "operator": "="}]}, 400, "nmae"),
        ({"sorting": [{"field": "nmae"}]}, 400, "nmae"),
        ({"sorting": "x"}, 400, "sorting"),
        ({"exclude": "x"}, 400, "exclude"),
        ({"from_time": "2026-01-02T00:00:00Z", "to_time": "2026-01-01T00:00:00Z"}, 400, "to_time"),
        ({"from_time": "soon"}, 400, "from_time"),
    ]:
        answer = get(server, kind, **({"project_name": PROJECT} | params))
        assert answer.status == status, (params, answer.body)
        assert told in answer.json["message"], (params, answer.json)
    answer = server.get(f"{API}/{kind}/{unknown}")
    assert (answer.status, answer.json["code"]) == (404, 404)
    assert server.get(f"{API}/{kind}/no-id").status == 422
    for body, status in [
        ({}, 400),
        ({"project_name": PROJECT, "limit": 0}, 422),
        ({"project_name": PROJECT, "last_retrieved_id": "x"}, 422),
        ({"project_name": PROJECT, "filters": [{"field": "nmae", "operator": "="}]}, 400),
    ]:
        answer = server.post(f"{API}/{kind}/search", body)
        assert answer.status == status, (body, answer.body)
        assert answer.json["message"]
