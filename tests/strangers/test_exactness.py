"""Texts full of signs that mean something somewhere: each finds its own trace and no other."""

import json
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.reading import until
from tests.live import LiveServer, live
from tests.strangers.world import BASE, START

TEXTS = (
    "plain", "it's", 'say "hi"', "back\\slash", "two\\\\slashes", "100%", "1000", "under_score",
    "underXscore", "{p0:String}", "{curly} %s %(x)s", "line\nbreak\ttab", "😀 smile", "日本語",
    "'; DROP TABLE traces; --", "`x`", "-- comment /* */", "p*n", "pxn", "a.b", "a[0]", "$", "$.x",
    "['q']", "a,b", "[a]", "(a OR b)", "a:b", "\\", "'", '"', "%", "_", "*", "?", "{}", "null",
    "\\'", "\\n", "\u202eright to left", "e\u0301 and", "\u00e9 and", " x y ", "<b>&amp;",
    "a AND b",
)  # fmt: skip


class World:
    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self.ids: dict[str, str] = {}
        self.project = ""

    def fill(self) -> None:
        from sightline.core.ids import new_text_id

        self.ids = {text: new_text_id() for text in TEXTS}
        self._send("traces", [self._trace(t, id) for t, id in self.ids.items()])
        spans = [
            {"trace_id": id, "id": new_text_id(), "name": text, "type": "llm", "model": text,
             "provider": text, "usage": {text: 7}, "project_name": "odd", "start_time": START}
            for text, id in self.ids.items()
        ]  # fmt: skip
        self._send("spans", spans)
        found = self.server.post(f"{BASE}/projects/retrieve", {"name": "odd"})
        self.project = found.json["id"]
        scores = [
            {"id": id, "project_name": "odd", "name": text, "value": 0.5, "source": "sdk"}
            for text, id in self.ids.items()
        ]
        body = {"scores": scores}
        answer = self.server.request("PUT", f"{BASE}/traces/feedback-scores", body)
        assert answer.status == 204, answer

    def _trace(self, text: str, id: str) -> dict[str, Any]:
        return {
            "id": id, "project_name": "odd", "name": text, "start_time": START, "tags": [text],
            "thread_id": text, "metadata": {text: {"v": text}}, "input": {text: text},
            "output": {"o": text}, "error_info": {"exception_type": text, "traceback": "x"},
        }  # fmt: skip

    def _send(self, kind: str, items: list[Any]) -> None:
        answer = self.server.post(f"{BASE}/{kind}/batch", {kind: items})
        assert answer.status == 204, answer

    def get(self, path: str, **query: Any) -> Any:
        answer = self.server.get(f"{path}?{urllib.parse.urlencode(query)}")
        assert answer.status == 200, (path, query, answer)
        return answer.json

    def filtered(self, kind: str = "traces", **filter: str) -> list[Any]:
        found: list[Any] = self.get(
            f"{BASE}/{kind}", project_id=self.project, size=100, filters=json.dumps([filter])
        )["content"]
        return found

    def rows(self, query: str, entity: str = "trace") -> list[Any]:
        found: list[Any] = self.get(
            f"/api/console/projects/{self.project}/rows",
            entity=entity, query=query, columns="name", limit=100,
        )["rows"]  # fmt: skip
        return found


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with live(tmp_path_factory.mktemp("odd") / "data") as server:
        world = World(server)
        world.fill()
        yield world
        assert "failed" not in server.log_text(), server.log_text()[-3000:]


def key(text: str) -> str:
    """Return a JSON path of one key, whatever is in it."""
    return "['" + text.replace("\\", "\\\\").replace("'", "\\'") + "']"


