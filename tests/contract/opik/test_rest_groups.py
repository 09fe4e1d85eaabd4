"""The generated REST client: every operation of every group that is built, parsed by its types."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.opik.conftest import Steps

# Lists of things that are not built, asked for by project.
NOT_BUILT = {
    f"projects.{name}"
    for name in """find_alerts_by_project find_dashboards_by_project find_datasets_by_project
        find_experiments_by_project find_optimizations_by_project get_prompts_by_project""".split()
}
# Operations that must fail when called as the generated client can call them, and how.
FAIL = {
    # It cannot send a body.
    "open_telemetry_ingestion.receive_protobuf_traces": 415,
    # It cannot name the score that is asked about.
    "workspaces.get_metric": 400,
}
LINKS = {
    f"redirect.{name}_redirect" for name in ("projects", "datasets", "experiments", "optimizations")
}
METRICS = (
    "FEEDBACK_SCORES TRACE_COUNT TOKEN_USAGE DURATION COST GUARDRAILS_FAILED_COUNT THREAD_COUNT "
    "THREAD_DURATION THREAD_FEEDBACK_SCORES SPAN_FEEDBACK_SCORES SPAN_COUNT SPAN_DURATION "
    "SPAN_TOKEN_USAGE TRACE_AVERAGE_DURATION TRACE_ERROR_RATE SPAN_AVERAGE_DURATION SPAN_COST "
    "SPAN_ERROR_RATE THREAD_AVERAGE_DURATION THREAD_COST"
).split()


@pytest.fixture(scope="module")
def seen(drive: Callable[..., Steps]) -> Steps:
    return drive("rest_groups")


def lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines() if line]


def test_every_operation_of_the_built_groups_is_walked(seen: Steps) -> None:
    known = {f"{group}.{name}" for group, names in seen["methods"].items() for name in names}
    assert known - seen.steps.keys() == set()


def test_every_answer_fits_the_types_of_the_client(seen: Steps) -> None:
    known = {f"{group}.{name}" for group, names in seen["methods"].items() for name in names}
    failed = {
        name: (step["error"], step["status"], step["text"][:300])
        for name, step in seen.steps.items()
        if name in known - NOT_BUILT - LINKS - FAIL.keys() and not step["ok"]
    }
    assert failed == {}


@pytest.mark.parametrize("operation", sorted(NOT_BUILT))
def test_what_is_not_built_answers_501_by_name(seen: Steps, operation: str) -> None:
    error = seen.error(operation)
    assert error["status"] == 501
    assert error["body"]["message"] == f"{operation} is not built yet"


@pytest.mark.parametrize("operation", FAIL)
def test_what_cannot_be_asked_is_refused_in_words(seen: Steps, operation: str) -> None:
    error = seen.error(operation)
    assert error["status"] == FAIL[operation]
    assert error["body"]["message"]


@pytest.mark.parametrize("operation", sorted(LINKS))
def test_links_lead_to_pages(seen: Steps, operation: str) -> None:
    error = seen.error(operation)
    assert error["status"] == 303
    assert "'location': '/" in error["text"]


@pytest.mark.parametrize(
    ("step", "status"),
    [
        ("projects.create_project again", 409),
        ("traces.create_trace again", 409),
        ("no such project", 404),
        ("no such trace", 404),
        ("no such environment", 404),
        ("no configuration", 404),
        ("deleted trace", 404),
        ("deleted span", 404),
        ("deleted project", 404),
    ],
)
def test_errors_have_opiks_status_and_a_message(seen: Steps, step: str, status: int) -> None:
    error = seen.error(step)
    assert error["status"] == status
    assert error["body"]["code"] == status
    assert error["body"]["message"]


def test_a_span_created_twice_is_passed_over(seen: Steps) -> None:
    assert seen["spans.create_span again"] is None
    assert seen["spans.get_span_by_id"]["name"] == "root"


def test_a_trace_reads_back(seen: Steps) -> None:
    trace = seen["traces.get_trace_by_id"]
    assert (trace["name"], trace["ttft"], trace["environment"]) == ("one", 12.5, "production")
    assert (trace["input"], trace["output"], trace["metadata"]) == ({"q": 1}, {"a": 2}, {"m": 3})
    other = seen["trace with a list and a text"]
    assert other["input"] == [{"a": "list"}]
    assert other["output"] == {"late": 1}
    assert other["tags"] == ["late"]


def test_pages_are_sorted_filtered_and_searched(seen: Steps) -> None:
    page = seen["traces.get_traces_by_project"]
    assert (page["page"], page["size"], page["total"]) == (1, 2, 4)
    assert [item["name"] for item in page["content"]] == ["batch 0", "batch 1"]
    assert [item["input"] for item in page["content"]] == [None, None]
    assert "name" in page["sortable_by"]
    assert {item["name"] for item in seen["traces filtered"]["content"]} == {"batch 1", "batch 2"}
    spans = seen["spans.get_spans_by_project"]
    assert [item["name"] for item in spans["content"]] == ["child 2", "child 1", "child 0"]


def test_streams_are_lines_of_json(seen: Steps) -> None:
    assert len(lines(seen["traces.search_traces"])) == 2
    assert {item["name"] for item in lines(seen["spans.search_spans"])} == {
        "root", "child 0", "child 1", "child 2",
    }  # fmt: skip
    [thread] = lines(seen["traces.search_trace_threads"])
    assert thread["number_of_messages"] == 10


def test_annotations_are_shown_with_their_trace(seen: Steps) -> None:
    trace = seen["trace annotated"]
    assert [(s["name"], s["value"], s["source"]) for s in trace["feedback_scores"]] == [
        ("s", 0.5, "ui")
    ]
    assert [comment["text"] for comment in trace["comments"]] == ["hm!"]
    [validation] = seen["trace guarded"]["guardrails_validations"]
    assert [(c["name"], c["result"]) for c in validation["checks"]] == [("PII", "failed")]
    assert seen["trace with spans"]["span_count"] == 4


def test_score_names_are_listed(seen: Steps) -> None:
    def names(step: str) -> set[str]:
        return {score["name"] for score in seen[step]["scores"]}

    assert names("traces.find_feedback_score_names2") == {"s", "b"}
    assert names("spans.find_feedback_score_names1") == {"s"}
    assert names("traces.find_trace_threads_feedback_score_names") == {"mood"}
    assert {"s", "b"} <= names("projects.find_feedback_score_names_by_project_ids")


def test_existence_is_answered(seen: Steps) -> None:
    assert seen["traces.exist"]["exists"] is True
    assert seen["spans.exist"]["exists"] is True


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_is_drawn(seen: Steps, metric: str) -> None:
    answer = seen[f"metric {metric}"]
    assert answer["metric_type"] == metric
    for line in answer["results"]:
        assert line["data"], line


def test_figures_count_what_was_written(seen: Steps) -> None:
    [line] = seen["metric TRACE_COUNT"]["results"]
    assert sum(point["value"] or 0 for point in line["data"]) == 5
    stats = {item["name"]: item["value"] for item in seen["traces.get_trace_stats"]["stats"]}
    assert stats["trace_count"] == 5
    [cards] = [seen["projects.get_project_kpi_cards"]["stats"]]
    assert {card["type"]: card["current_value"] for card in cards}["count"] == 5
    assert seen["workspaces.costs_summary"]["current"] >= 0.5


def test_definitions_are_of_three_types(seen: Steps) -> None:
    found = {d["type"] for d in seen["feedback_definitions.find_feedback_definitions"]["content"]}
    assert found == {"numerical", "categorical", "boolean"}
    assert seen["definition updated"]["details"] == {"min": 0, "max": 10}
    assert seen["definitions left"]["content"] == []


def test_attachments_are_listed_read_and_deleted(seen: Steps) -> None:
    assert seen["attachments.start_multi_part_upload"]["upload_id"] == "BEMinIO"
    [file] = seen["attachments.attachment_list"]["content"]
    assert (file["file_name"], file["mime_type"]) == ("a.txt", "text/plain")
    assert seen["attachments.download_attachment"] == '{"a": 1}'
    assert seen["attachments left"]["content"] == []


def test_what_was_deleted_is_in_no_list(seen: Steps) -> None:
    assert seen["threads left"]["content"] == []
    assert seen["projects left"]["content"] == []
