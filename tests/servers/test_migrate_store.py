"""A real installation in a folder moves to ClickHouse, Postgres and S3, and answers as before."""

import base64
import contextlib
import fcntl
import http.client
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote_to_bytes, urlencode, urlsplit
from urllib.request import Request, urlopen

import psycopg
import pytest

from sightline.core.ids import new_text_id
from tests import outside
from tests.contract.reading import make_key
from tests.fakes.destination import Receiver
from tests.fakes.upstream import Upstream
from tests.live import Answer, LiveServer

PRIVATE = "/api/v1/private"
CONSOLE = "/api/console"
T0, T1 = "2026-03-02T10:00:00Z", "2026-03-02T10:00:02Z"
EMBEDDED = {
    "SIGHTLINE_ANALYTICS__DSN": "",
    "SIGHTLINE_ANALYTICS__CLUSTER": "",
    "SIGHTLINE_CATALOG__URL": "",
    "SIGHTLINE_BLOBS__URL": "",
    "SIGHTLINE_GATEWAY__ALLOW_PRIVATE_ADDRESSES": "true",
}
# Read in ranges that begin with a thousand rows, so there are two.
MANY = 2_500
FILE = bytes(range(256)) * 25_000


class Old(NamedTuple):
    """A folder that nobody serves, and what its server answered."""

    data: Path
    key: str
    answers: dict[str, bytes]
    files: dict[str, str]
    upstream: Upstream

    def copy(self, to: Path) -> Path:
        shutil.copytree(self.data, to / "data", symlinks=True)
        return to / "data"


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Old]:
    folder = tmp_path_factory.mktemp("old")
    server = LiveServer(folder / "data", env=EMBEDDED)
    with Upstream() as upstream, Receiver() as hook:
        server.start()
        try:
            key = make_key(server, role="admin")
            paths, files = _fill(server, key, upstream, hook.url)
            answers = {path: ask(server, key, "GET", path).body for path in paths}
            assert server.stop() == 0
        finally:
            server.kill()
        yield Old(folder / "data", key, answers, files, upstream)


def ask(server: LiveServer, key: str, method: str, path: str, body: Any = None) -> Answer:
    answer = server.request(method, path, body, headers={"Authorization": f"Bearer {key}"})
    assert answer.status in {200, 201, 204}, (method, path, answer)
    return answer


