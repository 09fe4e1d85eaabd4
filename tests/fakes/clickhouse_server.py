"""ClickHouse's HTTP interface in front of the embedded engine, as a process of its own.

    python -m tests.fakes.clickhouse_server --port 8123 --data DIR [--shards 2]

No ClickHouse server can be installed from the registries that the tests use, so the real client
talks to this: https://clickhouse.com/docs/interfaces/http as far as clickhouse-connect uses it.
Settings in the query string hold for one query, `param_*` are bound by the engine, bodies may be
packed either way, errors carry the engine's number and text.

With `--shards` it stands for a cluster of that many machines. The engine's own `Distributed`
tables run; what a shard holds is what their sharding expression gives it, so a query that joins
or looks up across shards without saying so finds too little here too. There is no Keeper:
replicated engines become plain ones and `ON CLUSTER` goes. While there is a file `replica-down`
beside the data, a statement `ON CLUSTER` fails as with a replica that is down; a file
`replica-lags` makes the next checksum find nothing, and is gone then. While there is a file
`node-lags` the node that is asked has heard of nothing that it should have whole, as every node;
it asks the shards for the rest, which have everything.
"""

import argparse
import base64
import contextlib
import ctypes
import gzip
import json
import os
import re
import signal
import socket
import sys
import tempfile
import threading
import uuid
import zlib
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import chdb
import lz4.frame  # type: ignore[import-untyped]
from clickhouse_connect.driver.compression import _zstd_compress, _zstd_decompress

