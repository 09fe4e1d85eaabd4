"""The schema of a cluster: asked for before it is made, made by one at a time, moved to."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.options import AnalyticsOptions
from sightline.stores.catalog.engine import Catalog
from tests import outside

SIGHTLINE = [sys.executable, "-m", "sightline"]
FOLDER = {f"SIGHTLINE_{name}": "" for name in ("ANALYTICS__DSN", "ANALYTICS__CLUSTER",
          "CATALOG__URL", "BLOBS__URL")}  # fmt: skip
# A trace of March 2026, put down as its hour is once it is at rest.
FILL = """
import asyncio, sys
from sightline.domain.writes import TraceWrite
from sightline.stores.analytics import resting, rollup_units, rollups
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.options import AnalyticsOptions
from sightline.stores.analytics.row_binary import TRACE_COLUMNS, encode_trace
NOW = 1_780_000_000_000_000
async def fill(store):
    id = (1_772_445_600_000).to_bytes(6, "big") + bytes.fromhex("7000800000000000aaaa")
    write = TraceWrite(id=id, project_id=b"p" * 16, version_us=7, name="old", input='{"q":1}')
    await store.insert("traces", TRACE_COLUMNS, encode_trace(write, b"w" * 16, "u", 7))
    await rollup_units.seed(store, NOW)
    units = await rollup_units.due(store, NOW + 1, 10)
    await rollups.compute(store, units, NOW + 1)
    await resting.compute(store, units, NOW + 1)
store = Analytics.open(AnalyticsOptions(dsn="chdb://" + sys.argv[1] + "/analytics"))
asyncio.run(fill(store))
store.close()
"""


@pytest.fixture(scope="module")
def shards() -> Iterator[outside.ClickHouse]:
    shards = outside.ClickHouse(2)
    yield shards
    shards.remove()


def env_of(more: dict[str, str]) -> dict[str, str]:
    return {**os.environ, **FOLDER, **more}


def on_cluster(shards: outside.ClickHouse, dsn: str) -> dict[str, str]:
    return {"SIGHTLINE_ANALYTICS__DSN": dsn, "SIGHTLINE_ANALYTICS__CLUSTER": shards.cluster}


def run(words: list[str], env: dict[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        words, cwd=cwd, env=env_of(env), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_a_process_starts_while_a_replica_is_down(tmp_path: Path) -> None:
    with outside.on_clickhouse(tmp_path, 2) as world:
        assert world.server.stop() == 0
        (world.clickhouse.folder / "replica-down").touch()
        world.server.start()
        assert world.server.request("GET", "/api/v1/private/projects").status == 200


@pytest.mark.parametrize("verb", ["migrate", "migrate-store"])
def test_a_verb_makes_tables_when_nobody_else_does(
    verb: str, shards: outside.ClickHouse, tmp_path: Path
) -> None:
    dsn, url = shards.database(), outside.postgres().take_empty()
    run([*SIGHTLINE, "migrate", "--data", "data"], {}, tmp_path)
    more = ["--only", "analytics"] if verb == "migrate-store" else []
    other = Catalog.open(url)
    held, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        held.set()
        may_end.wait()

    holder = threading.Thread(target=other.alone, args=(hold,))
    holder.start()
    try:
        assert held.wait(30)
        with subprocess.Popen(
            [*SIGHTLINE, verb, "--data", "data", *more],
            cwd=tmp_path,
            env=env_of({**on_cluster(shards, dsn), "SIGHTLINE_CATALOG__URL": url}),
        ) as process:
            waiting = (
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
                "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            with psycopg.connect(url, autocommit=True) as watch:
                while process.poll() is None:
                    if watch.execute(waiting).fetchone() == (1,):
                        break
            assert process.poll() is None, "it did not wait"
            may_end.set()
            assert process.wait(120) == 0
    finally:
        may_end.set()
        holder.join()
        other.close()
        outside.postgres().drop(url)


def test_what_a_cluster_reads_is_moved_and_a_late_replica_is_waited_for(
    shards: outside.ClickHouse, tmp_path: Path
) -> None:
    dsn = shards.database()
    run([*SIGHTLINE, "migrate", "--data", "data"], {}, tmp_path)
    run([sys.executable, "-c", FILL, str(tmp_path / "data")], {}, tmp_path)
    (shards.folder / "replica-lags").touch()
    said = run(
        [*SIGHTLINE, "migrate-store", "--data", "data", "--only", "analytics"],
        on_cluster(shards, dsn),
        tmp_path,
    )
    assert not (shards.folder / "replica-lags").exists()
    assert "resting" not in said.stdout
    store = Analytics.open(AnalyticsOptions(dsn=dsn, cluster=shards.cluster))
    try:
        counts = {
            table: store.query_sync(f"SELECT count() > 0 FROM {table}")[0][0]
            for table in ("traces", "rollups", "rollup_units", "resting_traces")
        }
    finally:
        store.close()
    assert counts == {"traces": 1, "rollups": 1, "rollup_units": 1, "resting_traces": 0}
