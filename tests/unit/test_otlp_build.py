"""Trace and span rows of a request: roots, threads, linking, errors, tokens counted once."""

import json
from typing import Any

from sightline.core.ids import format_id, new_id
from sightline.domain.writes import SpanWrite
from sightline.wire.otlp.build import build
from sightline.wire.otlp.counting import CountedParents
from sightline.wire.otlp.decode import decode_json
from sightline.wire.otlp.export import Event, ExportRequest, Link, ScopeSpans
from sightline.wire.otlp.ids import TraceIds, id_in_trace, opik_id, trace_starts_ms
from tests.fixtures.otlp.golden import HERE, NOW_US, trace_ids
from tests.fixtures.otlp.requests import (
    START_NS,
    TRACE,
    built,
    make_request,
    make_span,
    one,
    span_id,
)

TRACE_ID = opik_id(TRACE, START_NS // 1_000_000)
LINKED = new_id()
LINKED_PARENT = new_id()
LINKED_SPAN = new_id()


def named(spans: list[SpanWrite]) -> dict[str | None, SpanWrite]:
    return {span.name: span for span in spans}


def metadata(write: Any) -> dict[str, Any]:
    return dict(json.loads(write.metadata))


def llm(number: int, parent: int | None, tokens: int, **said: Any) -> Any:
    attributes = {"gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": tokens} | said
    return make_span(number, attributes, parent=parent, name=f"llm{number}")


def agent(number: int, parent: int | None, tokens: int | None = None, **said: Any) -> Any:
    attributes = {"gen_ai.operation.name": "invoke_agent"} | said
    if tokens is not None:
        attributes["gen_ai.usage.input_tokens"] = tokens
    return make_span(number, attributes, parent=parent, name=f"agent{number}")


# --- rows


def test_root_span_makes_the_trace_and_is_a_span_too() -> None:
    root = make_span(1, {"input": "q", "output": "a", "opik.tags": "x"}, name="root")
    traces, spans = built(root, make_span(2, parent=1, name="child"))
    (trace,) = traces
    assert (trace.id, trace.name, trace.source) == (TRACE_ID, "root", "sdk")
    assert (trace.input, trace.output) == ('{"input":"q"}', '{"output":"a"}')
    assert trace.tags == ["x"]
    assert (trace.start_time_us, trace.end_time_us) == (START_NS // 1000, START_NS // 1000 + 10**6)
    rows = named(spans)
    assert rows["root"].parent_span_id is None
    assert rows["child"].parent_span_id == rows["root"].id == id_in_trace(span_id(1), TRACE_ID)
    assert {span.trace_id for span in spans} == {TRACE_ID}
    assert {span.project_name for span in spans} == {trace.project_name} == {"p"}


def test_times_keep_microseconds() -> None:
    write = one({}, start_ns=START_NS + 1_234_567, end_ns=START_NS + 2_345_678)
    assert write.start_time_us == START_NS // 1000 + 1234
    assert write.end_time_us == START_NS // 1000 + 2345


def test_every_write_carries_the_version_of_its_arrival() -> None:
    traces, spans = built(make_span(1), make_span(2, parent=1))
    assert {write.version_us for write in [*traces, *spans]} == {NOW_US}


def test_no_root_yet_makes_no_trace_yet() -> None:
    traces, spans = built(make_span(2, parent=1), make_span(3, parent=2))
    assert traces == []
    assert len(spans) == 2


async def test_children_first_and_root_later_are_one_tree() -> None:
    ids = TraceIds()
    written = []
    for request in (
        make_request(make_span(2, parent=1, start_ns=START_NS + 7_000_000)),
        make_request(make_span(1, start_ns=START_NS)),
    ):
        starts = trace_starts_ms(request, NOW_US)
        known = await ids.resolve(b"w" * 16, "p", starts)
        written.append(build(request, known, NOW_US, "p"))
    (_, (child,)), ((trace,), (root,)) = written
    assert child.trace_id == root.trace_id == trace.id
    assert child.parent_span_id == root.id


def test_one_span_per_resource_is_still_one_tree() -> None:
    scopes = [
        ScopeSpans({"service.name": name}, "app", "", [span])
        for name, span in (("a", make_span(1)), ("b", make_span(2, parent=1)))
    ]
    request = ExportRequest(scopes)
    traces, spans = build(request, trace_ids(request), NOW_US, "p")
    assert len(traces) == 1
    assert spans[1].parent_span_id == spans[0].id


def test_two_roots_of_one_trace_make_one_row_of_the_earlier() -> None:
    late = make_span(1, name="late", start_ns=START_NS + 1_000_000)
    early = make_span(2, name="early", start_ns=START_NS)
    traces, _ = built(late, early)
    assert [trace.name for trace in traces] == ["early"]


def test_connection_test_is_not_stored() -> None:
    request = decode_json((HERE / "openrouter" / "connection_test.request.json").read_bytes())
    assert build(request, {}, NOW_US, "p") == ([], [])


def test_links_and_events_stay_readable() -> None:
    span = make_span(1, events=[Event("cache.miss", START_NS, {"key": '{"a": 1}'})])
    span.links = [Link(b"\x01" * 16, b"\x02" * 8, {"why": "batch"})]
    found = metadata(built(span)[1][0])
    assert found["opentelemetry.events"] == [
        {"name": "cache.miss", "time_unix_nano": START_NS, "attributes": {"key": {"a": 1}}}
    ]
    assert found["opentelemetry.links"] == [
        {"trace_id": "01" * 16, "span_id": "02" * 8, "attributes": {"why": "batch"}}
    ]


def test_resource_is_kept_on_the_trace_without_the_noise() -> None:
    noise = {"telemetry.sdk.name": "otel", "process.pid": 7, "service.instance.id": "random"}
    resource = {"service.name": "shop"} | noise
    request = make_request(make_span(1), resource=resource)
    traces, spans = build(request, trace_ids(request), NOW_US, "p")
    assert metadata(traces[0])["opentelemetry.resource"] == {"service.name": "shop"}
    assert "opentelemetry.resource" not in metadata(spans[0])


def test_environment_comes_from_the_resource_or_the_span() -> None:
    request = make_request(
        make_span(1),
        make_span(2, {"deployment.environment": "canary"}, parent=1),
        resource={"deployment.environment.name": "prod"},
    )
    _, spans = build(request, trace_ids(request), NOW_US, "p")
    assert [span.environment for span in spans] == ["prod", "canary"]


def test_integration_is_the_scope_that_is_not_logfire() -> None:
    def integrations(*scopes: str) -> list[str | None]:
        request = ExportRequest(
            [ScopeSpans({}, name, "", [make_span(n + 1)]) for n, name in enumerate(scopes)]
        )
        _, spans = build(request, trace_ids(request), NOW_US, "p")
        return [json.loads(span.metadata or "{}").get("integration") for span in spans]

    assert integrations("logfire", "openai") == ["openai", "openai"]
    assert integrations("openai", "langchain") == ["openai", "langchain"]
    assert integrations("logfire") == [None]


# --- what spans say about their trace


def test_thread_id_of_a_child_reaches_the_trace() -> None:
    traces, _ = built(make_span(1), make_span(2, {"gen_ai.conversation.id": "c1"}, parent=1))
    assert traces[0].thread_id == "c1"
    assert metadata(traces[0])["thread_id"] == "c1"


def test_thread_id_of_the_root_goes_first() -> None:
    child = make_span(2, {"session.id": "child"}, parent=1)
    traces, _ = built(child, make_span(1, {"session.id": "root"}))
    assert traces[0].thread_id == "root"


def test_trace_attributes_on_a_child_reach_the_trace() -> None:
    said = {
        "langfuse.trace.name": "Checkout",
        "langfuse.trace.input": '{"cart": 3}',
        "langfuse.trace.output": "paid",
        "langfuse.trace.tags": ["vip"],
        "langfuse.trace.metadata.plan": "pro",
        "langfuse.environment": "prod",
    }
    traces, spans = built(make_span(1, {"opik.tags": "own"}), make_span(2, said, parent=1))
    trace = traces[0]
    assert (trace.name, trace.environment, trace.tags) == ("Checkout", "prod", ["own", "vip"])
    assert (trace.input, trace.output) == ('{"cart":3}', '{"value":"paid"}')
    assert metadata(trace)["plan"] == "pro"
    assert (spans[1].input, spans[1].output, spans[1].name) == (None, None, "step")


def test_trace_input_that_differs_from_the_spans_is_the_traces_alone() -> None:
    said = {"trace.input": '{"task": "all"}', "span.input": '{"step": 1}'}
    traces, spans = built(make_span(1, said))
    assert traces[0].input == '{"task":"all"}'
    assert spans[0].input == '{"step":1}'


def test_content_said_three_times_is_stored_once() -> None:
    text = '{"messages": []}'
    said = {"trace.input": text, "span.input": text, "gen_ai.prompt": text}
    traces, spans = built(make_span(1, said))
    assert traces[0].input == spans[0].input == '{"messages":[]}'


# --- errors


def test_last_exception_is_the_error() -> None:
    events = [
        Event("exception", START_NS, {"exception.type": "A", "exception.message": "first"}),
        Event("exception", START_NS, {"exception.type": "B", "exception.message": "last"}),
    ]
    traces, spans = built(make_span(1, events=events, status=(2, "status")))
    expected = {"exception_type": "B", "message": "last", "traceback": "last"}
    assert json.loads(spans[0].error_info or "") == expected
    assert traces[0].error_info == spans[0].error_info


def test_exception_without_words_still_is_an_error() -> None:
    write = one({}, events=[Event("exception", START_NS, {})])
    assert json.loads(write.error_info or "") == {"exception_type": "Error", "traceback": "Error"}


def test_failed_status_is_an_error_and_an_unset_one_is_not() -> None:
    assert json.loads(one({}, status=(2, "boom")).error_info or "")["message"] == "boom"
    assert one({}, status=(0, "boom")).error_info is None


# --- tokens are counted once


def test_usage_of_a_parent_is_cleared_when_a_child_says_it() -> None:
    _, spans = built(agent(1, None, 30), llm(2, 1, 10), llm(3, 1, 20))
    rows = named(spans)
    assert rows["agent1"].usage is None
    assert (rows["llm2"].usage or {})["prompt_tokens"] == 10
    assert (rows["llm3"].usage or {})["prompt_tokens"] == 20


def test_usage_of_a_parent_without_such_children_stays() -> None:
    _, spans = built(agent(1, None, 30), make_span(2, parent=1, name="tool"))
    assert (named(spans)["agent1"].usage or {})["prompt_tokens"] == 30


def test_usage_is_cleared_over_levels_that_say_nothing() -> None:
    _, spans = built(agent(1, None, 10), agent(2, 1), llm(3, 2, 10))
    assert named(spans)["agent1"].usage is None


def test_model_call_further_up_keeps_its_own_usage() -> None:
    tool = make_span(2, {"tool.name": "t"}, parent=1, name="tool")
    _, spans = built(llm(1, None, 50), tool, llm(3, 2, 10))
    assert (named(spans)["llm1"].usage or {})["prompt_tokens"] == 50


def test_cost_of_a_parent_is_cleared_when_children_have_one() -> None:
    dear = agent(1, None, 10, **{"gen_ai.usage.cost": 1.0})
    _, spans = built(dear, llm(2, 1, 10, **{"gen_ai.usage.cost": 1.0}))
    assert named(spans)["agent1"].total_estimated_cost is None


def test_cost_of_a_parent_stays_when_children_can_have_none() -> None:
    dear = agent(1, None, 10, **{"gen_ai.usage.cost": 1.0})
    bare = make_span(2, {"gen_ai.usage.input_tokens": 10}, parent=1, name="bare")
    _, spans = built(dear, bare)
    assert named(spans)["agent1"].usage is None
    assert named(spans)["agent1"].total_estimated_cost == 1


def test_agent_in_a_later_request_does_not_count_again() -> None:
    counted = CountedParents()
    built(llm(3, 2, 10), counted=counted)
    _, middle = built(agent(2, 1, 10), counted=counted)
    _, top = built(agent(1, None, 10), counted=counted)
    assert middle[0].usage is None
    assert top[0].usage is None


def test_silent_level_in_between_carries_the_count_on() -> None:
    counted = CountedParents()
    built(llm(3, 2, 10), counted=counted)
    built(agent(2, 1), counted=counted)
    _, top = built(agent(1, None, 10), counted=counted)
    assert top[0].usage is None


def test_memory_of_counted_parents_is_bounded() -> None:
    counted = CountedParents(capacity=2)
    for number in range(10, 20):
        built(llm(number, number + 100, 1), counted=counted)
    assert len(counted) == 2


def test_spans_that_are_each_others_parents_end() -> None:
    _, spans = built(agent(1, 2, 5), agent(2, 1, 5))
    assert [span.usage for span in spans] == [None, None]


# --- linking to a trace of Opik's own


def linked(number: int = 1, parent: int | None = None, **said: str) -> Any:
    attributes = {f"opik.{key}": value for key, value in said.items()}
    return make_span(number, attributes, parent=parent, name=f"s{number}")


def test_span_that_names_a_trace_hangs_in_it_and_makes_none() -> None:
    root = linked(trace_id=format_id(LINKED), parent_span_id=format_id(LINKED_PARENT))
    traces, (span,) = built(root)
    assert traces == []
    assert (span.trace_id, span.parent_span_id) == (LINKED, LINKED_PARENT)
    assert span.id == id_in_trace(span_id(1), LINKED)
    assert (span.input, metadata(span)) == (None, {"integration": "app"})


def test_descendants_of_a_linked_span_go_with_it() -> None:
    root = linked(1, trace_id=format_id(LINKED))
    _, spans = built(linked(3, parent=2), root, linked(2, parent=1))
    rows = named(spans)
    assert {span.trace_id for span in spans} == {LINKED}
    assert rows["s2"].parent_span_id == rows["s1"].id
    assert rows["s3"].parent_span_id == rows["s2"].id


def test_span_that_names_its_own_id_is_found_by_its_children() -> None:
    root = linked(1, trace_id=format_id(LINKED), span_id=format_id(LINKED_SPAN))
    _, spans = built(root, linked(2, parent=1))
    rows = named(spans)
    assert rows["s1"].id == LINKED_SPAN
    assert rows["s2"].parent_span_id == LINKED_SPAN


def test_own_id_works_without_a_trace() -> None:
    traces, spans = built(linked(1, span_id=format_id(LINKED_SPAN)), linked(2, parent=1))
    assert len(traces) == 1
    assert spans[0].id == spans[1].parent_span_id == LINKED_SPAN


def test_parent_without_a_trace_is_ignored() -> None:
    _, (span,) = built(linked(1, parent_span_id=format_id(LINKED_PARENT)))
    assert span.parent_span_id is None


def test_link_that_is_no_uuid7_is_ignored_and_stays_readable() -> None:
    version_4 = "9b2d6d0c-3d1b-4a6e-8f43-0c8a7d3f5a10"
    for wrong in (version_4, "nonsense"):
        traces, (span,) = built(linked(1, trace_id=wrong))
        assert (len(traces), span.trace_id) == (1, TRACE_ID)
        assert metadata(span)["opik.trace_id"] == wrong


def test_linked_and_own_traces_in_one_request_stay_apart() -> None:
    other = bytes(15) + b"\x09"
    traces, spans = built(linked(1, trace_id=format_id(LINKED)), make_span(2, trace=other))
    assert [trace.id for trace in traces] == [opik_id(other, START_NS // 1_000_000)]
    assert spans[0].trace_id == LINKED