def _fill(
    server: LiveServer, key: str, upstream: Upstream, hook_url: str
) -> tuple[list[str], dict[str, str]]:
    """Leave some of everything; return paths whose answers stay, and the query for its files."""

    def put(path: str, body: Any, method: str = "POST") -> Any:
        answer = ask(server, key, method, path, body)
        return answer.json if answer.body else None

    place = {"project_name": "shop", "start_time": T0}
    one, two, gone = (new_text_id() for _ in range(3))
    for id, more in ((one, {"thread_id": "t 1"}), (two, {"thread_id": "t 1"}), (gone, {})):
        put(f"{PRIVATE}/traces", {"id": id, "name": "ask", "input": {"q": "ü\0"}, **place, **more})
    spans: list[dict[str, Any]] = [
        {"id": new_text_id(), "trace_id": id, "name": "llm", "type": "llm", **place, "end_time": T1,
         "model": "gpt-4o", "provider": "openai", "usage": {"total_tokens": 9, "prompt_tokens": 4},
         "tags": ["a", "b"], "output": {"text": "x" * 3000}}
        for id in (one, two, gone)
    ]  # fmt: skip
    put(f"{PRIVATE}/spans/batch", {"spans": spans})
    many = [{"id": new_text_id(), "trace_id": two, "name": "s", **place} for _ in range(MANY)]
    for start in range(0, MANY, 1000):
        put(f"{PRIVATE}/spans/batch", {"spans": many[start : start + 1000]})
    patch = {"project_name": "shop", "end_time": T1, "metadata": {"n": 1}}
    put(f"{PRIVATE}/traces/{one}", patch, "PATCH")
    ask(server, key, "DELETE", f"{PRIVATE}/traces/{gone}")
    for name, value in (("good", 0.75), ("bad", 1)):
        score = {"name": name, "value": value, "source": "sdk", "reason": "why"}
        put(f"{PRIVATE}/traces/{one}/feedback-scores", score, "PUT")
    put(f"{PRIVATE}/traces/{one}/feedback-scores/delete", {"name": "bad"})
    put(f"{PRIVATE}/traces/{one}/comments", {"text": "well"})
    thread = {"name": "calm", "value": 1, "source": "sdk", "thread_id": "t 1"}
    put(
        f"{PRIVATE}/traces/threads/feedback-scores",
        {"scores": [{**thread, "project_name": "shop"}]},
        "PUT",
    )
    project = put(f"{PRIVATE}/projects/retrieve", {"name": "shop"})["id"]
    query = {"entity_type": "trace", "entity_id": one, "project_name": "shop"}
    for name, data in (("large.bin", FILE), ("small.txt", b"x")):
        upload = f"{PRIVATE}/attachment/upload?{urlencode({**query, 'file_name': name})}"
        ask(server, key, "PUT", upload, data)
    definition = {"name": "Ärger", "type": "numerical", "details": {"min": 0, "max": 1}}
    put(f"{PRIVATE}/feedback-definitions", definition)
    provider = {"slug": "acme", "base_url": upstream.base_url, "api_key": "up5tream-secret"}
    id = put(f"{CONSOLE}/gateway/providers", provider)["id"]
    model = {"slug": "paid", "endpoints": [{"provider_id": id, "upstream_model": "any"}]}
    put(f"{CONSOLE}/gateway/models", model)
    put(f"{CONSOLE}/gateway/presets/", {"slug": "house", "config": {"temperature": 1}})
    made = put(f"{CONSOLE}/gateway/keys/", {"name": "calls", "limit": 3})
    hook = {"type": "webhook", "name": "hook", "config": {"url": hook_url}, "enabled": False}
    sink = put(f"{CONSOLE}/broadcast/destinations", hook)["id"]
    listed = f"project_name=shop&size=20&page=1&filters={quote(_NAMED)}"
    paths = [
        f"{PRIVATE}/traces?project_name=shop&size=20",
        f"{PRIVATE}/traces/{one}",
        f"{PRIVATE}/traces/{two}",
        f"{PRIVATE}/spans?{listed}",
        *(f"{PRIVATE}/spans/{span['id']}" for span in [*spans[:2], *many[::1000]]),
        f"{PRIVATE}/traces/stats?project_name=shop",
        f"{PRIVATE}/spans/stats?project_name=shop",
        f"{PRIVATE}/traces/threads?project_id={project}",
        f"{PRIVATE}/projects",
        f"{PRIVATE}/feedback-definitions",
        f"{CONSOLE}/gateway/providers",
        f"{CONSOLE}/gateway/models",
        f"{CONSOLE}/gateway/presets/house/versions",
        f"/api/v1/keys/{made['hash']}",
        f"{CONSOLE}/broadcast/destinations/{sink}",
        f"{CONSOLE}/traces/{two}/tree",
    ]
    return paths, {"project_id": project, "entity_type": "trace", "entity_id": one}


_NAMED = json.dumps([{"field": "name", "operator": "=", "value": "llm"}])


