"""A workspace full of things, each marked with a word that nobody else may ever read."""

import http.client
import json
import re
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec import inspect as kinds

from tests.contract.reading import make_key, until
from tests.live import Answer, LiveServer

CANARY = "acme-canary-7f3a9"
BASE = "/api/v1/private"
START = "2026-11-22T03:40:38.250213Z"


class Side:
    """Somebody with a key (or none) before a server."""

    def __init__(self, server: LiveServer, key: str | None = None, **headers: str) -> None:
        self.server = server
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            self.headers["Authorization"] = key

    def ask(self, method: str, path: str, body: Any = None, *, streams: bool = False) -> Answer:
        """Send a request; of a stream only the head is waited for."""
        if not streams:
            return self.server.request(method, path, body, headers=self.headers, timeout_s=30)
        connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=30)
        try:
            connection.request(method, path, headers=self.headers)
            answer = connection.getresponse()
            found = {k.lower(): v for k, v in answer.getheaders()}
            return Answer(answer.status, found, b"" if answer.status == 200 else answer.read())
        finally:
            connection.close()

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def done(self, method: str, path: str, body: Any = None) -> Any:
        """Send what must succeed, and return its JSON, if it has any."""
        answer = self.ask(method, path, body)
        assert answer.status < 300, (method, path, answer)
        return answer.json if answer.body else None


class Things(NamedTuple):
    """The ids of what a workspace has, by the name of the parameter or field that takes them."""

    ids: dict[str, str]


def fill(side: Side, mark: str = CANARY) -> Things:
    """Make one of everything in a workspace."""
    project, trace, span, thread = f"{mark} project", str(_id()), str(_id()), f"{mark}-thread"
    body = {
        "id": trace, "project_name": project, "name": f"{mark} trace", "start_time": START,
        "input": {"q": f"{mark} in"}, "output": {"a": f"{mark} out"}, "tags": [f"{mark} tag"],
        "metadata": {f"{mark}_key": mark}, "thread_id": thread,
        "error_info": {"exception_type": mark, "message": mark, "traceback": mark},
    }  # fmt: skip
    side.done("POST", f"{BASE}/traces/batch", {"traces": [body]})
    body = {**body, "id": span, "trace_id": trace, "name": f"{mark} span", "model": f"{mark}-model"}
    body.pop("thread_id")
    side.done("POST", f"{BASE}/spans/batch", {"spans": [body]})
    project_id = side.done("POST", f"{BASE}/projects/retrieve", {"name": project})["id"]
    ids = {"trace_id": trace, "span_id": span, "project_id": project_id, "thread_id": thread}
    score = {"name": f"{mark} score", "value": 1.0, "source": "sdk", "reason": mark}
    for kind, id in (("traces", trace), ("spans", span)):
        side.done("PUT", f"{BASE}/{kind}/{id}/feedback-scores", score)
        side.done("POST", f"{BASE}/{kind}/{id}/comments", {"text": f"{mark} comment"})
    found = side.get(f"{BASE}/traces/{trace}").json
    ids["comment_id"] = found["comments"][0]["id"]
    named = {"thread_id": thread, "project_name": project}
    model_id = side.done("POST", f"{BASE}/traces/threads/retrieve", named)["thread_model_id"]
    ids["thread_model_id"] = model_id
    side.done("PUT", f"{BASE}/traces/threads/close", named)
    side.done("POST", f"{BASE}/environments", {"name": f"{mark}-env"})
    envs = side.done("GET", f"{BASE}/environments")["content"]
    ids["environment_id"] = next(e["id"] for e in envs if e["name"] == f"{mark}-env")
    details = {"min": 0, "max": 1}
    definition = {"name": f"{mark} def", "type": "numerical", "details": details}
    side.done("POST", f"{BASE}/feedback-definitions", definition)
    definitions = side.done("GET", f"{BASE}/feedback-definitions?size=100")["content"]
    ids["definition_id"] = next(d["id"] for d in definitions if d["name"] == f"{mark} def")
    upload = f"{BASE}/attachment/upload?entity_type=trace&entity_id={trace}&mime_type=text/plain"
    name = f"{mark}.txt"
    where = f"{upload}&file_name={name}&project_name={project.replace(' ', '%20')}"
    side.done("PUT", where, mark.encode())
    ids["file_name"] = name
    side.done(
        "PUT", f"{BASE}/workspaces/configurations", {"timeout_to_mark_thread_as_inactive": "PT9M"}
    )
    view = {"name": f"{mark} view", "entity": "trace", "state": {"q": mark}}
    views = f"/api/console/projects/{project_id}/views"
    ids["view_id"] = side.done("POST", views, view)["id"]
    return Things(ids | _gateway(side, mark))


