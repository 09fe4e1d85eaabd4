"""`search_traces`, `search_spans` and `search_threads` with OQL filter strings."""

import json
from collections.abc import Callable

import pytest

from tests.contract.opik.conftest import Client, Steps

A, B, C, D = "Alpha search", "beta chat", "gamma run", "delta"
ALL = {A, B, C, D}

# What each filter must find, by name.
TRACES: dict[str, set[str]] = {
    'name = "ALPHA SEARCH"': {A},
    'name != "alpha search"': {B, C, D},
    'name contains "A"': ALL,
    'name contains "search"': {A},
    'name not_contains "run"': {A, B, D},
    'name starts_with "BETA"': {B},
    'name ends_with "chat"': {B},
    'name > "b"': {B, C, D},
    'name < "b"': {A},
    'id = "<beta chat>"': {B},
    'id != "<beta chat>"': {A, C, D},
    'input contains "kubernetes"': {A},
    'input contains "100%"': {B},
    'input not_contains "kubernetes"': {B, C, D},
    'output contains "_1"': {B},
    'output contains "Z1"': set(),
    'input_json.lang = "de"': {B},
    "input_json.n > 5": {B},
    "input_json.n >= 5": {A, B},
    'input_json.question starts_with "what"': {A},
    'output_json.answer = "an orchestrator"': {A},
    'metadata."user.plan" = "pro"': {A},
    'metadata."user.id" contains "u-"': {A, B},
    'metadata.user contains "free"': {B},
    "metadata.score > 9": {A},
    "metadata.score < 10": {B},
    'metadata."odd key" = "yes"': {A},
    'tags contains "prod"': {A},
    'tags = "kube"': {A},
    'tags = "kub"': set(),
    'tags contains "kub"': {A},
    'tags not_contains "prod"': {B, C, D},
    "tags is_empty": {C, D},
    "tags is_not_empty": {A, B},
    'thread_id = "t-1"': {A, B},
    'thread_id contains "t-"': {A, B, C},
    'start_time >= "2026-11-20T10:10:00Z"': {B, C, D},
    'start_time > "2026-11-20T10:10:00Z"': {C, D},
    'start_time < "2026-11-20T12:10:00+02:00"': {A},
    'start_time = "2026-11-20T10:20:00Z"': {C},
    'end_time <= "2026-11-20T10:00:01Z"': {A},
    'created_at > "2020-01-01T00:00:00Z"': ALL,
    'last_updated_at < "2020-01-01T00:00:00Z"': set(),
    # Milliseconds, as in Opik's REST.
    "duration > 1000": {B},
    "duration >= 1000": {A, B},
    "duration < 1000": {D},
    "duration = 250": {D},
    "total_estimated_cost > 0.1": {A},
    "total_estimated_cost = 0.01": {B},
    "llm_span_count = 1": {A, B},
    "usage.total_tokens > 120": {B},
    "usage.prompt_tokens = 100": {A},
    "usage.completion_tokens <= 200": {A, B},
    "feedback_scores.quality > 0.5": {A},
    "feedback_scores.quality <= 0.9": {A, B},
    "feedback_scores.QUALITY = 0.2": {B},
    "feedback_scores.tone is_not_empty": {B},
    "feedback_scores.quality is_empty": {C, D},
    'feedback_scores."quality" >= 0.9': {A},
    'span_feedback_scores."span quality" = 0.5': {A},
    "error_info is_not_empty": {C},
    "error_info is_empty": {A, B, D},
    'environment = "production"': {A},
    'environment != "production"': {B, C, D},
    'environment in ("production", "staging")': {A, B},
    'environment not_in ("production")': {B, C, D},
    'experiment_id = "01a207bd-8182-7297-b70a-836269c84c92"': set(),
    'annotation_queue_ids contains "01a207bd-8182-7297-b70a-836269c84c92"': set(),
    'guardrails = "failed"': set(),
    'tags contains "prod" AND feedback_scores.quality > 0.5': {A},
    'thread_id = "t-1" AND environment = "staging" AND duration > 10000': {B},
    'thread_id = "t-1" AND error_info is_not_empty': set(),
}
SPANS: dict[str, set[str]] = {
    'type = "llm"': {"a llm", "b llm"},
    'type != "llm"': {"a tool"},
    'type in ("tool", "guardrail")': {"a tool"},
    'model contains "GPT"': {"a llm"},
    'model = "claude-sonnet-4"': {"b llm"},
    'provider = "anthropic"': {"b llm"},
    'provider != "anthropic"': {"a llm", "a tool"},
    'trace_id = "<Alpha search>"': {"a llm", "a tool"},
    'name starts_with "a "': {"a llm", "a tool"},
    'input contains "hello"': {"a llm"},
    'output_json.text = "hallo welt"': {"a llm"},
    "metadata.temperature > 0.5": {"b llm"},
    'tags contains "first"': {"a llm"},
    "total_estimated_cost >= 0.01": {"a llm", "b llm"},
    "usage.total_tokens > 1000": {"b llm"},
    "duration < 1000": {"a tool"},
    "error_info is_not_empty": {"a tool"},
    'feedback_scores."span quality" >= 0.5': {"a llm"},
    'start_time >= "2026-11-20T10:30:00Z"': {"a llm", "a tool", "b llm"},
    'type = "llm" AND provider = "openai"': {"a llm"},
}
THREADS: dict[str, set[str]] = {
    'id = "t-1"': {"t-1"},
    'id contains "t-"': {"t-1", "t-2"},
    "number_of_messages > 2": {"t-1"},
    "number_of_messages = 2": {"t-2"},
    'first_message contains "kubernetes"': {"t-1"},
    'last_message contains "erledigt"': {"t-1"},
    'status = "active"': {"t-1", "t-2"},
    'status = "inactive"': set(),
    "feedback_scores.happy > 0.5": {"t-1"},
    "feedback_scores.happy is_empty": {"t-2"},
    'start_time < "2026-11-20T10:10:00Z"': {"t-1"},
    "duration > 60000": {"t-1"},
    'last_updated_at > "2020-01-01T00:00:00Z"': {"t-1", "t-2"},
    "tags is_empty": {"t-1", "t-2"},
}


@pytest.fixture(scope="module")
def seen(client: Client, drive: Callable[..., Steps]) -> Steps:
    asked = client.home / "filters.json"
    asked.write_text(
        json.dumps({"traces": list(TRACES), "spans": list(SPANS), "threads": list(THREADS)})
    )
    return drive("search", str(asked))


def found(seen: Steps, kind: str, filter_string: str) -> list[str]:
    names: list[str] = seen[f"{kind}: {filter_string}"]
    assert len(names) == len(set(names))
    return names


@pytest.mark.parametrize("filter_string", TRACES)
def test_traces(seen: Steps, filter_string: str) -> None:
    assert set(found(seen, "traces", filter_string)) == TRACES[filter_string]


@pytest.mark.parametrize("filter_string", SPANS)
def test_spans(seen: Steps, filter_string: str) -> None:
    assert set(found(seen, "spans", filter_string)) == SPANS[filter_string]


@pytest.mark.parametrize("filter_string", THREADS)
def test_threads(seen: Steps, filter_string: str) -> None:
    assert set(found(seen, "threads", filter_string)) == THREADS[filter_string]


def test_spans_of_one_trace(seen: Steps) -> None:
    assert [span["name"] for span in seen["search_spans by trace"]] == ["b llm"]


def test_a_filter_that_the_client_cannot_read_is_never_sent(seen: Steps) -> None:
    assert seen.error("bad filter")["error"] == "ValueError"
