"""Every tracing method of `opik.Opik`, `Trace` and `Span`, and what reading gives back."""

import datetime as dt
import inspect

import opik
from opik import id_helpers
from opik.api_objects.threads.threads_client import ThreadsClient
from shared import Transcript

PROJECT = "sdk-tracing"
START = dt.datetime(2026, 11, 20, 10, 0, 0, 123456, tzinfo=dt.UTC)
END = START + dt.timedelta(seconds=2.5)
ERROR = {"exception_type": "ValueError", "message": "no", "traceback": "Traceback: no"}

t = Transcript()
client = opik.Opik(project_name=PROJECT, _show_misconfiguration_message=False)
for kind in (opik.Opik, opik.Trace, opik.Span, ThreadsClient):
    t.note(
        f"public methods of {kind.__name__}",
        [name for name, _ in inspect.getmembers(kind) if not name.startswith("_")],
    )

t.step("auth_check", client.auth_check)
t.note("config", {"url": client.config.url_override, "project": client.project_name})

# One of everything.
whole = client.trace(
    id=id_helpers.generate_id(START),
    name="whole",
    start_time=START,
    end_time=END,
    input={"question": "why?", "nested": {"list": [1, 2.5, None, True, "é"]}},
    output={"answer": "because"},
    metadata={"a": {"b": 1}, "text": "x"},
    tags=["one", "two"],
    feedback_scores=[{"name": "quality", "value": 0.75, "reason": "good", "category_name": "c"}],
    error_info=ERROR,
    thread_id="thread-whole",
    environment="staging",
)
llm = whole.span(
    name="call",
    type="llm",
    start_time=START,
    end_time=END,
    input={"messages": [{"role": "user", "content": "why?"}]},
    output={"choices": [{"message": {"content": "because"}}]},
    metadata={"temperature": 0},
    tags=["span-tag"],
    usage={"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    model="gpt-4o",
    provider="openai",
    total_cost=0.25,
)
tool = llm.span(name="tool", type="tool", start_time=START, end_time=END, error_info=ERROR)
guard = whole.span(name="guard", type="guardrail", start_time=START, parent_span_id=llm.id)
priced = whole.span(
    name="priced",
    type="llm",
    usage={"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
    model="gpt-4o",
    provider="openai",
)
priced.end()
whole.log_feedback_score("speed", 1.0, reason="fast")
llm.log_feedback_score("tone", 0.5, category_name="polite")

# A life in steps.
steps = client.trace(name="steps", input={"n": 1})
inner = steps.span(name="inner", input={"n": 1})
client.flush()
inner.update(metadata={"seen": 1}, tags=["late"], model="m", provider="p")
inner.end(output={"n": 2}, usage={"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3})
steps.update(tags=["late"], thread_id="thread-steps")
steps.end(output={"n": 2}, metadata={"done": True})

# Spans without a trace of their own, and changes through the client.
lonely = client.span(
    name="lonely",
    type="tool",
    input={"x": 1},
    feedback_scores=[{"name": "lone", "value": 1.0}],
)
client.flush()
client.update_span(
    id=lonely.id,
    trace_id=lonely.trace_id,
    parent_span_id=None,
    project_name=PROJECT,
    output={"y": 2},
    error_info=ERROR,
    total_cost=0.5,
)
client.update_trace(trace_id=lonely.trace_id, project_name=PROJECT, output={"z": 3}, tags=["up"])
joined = client.span(trace_id=steps.id, parent_span_id=inner.id, name="joined")
joined.end()
t.step("flush", client.flush)
t.note("last_flush_result", client.last_flush_result)
t.step("get_errors_report", client.get_errors_report)

t.note("ids", {"whole": whole.id, "llm": llm.id, "tool": tool.id, "guard": guard.id,
               "steps": steps.id, "inner": inner.id, "lonely": lonely.id,
               "lonely trace": lonely.trace_id, "joined": joined.id})  # fmt: skip
t.step("headers", llm.get_distributed_trace_headers)
for name, id in {"whole": whole.id, "steps": steps.id, "lonely trace": lonely.trace_id}.items():
    t.step(f"trace {name}", client.get_trace_content, id)
for name, span in {"llm": llm, "tool": tool, "guard": guard, "inner": inner, "lonely": lonely,
                   "joined": joined, "priced": priced}.items():  # fmt: skip
    t.step(f"span {name}", client.get_span_content, span.id)
t.step("no such trace", client.get_trace_content, id_helpers.generate_id())
t.step("no such span", client.get_span_content, id_helpers.generate_id())

found = t.step("search_traces", client.search_traces)
t.step("search_spans of one trace", client.search_spans, trace_id=whole.id)
t.step("search_traces max_results", client.search_traces, max_results=2)
t.step("search_traces in pages", client.search_traces, max_batch_size=2)
t.step("search_spans in pages", client.search_spans, max_batch_size=3)
t.step("search_traces exclude", client.search_traces, exclude=["input", "output", "metadata"])
t.step("search_traces wait", client.search_traces, wait_for_at_least=3)
t.step("search_spans wait", client.search_spans, wait_for_at_least=1)
t.step("search_traces of no project", client.search_traces, project_name="sdk-tracing-none")
t.step("search_spans of no project", client.search_spans, project_name="sdk-tracing-none")
t.step("get_project", client.get_project, found[0].project_id if found else "")
t.step("get_project_url", client.get_project_url)

# Scores taken away again.
t.step("delete_trace_feedback_score", client.delete_trace_feedback_score, whole.id, "speed")
t.step("delete_span_feedback_score", client.delete_span_feedback_score, llm.id, "tone")
t.step("trace whole without speed", client.get_trace_content, whole.id)
t.step("span llm without tone", client.get_span_content, llm.id)

# Copies.
t.step("copy_traces", client.copy_traces, PROJECT, "sdk-tracing-copy")
client.flush()
t.step("copied traces", client.search_traces, project_name="sdk-tracing-copy")
t.step("copied spans", client.search_spans, project_name="sdk-tracing-copy")

# Environments.
t.step("environments at first", client.get_environments)
t.step("create_environment", client.create_environment, "qa", description="d", color="#112233")
t.step("create_environment again", client.create_environment, "qa")
t.step("get_environments", client.get_environments)
t.step("update_environment", client.update_environment, "qa", description="e", color="#445566")
t.step("update unknown environment", client.update_environment, "no-such")
t.step("delete_environment", client.delete_environment, "qa")
t.step("delete unknown environment", client.delete_environment, "no-such")
t.step("environments at last", client.get_environments)

t.step("end", client.end)
t.write()
