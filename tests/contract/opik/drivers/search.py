"""A small project whose rows differ in every column, asked for by OQL filter strings.

search.py <transcript> <file with {"traces": [filter, …], "spans": […], "threads": […]}>
"""

import datetime as dt
import json
import sys
from pathlib import Path

import opik
from opik import id_helpers
from shared import Transcript

PROJECT = "sdk-search"
START = dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC)
t = Transcript()
client = opik.Opik(project_name=PROJECT, _show_misconfiguration_message=False)
ids = {}


def trace(name, minute, seconds, **fields):
    start = START + dt.timedelta(minutes=minute)
    end = start + dt.timedelta(seconds=seconds) if seconds is not None else None
    made = client.trace(
        id=id_helpers.generate_id(start), name=name, start_time=start, end_time=end, **fields
    )
    ids[name] = made.id
    return made


def span(parent, name, seconds, **fields):
    start = START + dt.timedelta(minutes=30)
    made = parent.span(
        name=name,
        start_time=start,
        end_time=start + dt.timedelta(seconds=seconds) if seconds is not None else None,
        **fields,
    )
    ids[name] = made.id
    return made


alpha = trace(
    "Alpha search",
    0,
    1,
    input={"question": "What is Kubernetes?", "lang": "en", "n": 5},
    output={"answer": "An orchestrator"},
    metadata={"user": {"id": "u-1", "plan": "pro"}, "score": 10, "odd key": "yes"},
    tags=["prod", "kube"],
    thread_id="t-1",
    environment="production",
    feedback_scores=[{"name": "quality", "value": 0.9}],
)
beta = trace(
    "beta chat",
    10,
    20,
    input={"question": 'Say 100% "done"', "lang": "de", "n": 50},
    output={"answer": "Erledigt_1"},
    metadata={"user": {"id": "u-2", "plan": "free"}, "score": 9},
    tags=["staging"],
    thread_id="t-1",
    environment="staging",
    feedback_scores=[{"name": "quality", "value": 0.2}, {"name": "Tone", "value": 1}],
)
gamma = trace(
    "gamma run",
    20,
    None,
    input={"question": "broken"},
    error_info={"exception_type": "ValueError", "message": "bad", "traceback": "tb"},
    thread_id="t-2",
)
delta = trace("delta", 30, 0.25)

a1 = span(
    alpha,
    "a llm",
    2,
    type="llm",
    model="gpt-4o",
    provider="openai",
    input={"prompt": "hello"},
    output={"text": "Hallo Welt"},
    usage={"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    total_cost=0.5,
    tags=["first"],
    metadata={"temperature": 0.2},
)
a2 = span(
    alpha,
    "a tool",
    0.5,
    type="tool",
    error_info={"exception_type": "KeyError", "message": "k", "traceback": "tb"},
)
b1 = span(
    beta,
    "b llm",
    8,
    type="llm",
    model="claude-sonnet-4",
    provider="anthropic",
    usage={"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200},
    total_cost=0.01,
    metadata={"temperature": 0.9},
)
client.log_spans_feedback_scores([{"id": a1.id, "name": "span quality", "value": 0.5}])
client.log_threads_feedback_scores([{"id": "t-1", "name": "happy", "value": 0.8}])
client.flush()
t.note("ids", ids)


def asking(search, field, filter_string):
    for name, id in ids.items():
        filter_string = filter_string.replace(f"<{name}>", id)
    return [getattr(found, field) for found in search(filter_string=filter_string)]


asked = json.loads(Path(sys.argv[2]).read_text())
for kind, search, field in (
    ("traces", client.search_traces, "name"),
    ("spans", client.search_spans, "name"),
    ("threads", client.search_threads, "id"),
):
    for filter_string in asked[kind]:
        t.step(f"{kind}: {filter_string}", asking, search, field, filter_string)
t.step("bad filter", client.search_traces, filter_string="name ~ 'x'")
t.step("search_spans by trace", client.search_spans, trace_id=beta.id)
client.end()
t.write()
