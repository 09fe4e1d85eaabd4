"""What the schema is on a cluster, kept as files that one can read, and read by the engine.

`UPDATE_SNAPSHOTS=1` writes the files anew.
"""

import os
import re
from pathlib import Path

import pytest

from sightline.stores.analytics import migrate
from sightline.stores.analytics.cluster import SHARDED_BY, Cluster
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.resharding import reshard

WHOLE = {"schema_migrations"}
SNAPSHOTS = Path(__file__).parent / "snapshots"
CLUSTER = Cluster("main", "sightline")
FILES = {
    "0000_ledger.sql": migrate._LEDGER,
    **{f"{m.version:04}_{m.name}.sql": m.sql for m in migrate.load()},
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", ["one_node", "cluster"])
def test_schema_is_as_its_snapshot_says(kind: str, name: str) -> None:
    cluster = CLUSTER if kind == "cluster" else None
    text = ";\n\n".join(migrate.render(FILES[name], cluster)) + ";\n"
    file = SNAPSHOTS / kind / name
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert file.read_text() == text


def test_there_is_no_snapshot_of_what_is_gone() -> None:
    for kind in ("one_node", "cluster"):
        assert {file.name for file in (SNAPSHOTS / kind).iterdir()} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_the_engine_reads_each_statement(analytics: Analytics, name: str) -> None:
    statements = migrate.render(FILES[name], CLUSTER)
    statements += [CLUSTER.delete(table, "workspace_id = 'x'") for table in SHARDED_BY]
    statements += [CLUSTER.truncate(table) for table in SHARDED_BY]
    _read_all(analytics, statements)


def test_the_engine_reads_how_whole_tables_are_sharded(analytics: Analytics) -> None:
    made = [statement for sql in FILES.values() for statement in migrate.render(sql, CLUSTER)]
    whole = [(name, "ReplicatedMergeTree") for name in ("rollup_units", "rollups", "words")]
    whole += [(f"{name}_whole", engine) for name, engine in whole]
    statements: list[str] = []
    reshard(statements.append, lambda _: whole, CLUSTER, made)
    assert sum(statement.startswith("DROP") for statement in statements) == 3
    _read_all(analytics, statements)


def _read_all(analytics: Analytics, statements: list[str]) -> None:
    for statement in statements:
        rows = analytics.query_sync(f"EXPLAIN AST {statement}")
        kind = statement.partition(" ")[0].capitalize()
        assert rows[0][0].startswith((f"{kind}Query", "Rename ")), rows[0]
        # What the statement is about, and where it goes, has been understood whole. What is
        # inserted is sent to where it belongs.
        assert kind == "Insert" or "ON CLUSTER 'main'" in statement


def test_every_table_is_replicated_and_every_sharded_one_has_a_whole() -> None:
    rendered = "\n".join(s for sql in FILES.values() for s in migrate.render(sql, CLUSTER))
    made = re.findall(r"CREATE TABLE IF NOT EXISTS `sightline`\.(\w+)", rendered)
    sharded = {name for name in made if f"{name}_local" in made}
    assert sharded == set(SHARDED_BY)
    assert set(made) == sharded | {f"{name}_local" for name in sharded} | WHOLE
    assert len(re.findall(r"ENGINE = Replicated\w*MergeTree\('", rendered)) == len(sharded) + len(
        WHOLE
    )
    assert len(re.findall(r"ENGINE = Distributed\('main', 'sightline', '", rendered)) == len(
        sharded
    )
    assert "{engine" not in rendered


def test_rows_of_one_trace_lie_together() -> None:
    by = set(re.findall(r"sipHash64\(([\w, ]+)\)", " ".join(SHARDED_BY.values())))
    # A trace's id by the name that each table has for it; threads are by their own.
    assert by == {"id", "trace_id", "entity_id", "thread_id", "project_id, unit"}