def _gateway(side: Side, mark: str) -> dict[str, str]:
    base = "/api/console/gateway"
    provider = {
        "slug": "acme-own", "name": f"{mark} provider", "dialect": "openai",
        "base_url": "https://upstream.example/v1", "api_key": f"sk-{mark}-provider-key",
    }  # fmt: skip
    ids = {"provider_id": side.done("POST", f"{base}/providers", provider)["id"]}
    endpoint = {"provider_id": ids["provider_id"], "upstream_model": f"{mark}-upstream"}
    model = {"slug": "acme/own", "name": f"{mark} model", "endpoints": [endpoint]}
    ids["model_id"] = side.done("POST", f"{base}/models", model)["id"]
    preset = {"slug": "acme-preset", "name": f"{mark} preset", "system_prompt": f"{mark} system"}
    side.done("POST", f"{base}/presets", preset)
    made = side.done("POST", "/api/v1/keys", {"name": f"{mark} gateway key"})
    ids |= {"preset": "acme-preset", "hash": made["data"]["hash"], "gateway_key": made["key"]}
    said = {"messages": [{"role": "user", "content": f"{mark} call"}], "model": "sightline/echo"}
    ids["generation_id"] = side.done("POST", "/api/v1/chat/completions", said)["id"]
    path = f"/api/v1/generation?id={ids['generation_id']}"
    until(lambda: side.get(path).status == 200 or None, "the call is not kept")
    keys = side.done("GET", "/api/console/keys")["content"]
    return {**ids, "key_id": keys[0]["id"] if keys else str(_id())}


def filled(path: str, things: Mapping[str, str]) -> str:
    """Return a path of the table with the ids of what is there."""
    kind = {
        "/environments/": "environment_id",
        "/feedback-definitions/": "definition_id",
        "/projects/": "project_id",
        "/spans/": "span_id",
        "/threads/": "thread_id",
        "/traces/": "trace_id",
        "/gateway/models/": "model_id",
        "/gateway/providers/": "provider_id",
        "/console/keys/": "key_id",
        "/console/views/": "view_id",
        "/destinations/": "destination_id",
        "/jobs/": "job_id",
    }
    own = next((things.get(name) for part, name in kind.items() if part in path), None)
    named = {
        "id": own or str(_id()),
        "slug": "acme/own" if path.endswith("{slug}") and "model" in path else "acme-preset",
        "version": "1",
        "name": "input",
        "token": "x" * 32,
    }

    def value(match: re.Match[str]) -> str:
        return things.get(match[1]) or named.get(match[1]) or str(_id())

    return re.sub(r"\{(\w+)\}", value, path) + _query(path, things)


def _query(path: str, things: Mapping[str, str]) -> str:
    project, trace = things["project_id"], things["trace_id"]
    if path.endswith("/attachment/download"):
        name = things["file_name"]
        return f"?container_id={project}&entity_type=trace&entity_id={trace}&file_name={name}"
    if path.endswith("/attachment/list"):
        return f"?project_id={project}&entity_type=trace&entity_id={trace}"
    if path.endswith("/attachment/upload"):
        return f"?file_name=x.txt&entity_type=trace&entity_id={trace}"
    if path.endswith("/attachment/upload-part"):
        return "?workspace=00&upload_id=00&part_number=1&expires=9999999999&signature=00"
    if path.endswith("/query/values"):
        return "?field=name"
    if path.startswith("/api/v1/generation"):
        return f"?id={things['generation_id']}"
    if "/redirect/" in path:
        return f"?trace_id={trace}&dataset_id={trace}&experiment_id={trace}&optimization_id={trace}"
    if path.endswith("/search"):
        return "?text=acme"
    plain = path.startswith(BASE) and "{" not in path
    return f"?project_id={project}&project_ids=%5B%22{project}%22%5D" if plain else ""


def body_for(type_: Any, things: Mapping[str, str]) -> Any:
    """Return a body that fits the type, about the things whose ids are given."""
    return _value("", kinds.type_info(type_), things)


