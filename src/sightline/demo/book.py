"""What is told: traces with their spans on a timeline, scores, comments, checks and files."""

import contextlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sightline.core.clock import format_us
from sightline.core.ids import derived_id, format_id
from sightline.demo.models import Model, call

Json = dict[str, Any]


@dataclass(frozen=True)
class Comment:
    entity: str  # trace, span or thread
    id: str
    project: str
    text: str


@dataclass(frozen=True)
class File:
    entity: str
    id: str
    project: str
    name: str
    mime_type: str
    data: bytes


@dataclass
class Book:
    """Everything that is to be sent."""

    salt: str
    traces: list[Json] = field(default_factory=list)
    spans: list[Json] = field(default_factory=list)
    scores: dict[str, list[Json]] = field(
        default_factory=lambda: {"trace": [], "span": [], "thread": []}
    )
    comments: list[Comment] = field(default_factory=list)
    guardrails: list[Json] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    highlights: list[tuple[str, str]] = field(default_factory=list)  # what it shows, trace id

    def id(self, us: int, *parts: str) -> str:
        """Return an id of that time; the same parts give the same id."""
        return format_id(derived_id(us // 1000, self.salt, *parts))

    def score(
        self, entity: str, id: str, project: str, name: str, value: float, **more: Any
    ) -> None:
        """Add a score of an author; `more` may hold reason, category_name, author and source."""
        key = "thread_id" if entity == "thread" else "id"
        item = {"project_name": project, key: id, "name": name, "value": value, "source": "sdk"}
        self.scores[entity].append(item | more)


class Step:
    """An open span, or the trace itself: what it says at its end."""

    def __init__(self, id: str) -> None:
        self.id = id
        self.fields: Json = {}

    def say(self, **fields: Any) -> None:
        """Add fields: output, metadata, tags, error_info, usage …"""
        self.fields.update(fields)


class Telling:
    """One trace in the making. Time moves by `wait` and by steps; steps may nest."""

    def __init__(
        self,
        book: Book,
        rng: random.Random,
        *,
        project: str,
        name: str,
        key: str,
        start_us: int,
        environment: str | None = None,
    ) -> None:
        self.book, self.rng, self.project = book, rng, project
        self.environment = environment
        self.start_us = self.now_us = start_us
        self.trace = Step(book.id(start_us, key))
        self._name, self._key = name, key
        self._stack: list[str] = []
        self._count = 0

    @property
    def id(self) -> str:
        return self.trace.id

    def wait(self, ms: float) -> None:
        """Let time pass."""
        self.now_us += max(1, round(ms * 1000))

    @contextlib.contextmanager
    def step(self, name: str, type: str = "general", **fields: Any) -> Iterator[Step]:
        """Tell a span; what is told inside the block becomes its children."""
        self._count += 1
        begun = self.now_us
        step = Step(self.book.id(begun, self._key, str(self._count)))
        parent = self._stack[-1] if self._stack else None
        place = len(self.book.spans)
        self.book.spans.append({})
        self._stack.append(step.id)
        try:
            yield step
        finally:
            self._stack.pop()
        self.wait(self.rng.uniform(0.2, 3))
        self.book.spans[place] = self._common(step, name, begun) | {
            "trace_id": self.id,
            "parent_span_id": parent,
            "type": type,
            **fields,
            **step.fields,
        }

    def llm(
        self,
        name: str,
        model: Model,
        messages: list[Json],
        answer: Json | str,
        *,
        cached: float = 0.0,
        **more: Any,
    ) -> Step:
        """Tell a model's call, with the time and the tokens it takes."""
        reply = answer if isinstance(answer, dict) else {"role": "assistant", "content": answer}
        figures = call(model, self.rng, str(messages), str(reply), cached=cached)
        fields: Json = {
            "model": model.name,
            "provider": model.provider,
            "usage": figures.usage,
            "ttft": round(figures.first_token_ms, 1),
            "metadata": {"temperature": self.rng.choice([0, 0.2, 0.7]), "stream": True},
        }
        if figures.cost is not None:
            fields["total_estimated_cost"] = round(figures.cost, 9)
        with self.step(name, "llm", input={"messages": messages}, **fields, **more) as step:
            self.wait(figures.ms)
            step.say(output={"choices": [{"index": 0, "message": reply}]})
        return step

    def finish(self, **fields: Any) -> str:
        """End the trace; returns its id."""
        self.wait(self.rng.uniform(0.5, 4))
        record = self._common(self.trace, self._name, self.start_us)
        self.book.traces.append(record | self.trace.fields | fields)
        return self.id

    def _common(self, step: Step, name: str, begun: int) -> Json:
        common: Json = {
            "id": step.id,
            "project_name": self.project,
            "name": name,
            "start_time": format_us(begun),
            "end_time": format_us(self.now_us),
            # Of the telling, not of the sending: sent twice it is the same message.
            "last_updated_at": format_us(self.now_us),
            "source": "sdk",
        }
        if self.environment:
            common["environment"] = self.environment
        return common


def failure(kind: str, message: str, *frames: tuple[str, int, str, str]) -> Json:
    """Return error_info with a traceback through `frames` (file, line, function, code)."""
    lines = ["Traceback (most recent call last):"]
    for file, line, function, code in frames:
        lines += [f'  File "{file}", line {line}, in {function}', f"    {code}"]
    lines.append(f"{kind}: {message}")
    return {"exception_type": kind, "message": message, "traceback": "\n".join(lines)}
