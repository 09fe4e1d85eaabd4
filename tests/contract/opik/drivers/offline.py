"""Logs before, while and after the server is away. The test stops and starts it in between.

It says one word on stdout when it is ready for the next act, and waits for a line on stdin.
"""

import sys

import opik
from opik import Attachment
from shared import Transcript, until

PROJECT = "sdk-offline"
t = Transcript()
client = opik.Opik(project_name=PROJECT, _show_misconfiguration_message=False)


def ready(word):
    print(word, flush=True)
    sys.stdin.readline()


def log(when, n):
    ids = []
    for i in range(n):
        trace = client.trace(name=f"{when} {i}", input={"i": i}, thread_id=f"thread {when}")
        span = trace.span(name=f"span {when} {i}", type="tool")
        span.end(output={"i": i})
        trace.end(output={"done": i})
        ids.append(trace.id)
    client.log_traces_feedback_scores([{"id": id, "name": when, "value": 1.0} for id in ids])
    return ids


def connected():
    # The one thing here that is not public: whether the client has noticed that it is alone.
    return client._resources.replay_manager.has_server_connection


log("online", 3)
t.step("flush online", client.flush)
ready("online")  # the server stops
until(lambda: not connected())
t.note("noticed", not connected())
away = log("away", 120)
client.trace(
    name="with a file", attachments=[Attachment(data=b"kept while away", file_name="away.txt")]
)
t.step("flush away", client.flush, timeout=2)
ready("away")  # the server starts again
until(connected)
t.note("connected again", connected())
log("back", 3)


def arrived():
    client.flush()
    found = client.search_traces()
    return len(found) == 127 and all(
        trace.output and trace.feedback_scores for trace in found if trace.name != "with a file"
    )


t.note("all arrived", until(arrived))
t.step("traces", client.search_traces)
t.step("spans", client.search_spans)
t.step("get_errors_report", client.get_errors_report)
client.end()
t.write()
