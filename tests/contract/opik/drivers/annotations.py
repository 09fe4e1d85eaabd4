"""Scores, comments, feedback definitions and threads."""

import warnings

import opik
from shared import Transcript

PROJECT = "sdk-annotations"
t = Transcript()
client = opik.Opik(project_name=PROJECT, _show_misconfiguration_message=False)
rest = client.rest_client

first = client.trace(name="first", input={"q": "one?"}, output={"a": "1"}, thread_id="talk")
second = client.trace(name="second", input={"q": "two?"}, output={"a": "2"}, thread_id="talk")
other = client.trace(name="other", input={"q": "three?"}, thread_id="other talk")
span = first.span(name="s")
span.end()
for trace in (first, second, other):
    trace.end()
client.flush()
t.note("ids", {"first": first.id, "second": second.id, "span": span.id})

# Scores, in batches.
client.log_traces_feedback_scores(
    [
        {"id": first.id, "name": "a", "value": 0.1, "reason": "r", "category_name": "low"},
        {"id": first.id, "name": "b", "value": 2},
        {"id": second.id, "name": "a", "value": 0.9},
    ]
)
client.log_spans_feedback_scores([{"id": span.id, "name": "s", "value": 1.0}])
client.log_spans_feedback_scores(
    [{"id": span.id, "name": "elsewhere", "value": 1.0, "project_name": PROJECT}]
)
t.step("flush", client.flush)
t.step("scored", client.get_trace_content, first.id)
client.log_traces_feedback_scores([{"id": first.id, "name": "a", "value": 0.2}])
client.flush()
t.step("scored again", client.get_trace_content, first.id)
t.step("delete score", client.delete_trace_feedback_score, first.id, "a")
t.step("delete score twice", client.delete_trace_feedback_score, first.id, "a")
t.step("delete span score", client.delete_span_feedback_score, span.id, "s")
t.step("after delete", client.get_trace_content, first.id)
t.step("span after delete", client.get_span_content, span.id)

# Threads.
threads = client.get_threads_client()
t.step("threads", client.search_threads)
t.step("threads by client", threads.search_threads, project_name=PROJECT)
client.log_threads_feedback_scores(
    [
        {"id": "talk", "name": "mood", "value": 0.5, "reason": "calm"},
        {"id": "talk", "name": "end", "value": 1},
        {"id": "other talk", "name": "mood", "value": 0.1},
    ]
)
t.step("flush thread scores", client.flush)
t.step("thread scores report", client.get_errors_report)
t.step("scored threads", client.search_threads)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    t.step("close_thread", threads.close_thread, "talk", PROJECT)
t.step("closed", client.search_threads, filter_string='status = "inactive"')
t.step("open", rest.traces.open_trace_thread, thread_id="talk", project_name=PROJECT)
t.step("opened", client.search_threads, filter_string='status = "active"')
t.step("thread", rest.traces.get_trace_thread, thread_id="talk", project_name=PROJECT)
t.step(
    "delete thread score",
    rest.traces.delete_thread_feedback_scores,
    project_name=PROJECT,
    thread_id="talk",
    names=["mood"],
)
t.step("thread after delete", rest.traces.get_trace_thread, thread_id="talk", project_name=PROJECT)

# Comments, whose ids stand in the Location header alone.


def comment(add, id, text):
    return add(id, text=text).headers["location"].rsplit("/", 1)[-1]


raw_traces, raw_spans = rest.traces.with_raw_response, rest.spans.with_raw_response
made = t.step("add trace comment", comment, raw_traces.add_trace_comment, first.id, "nice")
t.step("trace comment", rest.traces.get_trace_comment, first.id, made)
t.step("update comment", rest.traces.update_trace_comment, made, text="nicer")
t.step("updated comment", rest.traces.get_trace_comment, first.id, made)
t.step("commented", client.get_trace_content, first.id)
t.step("delete comments", rest.traces.delete_trace_comments, ids=[made])
t.step("uncommented", client.get_trace_content, first.id)
t.step("no comment", rest.traces.get_trace_comment, first.id, made)

made = t.step("add span comment", comment, raw_spans.add_span_comment, span.id, "on the span")
t.step("span comment", rest.spans.get_span_comment, span.id, made)
t.step("update span comment", rest.spans.update_span_comment, made, text="changed")
t.step("commented span", client.get_span_content, span.id)
t.step("delete span comments", rest.spans.delete_span_comments, ids=[made])

[thread] = [x for x in client.search_threads() if x.id == "talk"]
model = thread.thread_model_id
made = t.step("add thread comment", comment, raw_traces.add_thread_comment, model, "on the thread")
t.step("thread comment", rest.traces.get_thread_comment, model, made)
t.step("update thread comment", rest.traces.update_thread_comment, made, text="changed")
t.step("commented thread", rest.traces.get_trace_thread, thread_id="talk", project_name=PROJECT)
t.step("delete thread comments", rest.traces.delete_thread_comments, ids=[made])
t.step("tag thread", rest.traces.update_thread, model, tags=["vip"])
t.step("tagged thread", rest.traces.get_trace_thread, thread_id="talk", project_name=PROJECT)

# Deleting.
t.step("delete_traces", rest.traces.delete_traces, ids=[second.id])
t.step("deleted", client.get_trace_content, second.id)
t.step("delete thread", rest.traces.delete_trace_threads, project_name=PROJECT,
       thread_ids=["other talk"])  # fmt: skip
t.step("threads left", client.search_threads)
t.step("traces left", client.search_traces)
client.end()
t.write()