def _value(name: str, kind: kinds.Type, things: Mapping[str, str]) -> Any:
    if isinstance(kind, kinds.Metadata):
        return _value(name, kind.type, things)
    if isinstance(kind, kinds.StructType):
        return {
            field.encode_name: _value(field.encode_name, field.type, things)
            for field in kind.fields
            if field.required or field.encode_name in _WANTED
        }
    if isinstance(kind, kinds.UnionType):
        order = (kinds.StructType, kinds.CollectionType, kinds.StrType)
        for wanted in order:
            for one in kind.types:
                if isinstance(one, wanted):
                    return _value(name, one, things)
        return _value(name, kind.types[0], things)
    if isinstance(kind, kinds.LiteralType):
        return kind.values[0]
    if isinstance(kind, kinds.CollectionType | kinds.TupleType):
        inner = kind.item_type if isinstance(kind, kinds.CollectionType) else kind.item_types[0]
        return [_value(name.removesuffix("s"), inner, things)]
    if isinstance(kind, kinds.DictType | kinds.RawType | kinds.AnyType):
        return {}
    if isinstance(kind, kinds.BoolType):
        return False
    if isinstance(kind, kinds.IntType | kinds.FloatType | kinds.DecimalType):
        return 1
    if isinstance(kind, kinds.DateTimeType):
        return START
    return _text(name, things)


_WANTED = {
    "id", "ids", "trace_id", "project_id", "thread_id", "thread_model_ids", "span_id", "name",
    "project_ids", "thread_ids", "file_name", "trace_ids",
}  # fmt: skip


def _text(name: str, things: Mapping[str, str]) -> str:
    known = {
        "id": things["trace_id"],
        "entity_id": things["trace_id"],
        "entity_type": "trace",
        "container_id": things["project_id"],
        "thread_model_id": things["thread_model_id"],
        "source": "sdk",
        "type": "numerical",
        "entity": "trace",
        "interval": "DAILY",
        "metric_type": "TRACE_COUNT",
        "slug": "rival-slug",
    }
    return known.get(name) or things.get(name) or "stolen"


def _id() -> uuid.UUID:
    from sightline.core.ids import new_text_id

    return uuid.UUID(new_text_id())


# Links are signed anew, reading notes when a key was used, and how an endpoint that the server
# itself brings is doing counts calls of all workspaces.
_CHANGING = re.compile(
    r'"(link|last_used_at|last_updated_trace_at|calls|failures|in_flight|latency_ms|'
    r'tokens_per_s|state)": '
    r'("[^"]*"|null|[0-9.e-]+)'
)


def snapshot(side: Side, things: Mapping[str, str]) -> dict[str, str]:
    """Return all that a workspace says of itself, for a look at whether it changed."""
    ids = things
    paths = (
        f"{BASE}/projects?size=100",
        f"{BASE}/traces?project_id={ids['project_id']}&size=100",
        f"{BASE}/spans?project_id={ids['project_id']}&size=100",
        f"{BASE}/traces/threads?project_id={ids['project_id']}&size=100",
        f"{BASE}/environments",
        f"{BASE}/feedback-definitions?size=100",
        f"{BASE}/attachment/list?project_id={ids['project_id']}&entity_type=trace"
        f"&entity_id={ids['trace_id']}",
        f"{BASE}/workspaces/configurations",
        f"/api/console/projects/{ids['project_id']}/views",
        "/api/console/gateway/providers",
        "/api/console/gateway/models",
        "/api/console/gateway/presets",
        "/api/console/gateway/routing",
        "/api/console/broadcast",
        "/api/console/keys",
        "/api/v1/keys",
    )
    found = {}
    for path in paths:
        answer = side.get(path)
        assert answer.status == 200, (path, answer)
        text = json.dumps(answer.json, sort_keys=True)
        found[path] = _CHANGING.sub("", text)
    return found


def revoked_key(server: LiveServer, admin: Side, workspace: str) -> str:
    """Return a key that was good once."""
    key = make_key(server, workspace=workspace, role="admin")
    before = Side(server, key)
    assert before.get(f"{BASE}/projects").status == 200
    newest = admin.done("GET", "/api/console/keys")["content"][0]
    admin.done("DELETE", f"/api/console/keys/{newest['id']}")
    assert before.get(f"{BASE}/projects").status == 401
    return key
