"""Runs the numbered files of `schema/` once each, records them, and refuses to run backwards."""

import hashlib
import re
from collections.abc import Callable
from importlib import resources
from typing import Any

import msgspec

from sightline.core.errors import ConfigurationError
from sightline.stores.analytics.cluster import Cluster
from sightline.stores.analytics.resharding import reshard

_ENGINE = re.compile(r"\{(?P<whole>whole_)?engine:(?P<name>\w+)(?:\((?P<args>[^)]*)\))?\}")
# Where a cluster's Keeper has a table: one of each shard, or the same one on every node.
_PART = "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'"
_WHOLE = "'/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}'"
_SETTINGS = "fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192"

_LEDGER = """CREATE TABLE IF NOT EXISTS schema_migrations {on_cluster} (
  version UInt32, name String, checksum String, applied_at DateTime DEFAULT now()
) ENGINE = {whole_engine:MergeTree} ORDER BY version SETTINGS fsync_after_insert = 1"""

_HAS_LEDGER = (
    "SELECT count() FROM system.tables "
    "WHERE database = currentDatabase() AND name = 'schema_migrations'"
)


class Migration(msgspec.Struct, frozen=True):
    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()[:16]


def load() -> list[Migration]:
    """Return the migrations that this program knows, in order."""
    folder = resources.files("sightline.stores.analytics") / "schema"
    found = [
        Migration(int(file.name[:4]), file.name[5:-4], file.read_text())
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    ]
    return sorted(found, key=lambda m: m.version)


def render(sql: str, cluster: Cluster | None = None, settings: str = "") -> list[str]:
    """Return the statements of a migration for one node, or for a cluster.

    `settings` are put to those of each table: `name = value`, with commas.
    """
    text = "\n".join(line for line in sql.splitlines() if not line.startswith("--"))
    statements = [part.strip(" ;\n") for part in text.split(";\n")]
    statements = [statement for statement in statements if statement]
    if cluster is not None:
        statements = [own for one in statements for own in cluster.spread(one)]

    settings = f"{_SETTINGS}, {settings}" if settings else _SETTINGS

    def engine(match: re.Match[str]) -> str:
        name, args = match["name"], match["args"]
        if cluster is None:
            return f"{name}({args})" if args else name
        where = _WHOLE if match["whole"] else _PART
        return f"Replicated{name}({where}{', ' + args if args else ''})"

    return [
        _ENGINE.sub(engine, statement).replace(" {on_cluster}", "").replace("{settings}", settings)
        for statement in statements
    ]


def migrate(
    command: Callable[[str], Any],
    rows: Callable[[str], list[Any]],
    cluster: Cluster | None = None,
    settings: str = "",
) -> list[str]:
    """Apply what is missing and return the names applied.

    Raises `ConfigurationError` when the data was written by a newer program.
    """
    # On a cluster such a statement waits for every node, also for one that is down: none is sent
    # where nothing is missing.
    if not rows(_HAS_LEDGER)[0][0]:
        for statement in render(_LEDGER, cluster):
            command(statement)
    done = {row[0] for row in rows("SELECT version FROM schema_migrations")}
    known = load()
    if done and max(done) > known[-1].version:
        raise ConfigurationError(
            f"This data was written by a newer Sightline (schema {max(done)}, "
            f"this program knows {known[-1].version})",
            hint="Start the newer version, or point --data at another folder",
        )
    if cluster is not None:
        made = [one for m in known if m.version in done for one in render(m.sql, cluster, settings)]
        reshard(command, rows, cluster, made)
    applied = []
    for migration in known:
        if migration.version in done:
            continue
        for statement in render(migration.sql, cluster, settings):
            command(statement)
        command(
            "INSERT INTO schema_migrations (version, name, checksum) VALUES "
            f"({migration.version}, '{migration.name}', '{migration.checksum}')"
        )
        applied.append(migration.name)
    return applied
