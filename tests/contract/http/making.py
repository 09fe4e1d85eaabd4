"""Traces and spans by plain HTTP, for tests of what the screens do with them."""

from typing import Any

from sightline.core.ids import new_text_id
from tests.live import LiveServer

BASE = "/api/v1/private"
CONSOLE = "/api/console"
T0 = "2026-11-22T03:40:38.250213Z"


def put_trace(server: LiveServer, place: str, **fields: Any) -> str:
    """Store a trace in the project `place` and return its id."""
    body = {"id": new_text_id(), "project_name": place, "name": "t", "start_time": T0, **fields}
    answer = server.post(f"{BASE}/traces/batch", {"traces": [body]})
    assert answer.status == 204, answer.body
    return str(body["id"])


def put_span(server: LiveServer, place: str, trace_id: str, **fields: Any) -> str:
    """Store a span of a trace and return its id."""
    body = {
        "id": new_text_id(), "trace_id": trace_id, "project_name": place, "name": "s",
        "start_time": T0, **fields,
    }  # fmt: skip
    answer = server.post(f"{BASE}/spans/batch", {"spans": [body]})
    assert answer.status == 204, answer.body
    return str(body["id"])


def put_score(server: LiveServer, kind: str, id: str, name: str, value: float, **more: Any) -> None:
    """Score a trace or a span; `kind` is `traces` or `spans`."""
    body = {"name": name, "value": value, "source": "sdk", **more}
    answer = server.request("PUT", f"{BASE}/{kind}/{id}/feedback-scores", body)
    assert answer.status == 204, answer.body


def project_id(server: LiveServer, place: str) -> str:
    """Return the id of a project that is there."""
    answer = server.post(f"{BASE}/projects/retrieve", {"name": place})
    assert answer.status == 200, answer.body
    found: str = answer.json["id"]
    return found
