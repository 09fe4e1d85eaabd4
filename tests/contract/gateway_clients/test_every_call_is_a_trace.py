"""What is kept of each call, read back by the Opik API and in the rows of the screens."""

import json
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.contract.gateway_clients.conftest import MESSAGES, Gateway
from tests.contract.reading import Found, until
from tests.fakes import anthropic_api
from tests.fakes.openai_api import TEXT
from tests.live import Answer

TRACE = {
    "trace_name": "Doc run",
    "span_name": "Step 2",
    "generation_name": "Summarise",
    "environment": "staging",
    "release": "r7",
    "version": "1.2.3",
}
Keep = Callable[..., Found]


@pytest.fixture(scope="module")
def keep(gateway: Gateway) -> Keep:
    """Make a call with a key of its own; return what is kept of it."""

    def call(project: str, answer: Callable[[str], Answer], **wait: int) -> Found:
        key = gateway.key(project, metadata={"opik": {"project_name": project}})
        answer(key)
        return gateway.reader.wait(project, **wait)

    return call


def test_names_user_session_and_figures(gateway: Gateway, keep: Keep) -> None:
    found = keep(
        "kept-names",
        lambda key: gateway.chat(
            "smart",
            key,
            headers={"HTTP-Referer": "https://shop.example", "X-Title": "Shop"},
            user="user-1",
            session_id="session-1",
            trace=TRACE,
            metadata={"team": "blue"},
            temperature=0.2,
        ),
        spans=2,
    )
    trace = found.trace
    assert (trace["name"], trace["thread_id"]) == ("Doc run", "session-1")
    assert trace["environment"] == "staging"
    assert trace["input"] == {"messages": MESSAGES}
    assert trace["output"]["choices"][0]["message"]["content"] == TEXT
    assert trace["usage"]["total_tokens"] == 29
    assert trace["total_estimated_cost"] == pytest.approx(7.8e-6)
    metadata = trace["metadata"]
    assert (metadata["user"], metadata["team"], metadata["version"]) == ("user-1", "blue", "1.2.3")
    assert (metadata["model_requested"], metadata["model"]) == ("smart", "gpt-4o-mini")
    assert metadata["parameters"]["temperature"] == 0.2
    block = metadata["gateway"]
    assert (block["status"], block["streamed"], block["finish_reason"]) == (200, False, "stop")
    assert block["key"]["name"] == "kept-names"
    assert block["cost"]["input"] == pytest.approx(2.4e-6)
    assert block["attempts"][0]["status"] == 200
    step, span = found.named("Step 2"), found.named("Summarise")
    assert span["parent_span_id"] == step["id"]
    assert (span["type"], span["model"], span["provider"]) == ("llm", "gpt-4o-mini", "openai")
    usage = span["usage"]
    assert usage["original_usage.prompt_tokens_details.cached_tokens"] == 8
    assert usage["original_usage.completion_tokens_details.reasoning_tokens"] == 3
    assert span["total_estimated_cost"] == pytest.approx(7.8e-6)


def test_a_stream_tells_its_first_token(gateway: Gateway, keep: Keep) -> None:
    found = keep("kept-stream", lambda key: gateway.chat("claude", key, stream=True))
    assert found.span["ttft"] > 0
    assert found.trace["ttft"] == found.span["ttft"]
    assert found.trace["output"]["choices"][0]["message"]["content"] == anthropic_api.TEXT
    assert found.span["usage"]["prompt_tokens"] == anthropic_api.PROMPT_TOKENS
    assert found.span["total_estimated_cost"] == pytest.approx(1.8e-4)
    assert found.span["provider"] == "anthropic"
    assert found.trace["metadata"]["gateway"]["streamed"] is True


def test_tools_of_a_stream_are_put_together(gateway: Gateway, keep: Keep) -> None:
    told = {"name": "weather", "parameters": {"type": "object", "properties": {}}}
    tools = [{"type": "function", "function": told}]
    found = keep(
        "kept-tools", lambda key: gateway.chat("gpt-4o-mini", key, tools=tools, stream=True)
    )
    (call,) = found.span["output"]["choices"][0]["message"]["tool_calls"]
    assert call["function"] == {"name": "weather", "arguments": '{"city": "Oslo", "at": 0}'}
    assert found.span["metadata"]["parameters"]["tools"] == tools


def test_each_try_is_told(gateway: Gateway, keep: Keep) -> None:
    found = keep("kept-tries", lambda key: gateway.chat("shaky", key), spans=3)
    assert found.trace["metadata"]["model_requested"] == "shaky"
    assert found.trace["metadata"]["model"] == "claude"
    assert found.trace.get("error_info") is None
    tries = [s for s in found.spans if s["type"] == "general"]
    assert [s["metadata"]["status"] for s in tries] == [500, 200]
    assert tries[0]["error_info"]["message"] == "told to say 500"


