"""Rubbish in every place of a request: refused, or kept and given back, never an error."""

import http.client
import json
import re
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest

from tests.live import Answer, LiveServer
from tests.strangers.table import operations
from tests.strangers.test_document import _shows
from tests.strangers.world import Side, Things, fill, filled

# Percent-encoded, so that bytes which are no text get through.
RUBBISH = {
    "no text, and a lone surrogate": "%FF%FE%ED%A0%80%00%5B%22%5Cud800%22%5D",
    "quotes and dots": "%27%22%60%5C%27%29%3B--%25_%7B%7D%5B%5D..%2F..%2F..%2Fetc%2Fpasswd",
    "a huge number": "9" * 400,
    "deep JSON": "%5B" * 3000,
}
FILTERS = [
    [{"field": f, "operator": o, "key": k, "value": v}]
    for f, o, k, v in (
        ("name", "=", "", "\\"),
        ("metadata", "=", "$..*", "x"),
        ("metadata", "=", "a[0].b['c']", "'"),
        ("metadata", "contains", "%_\\'\"`{}", "%"),
        ("metadata", ">", "x", "1e999"),
        ("input", "contains", "", "\0"),
        ("feedback_scores", "=", "') OR 1=1 --", "0.5"),
        ("feedback_scores", ">", "x", "NaN"),
        ("duration", ">", "", "-Infinity"),
        ("start_time", ">", "", "9999-99-99"),
        ("tags", "contains", "", "%"),
        ("usage.total_tokens", "=", "", "9" * 50),
        ("usage.'); --", "=", "", "1"),
        ("output_json", "=", "a.b\\", "\\"),
        ("name", "matches", "", "(a+)+$" * 50),
        ("name' OR '1'='1", "=", "", "x"),
    )
]


class Line:
    """A connection that is kept, for thousands of small requests."""

    def __init__(self, server: LiveServer) -> None:
        self._server = server
        self._held = http.client.HTTPConnection(server.host, server.port, timeout=30)

    def get(self, path: str) -> Answer:
        try:
            self._held.putrequest("GET", path, skip_accept_encoding=True)
            self._held.endheaders()
            answer = self._held.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        except (http.client.HTTPException, OSError):
            self._held.close()
            raise


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    env = {"SIGHTLINE_AUTH__KEYS": "off", "SIGHTLINE_INGEST__MAX_BODY_BYTES": str(8_000_000)}
    with LiveServer(tmp_path_factory.mktemp("rubbish") / "data", env=env) as server:
        yield server
        assert server.get("/health").status == 200
        assert "api.failed" not in server.log_text(), server.log_text()[-6000:]
        assert "request_died" not in server.log_text(), server.log_text()[-6000:]


@pytest.fixture(scope="module")
def things(server: LiveServer) -> Things:
    return fill(Side(server), "acme")


@pytest.fixture(scope="module")
def document(server: LiveServer) -> Any:
    return server.get("/api/schema").json


class Faults(list[Any]):
    """What went wrong, so that one test shows all of it."""

    def check(self, what: Any, answer: Answer) -> None:
        """Note an answer that is an error of ours, is no text, or shows the inside."""
        try:
            text = answer.body.decode()
        except UnicodeDecodeError:
            text = "no UTF-8"
        fine = answer.status < 500 or answer.status == 501
        if answer.status >= 400:
            fine = fine and not _shows(text) and len(text) < 20_000
        if not fine or text == "no UTF-8":
            self.append((what, answer.status, text[:300]))


@pytest.fixture
def faults() -> Iterator[Faults]:
    found = Faults()
    yield found
    assert not found, "\n".join(map(str, found[:40]))


def test_query_strings(server: LiveServer, things: Things, faults: Faults, document: Any) -> None:
    line = Line(server)
    for one in operations():
        if one.method != "GET" or not one.is_built or one.streams or "attachment" in one.path:
            continue
        said = document["paths"].get(one.path, {}).get("get", {}).get("parameters", [])
        plain = filled(one.path, things.ids)
        for parameter in said:
            if parameter["in"] != "query":
                continue
            for name, value in RUBBISH.items():
                mark = "&" if "?" in plain else "?"
                answer = line.get(f"{plain}{mark}{parameter['name']}={value}")
                if "/export" not in one.path or answer.status >= 400:
                    faults.check((one.path, parameter["name"], name), answer)


def test_path_parameters_and_names_of_parameters(
    server: LiveServer, things: Things, faults: Faults
) -> None:
    line = Line(server)
    for one in operations():
        if one.method != "GET" or not one.is_built or one.streams:
            continue
        for name, value in RUBBISH.items():
            if one.parameters:
                path = re.sub(r"\{\w+\}", value, one.path)
                faults.check((one.path, name), line.get(path))
        plain = filled(one.path, things.ids).partition("?")[0]
        odd = RUBBISH["no text, and a lone surrogate"]
        faults.check((one.path, "a name"), line.get(f"{plain}?{odd}={odd}"))


@pytest.mark.parametrize("kind", ["traces", "spans", "traces/threads"])
def test_filters_and_sorting(server: LiveServer, things: Things, faults: Faults, kind: str) -> None:
    line = Line(server)
    project = things.ids["project_id"]
    for what in (*FILTERS, [], [{}], {}, [[]], [None], 7, [{"field": 1}]):
        text = urllib.parse.quote(json.dumps(what))
        for path in (
            f"/api/v1/private/{kind}?project_id={project}&filters={text}",
            f"/api/v1/private/{kind}/stats?project_id={project}&filters={text}",
            f"/api/v1/private/{kind}?project_id={project}&sorting={text}",
        ):
            faults.check((kind, what), line.get(path))
    for field in ("name'--", "metadata.a\\'b", "usage.x`y", "feedback_scores.%_'\\", "input", "\0"):
        for direction in ("ASC", "DESC; DROP", None):
            text = urllib.parse.quote(json.dumps([{"field": field, "direction": direction}]))
            path = f"/api/v1/private/{kind}?project_id={project}&sorting={text}"
            faults.check((kind, field), line.get(path))


QUERIES = (
    "name:'", 'name:"\\"', "name:\\", "(((((", "a AND", "NOT NOT NOT x", "metadata.a\\.b:1",
    'metadata."a\\"b":x', "name:%", "name:_", "name:{}", "scores.x>NaN", "cost>1e999",
    "start>never", "tags:[", "🙂:💥", "a:b:c:d", "name~(a+)+$", "name~[", "-", "duration>1y1y",
    "x" * 5000, " OR ".join(["name:a"] * 500), "name:\u202e\u0000", "metadata.:x",
    "metadata.a..b:x",
)  # fmt: skip


PATHS = ("rows", "facets", "histogram", "summary", "series", "query/values?field=name")


@pytest.mark.parametrize("entity", ["trace", "span", "thread"])
def test_queries(server: LiveServer, things: Things, faults: Faults, entity: str) -> None:
    line = Line(server)
    base = f"/api/console/projects/{things.ids['project_id']}"
    for query in QUERIES:
        text = urllib.parse.quote(query)
        for path in PATHS if entity == "trace" else PATHS[:2]:
            mark = "&" if "?" in path else "?"
            faults.check(
                (path, query), line.get(f"{base}/{path}{mark}entity={entity}&query={text}")
            )
    parsed = server.post("/api/console/query/parse", {"query": "(" * 10_000, "entity": entity})
    faults.check("deep", parsed)
