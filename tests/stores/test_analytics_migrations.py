"""The analytics schema: applied once, on data of earlier versions, never backwards.

The engine takes one folder a process, so each step runs in a process of its own.
"""

import json
import subprocess
import sys
from pathlib import Path

from sightline.stores.analytics.migrate import load

OPEN = """
import asyncio, json, sys
from sightline.core.errors import SightlineError
from sightline.stores.analytics import migrate
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.options import AnalyticsOptions
known = migrate.load()
keep = int(sys.argv[2])
migrate.load = lambda: known[:keep]
try:
    store = Analytics.open(AnalyticsOptions(dsn="chdb://" + sys.argv[1]))
except SightlineError as error:
    print(json.dumps({"error": error.message, "hint": error.hint}))
    sys.exit(0)
rows = [list(map(str, r)) for r in store.query_sync(sys.argv[3])]
print(json.dumps(rows))
store.close()
"""
VERSIONS = "SELECT version FROM schema_migrations ORDER BY version"
INSERT = """
import asyncio, sys
from sightline.core.ids import new_id
from sightline.domain.writes import TraceWrite
from sightline.stores.analytics import migrate
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.options import AnalyticsOptions
from sightline.stores.analytics.row_binary import TRACE_COLUMNS, encode_trace
known = migrate.load()
migrate.load = lambda: known[:int(sys.argv[2])]
store = Analytics.open(AnalyticsOptions(dsn="chdb://" + sys.argv[1]))
row = encode_trace(
    TraceWrite(id=new_id(), project_id=bytes(16), version_us=7, name="old", input='{"q":1}'),
    bytes(16), "u", 7,
)
asyncio.run(store.insert("traces", TRACE_COLUMNS, row))
store.close()
"""


def run(script: str, folder: Path, *args: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder), *args],
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_data_of_an_earlier_schema_is_brought_up_to_date_and_kept(tmp_path: Path) -> None:
    newest = len(load())
    run(INSERT, tmp_path, str(newest - 1))
    before = json.loads(run(OPEN, tmp_path, str(newest - 1), VERSIONS))
    after = json.loads(run(OPEN, tmp_path, str(newest), VERSIONS))
    assert len(after) == len(before) + 1
    kept = json.loads(run(OPEN, tmp_path, str(newest), "SELECT name, input FROM traces FINAL"))
    assert kept == [["old", '{"q":1}']]
    again = json.loads(run(OPEN, tmp_path, str(newest), VERSIONS))
    assert again == after


def test_data_of_a_newer_schema_is_refused_by_name(tmp_path: Path) -> None:
    newest = len(load())
    run(OPEN, tmp_path, str(newest), VERSIONS)
    refused = json.loads(run(OPEN, tmp_path, str(newest - 1), VERSIONS))
    assert "written by a newer Sightline" in refused["error"]
    assert refused["hint"]
