"""The stores that a company runs beside Sightline: Postgres for the catalog, S3 for the blobs.

One of each a process, started when the first test asks, gone with the process.
"""

import atexit
import subprocess
import threading
import time
import urllib.error
import urllib.request
from functools import cache

import psycopg

from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.migrate import migrate
from sightline.stores.catalog.tables import metadata
from tests.live import client_python, free_port
from tools.postgres import Cluster

S3_KEY, S3_SECRET = "AKIASIGHTLINETESTS00", "s3cret/of+the=tests"
_SERVE_S3 = """
import sys
from moto.server import main
main(["-H", "127.0.0.1", "-p", sys.argv[1]])
"""
# The first lock that cannot be had means that a test has left something open.
_WIPE = "SET lock_timeout = '2s';"


class Postgres:
    """A server and databases on it; a database that is given back is emptied and used again."""

    def __init__(self) -> None:
        self.cluster = Cluster()
        self.cluster.start()
        atexit.register(self.cluster.remove)
        self._free: list[str] = []
        self._made = 0
        self._template: str | None = None
        self._turn = threading.Lock()

    def take(self) -> str:
        """Return the URL of a database with the tables of this program and nothing more in them."""
        with self._turn:
            if self._free:
                return self._free.pop()
            if self._template is None:
                self._template = self._make("template1")
                _migrate(self._template)
            return self._make(self._template.rpartition("/")[2])

    def take_empty(self) -> str:
        """Return the URL of a database without tables."""
        with self._turn:
            return self._make("template1")

    def give_back(self, url: str) -> None:
        """Empty a database of `take` for the next one; one that cannot be emptied goes."""
        workspace = "id <> decode('" + "0" * 32 + "', 'hex')"
        tables = [name for name in metadata.tables if name != "workspaces"]
        wipe = _WIPE + ";".join(f"DELETE FROM {name}" for name in tables)
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(f"{wipe}; DELETE FROM workspaces WHERE {_NOT_DEFAULT}")
        except psycopg.Error:
            self.drop(url)
        else:
            self._free.append(url)

    def drop(self, url: str) -> None:
        """Delete a database, whoever is connected to it."""
        name = url.rpartition("/")[2]
        self.admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def admin(self, statement: str) -> None:
        """Run a statement as the server's owner."""
        with psycopg.connect(self.cluster.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def _make(self, template: str) -> str:
        self._made += 1
        name = f"t{self._made}"
        self.admin(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self.cluster.url(name)
