"""The client without batching: each message a request of its own, changes as PATCH."""

import datetime as dt

import opik
from opik import hooks, id_helpers
from shared import Transcript

sent = []


def record(http_client):
    def note(request):
        sent.append(
            [request.method, request.url.path, request.headers.get("content-encoding") or ""]
        )

    http_client.event_hooks["request"].append(note)


hooks.add_httpx_client_hook(hooks.HttpxClientHook(record, None))
PROJECT = "sdk-unbatched"
t = Transcript()
client = opik.Opik(project_name=PROJECT, batching=False, _show_misconfiguration_message=False)

trace = client.trace(name="t", input={"q": "x" * 1000}, tags=["a"])
span = trace.span(name="s", type="llm", input={"q": "x" * 1000})
client.flush()
span.update(model="gpt-4o", provider="openai", metadata={"k": 1})
span.end(
    output={"a": 1},
    usage={"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
)
trace.update(metadata={"k": 1})
trace.end(output={"a": 1})
client.flush()
t.note("ids", {"trace": trace.id, "span": span.id})
t.step("trace", client.get_trace_content, trace.id)
t.step("span", client.get_span_content, span.id)

# The change before the creation.
early = id_helpers.generate_id()
client.update_trace(trace_id=early, project_name=PROJECT, output={"late": 1}, tags=["early"])
client.flush()
t.step("only changed", client.get_trace_content, early)
client.trace(id=early, name="created late", input={"first": 1})
client.flush()
t.step("changed then created", client.get_trace_content, early)

# Twice the same: the second is no error to the user.
client.trace(id=trace.id, name="t again", end_time=dt.datetime.now(dt.UTC))
client.flush()
t.step("after conflict", client.get_trace_content, trace.id)


@opik.track
def tracked(n):
    return n + 1


opik.set_global_client(client)
tracked(1)
t.step("flush", client.flush)
t.step("get_errors_report", client.get_errors_report)
t.step("traces", client.search_traces)
t.step("spans", client.search_spans)
t.note("sent", sent)
client.end()
t.write()
