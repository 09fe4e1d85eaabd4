"""Spans of about 2 kB with text as varied as real text is, and request bodies made of them.

Words follow each other as in Python's own documentation (a chain of word pairs), so a compressor
finds what it would find in prose and no repeated strings. A pool of texts is made once; spans
differ in ids, times, numbers and in which text they carry.
"""

import gzip
import json
import os
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from pydoc_data.topics import topics
from typing import Any

MODELS = (
    ("gpt-4o-mini", "openai"),
    ("gpt-5-mini", "openai"),
    ("claude-sonnet-4-5", "anthropic"),
    ("gemini-2.5-flash", "google_ai"),
)
SPANS_PER_TRACE = 8
POOL = 4000
SPAN_BYTES = 2000


class Prose:
    """Text without end, a word after the pair of words before it."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        words = " ".join(topics.values()).split()
        self._next: dict[tuple[str, str], list[str]] = defaultdict(list)
        for a, b, c in zip(words, words[1:], words[2:], strict=False):
            self._next[a, b].append(c)
        self._pairs = list(self._next)

    def text(self, characters: int) -> str:
        rng, follow = self._rng, self._next
        a, b = rng.choice(self._pairs)
        out, size = [a, b], len(a) + len(b) + 2
        while size < characters:
            after = follow.get((a, b))
            if after is None:
                a, b = rng.choice(self._pairs)
                out.append(a)
            else:
                a, b = b, rng.choice(after)
            out.append(b)
            size += len(b) + 1
        return " ".join(out)


class Spans:
    """Makes spans and bodies; `project` names where they go."""

    def __init__(self, project: str, seed: int = 1, pool: int = POOL) -> None:
        self.project = project
        self.rng = random.Random(seed)
        prose = Prose(seed)
        # Everything but ids and times, rendered once; the rest is a few joins a span.
        self._tails = [self._tail(prose, n) for n in range(pool)]

    def _tail(self, prose: Prose, n: int) -> bytes:
        rng = self.rng
        kind = ("llm", "tool", "general", "llm")[n % 4]
        size = max(300, round(rng.gauss(SPAN_BYTES - 620, 380)))
        cut = rng.uniform(0.3, 0.7)
        tail: dict[str, Any] = {
            "project_name": self.project,
            "name": f"{rng.choice(['answer', 'search', 'plan', 'rank', 'write'])}_{n % 23}",
            "type": kind,
            "input": {"messages": [{"role": "user", "content": prose.text(round(size * cut))}]},
            "output": {"choices": [{"index": 0, "text": prose.text(round(size * (1 - cut)))}]},
            "metadata": {"user_id": f"u-{rng.randrange(5000)}", "run": rng.getrandbits(40)},
            "tags": rng.sample(["prod", "eu", "beta", "long", "retry"], 2),
            "source": "sdk",
        }
        if n % 33 == 0:
            tail["error_info"] = {
                "exception_type": rng.choice(["TimeoutError", "RateLimitError", "ValueError"]),
                "message": prose.text(80),
                "traceback": prose.text(600),
            }
        if kind == "llm":
            tokens, answer = rng.randrange(100, 3000), rng.randrange(20, 800)
            tail["model"], tail["provider"] = rng.choice(MODELS)
            tail["usage"] = {
                "prompt_tokens": tokens,
                "completion_tokens": answer,
                "total_tokens": tokens + answer,
            }
        return json.dumps(tail)[1:].encode()

    def span(self, trace: str, parent: str | None, start_us: int) -> tuple[str, bytes]:
        """Return a span's id and its JSON."""
        id = new_id(start_us, self.rng)
        end_us = start_us + self.rng.randrange(5_000, 4_000_000)
        above = f'"parent_span_id":"{parent}",' if parent else ""
        head = (
            f'{{"id":"{id}","trace_id":"{trace}",{above}'
            f'"start_time":"{stamp(start_us)}","end_time":"{stamp(end_us)}",'
        )
        return id, head.encode() + self.rng.choice(self._tails)

    def trace(self, start_us: int, id: str | None = None) -> tuple[str, bytes]:
        """Return a trace's id and its JSON."""
        id = id or new_id(start_us, self.rng)
        end_us = start_us + self.rng.randrange(100_000, 9_000_000)
        tail = json.loads(b"{" + self.rng.choice(self._tails))
        for name in ("type", "model", "provider", "usage"):
            tail.pop(name, None)
        if self.rng.random() < 0.3:
            tail["thread_id"] = f"thread-{self.rng.getrandbits(24)}"
        times = {"start_time": stamp(start_us), "end_time": stamp(end_us)}
        return id, json.dumps({"id": id, **times, **tail}).encode()

    def stream(self, count: int, since_us: int, until_us: int) -> Iterator[tuple[str, bytes]]:
        """Yield `count` spans with their trace's id, spread evenly over a time, 8 a trace."""
        step = max(1, (until_us - since_us) // max(1, count))
        trace, parents = "", [""]
        for n in range(count):
            now = since_us + n * step
            if n % SPANS_PER_TRACE == 0:
                trace, parents = new_id(now, self.rng), [""]
            parent = self.rng.choice(parents)
            id, data = self.span(trace, parent or None, now)
            parents.append(id)
            yield trace, data


def batches(items: Iterator[bytes], key: str, size: int) -> Iterator[tuple[int, bytes]]:
    """Yield bodies of up to `size` items, with the number of items in each."""
    held: list[bytes] = []
    for item in items:
        held.append(item)
        if len(held) == size:
            yield size, b'{"%s":[%s]}' % (key.encode(), b",".join(held))
            held = []
    if held:
        yield len(held), b'{"%s":[%s]}' % (key.encode(), b",".join(held))


def request(
    path: str, body: bytes, *, content: str = "application/json", zipped: bool = False
) -> bytes:
    """Return a whole POST as bytes, so that sending it costs the load generator next to nothing."""
    encoding = ""
    if zipped:
        body, encoding = gzip.compress(body, 6), "Content-Encoding: gzip\r\n"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content}\r\n"
        f"{encoding}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def otlp_body(spans: Spans, count: int, start_us: int) -> bytes:
    """Return an OTLP request of `count` spans, 8 a trace, as an instrumented application sends."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    message = ExportTraceServiceRequest()
    scope = message.resource_spans.add().scope_spans.add()
    scope.scope.name = "bench"
    trace, parent = b"", b""
    for n in range(count):
        _, data = spans.span("", None, start_us + n)
        source = json.loads(data)
        if n % SPANS_PER_TRACE == 0:
            trace, parent = os.urandom(16), b""
        span = scope.spans.add(trace_id=trace, span_id=os.urandom(8), name=source["name"])
        span.parent_span_id = parent
        parent = parent or span.span_id
        span.start_time_unix_nano = (start_us + n) * 1000
        span.end_time_unix_nano = (start_us + n + 250_000) * 1000
        attributes: dict[str, Any] = {
            "gen_ai.request.model": source.get("model", ""),
            "gen_ai.system": source.get("provider", ""),
            "gen_ai.usage.input_tokens": source.get("usage", {}).get("prompt_tokens", 0),
            "gen_ai.usage.output_tokens": source.get("usage", {}).get("completion_tokens", 0),
            "input.value": source["input"]["messages"][0]["content"],
            "output.value": source["output"]["choices"][0]["text"],
            "user.id": source["metadata"]["user_id"],
        }
        for key, value in attributes.items():
            if isinstance(value, int):
                span.attributes.add(key=key).value.int_value = value
            elif value:
                span.attributes.add(key=key).value.string_value = value
    packed: bytes = message.SerializeToString()
    return packed


def new_id(us: int, rng: random.Random) -> str:
    """Return a UUIDv7 of that time."""
    h = f"{us // 1000:012x}7{rng.getrandbits(12):03x}{0x8000 | rng.getrandbits(14):04x}"
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{rng.getrandbits(48):012x}"


def stamp(us: int) -> str:
    seconds, rest = divmod(us, 1_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:06d}Z"


def now_us() -> int:
    return time.time_ns() // 1000