# All shards are in this process: there is nobody to connect to.
_NOT_HERE = frozenset(("prefer_localhost_replica", "insert_quorum"))
_TRANSPORT = frozenset(
    "query database user password session_id session_timeout session_check query_id quota_key "
    "compress decompress wait_end_of_query buffer_size client_protocol_version role "
    "default_format send_progress_in_http_headers http_headers_progress_interval_ms "
    "enable_http_compression cancel_http_readonly_queries_on_client_close".split()
)
_CODE = re.compile(r"Code: (\d+)\.")
_FORMAT = re.compile(r"\bFORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)
_INSERT = re.compile(
    rb"\s*(INSERT\s+INTO\s+[^\s(]+\s*(?:\((?:`(?:[^`\\]|\\.)*`|[^)`])*\))?)"
    rb"\s*FORMAT\s+(\w+)[ \t]*\r?\n?",
    re.IGNORECASE,
)
_READS = ("SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS", "(")
_KEEPS_STATE = ("SET", "USE")
_REPLICATED = re.compile(r"\bReplicated(\w*MergeTree)\('[^']*', '[^']*'(?:, )?")
_ON_CLUSTER = re.compile(r"\bON CLUSTER '?\w+'?")
_UNFINISHED = (
    "Code: 159. DB::Exception: Distributed DDL task /clickhouse/task_queue/ddl/query-0 is not "
    "finished on 1 of 4 hosts (0 of them are currently executing the task, 1 are inactive). They "
    "are going to execute the query in background. (TIMEOUT_EXCEEDED)"
)
_DISTRIBUTED = re.compile(
    r"Distributed\('\w+', '(\w+)', '(\w+)', (.+?)\)(?: SETTINGS.*)?$", re.DOTALL
)
_MISSING = {60, 81, 47, 46, 50, 115}
_WRONG = {62, 6, 27, 38, 41, 43, 53, 69, 70, 117, 131, 386, 396, 456, 457, 36, 42, 16}
_DEFAULT_CONFIG = """<clickhouse><tcp_port>9000</tcp_port><remote_servers><{name}>{shards}</{name}>
</remote_servers></clickhouse>"""
_SHARD = """<shard><internal_replication>true</internal_replication>
<replica><host>127.0.0.1</host><port>9000</port></replica></shard>"""


class EngineError(Exception):
    """What the engine refused, in its own words."""

    @property
    def code(self) -> int:
        found = _CODE.search(str(self))
        return int(found[1]) if found else 0

    @property
    def status(self) -> int:
        if self.code in _MISSING:
            return 404
        return 400 if self.code in _WRONG else {516: 403, 159: 408, 48: 501}.get(self.code, 500)


class Result(NamedTuple):
    data: bytes
    format: str | None
    summary: dict[str, str]


class Engine:
    """The embedded engine, a connection for each set of settings and query that runs."""

    def __init__(self, data: Path, cluster: str, shards: int) -> None:
        self.is_closing = False
        data.mkdir(parents=True, exist_ok=True)
        self.shards = shards
        self._target = str(data)
        self._replica_down = data.parent / "replica-down"
        self._replica_lags = data.parent / "replica-lags"
        self._node_lags = data.parent / "node-lags"
        if shards:
            config = data.parent / f"{data.name}.cluster.xml"
            config.write_text(_DEFAULT_CONFIG.format(name=cluster, shards=_SHARD * shards))
            self._target += f"?config-file={config}"
        self._free: dict[tuple[Any, ...], list[Any]] = {}
        self._guard = threading.Lock()
        self._sessions: dict[str, tuple[threading.Lock, Any]] = {}
        self._filters: dict[str, str] = {}
        # The engine ends with its last connection.
        self._first = chdb.connect(self._target)
        if shards:
            self._learn_shards()

    def run(
        self,
        sql: bytes,
        *,
        database: str,
        settings: Mapping[str, str],
        params: Mapping[str, str],
        default_format: str,
        session: str | None,
    ) -> Result:
        """Run a statement, with the data of an INSERT after it."""
        if b"cityHash64" in sql and sql.startswith(b"SELECT hex(") and self._replica_lags.exists():
            self._replica_lags.unlink()
            settings = {**settings, "offset": "1000000"}
        with self._connection(database, settings, session) as connection:
            if (insert := _INSERT.match(sql)) is not None:
                return _insert(connection, insert, sql[insert.end() :])
            text = sql.decode("utf-8", "surrogateescape")
            if self.shards and self._replica_down.exists() and _ON_CLUSTER.search(text):
                raise EngineError(_UNFINISHED)
            if self.shards:
                text = _REPLICATED.sub(r"\1(", _ON_CLUSTER.sub("", text))
            return self._statement(connection, text, params, default_format)

    def close(self) -> None:
        self.is_closing = True
        for connections in self._free.values():
            for connection in connections:
                connection.close()
        self._first.close()

    def _statement(
        self, connection: Any, sql: str, params: Mapping[str, str], default_format: str
    ) -> Result:
        is_read = sql.lstrip().upper().startswith(_READS)
        named = _FORMAT.search(sql)
        format = named[1] if named else default_format
        found = _query(connection, sql, format, params)
        data = found.bytes() or b""
        if self.shards and "Distributed(" in sql:
            self._learn_shards()
        if is_read and not data and format == "Native":
            data = _empty_block(connection, sql[: named.start()] if named else sql, params)
        summary = {
            "read_rows": str(found.rows_read()),
            "read_bytes": str(found.bytes_read()),
            "elapsed_ns": str(int(found.elapsed() * 1e9)),
        }
        return Result(data, format if is_read else None, summary)

    @contextlib.contextmanager
    def _connection(
        self, database: str, settings: Mapping[str, str], session: str | None
    ) -> Iterator[Any]:
        if session is not None:
            with self._of_session(session) as connection:
                _prepare(connection, database, settings)
                yield connection
            return
        settings = {**settings, **self._sharding()}
        key = (database, *sorted(settings.items()))
        with self._guard:
            free = self._free.setdefault(key, [])
            connection = free.pop() if free else None
        if connection is None:
            connection = chdb.connect(self._target)
            try:
                _prepare(connection, database, settings)
            except EngineError:
                connection.close()
                raise
        try:
            yield connection
        finally:
            with self._guard:
                self._free[key].append(connection)

    @contextlib.contextmanager
    def _of_session(self, name: str) -> Iterator[Any]:
        with self._guard:
            if name not in self._sessions:
                self._sessions[name] = (threading.Lock(), chdb.connect(self._target))
            lock, connection = self._sessions[name]
        if not lock.acquire(blocking=False):
            raise EngineError(
                f"Code: 373. DB::Exception: Session {name} is locked. (SESSION_IS_LOCKED)"
            )
        try:
            yield connection
        finally:
            lock.release()

    def _sharding(self) -> dict[str, str]:
        filters = dict(self._filters)
        if self.shards and self._node_lags.exists():
            sql = (
                "SELECT concat(database, '.', name) FROM system.tables "
                "WHERE engine LIKE '%MergeTree' AND database != 'system'"
            )
            for (table,) in json.loads(_query(self._first, sql, "JSONCompact", {}).bytes())["data"]:
                filters.setdefault(table, "0")
        if not filters:
            return {}
        pairs = ", ".join(f"'{table}': '{test}'" for table, test in sorted(filters.items()))
        return {"additional_table_filters": "{" + pairs + "}"}

    def _learn_shards(self) -> None:
        """See to it that a shard's table shows the rows that the sharding expression gives it."""
        sql = "SELECT engine_full FROM system.tables WHERE engine = 'Distributed'"
        for (engine,) in json.loads(_query(self._first, sql, "JSONCompact", {}).bytes())["data"]:
            found = _DISTRIBUTED.match(engine)
            assert found is not None, engine
            database, table, by = found.groups()
            self._filters[f"{database}.{table}"] = f"({by}) % {self.shards} + 1 = shardNum()"


def _query(connection: Any, sql: str, format: str, params: Mapping[str, str]) -> Any:
    try:
        return connection.query(sql, format, params=dict(params))
    except Exception as error:
        # The module puts what was written before it failed before the next answer.
        with contextlib.suppress(Exception):
            connection.query("SELECT 1", "TSV")
        # The engine may quote an id, whose bytes are no text; the module then fails to say it.
        text = str(error)
        if isinstance(error, UnicodeDecodeError):
            text = error.object.decode(errors="backslashreplace")
        raise EngineError(text[max(text.find("Code: "), 0) :].strip()) from error


def _prepare(connection: Any, database: str, settings: Mapping[str, str]) -> None:
    if database:
        _query(connection, f"USE `{database.replace('`', '')}`", "TSV", {})
    for name, value in settings.items():
        if not re.fullmatch(r"\w+", name):
            raise EngineError(
                f"Code: 115. DB::Exception: Unknown setting {name}. (UNKNOWN_SETTING)"
            )
        literal = (
            value
            if value.startswith("{")
            else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
        )
        _query(connection, f"SET {name} = {literal}", "TSV", {})


def _insert(connection: Any, statement: "re.Match[bytes]", data: bytes) -> Result:
    """The engine reads binary rows from a file only."""
    with tempfile.NamedTemporaryFile(suffix=".rows") as file:
        file.write(data)
        file.flush()
        sql = f"{statement[1].decode()} FROM INFILE '{file.name}' FORMAT {statement[2].decode()}"
        done = _query(connection, sql, "TSV", {})
    summary = {"written_rows": str(done.rows_read()), "written_bytes": str(len(data))}
    return Result(b"", None, summary)


def _empty_block(connection: Any, sql: str, params: Mapping[str, str]) -> bytes:
    """A server names the columns of a result without rows; the embedded engine says nothing."""
    try:
        found = _query(connection, f"DESCRIBE TABLE ({sql})", "JSONCompact", params)
    except EngineError:
        return b""
    block = bytearray()
    columns = [row[:2] for row in json.loads(found.bytes())["data"]]
    _varint(block, len(columns))
    _varint(block, 0)
    for words in columns:
        for word in words:
            _varint(block, len(word.encode()))
            block += word.encode()
    return bytes(block)


def _varint(out: bytearray, n: int) -> None:
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)


