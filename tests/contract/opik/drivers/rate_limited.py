"""Logs faster than a server with a tiny queue takes, until it has refused something.

rate_limited.py <transcript> <address of /metrics>
"""

import re
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import opik
from shared import Transcript, until

PROJECT = "sdk-rate-limited"
t = Transcript()
client = opik.Opik(project_name=PROJECT, batching=False, _show_misconfiguration_message=False)
made = []


def refused():
    text = urllib.request.urlopen(sys.argv[2]).read().decode()
    return sum(float(n) for n in re.findall(r"^\S*refused\S* ([0-9.e+]+)$", text, re.MULTILINE))


def log(n):
    trace = client.trace(name=f"t{n}", input={"text": "x" * 2000})
    made.append(trace.id)


def more():
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(log, range(len(made), len(made) + 60)))
    return until(refused, 2)


until(more, 60)
t.note("refused", refused())
t.note("flush", until(client.flush))
t.note("last_flush_result", client.last_flush_result)
t.step("get_errors_report", client.get_errors_report)
t.note("made", made)
t.step("found", lambda: [trace.id for trace in client.search_traces(max_results=100_000)])
client.end()
t.write()
