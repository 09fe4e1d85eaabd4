"""`@opik.track` and the context managers: the tree that is stored is the calls that were made."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.opik.conftest import Steps


@pytest.fixture(scope="module")
def seen(drive: Callable[..., Steps]) -> Steps:
    return drive("track")


class Tree:
    """The traces and spans of a project, by name."""

    def __init__(self, traces: Any, spans: Any) -> None:
        self.traces, self.spans = traces, spans

    def trace(self, name: str) -> Any:
        [found] = [trace for trace in self.traces if trace["name"] == name]
        return found

    def of(self, trace: Any, name: str | None = None) -> Any:
        """The spans of a trace, oldest first."""
        found = [
            span
            for span in self.spans
            if span["trace_id"] == trace["id"] and name in (None, span["name"])
        ]
        return sorted(found, key=lambda span: span["id"])

    def one(self, trace: Any, name: str) -> Any:
        [found] = self.of(trace, name)
        return found


@pytest.fixture
def tree(seen: Steps) -> Tree:
    return Tree(seen["traces"], seen["spans"])


def test_nothing_was_lost(seen: Steps) -> None:
    assert seen["flush"] is True
    assert seen["get_errors_report"]["total_dropped_items"] == 0


def test_everything_that_began_has_ended(tree: Tree) -> None:
    assert [item["name"] for item in tree.traces + tree.spans if not item["end_time"]] == []


def test_a_tracked_function_is_a_trace_with_its_span_and_its_callee(tree: Tree) -> None:
    trace = tree.trace("plain_function")
    assert trace["input"] == {"question": "why?", "secret": "hush"}
    assert trace["output"] == {"answer": 42, "question": "why?"}
    own, leaf = tree.one(trace, "plain_function"), tree.one(trace, "leaf")
    assert own["parent_span_id"] is None
    assert leaf["parent_span_id"] == own["id"]
    assert (leaf["type"], leaf["tags"], leaf["metadata"]["m"]) == ("tool", ["leaf-tag"], 1)
    assert (leaf["input"], leaf["output"]) == ({"x": 40, "y": 2}, {"output": 42})
    assert len(tree.of(trace)) == trace["span_count"] == 2


def test_what_must_not_be_captured_is_not_stored(tree: Tree) -> None:
    trace = tree.trace("discreet")
    assert trace["input"] == {"question": "why?"}
    assert not trace["output"]
    assert "sesame" not in str([trace, *tree.of(trace)])


def test_async_functions_nest(tree: Tree) -> None:
    trace = tree.trace("async_function")
    own = tree.one(trace, "async_function")
    leaves = tree.of(trace, "async_leaf")
    assert [leaf["parent_span_id"] for leaf in leaves] == [own["id"]] * 2
    assert sorted(leaf["output"]["output"] for leaf in leaves) == [2, 4]
    assert trace["output"] == {"output": [2, 4]}


def test_generators_are_stored_with_what_they_yielded(seen: Steps, tree: Tree) -> None:
    assert seen["generated"] == [2, 3, 4]
    trace = tree.trace("generator")
    own = tree.one(trace, "generator")
    assert [leaf["parent_span_id"] for leaf in tree.of(trace, "leaf")] == [own["id"]] * 3
    assert tree.trace("aggregated")["output"] == {"output": "a+b"}
    assert trace["output"]


def test_async_generators_nest(seen: Steps, tree: Tree) -> None:
    assert seen["async generated"] == [0, 2, 4]
    trace = tree.trace("async_generator")
    own = tree.one(trace, "async_generator")
    assert [leaf["parent_span_id"] for leaf in tree.of(trace, "async_leaf")] == [own["id"]] * 3


def test_an_error_stands_on_every_span_it_passed(seen: Steps, tree: Tree) -> None:
    assert seen["outer_failing raised"] == "ValueError"
    trace = tree.trace("outer_failing")
    for item in (trace, tree.one(trace, "outer_failing"), tree.one(trace, "failing")):
        assert item["error_info"]["exception_type"] == "ValueError"
        assert item["error_info"]["message"] == "it went wrong: ünïcode"
        assert 'raise ValueError("it went wrong' in item["error_info"]["traceback"]


def test_an_error_that_was_caught_stands_where_it_was_raised_alone(tree: Tree) -> None:
    trace = tree.trace("recovering")
    assert trace["error_info"] is None
    assert trace["output"] == {"output": "recovered"}
    assert tree.one(trace, "failing")["error_info"]["exception_type"] == "ValueError"


def test_a_generator_that_breaks_off_keeps_its_error(seen: Steps, tree: Tree) -> None:
    assert seen["failing_generator raised"] == "RuntimeError"
    error = tree.trace("failing_generator")["error_info"]
    assert (error["exception_type"], error["message"]) == ("RuntimeError", "half way")


def test_a_function_may_change_its_span_and_its_trace(tree: Tree) -> None:
    trace = tree.trace("renamed-trace")
    assert trace["metadata"]["tk"] == "tv"
    assert (trace["tags"], trace["thread_id"]) == (["t"], "track-thread")
    assert [(s["name"], s["value"]) for s in trace["feedback_scores"]] == [("trace-score", 1.0)]
    span = tree.one(trace, "renamed-span")
    assert (span["type"], span["model"], span["provider"]) == ("llm", "gpt-4o-mini", "openai")
    assert (span["metadata"]["k"], span["tags"]) == ("v", ["s"])
    assert span["usage"]["total_tokens"] == trace["usage"]["total_tokens"] == 10
    assert span["total_estimated_cost"] == trace["total_estimated_cost"] == 0.125
    assert [(s["name"], s["value"]) for s in span["feedback_scores"]] == [("span-score", 0.5)]
    assert span["output"] == {"over": "written"}


def test_opik_args_reach_the_trace_and_the_span(tree: Tree) -> None:
    [trace] = [t for t in tree.traces if t["name"] == "with_args" and t["input"] == {"x": 1}]
    assert (trace["thread_id"], trace["metadata"]["from"]) == ("args-thread", "args")
    assert "from-args" in trace["tags"]
    span = tree.one(trace, "with_args")
    assert span["metadata"]["span-from"] == "args"
    assert "span-args" in span["tags"]


def test_a_remote_function_joins_the_callers_trace(seen: Steps, tree: Tree) -> None:
    headers = seen["headers"]
    trace = tree.trace("caller")
    own = tree.one(trace, "caller")
    assert headers == {"opik_trace_id": trace["id"], "opik_parent_span_id": own["id"]}
    remote = tree.one(trace, "remote")
    assert remote["parent_span_id"] == own["id"]
    assert tree.one(trace, "leaf")["parent_span_id"] == remote["id"]
    assert [t["name"] for t in tree.traces if t["name"] == "remote"] == []


def test_a_project_may_be_named_by_function_and_by_context(seen: Steps) -> None:
    assert [trace["name"] for trace in seen["other traces"]] == ["elsewhere"]
    assert {span["name"] for span in seen["other spans"]} == {"elsewhere", "leaf"}
    assert [trace["name"] for trace in seen["context traces"]] == ["leaf"]


def test_an_environment_may_be_named_by_function(tree: Tree) -> None:
    trace = tree.trace("flushed")
    assert trace["environment"] == "development"
    assert tree.one(trace, "flushed")["environment"] == "development"


def test_context_managers_make_the_same_tree(tree: Tree) -> None:
    trace = tree.trace("by-context")
    assert (trace["input"], trace["output"]) == ({"i": 1}, {"done": True})
    assert (trace["tags"], trace["thread_id"]) == (["c"], "context-thread")
    span, leaf = tree.one(trace, "span-by-context"), tree.one(trace, "leaf")
    assert (span["input"], span["output"]) == ({"p": 1}, {"o": 1})
    assert (span["type"], span["model"], span["provider"]) == ("llm", "gpt-4o", "openai")
    assert span["usage"]["total_tokens"] == 10
    assert leaf["parent_span_id"] == span["id"]


def test_a_context_that_breaks_keeps_its_error(seen: Steps, tree: Tree) -> None:
    assert seen["broken_context raised"] == "KeyError"
    assert tree.trace("broken-context")["error_info"]["exception_type"] == "KeyError"


def test_a_span_context_without_a_trace_makes_one(tree: Tree) -> None:
    trace = tree.trace("bare-span")
    assert tree.one(trace, "leaf")["parent_span_id"] == tree.one(trace, "bare-span")["id"]


def test_nothing_is_stored_while_tracing_is_off(tree: Tree) -> None:
    assert [span for span in tree.spans if (span["input"] or {}).get("x") == 77] == []


def test_threads_do_not_mix_their_traces(tree: Tree) -> None:
    found = [t for t in tree.traces if t["name"] == "with_args" and t["input"]["x"] >= 1000]
    assert sorted(trace["output"]["output"] for trace in found) == list(range(1000, 1008))
    assert [trace["span_count"] for trace in found] == [1] * 8
