"""The catalog locked, gone, or silent, while clients write through every face.

What needs it is refused for as long, in the shape of the face that was asked and within bounded
time; the rest goes on; and when it is there again so is the server, by itself.
"""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from sightline.core.ids import new_text_id
from tests import outside
from tests.contract.reading import make_key
from tests.crash.traffic import Traffic
from tests.fakes.tcp_proxy import TcpProxy
from tests.live import Answer, LiveServer, live

PRIVATE = "/api/v1/private"
CONSOLE = "/api/console"
# Longer than any answer may take, however many others wait for the same.
PATIENCE_S = 20
AT_ONCE = 12
PROVIDER = {"slug": "acme", "base_url": "https://api.openai.com/v1", "api_key": "k"}

_HOLD = """
import sqlite3, sys
catalog = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
catalog.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.readline()
catalog.execute("ROLLBACK")
"""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the write lock of a SQLite file, from another process."""
    command = [sys.executable, "-c", _HOLD, str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield
        finally:
            holder.communicate("\n", timeout=30)


def trace(project: str) -> dict[str, Any]:
    start = {"project_name": project, "start_time": "2026-03-02T10:00:00Z"}
    return {"id": new_text_id(), **start}


def test_a_locked_sqlite_holds_up_only_what_writes_to_it(tmp_path: Path) -> None:
    with _alone(tmp_path) as server, Traffic(server.url, pause_s=0.01) as traffic:
        traffic.wait_for_more(200)
        _known(server, "known")
        with locked(server.data / "catalog.db"):
            # They wait in one line, and none for those before it.
            names = [f"new-{n}" for n in range(AT_ONCE)]
            with ThreadPoolExecutor(2 * AT_ONCE) as pool:
                asked = [pool.submit(_log, server, name) for name in names]
                asked += [pool.submit(_export, server, "some")]
                made = [
                    pool.submit(server.post, path, body, timeout_s=PATIENCE_S)
                    for path, body in (
                        (f"{PRIVATE}/projects", {"name": "x"}),
                        (f"{CONSOLE}/gateway/providers", PROVIDER),
                    )
                ]
                # Reads, and calls and batches into projects that are known, go on.
                assert server.get(f"{PRIVATE}/projects").status == 200
                assert server.get("/health").status == 200
                assert server.get("/metrics").status == 200
                for _ in range(5):
                    _known(server, "known")
                for one in (*asked, made[0]):
                    _is_refusal(one.result())
                    assert one.result().json["message"]
                _is_refusal(made[1].result())
                assert made[1].result().json["code"] == "store_unavailable"
        traffic.wait_for_more(200)
        assert {_log(server, name).status for name in names} == {204}
        assert _export(server, "some").status == 200
        traffic.stop()
        assert set(traffic.refusals) <= {503}
        for refusal in traffic.answers:
            assert int(refusal.headers["retry-after"]) >= 1
        assert not traffic.broken
        traffic.check()
    whole = sqlite3.connect(server.data / "catalog.db").execute("PRAGMA integrity_check")
    assert whole.fetchall() == [("ok",)]


def test_a_postgres_that_ends_and_one_that_is_silent(tmp_path: Path) -> None:
    """With keys that are looked up, and a statement that may take two seconds."""
    cluster = outside.postgres().cluster
    catalog = outside.postgres().take_empty()
    with TcpProxy(cluster.port) as way:
        env = {
            "SIGHTLINE_CATALOG__URL": catalog.replace(f":{cluster.port}/", f":{way.port}/"),
            "SIGHTLINE_CATALOG__STATEMENT_TIMEOUT_S": "2",
        }
        try:
            with _alone(tmp_path, env=env) as server:
                key = {"Authorization": f"Bearer {make_key(server, role='admin')}"}
                with Traffic(server.url, headers=key, pause_s=0.01) as traffic:
                    traffic.wait_for_more(200)
                    cluster.stop()
                    try:
                        _is_away(server, key)
                    finally:
                        cluster.start()
                    traffic.wait_for_more(200)
                    way.silence()
                    _is_away(server, key)
                    # What was connected before says nothing to the end.
                    way.open()
                    traffic.wait_for_more(200)
                    assert (
                        server.post(f"{PRIVATE}/projects", {"name": "y"}, headers=key).status == 201
                    )
                    traffic.stop()
                    assert set(traffic.refusals) <= {503}
                    for refusal in traffic.answers:
                        assert int(refusal.headers["retry-after"]) >= 1
                        _says_nothing_of_its_insides(refusal.body)
                    traffic.check()
        finally:
            outside.postgres().drop(catalog)


def _alone(folder: Path, **more: Any) -> AbstractContextManager[LiveServer]:
    return live(folder / "data", stores={}, processes=1, **more)


def _is_away(server: LiveServer, key: dict[str, str]) -> None:
    """Assert that what needs the catalog is refused, by each face in its shape."""
    with ThreadPoolExecutor(2 * AT_ONCE) as pool:
        asked = [pool.submit(_log, server, f"new-{n}", headers=key) for n in range(AT_ONCE)]
        asked += [pool.submit(_export, server, "some", headers=key)]
        console, gateway = [
            pool.submit(server.get, path, headers=key, timeout_s=PATIENCE_S)
            for path in (f"{CONSOLE}/keys", "/api/v1/keys")
        ]
        figures = server.get("/metrics", timeout_s=10)
        assert figures.status == 200
        assert b"sightline_ingest_rows_total{" in figures.body
        ready = server.get("/ready", timeout_s=PATIENCE_S)
        assert ready.status == 503
        assert ready.json["catalog"] == "down"
        for one in asked:
            _is_refusal(one.result())
            assert one.result().json["message"]
        _is_refusal(console.result())
        assert console.result().json["code"] == "store_unavailable"
        _is_refusal(gateway.result())
        assert gateway.result().json["error"]["code"] == 503


def _known(server: LiveServer, project: str) -> None:
    """Assert that what needs no word of the catalog is taken."""
    assert _log(server, project).status == 204
    said = {"model": "sightline/echo", "messages": [{"role": "user", "content": "hi"}]}
    answer = server.post("/v1/chat/completions", said, headers={"opik_project_name": "calls"})
    assert answer.status == 200


def _log(server: LiveServer, project: str, **more: Any) -> Answer:
    body = {"traces": [trace(project)]}
    return server.post(f"{PRIVATE}/traces/batch", body, timeout_s=PATIENCE_S, **more)


def _export(server: LiveServer, project: str, headers: dict[str, str] | None = None) -> Answer:
    """Send a span through OTLP, of a trace that nobody knows."""
    message = ExportTraceServiceRequest()
    span = message.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id, span.name = (
        bytes.fromhex(new_text_id().replace("-", "")),
        b"8" * 8,
        "s",
    )
    span.start_time_unix_nano, span.end_time_unix_nano = (
        1_795_319_172 * 10**9,
        1_795_319_173 * 10**9,
    )
    sent = {"Content-Type": "application/x-protobuf", "projectName": project, **(headers or {})}
    body = message.SerializeToString()
    return server.post("/v1/traces", body, headers=sent, timeout_s=PATIENCE_S)


def _is_refusal(answer: Answer) -> None:
    assert answer.status == 503, answer
    assert int(answer.headers["retry-after"]) >= 1
    _says_nothing_of_its_insides(answer.body)


def _says_nothing_of_its_insides(body: bytes) -> None:
    for word in (b"sqlite", b"psycopg", b"Traceback", b"INSERT", b"127.0.0.1", b"catalog.db"):
        assert word.lower() not in body.lower(), body
