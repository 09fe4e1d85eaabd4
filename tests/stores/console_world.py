"""A project of hand-made traces on a real server, whose figures one can add up by hand."""

import json
from typing import Any
from urllib.parse import urlencode

from sightline.core.ids import new_text_id
from tests.live import Answer, LiveServer

API = "/api/v1/private"
CONSOLE = "/api/console"
# Of spans that pay for themselves; none of it comes from a price list.
GPT, CLAUDE = ("m-gpt", "openai"), ("m-claude", "anthropic")


def at(minutes: float) -> str:
    """Return the time so many minutes after the beginning, 2026-10-01 in UTC."""
    ms = round(minutes * 60_000)
    days, ms = divmod(ms, 86_400_000)
    hours, ms = divmod(ms, 3_600_000)
    mins, ms = divmod(ms, 60_000)
    return f"2026-10-{1 + days:02}T{hours:02}:{mins:02}:{ms / 1000:06.3f}Z"


class World:
    """A project of its own; ids by the names of traces."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self.name = f"console {new_text_id()}"
        made = server.post(f"{API}/projects", {"name": self.name})
        assert made.status == 201, made.body
        self.project_id: str = made.json["id"]
        self.traces: dict[str, str] = {}
        self.spans: dict[str, str] = {}

    def trace(
        self, name: str, minutes: float, ms: float | None = 100, *, project: str = "", **more: Any
    ) -> str:
        """Store a trace that takes `ms`; None is one that runs."""
        id = self.traces[name] = new_text_id()
        body = {
            "id": id,
            "project_name": project or self.name,
            "name": name,
            "start_time": at(minutes),
            **({} if ms is None else {"end_time": at(minutes + ms / 60_000)}),
            **more,
        }
        # As it is typed, so that a character is one.
        text = json.dumps({"traces": [body]}, ensure_ascii=False)
        answer = self.server.post(f"{API}/traces/batch", text.encode())
        assert answer.status == 204, answer.body
        return id

    def span(
        self,
        trace: str,
        name: str,
        model: tuple[str, str] | None = None,
        *,
        tokens: tuple[int, int] | None = None,
        **more: Any,
    ) -> str:
        """Store a span of a trace; tokens are those of the prompt and of the answer."""
        id = self.spans[name] = new_text_id()
        body: dict[str, Any] = {
            "id": id,
            "trace_id": self.traces[trace],
            "project_name": self.name,
            "name": name,
            "type": "tool",
            "start_time": at(0),
            "end_time": at(0.001),
        }
        if model is not None:
            body |= {"type": "llm", "model": model[0], "provider": model[1]}
        if tokens is not None:
            names = ("prompt_tokens", "completion_tokens", "total_tokens")
            body["usage"] = dict(zip(names, (*tokens, sum(tokens)), strict=True))
        answer = self.server.post(f"{API}/spans/batch", {"spans": [body | more]})
        assert answer.status == 204, answer.body
        return id

    def score(self, kind: str, id: str, name: str, value: float) -> None:
        path = f"{API}/{kind}/{id}/feedback-scores"
        body = {"name": name, "value": value, "source": "ui"}
        assert self.server.request("PUT", path, body).status == 204

    def comment(self, kind: str, id: str, text: str) -> None:
        assert self.server.post(f"{API}/{kind}/{id}/comments", {"text": text}).status == 201

    def ask(self, what: str, **params: Any) -> Answer:
        """Ask the console for something of the project."""
        given = {("from" if k == "from_" else k): v for k, v in params.items()}
        return self.server.get(f"{CONSOLE}/projects/{self.project_id}/{what}?{urlencode(given)}")

    def get(self, what: str, **params: Any) -> Any:
        answer = self.ask(what, **params)
        assert answer.status == 200, answer.body
        return answer.json

    def rows(self, **params: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("rows", **params)["rows"]
        return found

    def names(self, **params: Any) -> list[str]:
        """Return the names of the rows on a page."""
        return [row["name"] for row in self.rows(columns="name", **params)]

    def refused(self, what: str, **params: Any) -> dict[str, Any]:
        """Return the problem with a question that cannot be."""
        answer = self.ask(what, **params)
        assert answer.status == 400, answer.body
        assert answer.headers["content-type"].startswith("application/problem+json")
        problem: dict[str, Any] = answer.json
        return problem


def standard(server: LiveServer) -> World:
    """Store two hours of calls, a conversation the day after, and what is hidden by default."""
    world = World(server)
    world.trace(
        "first", 0, 100, tags=["x", "y"], environment="prod", metadata={"user_id": "u1", "a": [1]},
        input={"question": "é" * 500}, output="yes", ttft=12.5,
    )  # fmt: skip
    world.span("first", "ask", GPT, tokens=(7, 3), total_estimated_cost=0.01)
    world.span("first", "look up")
    world.trace(
        "failed", 10, 300, tags=["x"], environment="test",
        error_info={"exception_type": "E", "message": "m" * 500, "traceback": "t"},
        metadata={"user_id": "u2", "deep": {"er": "v"}},
    )  # fmt: skip
    world.span("failed", "think", CLAUDE, tokens=(15, 5), total_estimated_cost=0.02)
    world.span("failed", "retry", GPT, tokens=(3, 2), total_estimated_cost=0.001)
    world.trace("running", 70, None)
    world.trace("tried", 80, 50, source="experiment")
    hidden = {"source": "experiment", "total_estimated_cost": 5}
    world.span("tried", "trial", GPT, tokens=(100, 100), **hidden)
    world.trace("hello", 1440, 200, thread_id="chat", input="hi", output="hello there")
    world.span("hello", "greet", GPT, tokens=(1, 1), total_estimated_cost=0.0005)
    world.trace("bye", 1450, 400, thread_id="chat", input="bye", output="see you", tags=["y"])
    world.trace("alone", 1445, 250, thread_id="other", error_info={"exception_type": "E"})
    world.score("traces", world.traces["first"], "good", 1)
    world.score("traces", world.traces["failed"], "good", 0.25)
    world.score("spans", world.spans["ask"], "tone", 0.5)
    world.score("spans", world.spans["look up"], "tone", 1)
    world.comment("traces", world.traces["failed"], "why")
    world.comment("traces", world.traces["failed"], "so")
    world.comment("spans", world.spans["ask"], "hm")
    return world


def whole(world: World, kind: str, id: str) -> dict[str, Any]:
    """Return what the Opik face says of a trace or span."""
    answer = world.server.get(f"{API}/{kind}/{id}")
    assert answer.status == 200, answer.body
    found: dict[str, Any] = json.loads(answer.body)
    return found
