"""The ledger of the crash tests notices what it is there to notice."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.crash.ledger import output
from tests.crash.traffic import Traffic, new_id
from tests.live import LiveServer

BASE = "/api/v1/private"


def test_what_is_lost_doubled_changed_or_strange_is_noticed(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data") as server:
        with Traffic(server.url, clients=2) as traffic:
            traffic.wait_for_more(100)
        assert traffic.check().found["spans"]
        spans = server.get(f"{BASE}/spans?project_name=traffic&size=1000").json["content"]
        by_face = {face: [s for s in spans if s["name"].startswith(face)] for face in traffic.faces}
        for face in traffic.faces:
            assert by_face[face], f"nothing came through {face}"
        span = by_face["rest"][0]
        again = {
            **{name: span[name] for name in ("trace_id", "name", "start_time", "input", "output")},
            "project_name": "traffic",
            "id": new_id(random.Random(3)),
        }
        traces = server.get(f"{BASE}/traces?project_name=traffic&size=1").json["content"]

        def patch(output: Any) -> Any:
            body = {"project_name": "traffic", "trace_id": span["trace_id"], "output": output}
            return server.request("PATCH", f"{BASE}/spans/{span['id']}", body)

        faults: list[tuple[str, Callable[[], Any]]] = [
            ("is there 2 times", lambda: server.post(f"{BASE}/spans/batch", {"spans": [again]})),
            ("nobody sent it", lambda: _rename(server, again)),
            ("no version of what was sent", lambda: patch({"version": 0, "text": "half"})),
            ("which was never sent", lambda: patch(_later(span))),
            (
                "was acknowledged and is not there",
                lambda: server.post(f"{BASE}/traces/delete", {"ids": [traces[0]["id"]]}),
            ),
        ]
        for words, do in faults:
            assert do().status == 204
            with pytest.raises(AssertionError, match=words):
                traffic.check()


def _rename(server: LiveServer, span: dict[str, Any]) -> Any:
    return server.post(f"{BASE}/spans/batch", {"spans": [{**span, "name": "rest-stranger"}]})


def _later(span: dict[str, Any]) -> dict[str, Any]:
    return output(span["name"], 999, len(span["output"]["text"]))
