"""Values and names that applications really log, and that JSON or SQL may trip over."""

import dataclasses
import datetime as dt
import decimal
import enum
import uuid
from pathlib import PurePosixPath

import opik
from shared import Transcript

PROJECT = "Ünï/côde & 100% 🦑 'q' \"d\" \\ #?"
t = Transcript()
client = opik.Opik(project_name=PROJECT, _show_misconfiguration_message=False)


@dataclasses.dataclass
class Settings:
    warm: bool = True


class Colour(enum.Enum):
    RED = "red"


deep = "bottom"
for _ in range(100):
    deep = {"d": deep}

VALUES = {
    "nan": float("nan"),
    "infinite": [float("inf"), float("-inf"), 1.5],
    "the words": "NaN, Infinity and -Infinity",
    "nul": "a\x00b",
    "controls": "\x01\x1f\x7f\t\r\n",
    "emoji": "🦑👩‍👩‍👧",
    "right to left": "\u202eabc\u2028",
    "quotes": '"\'`\\ \\" \\u0041',
    "markup": "<script>alert(1)</script>",
    "placeholders": "{x} %s %(y)s $1 ? :z {{m}}",
    "large integer": 2**70,
    "small float": 5e-324,
    "large float": 1.7e308,
    "long": "x" * 300_000,
    "empty": "",
    "empties": [{}, [], None],
    "cases": {"a": 1, "A": 2},
    "dots": {"a.b": {"c d": 1, '"': 2, "": 3}},
    "deep": deep,
    "bytes": b"\x00\xff",
    "a set": {1},
    "a date": dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
    "a uuid": uuid.UUID(int=7),
    "a dataclass": Settings(),
    "a decimal": decimal.Decimal("1.10"),
    "an enum": Colour.RED,
    "a path": PurePosixPath("/x"),
    "integer keys": {1: 2},
}
for name, value in VALUES.items():
    client.trace(name=name, input={"v": value}, metadata={"v": value}, tags=[name])
t.step("flush", client.flush)
t.step("get_errors_report", client.get_errors_report)
t.step("traces", client.search_traces, truncate=False)
for name in VALUES:
    t.step(f"tagged {name}", client.search_traces, filter_string=f'tags = "{name}"')

# Names of threads.
THREADS = ['"quoted" 🦑', "a/b?c#d%20", "x" * 300, " spaces "]
for thread in THREADS:
    client.trace(name="in a thread", thread_id=thread)
client.flush()
t.note("thread ids", THREADS)
t.step("threads", client.search_threads)
for thread in THREADS:
    t.step(
        f"thread {thread}",
        client.rest_client.traces.get_trace_thread,
        thread_id=thread,
        project_name=PROJECT,
    )

# Figures of spans.
trace = client.trace(name="figures")
for name, fields in {
    "nested usage": {
        "usage": {
            "prompt_tokens": 1,
            "completion_tokens": 2,
            "total_tokens": 3,
            "prompt_tokens_details": {"cached_tokens": 1},
            "text": "x",
            "nothing": None,
        },
        "model": "gpt-4o",
        "provider": opik.LLMProvider.OPENAI,
    },
    "unknown model": {
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        "model": "no-such-model",
        "provider": "acme",
    },
    "tiny cost": {"total_cost": 1e-9},
    "large cost": {"total_cost": 12345.678901234},
    "huge usage": {
        "usage": {"prompt_tokens": 2**40, "completion_tokens": 0, "total_tokens": 2**40}
    },
}.items():
    trace.span(name=name, type="llm", **fields).end()
t.step("flush figures", client.flush)
t.step("spans", client.search_spans)

# A score that is no number loses itself, and no other.
good = client.trace(name="scored")
client.flush()
client.log_traces_feedback_scores([{"id": good.id, "name": "bad", "value": float("nan")}])
client.flush()
client.log_traces_feedback_scores([{"id": good.id, "name": "good", "value": 0.123456789}])
client.flush()
t.step("scored", client.get_trace_content, good.id)
t.step("report at last", client.get_errors_report)
t.step("project", client.rest_client.projects.retrieve_project, name=PROJECT)
client.end()
t.write()
