"""Much at once: large payloads, full batches, many threads."""

import hashlib
import random
from concurrent.futures import ThreadPoolExecutor

import opik
from shared import Transcript

PROJECT = "sdk-volume"
t = Transcript()
client = opik.Opik(project_name=PROJECT, _show_misconfiguration_message=False)


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


# A payload of several megabytes, of every kind of character.
words = [
    "plain",
    "ünïcode",
    "日本語",
    "emoji 🦑",
    'quote " slash \\ / tab \t',
    "\u2028",
    "100%",
    "{}",
]
random.seed(7)
text = " ".join(random.choice(words) for _ in range(600_000))
rows = [{"n": n, "f": n / 7, "ok": n % 2 == 0, "none": None} for n in range(5_000)]
large = client.trace(name="large", input={"text": text}, output={"rows": rows})
span = large.span(name="large span", input={"text": text}, metadata={"deep": {"er": rows[:100]}})
span.end(output={"rows": rows})
large.end()
t.step("flush large", client.flush, timeout=60)
t.note("sent", {"text": digest(text), "length": len(text), "rows": rows[-1]})


def summary(found):
    return {
        "text": digest(found.input["text"]),
        "rows": len(found.output["rows"]),
        "last": found.output["rows"][-1],
        "same": found.output["rows"] == rows,
        "deep": (found.metadata or {}).get("deep", {}).get("er") == rows[:100],
    }


t.step("large trace", lambda: summary(client.get_trace_content(large.id)))
t.step("large span", lambda: summary(client.get_span_content(span.id)))
t.step(
    "large trace searched",
    lambda: summary(client.search_traces(filter_string='name = "large"', truncate=False)[0]),
)
t.step(
    "large trace truncated",
    lambda: len(str(client.search_traces(filter_string='name = "large"', truncate=True)[0].input)),
)

# Full batches: more traces in one flush than one request may hold.
BATCH = "sdk-volume-batch"
made = [client.trace(name=f"n{n}", project_name=BATCH, input={"n": n}).id for n in range(1500)]
client.log_traces_feedback_scores(
    [{"id": id, "name": "n", "value": n} for n, id in enumerate(made)], project_name=BATCH
)
t.step("flush batch", client.flush, timeout=60)
found = t.step(
    "batch", lambda: [x.id for x in client.search_traces(project_name=BATCH, max_results=10_000)]
)
t.note("batch complete", sorted(found or []) == sorted(made))
t.step(
    "batch scored",
    lambda: len(
        client.search_traces(
            project_name=BATCH, filter_string="feedback_scores.n >= 0", max_results=10_000
        )
    ),
)

# Many threads.
MANY = "sdk-volume-threads"


@opik.track(project_name=MANY)
def child(n):
    return n


@opik.track(project_name=MANY)
def parent(n):
    return child(n)


opik.set_global_client(client)
with ThreadPoolExecutor(32) as pool:
    list(pool.map(parent, range(400)))
t.step("flush threads", client.flush, timeout=60)
traces = client.search_traces(project_name=MANY, max_results=10_000)
spans = client.search_spans(project_name=MANY, max_results=10_000)
t.note("inputs", sorted(trace.input["n"] for trace in traces))
t.note("outputs", all(trace.output == {"output": trace.input["n"]} for trace in traces))
t.note("spans", len(spans))
own = {trace.id: trace.input["n"] for trace in traces}
t.note("spans in their trace", all(own[span.trace_id] == span.input["n"] for span in spans))
t.step("get_errors_report", client.get_errors_report)
client.end()
t.write()