# In the order in which a server prefers them.
_PACK = {
    "zstd": _zstd_compress,
    "lz4": lz4.frame.compress,
    "gzip": lambda data: gzip.compress(data, 1),
    "deflate": zlib.compress,
}
_UNPACK = {
    "zstd": _zstd_decompress,
    "lz4": lz4.frame.decompress,
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
}
_CHUNK = 1 << 20


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def _handle(self) -> None:
        body = self._body()
        url = urlsplit(self.path)
        if url.path in {"/ping", "/replicas_status"} or (
            url.path == "/" and not url.query and not body
        ):
            self._send(200, b"Ok.\n", {"Content-Type": "text/html; charset=UTF-8"})
            return
        asked = dict(parse_qsl(url.query, keep_blank_values=True))
        self._query_id = asked.get("query_id") or str(uuid.uuid4())
        try:
            self._check_user(asked)
            encoding = self.headers.get("Content-Encoding")
            if encoding:
                body = _UNPACK[encoding](body)
            kind = self.headers.get("Content-Type", "")
            if kind.startswith("multipart/form-data"):
                asked |= _form(body, kind)
                body = b""
            sql = asked.get("query", "").encode("utf-8", "surrogateescape")
            sql = sql + b"\n" + body if sql and body else sql or body
            result = self.server.engine.run(
                sql,
                database=asked.get("database", "default"),
                settings={
                    k: v
                    for k, v in asked.items()
                    if k not in _TRANSPORT | _NOT_HERE and not k.startswith("param_")
                },
                params={k[6:]: v for k, v in asked.items() if k.startswith("param_")},
                default_format=asked.get("default_format", "TabSeparated"),
                session=asked.get("session_id"),
            )
        except EngineError as error:
            if self.server.engine.is_closing:
                raise ConnectionAbortedError from None
            headers = {"X-ClickHouse-Exception-Code": str(error.code)}
            self._send(error.status, f"{error}\n".encode(), headers)
            return
        headers = {"X-ClickHouse-Summary": json.dumps(result.summary)}
        data = result.data
        if result.format is not None:
            headers["X-ClickHouse-Format"] = result.format
            headers["X-ClickHouse-Timezone"] = "UTC"
            headers["Content-Type"] = "application/octet-stream"
        if asked.get("enable_http_compression") == "1" and data:
            accepted = re.split(r"[,\s]+", self.headers.get("Accept-Encoding", ""))
            if method := next((m for m in _PACK if m in accepted), None):
                data = _PACK[method](data)
                headers["Content-Encoding"] = method
        self._send(200, data, headers)

    def _check_user(self, asked: Mapping[str, str]) -> None:
        user, password = "default", ""
        how, _, said = self.headers.get("Authorization", "").partition(" ")
        if how == "Basic":
            user, _, password = base64.b64decode(said).decode().partition(":")
        user = self.headers.get("X-ClickHouse-User", asked.get("user", user))
        password = self.headers.get("X-ClickHouse-Key", asked.get("password", password))
        if (user, password) != self.server.login:
            raise EngineError(
                f"Code: 516. DB::Exception: {user}: Authentication failed: password is incorrect, "
                "or there is no user with such name. (AUTHENTICATION_FAILED)"
            )

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline() not in (b"\r\n", b""):
            pass
        return b"".join(chunks)

    def _send(self, status: int, data: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        self.send_header("X-ClickHouse-Server-Display-Name", "tests")
        if query_id := getattr(self, "_query_id", ""):
            self.send_header("X-ClickHouse-Query-Id", query_id)
        for name, value in headers.items():
            self.send_header(name, value)
        if len(data) <= _CHUNK:
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for start in range(0, len(data), _CHUNK):
            chunk = data[start : start + _CHUNK]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing of each request."""


def _form(body: bytes, content_type: str) -> dict[str, str]:
    """Return the plain fields of a form."""
    mark = b"--" + content_type.partition("boundary=")[2].strip('"').encode()
    found = {}
    for part in body.split(mark)[1:-1]:
        head, _, value = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]*)"', head)
        assert name is not None, head
        found[name[1].decode()] = value.removesuffix(b"\r\n").decode("utf-8", "surrogateescape")
    return found


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, engine: Engine, login: tuple[str, str]) -> None:
        self.engine = engine
        self.login = login
        super().__init__(("127.0.0.1", port), Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--shards", type=int, default=0, help="stand for a cluster of so many")
    parser.add_argument("--cluster", default="shards", help="its name")
    parser.add_argument("--user", default="default")
    parser.add_argument("--password", default="")
    args = parser.parse_args()
    if sys.platform == "linux" and os.getppid() != 1:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    server = Server(
        args.port, Engine(args.data, args.cluster, args.shards), (args.user, args.password)
    )
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(0.1)
    server.engine.close()


if __name__ == "__main__":
    main()
