"""Every public method of `opik.Opik`: what is logged reads back, what is not built says so."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.opik.conftest import Steps
from tests.live import LiveServer

# Every public name of the client's classes, by the driver that calls it. A name that a later
# version of the client adds is in no list, and the test says so.
TRACING = """
auth_check config copy_traces create_environment delete_environment delete_span_feedback_score
delete_trace_feedback_score end flush get_environments get_errors_report get_project
get_project_url get_span_content get_trace_content last_flush_result project_name rest_client
search_spans search_traces span trace update_environment update_span update_trace
""".split()
ELSEWHERE = {
    "annotations": """get_threads_client log_spans_feedback_scores log_threads_feedback_scores
        log_traces_feedback_scores search_threads""".split(),
    "attachments": "get_attachment_client queue_attachment_upload".split(),
}
# What the server has not built yet, with the first operation that the method asks for.
NOT_BUILT = {
    "create_dataset": "datasets.create_dataset",
    "get_dataset": "datasets.get_dataset_by_identifier",
    "get_datasets": "datasets.find_datasets",
    "get_or_create_dataset": "datasets.get_dataset_by_identifier",
    "delete_dataset": "datasets.delete_dataset_by_name",
    "get_dataset_experiments": "datasets.get_dataset_by_identifier",
    "create_test_suite": "datasets.create_dataset",
    "get_test_suite": "datasets.get_dataset_by_identifier",
    "get_test_suites": "datasets.find_datasets",
    "get_or_create_test_suite": "datasets.get_dataset_by_identifier",
    "delete_test_suite": "datasets.delete_dataset_by_name",
    "get_test_suite_experiments": "datasets.get_dataset_by_identifier",
    "create_experiment": "experiments.create_experiment",
    "get_experiment_by_id": "experiments.get_experiment_by_id",
    "get_experiment_by_name": "experiments.stream_experiments",
    "get_experiments_by_name": "experiments.stream_experiments",
    "update_experiment": "experiments.update_experiment",
    "get_experiments_client": "datasets.get_dataset_by_identifier",
    "create_prompt": "prompts.retrieve_prompt_version",
    "get_prompt": "prompts.retrieve_prompt_version",
    "get_all_prompts": "prompts.retrieve_prompt_version",
    "get_prompt_history": "prompts.retrieve_prompt_version",
    "search_prompts": "prompts.get_prompts",
    "set_prompt_environments": "prompts.retrieve_prompt_version",
    "create_chat_prompt": "prompts.retrieve_prompt_version",
    "get_chat_prompt": "prompts.retrieve_prompt_version",
    "get_chat_prompt_history": "prompts.retrieve_prompt_version",
    "get_prompts_client": "prompts.retrieve_prompt_version",
    "create_optimization": "optimizations.create_optimization",
    "get_optimization_by_id": "optimizations.get_optimization_by_id",
    "delete_optimizations": "optimizations.delete_optimizations_by_id",
    "create_dashboard": "dashboards.create_dashboard",
    "get_dashboard": "dashboards.get_dashboard_by_id",
    "get_dashboards": "dashboards.find_dashboards",
    "delete_dashboard": "dashboards.delete_dashboard",
    "create_traces_annotation_queue": "annotation_queues.create_annotation_queue",
    "create_threads_annotation_queue": "annotation_queues.create_annotation_queue",
    "get_traces_annotation_queue": "annotation_queues.get_annotation_queue_by_id",
    "get_threads_annotation_queue": "annotation_queues.get_annotation_queue_by_id",
    "get_traces_annotation_queues": "annotation_queues.find_annotation_queues",
    "get_threads_annotation_queues": "annotation_queues.find_annotation_queues",
    "delete_annotation_queue": "annotation_queues.delete_annotation_queue_batch",
    "create_config": "agent_configs.get_latest_blueprint",
    "get_or_create_config": "agent_configs.get_blueprint_by_env",
    "set_config_env": "agent_configs.get_blueprint_by_name",
}
IN_BACKGROUND = {"log_assertion_results": "assertion_results.store_assertions_batch"}

START, END = "2026-11-20T10:00:00.123456Z", "2026-11-20T10:00:02.623456Z"
ERROR = {"exception_type": "ValueError", "message": "no", "traceback": "Traceback: no"}


@pytest.fixture(scope="module")
def seen(drive: Callable[..., Steps]) -> Steps:
    return drive("tracing")


@pytest.fixture(scope="module")
def refused(drive: Callable[..., Steps]) -> Steps:
    return drive("not_built")


@pytest.fixture
def whole(seen: Steps) -> Any:
    return seen["trace whole"]


def by_name(items: Any) -> dict[str, Any]:
    return {item["name"]: item for item in items}


def scores(item: Any) -> dict[str, float]:
    return {score["name"]: score["value"] for score in item["feedback_scores"] or []}


def test_every_public_method_of_the_client_is_covered(seen: Steps) -> None:
    elsewhere = {name for names in ELSEWHERE.values() for name in names}
    covered = {*TRACING, *NOT_BUILT, *IN_BACKGROUND, *elsewhere}
    assert set(seen["public methods of Opik"]) == covered


def test_every_public_method_of_what_it_hands_out_is_covered(seen: Steps) -> None:
    assert set(seen["public methods of Trace"]) - {"id", "project_name"} <= {
        "end", "log_feedback_score", "span", "update",
    }  # fmt: skip
    assert set(seen["public methods of Span"]) - {"id"} <= {
        "end", "get_distributed_trace_headers", "log_feedback_score", "span", "update",
    }  # fmt: skip
    assert set(seen["public methods of ThreadsClient"]) == {
        "client", "close_thread", "log_threads_feedback_scores", "opik_client", "search_threads",
    }  # fmt: skip


def test_not_built_methods_are_all_asked(refused: Steps) -> None:
    assert set(refused["covered"]) == {*NOT_BUILT, *IN_BACKGROUND}


@pytest.mark.parametrize("method", NOT_BUILT)
def test_what_is_not_built_answers_501_by_name(refused: Steps, method: str) -> None:
    error = refused.error(method)
    assert (error["error"], error["status"]) == ("ApiError", 501)
    assert error["body"]["message"] == f"{NOT_BUILT[method]} is not built yet"


def test_what_is_sent_in_the_background_is_reported_as_lost(refused: Steps) -> None:
    assert refused["flush"] is False
    [failure] = refused["log_assertion_results"]["failures"]
    assert failure["status_code"] == 501
    assert "assertion_results.store_assertions_batch is not built yet" in failure["detail"]


def test_nothing_was_lost(seen: Steps) -> None:
    assert seen["flush"] is True
    assert seen["last_flush_result"]["dropped_items"] == 0
    assert seen["get_errors_report"]["total_dropped_items"] == 0
    assert "Failed to process" not in seen.said


def test_auth_check_passes_on_an_open_server(seen: Steps) -> None:
    assert seen["auth_check"] is None


def test_a_trace_reads_back_as_it_was_logged(seen: Steps, whole: Any) -> None:
    assert whole["id"] == seen["ids"]["whole"]
    assert whole["name"] == "whole"
    assert (whole["start_time"], whole["end_time"]) == (START, END)
    assert whole["duration"] == 2500
    assert whole["input"] == {"question": "why?", "nested": {"list": [1, 2.5, None, True, "é"]}}
    assert whole["output"] == {"answer": "because"}
    assert {"a": {"b": 1}, "text": "x"}.items() <= whole["metadata"].items()
    assert sorted(whole["tags"]) == ["one", "two"]
    assert whole["error_info"] == ERROR
    assert (whole["thread_id"], whole["environment"]) == ("thread-whole", "staging")
    assert whole["source"] == "sdk"
    assert whole["created_by"] == whole["last_updated_by"] == "admin"


def test_a_trace_sums_up_its_spans(whole: Any) -> None:
    assert (whole["span_count"], whole["llm_span_count"]) == (4, 2)
    assert whole["has_tool_spans"] is True
    assert whole["providers"] == ["openai"]
    assert whole["usage"]["prompt_tokens"] == 1100
    assert whole["usage"]["completion_tokens"] == 110
    assert whole["usage"]["total_tokens"] == 1210
    assert whole["total_estimated_cost"] > 0.25


def test_scores_given_with_a_trace_and_after_it_are_there(whole: Any) -> None:
    found = by_name(whole["feedback_scores"])
    assert scores(whole) == {"quality": 0.75, "speed": 1.0}
    assert found["quality"]["reason"] == "good"
    assert found["quality"]["category_name"] == "c"
    assert found["quality"]["source"] == "sdk"
    assert found["speed"]["reason"] == "fast"
    assert scores({"feedback_scores": whole["span_feedback_scores"]}) == {"tone": 0.5}


def test_a_span_reads_back_as_it_was_logged(seen: Steps) -> None:
    span = seen["span llm"]
    assert (span["id"], span["trace_id"]) == (seen["ids"]["llm"], seen["ids"]["whole"])
    assert (span["name"], span["type"], span["parent_span_id"]) == ("call", "llm", None)
    assert (span["start_time"], span["end_time"], span["duration"]) == (START, END, 2500)
    assert span["input"] == {"messages": [{"role": "user", "content": "why?"}]}
    assert span["output"] == {"choices": [{"message": {"content": "because"}}]}
    assert span["metadata"]["temperature"] == 0
    assert span["tags"] == ["span-tag"]
    assert (span["model"], span["provider"]) == ("gpt-4o", "openai")
    assert span["usage"]["prompt_tokens"] == 100
    assert span["usage"]["total_tokens"] == 110
    assert span["usage"]["original_usage.completion_tokens"] == 10
    assert span["total_estimated_cost"] == 0.25
    assert span["project_id"] == seen["trace whole"]["project_id"]
    assert scores(span) == {"tone": 0.5}


def test_spans_know_their_parents(seen: Steps) -> None:
    ids = seen["ids"]
    assert seen["span tool"]["parent_span_id"] == ids["llm"]
    assert seen["span guard"]["parent_span_id"] == ids["llm"]
    assert seen["span joined"]["parent_span_id"] == ids["inner"]
    assert (seen["span tool"]["type"], seen["span guard"]["type"]) == ("tool", "guardrail")
    assert seen["span tool"]["error_info"] == ERROR
    assert seen["span guard"]["end_time"] is None


def test_a_cost_that_nobody_gave_is_worked_out(seen: Steps) -> None:
    assert 0 < seen["span priced"]["total_estimated_cost"] < 0.1


def test_later_changes_complete_what_was_begun(seen: Steps) -> None:
    trace, span = seen["trace steps"], seen["span inner"]
    assert (trace["input"], trace["output"]) == ({"n": 1}, {"n": 2})
    assert trace["metadata"]["done"] is True
    assert (trace["tags"], trace["thread_id"]) == (["late"], "thread-steps")
    assert trace["end_time"] is not None
    assert (span["input"], span["output"]) == ({"n": 1}, {"n": 2})
    assert span["metadata"]["seen"] == 1
    assert (span["tags"], span["model"], span["provider"]) == (["late"], "m", "p")
    assert span["usage"]["completion_tokens"] == 2


def test_a_span_without_a_trace_makes_one(seen: Steps) -> None:
    span, trace = seen["span lonely"], seen["trace lonely trace"]
    assert span["trace_id"] == trace["id"]
    assert (span["name"], trace["name"]) == ("lonely", "lonely")
    assert (span["output"], span["error_info"]) == ({"y": 2}, ERROR)
    assert span["total_estimated_cost"] == 0.5
    assert scores(span) == {"lone": 1.0}
    assert (trace["input"], trace["output"], trace["tags"]) == ({"x": 1}, {"z": 3}, ["up"])


def test_what_is_not_there_is_not_found(seen: Steps) -> None:
    for what in ("trace", "span"):
        error = seen.error(f"no such {what}")
        assert error["status"] == 404
        assert "not found" in error["body"]["message"].lower()


def test_search_finds_every_trace_newest_first(seen: Steps) -> None:
    found = seen["search_traces"]
    assert [trace["name"] for trace in found] == ["lonely", "steps", "whole"]
    assert {trace["id"]: trace for trace in found}[seen["ids"]["whole"]]["input"]
    assert seen["search_traces wait"] == found


def test_search_reads_pages_until_it_has_all(seen: Steps) -> None:
    ids = [trace["id"] for trace in seen["search_traces"]]
    assert [trace["id"] for trace in seen["search_traces in pages"]] == ids
    assert [trace["id"] for trace in seen["search_traces max_results"]] == ids[:2]
    spans = [span["id"] for span in seen["search_spans wait"]]
    assert [span["id"] for span in seen["search_spans in pages"]] == spans
    assert len(set(spans)) == 7


def test_search_leaves_out_what_it_is_told_to(seen: Steps) -> None:
    for trace in seen["search_traces exclude"]:
        assert (trace["input"], trace["output"], trace["metadata"]) == (None, None, None)
    assert len(seen["search_traces exclude"]) == 3


def test_search_finds_the_spans_of_one_trace(seen: Steps) -> None:
    names = {span["name"] for span in seen["search_spans of one trace"]}
    assert names == {"call", "tool", "guard", "priced"}


def test_search_in_a_project_that_is_not_there(seen: Steps) -> None:
    for what in ("search_traces of no project", "search_spans of no project"):
        assert seen[what] == []


def test_the_project_is_there_by_id_and_by_url(seen: Steps) -> None:
    assert seen["get_project"]["name"] == "sdk-tracing"
    assert seen["get_project_url"].endswith("/default/redirect/projects?name=sdk-tracing")


def test_the_printed_link_leads_to_the_trace(seen: Steps, server: LiveServer) -> None:
    link = next(word for word in seen.said.split() if "session/redirect/projects" in word)
    answer = server.get(link.removeprefix(server.url).rstrip("."))
    assert answer.status == 303
    assert seen["ids"]["whole"] in answer.headers["location"]


def test_scores_that_are_deleted_are_gone(seen: Steps) -> None:
    assert scores(seen["trace whole without speed"]) == {"quality": 0.75}
    assert scores(seen["span llm without tone"]) == {}


def test_copies_are_whole(seen: Steps) -> None:
    traces, copies = by_name(seen["search_traces"]), by_name(seen["copied traces"])
    assert copies.keys() == traces.keys()
    assert copies["whole"]["id"] != traces["whole"]["id"]
    for field in ("input", "output", "tags", "error_info", "start_time", "end_time"):
        assert copies["whole"][field] == traces["whole"][field], field
    spans, copied = by_name(seen["search_spans wait"]), by_name(seen["copied spans"])
    assert copied.keys() == spans.keys()
    assert copied["tool"]["parent_span_id"] == copied["call"]["id"]
    assert copied["call"]["trace_id"] == copies["whole"]["id"]
    assert copied["call"]["usage"]["total_tokens"] == 110


def test_environments_live_by_name(seen: Steps) -> None:
    first = {item["name"] for item in seen["environments at first"]}
    made = seen["create_environment"]
    assert (made["name"], made["description"], made["color"]) == ("qa", "d", "#112233")
    assert seen.error("create_environment again")["error"] == "EnvironmentAlreadyExists"
    assert {item["name"] for item in seen["get_environments"]} == first | {"qa"}
    changed = seen["update_environment"]
    assert (changed["description"], changed["color"]) == ("e", "#445566")
    assert seen.error("update unknown environment")["error"] == "OpikException"
    assert seen["delete unknown environment"] is None
    assert {item["name"] for item in seen["environments at last"]} == first


def test_http_reads_the_same_as_the_client(seen: Steps, server: LiveServer) -> None:
    id = seen["ids"]["steps"]
    raw = server.get(f"/api/v1/private/traces/{id}").json
    assert (raw["input"], raw["output"]) == ({"n": 1}, {"n": 2})
    listed = server.get("/api/v1/private/traces?project_name=sdk-tracing&size=10").json
    assert listed["total"] == 3
    assert [item["id"] for item in listed["content"]] == [
        item["id"] for item in seen["search_traces"]
    ]