def sightline(cwd: Path, env: dict[str, str], *words: str) -> tuple[int, str]:
    """Run `migrate-store`; return its code and all that it said."""
    done = subprocess.run(
        [sys.executable, "-m", "sightline", "migrate-store", *words],
        cwd=cwd, env=_env(cwd, env), capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert "Traceback" not in said, said
    for secret in (outside.CH_PASSWORD, outside.S3_SECRET, "up5tream-secret"):
        assert secret not in said
        assert quote(secret, safe="") not in said
    return done.returncode, said


def _env(cwd: Path, env: dict[str, str]) -> dict[str, str]:
    everything = LiveServer(cwd / "none", env={**EMBEDDED, **env}).env
    return {name: value for name, value in everything.items() if value}


class Gate:
    """Stands before a ClickHouse; an insert into `spans` after the first waits until it is opened.

    `waits` is set once one does.
    """

    def __init__(self, port: int) -> None:
        self.waits, self.is_open = threading.Event(), threading.Event()
        seen: list[bytes] = []

        class Pass(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._pass()

            def do_POST(self) -> None:
                self._pass()

            def _pass(held) -> None:
                body = held.rfile.read(int(held.headers.get("Content-Length", 0)))
                if b"INSERT INTO spans" in unquote_to_bytes(held.path) + body[:1000]:
                    seen.append(body[:1])
                    if len(seen) > 1 and not self.is_open.is_set():
                        self.waits.set()
                        self.is_open.wait()
                        # Whoever sent it is gone.
                        held.close_connection = True
                        return
                to = http.client.HTTPConnection("127.0.0.1", port)
                to.request(held.command, held.path, body, dict(held.headers.items()))
                answer = to.getresponse()
                data = answer.read()
                held.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in {"transfer-encoding", "content-length"}:
                        held.send_header(name, value)
                held.send_header("Content-Length", str(len(data)))
                held.end_headers()
                held.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Say nothing of each request."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """A client that was killed is no news."""

        self._server = Server(("127.0.0.1", 0), Pass)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()

    def close(self) -> None:
        self.is_open.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def gated() -> Iterator[Callable[[outside.ClickHouse], tuple[Gate, str]]]:
    """Give gates before a ClickHouse, each with the address of a new database behind it."""
    with contextlib.ExitStack() as stack:

        def make(clickhouse: outside.ClickHouse) -> tuple[Gate, str]:
            gate = Gate(clickhouse.port)
            stack.callback(gate.close)
            dsn = clickhouse.database()
            return gate, dsn.replace(f":{clickhouse.port}/", f":{gate.port}/")

        yield make


def _killed_between_ranges(gate: Gate, cwd: Path, env: dict[str, str], *words: str) -> None:
    """Move until some of the spans are there, then end it as a power cut would."""
    command = [sys.executable, "-m", "sightline", "migrate-store", "--data", str(cwd / "data")]
    with subprocess.Popen([*command, *words], cwd=cwd, env=_env(cwd, env)) as process:
        try:
            assert gate.waits.wait(180)
            # Nobody else may have the folder meanwhile.
            with (cwd / "data" / "lock").open() as lock, pytest.raises(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finally:
            process.kill()
    gate.is_open.set()
    state = json.loads((cwd / "data" / "migrate-store.json").read_bytes())
    assert 0 < state["tables"]["spans"]["messages"] < MANY


def sql(dsn: str, statement: str) -> str:
    """Run a statement at the ClickHouse of an address, as somebody else might."""
    split = urlsplit(dsn)
    login = {"X-ClickHouse-User": outside.CH_USER, "X-ClickHouse-Key": outside.CH_PASSWORD}
    url = f"http://{split.hostname}:{split.port}/?database={split.path.strip('/')}"
    with urlopen(Request(url, statement.encode(), login), timeout=30) as answer:
        return str(answer.read().decode()).strip()


def _merge_all(data: Path) -> None:
    command = [sys.executable, "-c", _MERGE, str(data / "analytics")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "spans" in done.stdout


_MERGE = """
import sys
import clickhouse_connect
client = clickhouse_connect.get_client(dsn="chdb://" + sys.argv[1])
asked = "SELECT name FROM system.tables WHERE database = 'default' AND engine LIKE '%MergeTree'"
for (table,) in client.query(asked).result_rows:
    client.command(f"OPTIMIZE TABLE {table} FINAL")
    print(table)
client.close()
"""


def _answers_as_before(old: Old, data: Path, env: dict[str, str]) -> LiveServer:
    server = LiveServer(data, env={**EMBEDDED, **env})
    server.start()
    try:
        for path, before in old.answers.items():
            assert ask(server, old.key, "GET", path).body == before, path
        # What was sealed opens.
        body = {"model": "paid", "messages": [{"role": "user", "content": "hi"}]}
        assert ask(server, old.key, "POST", "/api/v1/chat/completions", body).status == 200
        assert _files(server, old) == {"large.bin": FILE, "small.txt": b"x"}
    except BaseException:
        server.kill()
        raise
    return server


def _files(server: LiveServer, old: Old) -> dict[str, bytes]:
    path = base64.urlsafe_b64encode(server.api.encode()).decode()
    listing = f"{PRIVATE}/attachment/list?{urlencode({**old.files, 'path': path})}"
    found = {}
    for item in ask(server, old.key, "GET", listing).json["content"]:
        split = urlsplit(item["link"])
        found[item["file_name"]] = server.get(f"{split.path}?{split.query}").body
    return found


def test_all_moves_though_it_was_killed_and_what_was_damaged_is_found(
    old: Old, tmp_path: Path, gated: Callable[[outside.ClickHouse], tuple[Gate, str]]
) -> None:
    data = old.copy(tmp_path)
    key = (data / "secret.key").read_text().strip()
    gate, dsn = gated(outside.clickhouse())
    env = {
        "SIGHTLINE_ANALYTICS__DSN": dsn,
        "SIGHTLINE_CATALOG__URL": outside.postgres().take_empty(),
        "SIGHTLINE_BLOBS__URL": outside.s3().bucket(),
    }
    code, said = sightline(tmp_path, env, "--data", str(data), "--dry-run")
    assert code == 0
    assert "spans" in said
    assert not (data / "migrate-store.json").exists()
    _killed_between_ranges(gate, tmp_path, env)
    lost = sql(dsn, "SELECT hex(id) FROM spans LIMIT 1")
    sql(dsn, f"DELETE FROM spans WHERE id = unhex('{lost}')")
    code, said = sightline(tmp_path, env, "--data", str(data))
    assert code == 0, said
    assert "spans differs: project" in said
    assert "differed, copied again" in said
    assert key not in said
    # A look with the old server may merge what is there: the rows are the same.
    _merge_all(data)
    code, said = sightline(tmp_path, env, "--data", str(data))
    assert (code, said.count("already; left as it is")) == (0, 3)
    env["SIGHTLINE_GATEWAY__SECRET_KEY"] = key
    _answers_as_before(old, tmp_path / "new", env).kill()
    # What the old server takes from now on is in the folder alone: that must not pass unseen.
    with LiveServer(data, env=EMBEDDED) as server:
        body = {"name": "late", "start_time": T0, "project_name": "shop"}
        assert ask(server, old.key, "POST", f"{PRIVATE}/traces", body).status == 201
    code, said = sightline(tmp_path, env, "--data", str(data))
    assert code == 1
    assert "analytics in the folder has changed since it was moved" in said


def test_a_part_that_grew_before_the_move_was_over_is_moved_again(old: Old, tmp_path: Path) -> None:
    data = old.copy(tmp_path)
    bucket = {"SIGHTLINE_BLOBS__URL": outside.s3().bucket()}
    assert sightline(tmp_path, bucket, "--data", str(data))[0] == 0
    (data / "blobs" / "late").write_bytes(b"late")
    both = {**bucket, "SIGHTLINE_CATALOG__URL": outside.postgres().take_empty()}
    code, said = sightline(tmp_path, both, "--data", str(data))
    assert code == 0, said
    assert "blobs in the folder has changed; moved again" in said
    assert "late" in outside.s3().listing(bucket["SIGHTLINE_BLOBS__URL"])


def test_traces_alone_move_to_shards_and_what_is_not_ours_is_told(
    old: Old, tmp_path: Path, gated: Callable[[outside.ClickHouse], tuple[Gate, str]]
) -> None:
    data = old.copy(tmp_path)
    # As `restore` leaves a folder, which no server had open yet.
    (data / "lock").unlink()
    shards = outside.clickhouse(2)
    gate, dsn = gated(shards)
    (tmp_path / "new.toml").write_text(
        f'[analytics]\ndsn = "{dsn}"\ncluster = "{shards.cluster}"\n', encoding="utf-8"
    )
    words = ("--data", str(data), "--to", "new.toml")
    _killed_between_ranges(gate, tmp_path, {}, "--to", "new.toml")
    other = f"unhex('{'f' * 32}')"
    sql(
        dsn,
        f"INSERT INTO spans_local SELECT * REPLACE({other} AS id, {other} AS trace_id) "
        "FROM spans LIMIT 1",
    )
    code, said = sightline(tmp_path, {}, *words)
    assert code == 1
    assert "`spans` differs in the new store: project" in said
    sql(dsn, f"DELETE FROM spans_local WHERE id = {other}")
    code, said = sightline(tmp_path, {}, *words)
    assert code == 0, said
    assert f"still --data {data}, where catalog and blobs stay" in said
    env = {"SIGHTLINE_ANALYTICS__DSN": dsn, "SIGHTLINE_ANALYTICS__CLUSTER": shards.cluster}
    _answers_as_before(old, data, env).kill()


def test_what_cannot_be_moved_is_said_before_anything_is(old: Old, tmp_path: Path) -> None:
    data = old.copy(tmp_path)
    words = ("--data", str(data))
    clickhouse = outside.clickhouse()

    def refused(env: dict[str, str], *more: str) -> str:
        code, said = sightline(tmp_path, env, *words, *more)
        assert code == 1, said
        assert not (data / "migrate-store.json").exists()
        return said

    assert "nothing to move" in refused({})
    assert "`blobs.url` is not set" in refused({}, "--only", "blobs")
    dsn, catalog = clickhouse.database(), outside.postgres().take_empty()
    name = urlsplit(dsn).path.strip("/")
    wrong = {"SIGHTLINE_ANALYTICS__DSN": clickhouse.dsn(name, "wr0ng")}
    said = refused({**wrong, "SIGHTLINE_BLOBS__URL": outside.s3().bucket()})
    assert "Authentication failed" in said
    assert "wr0ng" not in said
    url = {"SIGHTLINE_CATALOG__URL": catalog}
    sealed = {**url, "SIGHTLINE_GATEWAY__SECRET_KEY": "ab" * 32}
    assert "do not open with `gateway.secret_key`" in refused(sealed)
    taken = outside.postgres().take()
    with psycopg.connect(taken, autocommit=True) as connection:
        connection.execute("INSERT INTO settings VALUES ('a', 'b', 1)")
    assert "not empty" in refused({"SIGHTLINE_CATALOG__URL": taken})
    outside.postgres().give_back(taken)
    # Somebody's catalog that a server of another version has is not upgraded for a look at it.
    older = outside.postgres().take_empty()
    with psycopg.connect(older, autocommit=True) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num text)")
        connection.execute("INSERT INTO alembic_version VALUES ('r0003')")
        assert "of another version" in refused({"SIGHTLINE_CATALOG__URL": older})
        found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    assert found == [("r0003",)]
    with (data / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "in use by" in refused(url)
    # The engine lays it aside when it opens the folder; both sides would be alike without it.
    tables = data / "analytics/data/default"
    for file in (tables / "rollup_units").glob("all_*/checksums.txt"):
        file.write_bytes(b"")
    said = refused({"SIGHTLINE_ANALYTICS__DSN": dsn})
    assert re.search(r"Part \S+ of table rollup_units is damaged", said)
    assert "makes it anew" in said
    for file in (tables / "comments").glob("all_*/checksums.txt"):
        file.write_bytes(b"")
    said = refused({"SIGHTLINE_ANALYTICS__DSN": dsn})
    assert re.search(
        r"Part broken-on-start_all_\S+ of table comments lies aside .* 1 rows, in /", said
    )
    assert "accept the loss" in said
