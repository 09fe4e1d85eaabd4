"""Requests of LiteLLM's own transport as captured, with what the SDK cannot be made to say."""

from typing import Any

import pytest

from sightline.core.ids import format_id, new_id
from tests.contract.reading import Reader
from tests.live import LiveServer

HEADERS = {
    "Comet-Workspace": "default",
    "authorization": "k-123",
    "User-Agent": "litellm/1.109.1",
    "Accept-Encoding": "gzip, deflate",
}


def captured(project: str | None, **metadata: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the trace and the span of one synchronous call."""
    common = {
        "project_name": project,
        "start_time": "2026-11-22T03:40:38.250213Z",
        "end_time": "2026-11-22T03:40:38.506000Z",
        "input": [{"role": "user", "content": "hi"}],
        "output": {
            "id": "chatcmpl-1",
            "created": 1795318838,
            "model": "gpt-4o-mini",
            "object": "chat.completion",
            "choices": [
                {
                    "finish_reason": "stop",
                    "index": 0,
                    "message": {
                        "content": "hello there",
                        "role": "assistant",
                        "tool_calls": None,
                        "function_call": None,
                    },
                }
            ],
            "usage": {
                "completion_tokens": 20,
                "prompt_tokens": 10,
                "total_tokens": 30,
                "completion_tokens_details": None,
                "prompt_tokens_details": None,
            },
        },
        "metadata": {
            "project_name": project,
            "tags": ["t1"],
            "thread_id": "th1",
            "custom": "x",
            "created_from": "litellm",
            "type": "completion",
            "status": "success",
            "model": "gpt-4o-mini",
            "model_group": "",
            "model_parameters": {"user": "u1"},
            "hidden_params": {"response_cost": 1.35e-05, "api_base": "https://api.openai.com"},
            "cost": {"total_tokens": 1.35e-05, "currency": "USD"},
            **metadata,
        },
        "tags": ["t1", "openai"],
    }
    trace = {"id": format_id(new_id()), "name": "chat.completion", "thread_id": "th1", **common}
    span = {
        "id": format_id(new_id()),
        "trace_id": trace["id"],
        "parent_span_id": None,
        "name": "gpt-4o-mini_chat.completion_1795318838",
        "type": "llm",
        "model": "gpt-4o-mini",
        "provider": "openai",
        "usage": {"completion_tokens": 20, "prompt_tokens": 10, "total_tokens": 30},
        "total_cost": 1.35e-05,
        **common,
    }
    return trace, span


def send(server: LiveServer, span: dict[str, Any], base: str = "/api") -> None:
    path = f"{base}/v1/private/spans/batch"
    answer = server.post(path, {"spans": [span]}, headers=HEADERS)
    assert (answer.status, answer.body) == (204, b"")


@pytest.mark.parametrize("base", ["/api", "/api/", "/opik/api", "//opik//api/"])
def test_any_base_url_answers_exactly_204(server, base):
    project = f"litellm-base-{base.count('/')}-{'opik' in base}"
    trace, span = captured(project)
    path = f"{base}/v1/private/traces/batch"
    answer = server.post(path, {"traces": [trace]}, headers=HEADERS)
    assert (answer.status, answer.body) == (204, b"")
    send(server, span, base)
    found = Reader(server).project(project)
    assert found.trace["thread_id"] == "th1"
    assert found.trace["start_time"].startswith("2026-11-22T03:40:38.250213")
    assert found.span["total_estimated_cost"] == pytest.approx(1.35e-05)
    assert found.span["metadata"] == span["metadata"]


def test_span_arrives_before_its_trace(server):
    trace, span = captured("litellm-order")
    send(server, span)
    assert server.post("/api/v1/private/traces/batch", {"traces": [trace]}).status == 204
    found = Reader(server).project("litellm-order")
    assert found.trace["total_estimated_cost"] == pytest.approx(1.35e-05)


MODELS = [
    # what the span says, the metadata's model and group, provider, what a user reads
    ("gpt-4o-2024-08-06", "gpt-4o", "", "openai", "gpt-4o-2024-08-06"),
    ("gpt-4o-2024-08-06", "openai/gpt-4o", "router-name", "openai", "gpt-4o-2024-08-06"),
    ("house-alias", "openai/gpt-4o", "house-alias", "openai", "gpt-4o"),
    ("house-alias", "gpt-4o", "house-alias", "openai", "gpt-4o"),
    ("house-alias", "gemini/gemini-2.0-flash", "house-alias", "google_ai", "gemini-2.0-flash"),
    ("house-alias", "vertex_ai/claude-3-5", "house-alias", "anthropic_vertexai", "claude-3-5"),
    ("house-alias", "openrouter/openai/gpt-4o", "house-alias", "openrouter", "openai/gpt-4o"),
    ("house-alias", "groq/llama-3", "house-alias", None, "groq/llama-3"),
    ("gpt-4o", None, "gpt-4o", "openai", "gpt-4o"),
    ("gpt-4o", "", "gpt-4o", "openai", "gpt-4o"),
    (None, "openai/gpt-4o", "", "openai", "gpt-4o"),
]


def test_an_alias_gives_way_to_the_model_that_was_called(server):
    for at, (said, model, group, provider, _) in enumerate(MODELS):
        _, span = captured("litellm-models", model=model, model_group=group)
        span |= {"name": f"case {at}", "model": said, "provider": provider}
        send(server, span)
    found = Reader(server).project("litellm-models")
    read = [found.named(f"case {at}").get("model") for at in range(len(MODELS))]
    assert read == [wanted for *_, wanted in MODELS]


COSTS = [
    # total_cost of the span, the metadata's, what a user reads
    (0.5, 0.25, 0.5),
    (0, 0.25, 0),
    (None, 0.25, 0.25),
    (1.35e-05, None, 1.35e-05),
    # 10 tokens at 0.15 USD a million and 20 at 0.60.
    (None, None, 1.35e-05),
    (None, 0, 1.35e-05),
    (None, "free", 1.35e-05),
]


def test_cost_is_the_clients_then_the_metadatas_then_worked_out(server):
    for at, (said, noted, _) in enumerate(COSTS):
        _, span = captured("litellm-costs", cost={"total_tokens": noted, "currency": "USD"})
        span |= {"name": f"case {at}", "total_cost": said}
        send(server, span)
    found = Reader(server).project("litellm-costs")
    read = [found.named(f"case {at}").get("total_estimated_cost") for at in range(len(COSTS))]
    assert read == [pytest.approx(wanted) for *_, wanted in COSTS]


UNKNOWN = {"model_map_value": {"key": "openai/gpt-4o-mini", "input_cost_per_token": 0}}
OWN = {"model_map_value": {"key": "d-1", "input_cost_per_token": 0}}
NOTHING = {"model_map_value": None}
ZEROS = [
    # the proxy's group, whether its cache answered, where it found the price, what a user reads
    ("house-alias", None, UNKNOWN, 1.35e-05),
    ("house-alias", False, UNKNOWN, 1.35e-05),
    ("house-alias", True, UNKNOWN, 0),
    ("house-alias", None, OWN, 0),
    ("house-alias", None, NOTHING, 0),
    ("house-alias", None, "?", 0),
    ("", None, UNKNOWN, 0),
]


def test_a_proxys_zero_for_a_model_it_does_not_know_is_no_price(server):
    for at, (group, hit, entry, _) in enumerate(ZEROS):
        _, span = captured(
            "litellm-zeros",
            model="openai/gpt-4o-mini",
            model_group=group,
            model_id="d-1",
            cache_hit=hit,
            model_map_information=entry,
            cost={"total_tokens": 0.0, "currency": "USD"},
        )
        send(server, span | {"name": f"case {at}", "total_cost": 0.0})
    found = Reader(server).project("litellm-zeros")
    read = [found.named(f"case {at}").get("total_estimated_cost") for at in range(len(ZEROS))]
    assert read == [pytest.approx(wanted) for *_, wanted in ZEROS]


def test_numbers_for_names_do_not_lose_the_batch(server):
    """LiteLLM passes on what its callers say: `thread_id: 42`, `opik_tags: [1, true, "a", null]`.

    One such call must not cost the calls of everybody else in the batch.
    """
    traces, spans = [], []
    for thread, tags in (
        ("th1", ["a"]),
        (42, [1, True, 2.5, "a", None, "1"]),
        (True, []),
        ("", []),
    ):
        trace, span = captured("litellm-scalars")
        traces.append(trace | {"thread_id": thread, "tags": tags, "name": f"case {len(traces)}"})
        spans.append(span | {"tags": tags, "name": f"case {len(spans)}"})
    for kind, items in (("traces", traces), ("spans", spans)):
        answer = server.post(f"/api/v1/private/{kind}/batch", {kind: items}, headers=HEADERS)
        assert answer.status == 204, answer
    found = Reader(server).project("litellm-scalars")
    by_name = {trace["name"]: trace for trace in found.traces}
    assert [by_name[f"case {at}"].get("thread_id") for at in range(4)] == [
        "th1",
        "42",
        "true",
        None,
    ]
    assert by_name["case 1"]["tags"] == found.named("case 1")["tags"] == ["1", "true", "2.5", "a"]


def test_redacted_calls_are_text_where_others_are_objects(server):
    """`turn_off_message_logging` leaves a string or an object in the place of either."""
    trace, span = captured("litellm-redacted")
    redacted = {"input": "redacted-by-litellm", "output": {"text": "redacted-by-litellm"}}
    answer = server.post("/api/v1/private/traces/batch", {"traces": [trace | redacted]})
    assert answer.status == 204
    send(server, span | redacted)
    found = Reader(server).project("litellm-redacted")
    for item in (found.trace, found.span):
        assert (item["input"], item["output"]) == (redacted["input"], redacted["output"])


@pytest.mark.parametrize("project", [None, "", "  "])
def test_no_project_is_the_default_one(server, project):
    trace, span = captured(project)
    assert server.post("/api/v1/private/traces/batch", {"traces": [trace]}).status == 204
    send(server, span)
    reader = Reader(server)
    assert reader.trace(trace["id"])["span_count"] == 1
    listed = {item["id"] for item in reader.traces("Default Project")}
    assert trace["id"] in listed


def test_what_others_call_litellm_is_left_alone(server):
    """Only LiteLLM's own spans are read so; a user's metadata may say anything."""
    _, span = captured("litellm-others", created_from="me and litellm", model="other")
    del span["total_cost"]
    span["metadata"]["cost"] = {"total_tokens": 5}
    send(server, span)
    found = Reader(server).project("litellm-others").span
    assert found["model"] == "gpt-4o-mini"
    assert found["total_estimated_cost"] == pytest.approx(1.35e-05)
