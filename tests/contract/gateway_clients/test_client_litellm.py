"""LiteLLM's SDK as a client of the gateway, and what Opik's hints do."""

import json
from typing import Any

import pytest

from sightline.core.ids import format_id, new_id
from tests.contract.gateway_clients.conftest import Gateway, Said, failed, ok
from tests.contract.reading import until
from tests.fakes import anthropic_api
from tests.fakes.openai_api import TEXT, VECTOR
from tests.live import QUIET_CLIENT

KEY = {"project_name": "litellm-key", "tags": ["key-tag"], "thread_id": "key-thread"}


@pytest.fixture(scope="module")
def step(gateway: Gateway) -> dict[str, str]:
    """A trace with a span, under which a call hangs."""
    ids = {"trace_id": format_id(new_id()), "id": format_id(new_id())}
    common = {"project_name": "litellm-workflow", "start_time": "2026-11-20T10:00:00Z"}
    trace = {"id": ids["trace_id"], "name": "workflow", **common}
    span = {**ids, "name": "step", **common}
    server = gateway.server
    assert server.post("/api/v1/private/traces/batch", {"traces": [trace]}).status == 204
    assert server.post("/api/v1/private/spans/batch", {"spans": [span]}).status == 204
    return ids


@pytest.fixture(scope="module")
def said(gateway: Gateway, step: dict[str, str]) -> Said:
    """Make every call in one process of the client."""
    key = gateway.key("litellm client", metadata={"opik": KEY, "team": "of the key"})
    found: Said = gateway.run("litellm", "litellm_calls.py", key, json.dumps(step), **QUIET_CLIENT)
    return found


def test_answers(said: Said) -> None:
    plain = ok(said, "as_openai")
    assert plain["choices"][0]["message"]["content"] == TEXT
    assert plain["usage"]["cost"] == pytest.approx(7.8e-6)
    routed = ok(said, "as_openrouter")
    assert routed["answer"]["model"] == "openai/gpt-4o"
    # LiteLLM takes the price from the answer of an OpenRouter.
    assert routed["cost"] == pytest.approx(1.3e-4)
    assert ok(said, "asynchronous") == [TEXT, TEXT]
    assert ok(said, "embedded") == VECTOR
    assert ok(said, "responded") == TEXT
    assert ok(said, "as_anthropic") == anthropic_api.TEXT


def test_streams(said: Said) -> None:
    found = ok(said, "streamed")
    for model, text, cost in (
        ("openai/gpt-4o-mini", TEXT, 7.8e-6),
        ("openrouter/openai/gpt-4o", TEXT, 1.3e-4),
        ("openrouter/claude", anthropic_api.TEXT, 1.8e-4),
    ):
        whole = found[model]["whole"]
        assert whole["choices"][0]["message"]["content"] == text
        assert whole["usage"]["cost"] == pytest.approx(cost)
        assert found[model]["count"] > 3


def test_tools(said: Said) -> None:
    found = ok(said, "tools")
    for calls in (found["calls"], found["streamed"]):
        assert [call["function"]["name"] for call in calls] == ["weather", "time"]
        assert [json.loads(call["function"]["arguments"])["at"] for call in calls] == [0, 1]
    assert found["then"] == anthropic_api.TEXT


@pytest.mark.parametrize(
    ("name", "error", "status"),
    [
        ("status_429", "RateLimitError", 429),
        ("status_401", "AuthenticationError", 401),
        ("status_400", "BadRequestError", 400),
    ],
)
def test_errors(said: Said, name: str, error: str, status: int) -> None:
    assert failed(said, name) == (error, status)


HEADER = "litellm-header"


@pytest.mark.parametrize(
    ("case", "project", "tags", "thread"),
    [
        ("key", "litellm-key", ["key-tag"], "key-thread"),
        ("body", "litellm-body", ["body-tag"], "body-thread"),
        ("body-no-tags", "litellm-body", ["key-tag"], "key-thread"),
        ("header", HEADER, ["body-tag", "header-tag"], "header-thread"),
        ("dashed", HEADER, ["body-tag", "dashed-tag"], "dashed-thread"),
        ("bad-tags", "litellm-body", ["body-tag"], "body-thread"),
        # A current span that cannot be read is passed over.
        ("not-joined", "litellm-body", ["key-tag"], "key-thread"),
    ],
)
def test_key_below_body_below_headers(
    said: Said, gateway: Gateway, case: str, project: str, tags: list[str], thread: str
) -> None:
    trace = by_id(gateway, project, ok(said, "marks")[case])
    assert (sorted(trace["tags"]), trace["thread_id"]) == (sorted(tags), thread)
    # What else the metadata says is kept, the key's where the call is silent.
    assert trace["metadata"]["team"] == "of the key"
    assert "opik" not in trace["metadata"]
    if case != "key":
        assert trace["metadata"]["also"] == trace["name"]


def test_a_call_hangs_under_the_callers_span(
    said: Said, gateway: Gateway, step: dict[str, str]
) -> None:
    id = ok(said, "marks")["joined"]

    def spans() -> dict[str, Any]:
        return {s["name"]: s for s in gateway.reader.spans(trace_id=step["trace_id"])}

    found = until(lambda: spans() if len(spans()) == 2 else None, lambda: f"only {spans()}")
    span = found["gpt-4o-mini"]
    assert span["metadata"]["generation_id"] == id
    assert span["parent_span_id"] == step["id"]
    assert span["type"] == "llm"
    assert span["total_estimated_cost"] == pytest.approx(7.8e-6)
    # No trace of its own, and the caller's stays what it is.
    assert gateway.reader.traces("litellm-joined") == []
    (trace,) = gateway.reader.traces("litellm-workflow")
    assert trace["name"] == "workflow"


def test_upstreams_were_asked_as_they_want_it(said: Said, gateway: Gateway) -> None:
    assert gateway.upstreams.wrong == []


def by_id(gateway: Gateway, project: str, id: str) -> dict[str, Any]:
    """Return the trace of a call."""

    def found() -> dict[str, Any] | None:
        traces = gateway.reader.traces(project)
        return next((t for t in traces if t["metadata"]["generation_id"] == id), None)

    return until(found, lambda: f"no trace of {id} in {project}")
