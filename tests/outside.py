"""The stores that a company runs beside Sightline: ClickHouse, Postgres for the catalog, S3.

One of each a process, started when the first test asks, gone with the process.
"""

import atexit
import contextlib
import ctypes
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import psycopg

from sightline.domain.workspace import DEFAULT_WORKSPACE_ID
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.migrate import migrate
from sightline.stores.catalog.tables import metadata
from tests.live import ROOT, LiveServer, client_python, free_port
from tools.postgres import Cluster

CLUSTER = "shards"
CH_USER, CH_PASSWORD = "sightline", "ch-pa55:w@rd/"
SEALING_KEY = "5ea1" * 16
S3_KEY, S3_SECRET = "sightline-tests", "s3cret/of+the=tests"
_SERVE_S3 = """
import sys
from moto.server import main
main(["-H", "127.0.0.1", "-p", sys.argv[1]])
"""


class Postgres:
    """A server and databases on it; a database that is given back is emptied and used again."""

    def __init__(self) -> None:
        self.cluster = Cluster()
        self.cluster.start()
        atexit.register(self.cluster.remove)
        self._free: list[str] = []
        self._made = 0
        self._template = ""
        self._shape: object = None
        self._turn = threading.Lock()

    def take(self) -> str:
        """Return the URL of a database with the tables of a new installation."""
        with self._turn:
            if self._free:
                return self._free.pop()
            if not self._template:
                self._template = self._make("template1")
                _migrate(self._template)
                self._shape = _shape(self._template)
            return self._make(self._template.rpartition("/")[2])

    def take_empty(self) -> str:
        """Return the URL of a database without tables."""
        with self._turn:
            return self._make("template1")

    def give_back(self, url: str) -> None:
        """Empty a database for the next test; one that cannot be as it was goes."""
        wipes = [
            # A lock that cannot be had means that a test has left something open.
            "SET lock_timeout = '2s'",
            *(f"DELETE FROM {name}" for name in metadata.tables if name != "workspaces"),
            f"DELETE FROM workspaces WHERE id <> '\\x{DEFAULT_WORKSPACE_ID.hex()}'",
        ]
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(";".join(wipes))
            is_clean = _shape(url) == self._shape
        except psycopg.Error:
            is_clean = False
        if is_clean:
            self._free.append(url)
        else:
            self.drop(url)

    def drop(self, url: str) -> None:
        """Delete a database, whoever is connected to it."""
        self.admin(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    def admin(self, statement: str) -> None:
        """Run a statement as the server's owner."""
        with psycopg.connect(self.cluster.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def _make(self, template: str) -> str:
        self._made += 1
        name = f"t{self._made}"
        self.admin(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self.cluster.url(name)


class S3:
    """A server that speaks S3, and buckets on it."""

    def __init__(self) -> None:
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.start()
        atexit.register(self.stop)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, timeout_s: float = 60) -> None:
        """Start it, with no buckets."""
        self.process = subprocess.Popen(
            [str(client_python("moto")), "-c", _SERVE_S3, str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=_end_with_parent,
        )
        end = time.monotonic() + timeout_s
        while True:
            assert self.process.poll() is None, "moto has ended"
            assert time.monotonic() < end, "moto does not start"
            try:
                self._request("GET", "/moto-api/data.json")
                return
            except urllib.error.URLError:
                time.sleep(0.05)

    def stop(self) -> None:
        """End it; its buckets are gone."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait(10)

    def bucket(self, name: str | None = None, prefix: str = "sightline") -> str:
        """Make a bucket; return the URL that Sightline takes, key and secret included."""
        name = name or f"b{secrets.token_hex(8)}"
        self._request("PUT", f"/{name}")
        secret = f"access_key_id={S3_KEY}&secret_access_key={quote(S3_SECRET, safe='')}"
        return f"s3://{name}/{prefix}?endpoint={self.endpoint}&region=us-east-1&{secret}"

    def listing(self, url: str) -> str:
        """Return S3's XML about the objects in the bucket of a URL of `bucket`."""
        return self._request("GET", f"/{url.split('/')[2]}?list-type=2")

    def unfinished(self, url: str) -> str:
        """Return S3's XML about the multipart uploads that were begun and not ended."""
        return self._request("GET", f"/{url.split('/')[2]}?uploads")

    def _request(self, method: str, path: str) -> str:
        request = urllib.request.Request(f"{self.endpoint}{path}", method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return str(answer.read().decode())


class ClickHouse:
    """A server that speaks ClickHouse's HTTP, and databases on it; `shards` makes it a cluster.

    `start` after `stop` serves the same data on the same port.
    """

    def __init__(self, shards: int = 0) -> None:
        self.shards = shards
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="sightline-clickhouse-"))
        self.process: subprocess.Popen[bytes] | None = None
        self.start()
        atexit.register(self.remove)

    @property
    def cluster(self) -> str:
        """The name of the cluster, empty for one node."""
        return CLUSTER if self.shards else ""

    def database(self, name: str | None = None) -> str:
        """Return the address of a database, password included; who opens it makes it."""
        return self.dsn(name or f"d{secrets.token_hex(8)}")

    def dsn(self, name: str, password: str = CH_PASSWORD) -> str:
        login = f"{CH_USER}:{quote(password, safe='')}"
        return f"http://{login}@127.0.0.1:{self.port}/{name}"

    def start(self, timeout_s: float = 60) -> None:
        """Start it."""
        command = [sys.executable, "-m", "tests.fakes.clickhouse_server"]
        command += ["--port", str(self.port), "--data", str(self.folder / "data")]
        command += ["--shards", str(self.shards), "--cluster", CLUSTER]
        command += ["--user", CH_USER, "--password", CH_PASSWORD]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=log, preexec_fn=_end_with_parent
            )
        end = time.monotonic() + timeout_s
        while True:
            said = (self.folder / "log").read_text()[-2000:]
            assert self.process.poll() is None, f"ClickHouse has ended:\n{said}"
            assert time.monotonic() < end, f"ClickHouse does not start:\n{said}"
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ping", timeout=5):
                    return
            except urllib.error.URLError:
                time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it: SIGKILL as a crash would, SIGTERM in good order."""
        process, self.process = self.process, None
        if process is not None:
            process.send_signal(how)
            process.wait(60)

    def remove(self) -> None:
        """End it and delete its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class OnClickHouse(NamedTuple):
    """A Sightline, and the ClickHouse of its own, which a test may stop."""

    server: LiveServer
    clickhouse: ClickHouse


@contextlib.contextmanager
def on_clickhouse(
    folder: Path, shards: int = 0, env: Mapping[str, str] | None = None, **more: Any
) -> Iterator[OnClickHouse]:
    """Serve so within a block; afterwards assert that no password is in the log."""
    clickhouse = ClickHouse(shards)
    where = {
        "SIGHTLINE_ANALYTICS__DSN": clickhouse.database(),
        "SIGHTLINE_ANALYTICS__CLUSTER": clickhouse.cluster,
    }
    server = LiveServer(folder / "data", env={**where, **(env or {})}, **more)
    try:
        server.start()
        yield OnClickHouse(server, clickhouse)
        said = server.log_text()
        for secret in (CH_PASSWORD, quote(CH_PASSWORD, safe="")):
            assert secret not in said
    finally:
        server.kill()
        clickhouse.remove()


def mode() -> str:
    """Return where the tests' stores are: empty for the data folder, `outside` or `sharded`.

    `three` is `outside` with three processes over them, behind a proxy.
    """
    said = os.environ.get("TEST_STORES", "")
    assert said in {"", "outside", "sharded", "three"}, f"TEST_STORES={said}"
    return said


@cache
def clickhouse(shards: int = 0) -> ClickHouse:
    """Return this process's ClickHouse."""
    return ClickHouse(shards)


def clickhouse_of_mode() -> ClickHouse:
    """Return the ClickHouse that `TEST_STORES` asks for."""
    return clickhouse(2 if mode() == "sharded" else 0)


@cache
def postgres() -> Postgres:
    """Return this process's Postgres."""
    return Postgres()


@cache
def s3() -> S3:
    """Return this process's S3."""
    return S3()


@cache
def _new_sqlite() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="sightline-catalog-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _migrate(f"sqlite:///{folder}/catalog.db")
    return folder / "catalog.db"


def sqlite_with_tables(folder: Path) -> str:
    """Return the URL of a SQLite catalog with the tables of a new installation."""
    shutil.copy(_new_sqlite(), folder / "catalog.db")
    return f"sqlite:///{folder}/catalog.db"


@cache
def stores_for(data: Path) -> dict[str, str]:
    """Return the settings of a server on that data folder: a database and a bucket of its own."""
    server = clickhouse_of_mode()
    return {
        "SIGHTLINE_ANALYTICS__DSN": server.database(),
        "SIGHTLINE_ANALYTICS__CLUSTER": server.cluster,
        "SIGHTLINE_CATALOG__URL": postgres().take_empty(),
        "SIGHTLINE_BLOBS__URL": s3().bucket(),
        "SIGHTLINE_GATEWAY__SECRET_KEY": SEALING_KEY,
    }


def blobs_url(kind: str, folder: Path) -> str:
    """Return the URL of an empty blob store: a `folder`, an S3 bucket (`s3`) or `memory`."""
    if kind == "s3":
        return s3().bucket()
    return "memory:///" if kind == "memory" else str(folder / "blobs")


def _shape(url: str) -> object:
    """Return what tells that a test has changed more than rows."""
    parts = ["(SELECT version_num FROM alembic_version)", "(SELECT count(*) FROM workspaces)"]
    catalogs = ("pg_class", "pg_constraint", "pg_attribute", "pg_trigger")
    parts += [f"(SELECT count(*) FROM {name})" for name in catalogs]
    with psycopg.connect(url) as connection:
        return connection.execute(f"SELECT {', '.join(parts)}").fetchone()


def _migrate(url: str) -> None:
    catalog = Catalog.open(url)
    migrate(catalog)
    catalog.close()


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
