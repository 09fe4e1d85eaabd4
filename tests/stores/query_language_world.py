"""A project with traces, spans, threads and scores that a query can tell apart, over HTTP."""

import json
from typing import Any
from urllib.parse import urlencode

from sightline.core.ids import new_text_id
from tests.live import Answer, LiveServer

API = "/api/v1/private"
CONSOLE = "/api/console"
PROJECT = "language"
DAY = "2026-01-31"

# Names of traces that hold every sign that SQL, JSON, patterns or the language itself know.
ODD = {
    "it's": "it's",
    "quote": 'say "hi"',
    "backslash": "C:\\temp\\new",
    "percent": "100%",
    "underscore": "under_score",
    "brace": "{p0:String}",
    "star": "a*b",
    "paren": "f(x), y",
    "colon": "a:b",
    "minus": "-x",
    "unicode": "Ünïcôdé 日本語 😀",
    "newline": "line\nbreak",
}


class World:
    """What the server holds: `ids` of traces by name, `span_ids` of spans by name."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self.ids: dict[str, str] = {}
        self.span_ids: dict[str, str] = {}
        self.project_id = ""

    def fill(self) -> None:
        """Send everything. Times go up by a minute from trace to trace."""
        traces = [
            self._trace("ok", 0, seconds=1, tags=["blue", "Dark Red"], environment="production"),
            self._trace(
                "failed",
                1,
                seconds=3,
                environment="production-eu",
                tags=["100%"],
                error_info={"exception_type": "ValueError", "message": "m", "traceback": "t"},
            ),
            self._trace("running", 2, environment="staging", input={"q": "where is my refund"}),
            self._trace(
                "paid",
                3,
                seconds=90,
                output={"text": 'the "refund" was paid'},
                metadata={"user_id": "ann", "tier": "gold", "n": 5, "a": {"b": ["x", "y"]}},
                thread_id="t-1",
            ),
            self._trace(
                "messages",
                4,
                seconds=0.25,
                input={"messages": [{"role": "user", "content": "hello"}, {"role": "tool"}]},
                metadata={"user.id": "bob", "odd key": "1..5", "n": 12.5},
                thread_id="t-1",
            ),
            self._trace("trial", 5, seconds=1, source="experiment", thread_id="t-2"),
            *(
                self._trace(name, 10 + i, seconds=1, name=text)
                for i, (name, text) in enumerate(ODD.items())
            ),
        ]
        self._send("POST", f"{API}/traces/batch", {"traces": traces})
        spans = [
            self._span("ok", "call", model="gpt-4o", provider="openai", tokens=100, cost=0.5),
            self._span("ok", "again", model="claude 3", provider="anthropic", tokens=50, cost=0.25),
            self._span("failed", "broken", model="gpt-4o-mini", provider="openai", tokens=7),
            self._span("paid", "search", type="tool", name="look*up"),
        ]
        self._send("POST", f"{API}/spans/batch", {"spans": spans})
        scores = [
            self._score("ok", "accuracy", 0.9),
            self._score("failed", "accuracy", 0.25),
            self._score("paid", "how good, really", 4),
            self._score("paid", "accuracy", 1),
        ]
        self._send("PUT", f"{API}/traces/feedback-scores", {"scores": scores})
        of_span = {"id": self.span_ids["call"], "name": "tone", "value": 0.5, "source": "sdk"}
        self._send(
            "PUT",
            f"{API}/spans/feedback-scores",
            {"scores": [of_span | {"project_name": PROJECT}]},
        )
        of_thread = {"thread_id": "t-1", "name": "mood", "value": 3, "source": "sdk"}
        self._send(
            "PUT",
            f"{API}/traces/threads/feedback-scores",
            {"scores": [of_thread | {"project_name": PROJECT}]},
        )
        found = self.server.request("GET", f"{API}/projects?name={PROJECT}").json
        self.project_id = found["content"][0]["id"]

    def list(self, entity: str, query: str, **more: Any) -> set[str]:
        """Return what `GET` of an entity finds: keys of traces and spans, ids of threads."""
        answer = self.ask(entity, query, **more)
        assert answer.status == 200, answer.body
        return {self._key(entity, item) for item in answer.json["content"]}

    def ask(self, entity: str, query: str, *, route: str = "", **more: Any) -> Answer:
        path = {"trace": "traces", "span": "spans", "thread": "traces/threads"}[entity]
        asked = {"project_name": PROJECT, "query": query, "size": 100, **more}
        return self.server.request("GET", f"{API}/{path}{route}?{urlencode(asked)}")

    def search(self, entity: str, query: str) -> set[str]:
        """Return what `POST …/search` of an entity streams."""
        path = {"trace": "traces", "span": "spans", "thread": "traces/threads"}[entity]
        body = {"project_name": PROJECT, "query": query}
        answer = self.server.post(f"{API}/{path}/search", body)
        assert answer.status == 200, answer.body
        return {self._key(entity, item) for item in answer.lines}

    def console(self, path: str, **asked: Any) -> Answer:
        return self.server.request(
            "GET", f"{CONSOLE}/projects/{self.project_id}/{path}?{urlencode(asked)}"
        )

    def facets(self, entity: str, fields: str = "", **asked: Any) -> dict[str, dict[str, int]]:
        """Return label → count of the values of each facet; checks that its query finds as many."""
        answer = self.console("facets", entity=entity, fields=fields, **asked)
        assert answer.status == 200, answer.body
        return {
            facet["field"]: {value["label"]: value["count"] for value in facet["values"]}
            for facet in answer.json["facets"]
        }

    def _key(self, entity: str, item: dict[str, Any]) -> str:
        ids = {"trace": self.ids, "span": self.span_ids}.get(entity, {})
        return next((key for key, id in ids.items() if id == item["id"]), item["id"])

    def _trace(self, key: str, minute: int, seconds: float | None = None, **more: Any) -> Any:
        self.ids[key] = new_text_id()
        start = f"{DAY}T12:{minute:02}:00.000000Z"
        trace = {"id": self.ids[key], "project_name": PROJECT, "name": key, "start_time": start}
        if seconds is not None:
            micros = round(seconds * 1_000_000)
            second, micro = divmod(micros, 1_000_000)
            extra, second = divmod(second, 60)
            trace["end_time"] = f"{DAY}T12:{minute + extra:02}:{second:02}.{micro:06}Z"
        return trace | more

    def _span(self, trace: str, key: str, tokens: int = 0, cost: float = 0, **more: Any) -> Any:
        self.span_ids[key] = new_text_id()
        span = {
            "id": self.span_ids[key],
            "trace_id": self.ids[trace],
            "project_name": PROJECT,
            "name": key,
            "type": "llm",
            "start_time": f"{DAY}T12:00:00Z",
            "end_time": f"{DAY}T12:00:01Z",
        }
        if tokens:
            span["usage"] = {"total_tokens": tokens}
        if cost:
            span["total_estimated_cost"] = cost
        return span | more

    def _score(self, trace: str, name: str, value: float) -> Any:
        score = {"id": self.ids[trace], "name": name, "value": value, "source": "sdk"}
        return score | {"project_name": PROJECT}

    def _send(self, method: str, path: str, body: Any) -> None:
        answer = self.server.request(method, path, json.dumps(body).encode())
        assert answer.status in {200, 204}, answer.body
