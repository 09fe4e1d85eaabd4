"""Guardrail checks logged by the client: a span of their own, and a verdict on the trace."""

from collections.abc import Callable

import pytest

from tests.contract.opik.conftest import Steps


@pytest.fixture(scope="module")
def seen(drive: Callable[..., Steps]) -> Steps:
    return drive("guardrails")


def test_the_verdict_stands_on_the_trace(seen: Steps) -> None:
    assert seen["flush"] is True
    assert seen["get_errors_report"]["total_dropped_items"] == 0
    verdicts = {}
    for trace in seen["traces"]:
        [validation] = trace["guardrails_validations"]
        [check] = validation["checks"]
        verdicts[trace["name"]] = (check["name"], check["result"])
    assert verdicts == {"good": ("PII", "passed"), "bad": ("PII", "failed")}


def test_the_check_is_a_span_that_the_verdict_names(seen: Steps) -> None:
    spans = {span["id"]: span for span in seen["spans"]}
    for trace in seen["traces"]:
        span = spans[trace["guardrails_validations"][0]["span_id"]]
        assert (span["type"], span["trace_id"]) == ("guardrail", trace["id"])


def test_a_failed_check_is_an_error_in_the_function(seen: Steps) -> None:
    assert seen.error("bad")["error"] == "GuardrailValidationFailed"
    [bad] = [trace for trace in seen["traces"] if trace["name"] == "bad"]
    assert bad["error_info"]["exception_type"] == "GuardrailValidationFailed"


def test_traces_are_found_by_their_verdict(seen: Steps) -> None:
    assert [trace["name"] for trace in seen["failed"]] == ["bad"]
    assert [trace["name"] for trace in seen["passed"]] == ["good"]