@pytest.mark.parametrize(
    ("model", "status", "kind"),
    [("up/fail-429", 429, "rate_limit_exceeded"), ("hurried", 504, "timeout")],
)
def test_failed_calls_too(gateway: Gateway, keep: Keep, model: str, status: int, kind: str) -> None:
    found = keep(f"kept-{status}", lambda key: gateway.chat(model, key), spans=2)
    assert found.trace["error_info"]["exception_type"] == kind
    assert found.trace["metadata"]["gateway"]["status"] == status
    assert found.trace["input"] == {"messages": MESSAGES}
    assert found.trace.get("total_estimated_cost") in (None, 0)


def test_a_model_that_is_none_is_a_failed_call(gateway: Gateway, keep: Keep) -> None:
    found = keep("kept-nobody", lambda key: gateway.chat("nobody/knows", key))
    assert found.trace["metadata"]["model_requested"] == "nobody/knows"
    assert found.trace["error_info"]["exception_type"] == "invalid_request"


def test_a_stream_cut_by_the_upstream(gateway: Gateway, keep: Keep) -> None:
    found = keep("kept-cut", lambda key: gateway.chat("up/cut", key, stream=True), spans=2)
    assert found.trace["error_info"]["exception_type"] == "provider_unavailable"
    # What came until then is kept.
    assert found.trace["output"]["choices"][0]["message"]["content"] == TEXT[:12]


@pytest.mark.parametrize(
    ("path", "body", "output"),
    [
        ("/v1/embeddings", {"model": "text-embedding-3-small", "input": ["a", "b"]}, "embeddings"),
        ("/v1/responses", {"model": "gpt-4o-mini", "input": "Hi"}, "output"),
        ("/v1/completions", {"model": "gpt-3.5-turbo-instruct", "prompt": "Once"}, "choices"),
    ],
)
def test_every_api(
    gateway: Gateway, keep: Keep, path: str, body: dict[str, Any], output: str
) -> None:
    name = f"kept{path.replace('/', '-')}"
    found = keep(name, lambda key: gateway.post(path, {**body, "user": "u"}, key))
    assert found.trace["metadata"]["api_type"] == path.rpartition("/")[2]
    assert found.trace["metadata"]["user"] == "u"
    assert output in found.trace["output"]
    assert found.span["total_estimated_cost"] > 0
    assert found.span["type"] == "llm"


def test_calls_that_name_a_trace_are_one(gateway: Gateway) -> None:
    key = gateway.key("joined", metadata={"opik": {"project_name": "kept-joined"}})
    for name in ("Plan", "Write"):
        trace = {"trace_id": "workflow-1", "trace_name": "Report", "generation_name": name}
        assert gateway.chat("gpt-4o-mini", key, trace=trace).status == 200
    found = gateway.reader.wait("kept-joined", spans=2)
    assert found.trace["name"] == "Report"
    assert {span["name"] for span in found.spans} == {"Plan", "Write"}
    assert found.trace["total_estimated_cost"] == pytest.approx(2 * 7.8e-6)


def test_the_screens_rows_and_threads(gateway: Gateway) -> None:
    key = gateway.key("rows", metadata={"opik": {"project_name": "kept-rows"}})
    for text in ("first", "second"):
        messages = [{"role": "user", "content": text}]
        gateway.chat("claude", key, messages=messages, session_id="talk-1")
    gateway.chat("up/fail-400", key)
    gateway.reader.wait("kept-rows", traces=3, spans=4)
    server = gateway.server
    listed = server.get("/api/v1/private/projects?size=1000").json["content"]
    project = next(p["id"] for p in listed if p["name"] == "kept-rows")
    columns = "name,error_type,total_estimated_cost,usage.total_tokens"

    def rows(entity: str, columns: str) -> list[dict[str, Any]]:
        query = urlencode({"entity": entity, "columns": columns, "sort": "start_time"})
        answer = server.get(f"/api/console/projects/{project}/rows?{query}")
        assert answer.status == 200, answer
        found: list[dict[str, Any]] = answer.json["rows"]
        return found

    failed, *good = sorted(rows("trace", columns), key=lambda row: row.get("error_type") is None)
    assert failed["error_type"] == "invalid_request"
    assert [row["name"] for row in good] == ["claude", "claude"]
    assert all(row["total_estimated_cost"] == pytest.approx(1.8e-4) for row in good)
    (thread,) = rows("thread", "id,number_of_messages,first_message")
    assert thread["number_of_messages"] == 4
    assert "first" in json.dumps(thread["first_message"])


def test_a_caller_that_goes_away(gateway: Gateway) -> None:
    """Closed in the middle: by hand, as no client library is in between."""
    key = gateway.key("gone", metadata={"opik": {"project_name": "kept-gone"}})
    body = json.dumps({"model": "up/drip-by-hand", "messages": MESSAGES, "stream": True})
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", gateway.server.port)) as line:
        line.sendall((head + body).encode())
        seen = b""
        while seen.count(b"data: ") < 5:
            piece = line.recv(4096)
            assert piece, seen
            seen += piece
    found = gateway.reader.wait("kept-gone")
    assert found.trace["metadata"]["gateway"]["cancelled"] is True
    gone = gateway.upstreams.openai.hung_up
    until(lambda: "drip-by-hand" in gone, lambda: "the upstream goes on")