def quoted(text: str) -> str:
    """Return a text as the query language takes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def wrong(found: dict[str, list[str]], wanted: dict[str, str]) -> list[Any]:
    return [(text, ids) for text, ids in found.items() if ids != [wanted[text]]]


# Strings compare without case and blanks around them there, which these texts do not need.
@pytest.mark.parametrize("field", ["name", "tags", "thread_id", "metadata", "input_json", "scores"])
def test_opiks_filters(odd: World, field: str) -> None:
    def ask(text: str) -> dict[str, str]:
        return {
            "name": {"field": "name", "operator": "=", "value": text},
            "tags": {"field": "tags", "operator": "contains", "value": text},
            "thread_id": {"field": "thread_id", "operator": "=", "value": text},
            "metadata": {
                "field": "metadata", "operator": "=", "key": f"{key(text)}.v", "value": text
            },
            "input_json": {
                "field": "input_json", "operator": "=", "key": key(text), "value": text
            },
            "scores": {"field": "feedback_scores", "operator": "=", "key": text, "value": "0.5"},
        }[field]  # fmt: skip

    found = {}
    for text in TEXTS:
        rows = odd.filtered(**ask(text))
        if field == "tags":
            # A text that has it inside is right, too.
            rows = [r for r in rows if r["name"] == text or text.lower() not in r["name"].lower()]
        found[text] = [r["id"] for r in rows]
    assert not wrong(found, odd.ids)


@pytest.mark.parametrize("field", ["name", "tags", "score", "metadata", "input", "thread_id"])
def test_the_query_language(odd: World, field: str) -> None:
    def ask(text: str) -> str:
        return {
            "name": f"name={quoted(text)}",
            "tags": f"tags={quoted(text)}",
            "score": f"score.{quoted(text)}=0.5",
            "metadata": f"metadata.{quoted(key(text))}:*",
            "input": f"input.{quoted(key(text))}={quoted(text)}",
            "thread_id": f"thread_id={quoted(text)}",
        }[field]

    found = {text: [r["id"] for r in odd.rows(ask(text))] for text in TEXTS}
    assert not wrong(found, odd.ids)


@pytest.mark.parametrize("field", ["name", "model", "provider"])
def test_spans_by_query_and_filter(odd: World, field: str) -> None:
    for text in TEXTS:
        names = [r["name"] for r in odd.rows(f"{field}={quoted(text)}", "span")]
        assert names == [text], (field, text)
        rows = odd.filtered("spans", field=field, operator="=", value=text)
        assert [r["name"] for r in rows] == [text], (field, text)


def test_canonical_text_means_the_same(odd: World) -> None:
    for text in TEXTS:
        for query in (f"name={quoted(text)}", f"metadata.{quoted(text)}:*", quoted(text)):
            body = {"entity": "trace", "query": query}
            said = odd.server.post("/api/console/query/parse", body).json
            assert said["error"] is None, (query, said)
            again = odd.server.post(
                "/api/console/query/parse", {**body, "query": said["canonical"]}
            ).json
            assert again["tree"] == said["tree"], query


def test_facets_values_and_histogram_count_each_once(odd: World) -> None:
    base = f"/api/console/projects/{odd.project}"
    for text in TEXTS[::2]:
        asked = {"entity": "trace", "query": f"name={quoted(text)}"}
        assert odd.get(f"{base}/summary", **asked)["count"] == 1, text
        buckets = odd.get(f"{base}/histogram", **asked)["buckets"]
        assert sum(bucket["count"] for bucket in buckets) == 1, text
        [facet] = odd.get(f"{base}/facets", fields="tags", **asked)["facets"]
        [value] = facet["values"]
        assert (value["value"], value["count"]) == (text, 1)
        # What a click on it asks for is that value and no other.
        assert [r["id"] for r in odd.rows(value["query"])] == [odd.ids[text]], value
        given = odd.get(f"{base}/query/values", entity="trace", field="name", prefix=text)
        assert {"value": text, "count": 1} in given["values"], text


def test_sorting_by_odd_fields(odd: World) -> None:
    for text in TEXTS[1:40:8]:
        # What cannot be sorted by is refused or passed over: it is never part of a statement.
        for field in (text, f"metadata.{text}", f"feedback_scores.{text}", f"usage.{text}"):
            sorting = json.dumps([{"field": field, "direction": "DESC"}])
            query = urllib.parse.urlencode({"project_id": odd.project, "sorting": sorting})
            for kind in ("traces", "spans", "traces/threads"):
                answer = odd.server.get(f"{BASE}/{kind}?{query}")
                assert answer.status in {200, 400, 422}, (field, answer)
                if answer.status == 200:
                    assert answer.json["total"] == len(TEXTS), (field, kind)


def test_threads_and_projects(odd: World) -> None:
    for text in TEXTS:
        body = {"thread_id": text, "project_name": "odd"}
        said = odd.server.post(f"{BASE}/traces/threads/retrieve", body)
        assert (said.status, said.json["id"]) == (200, text)
    names = [t for t in TEXTS[::3] if t == t.strip()]
    for text in names:
        assert odd.server.post(f"{BASE}/projects", {"name": f"{text}!"}).status == 201, text
    for text in names:
        found = odd.get(f"{BASE}/projects", name=f"{text}!", size=100)["content"]
        inside = [p["name"] for p in found]
        assert f"{text}!" in inside
        assert all(f"{text}!".lower() in name.lower() for name in inside), (text, inside)


def test_the_gateways_activity(odd: World) -> None:
    """Whatever a call is marked with, its spend is counted once under its own model."""
    calls = 0
    for text in TEXTS[:12]:
        body = {
            "model": "sightline/echo", "user": text, "metadata": {text[:60]: text},
            "messages": [{"role": "user", "content": text}],
            "trace": {"name": text, "session_id": text, "tags": [text]},
        }  # fmt: skip
        answer = odd.server.post("/v1/chat/completions", body)
        assert answer.status == 200, answer
        assert text.strip() in answer.json["choices"][0]["message"]["content"]
        calls += 1

    def counted() -> bool:
        data = odd.get("/api/v1/activity")["data"]
        return sum(r["requests"] for r in data if r["model"] == "sightline/echo") >= calls

    until(lambda: counted() or None, "calls are missing in the activity")
    data = odd.get("/api/v1/activity")["data"]
    assert sum(r["requests"] for r in data if r["model"] == "sightline/echo") == calls
