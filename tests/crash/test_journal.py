"""Rows that were acknowledged and are in no table yet when the process ends: the next one has them.

`test_kill` ends processes at such moments by chance; here the moment is made.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sightline.core.clock import SystemClock
from sightline.core.ids import Id, format_id, new_id, parse_id
from sightline.domain.workspace import DEFAULT_WORKSPACE_ID
from sightline.domain.writes import TraceWrite
from sightline.stores.analytics import journal, row_binary
from sightline.stores.analytics.journal import Journal, Write
from sightline.stores.analytics.rollup_units import Unit, unit_of
from sightline.stores.spool import frames
from tests.live import LiveServer

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("TEST_STORES")), reason="a server's tables have no journal"
)
# No rows, no units.
EMPTY = bytes(8)
TRACES = "/api/v1/private/traces"
STORED = {"name": "stored", "project_name": "p", "start_time": "2026-11-01T10:00:00Z"}


def run(*words: str, **env: str) -> tuple[int, str]:
    """Run a verb in a process of its own, for a process has one engine."""
    ended = subprocess.run(
        [sys.executable, "-m", "sightline", *words],
        capture_output=True,
        text=True,
        timeout=120,
        env={n: v for n, v in os.environ.items() if not n.startswith("SIGHTLINE_")} | env,
    )
    return ended.returncode, ended.stdout + ended.stderr


def acknowledged(store: Path, project_id: Id, name: str) -> Id:
    """Leave one trace in the journal, as a process that is killed right after its answer does."""
    id, now_us = new_id(), SystemClock().now_us()
    write = TraceWrite(
        id=id, project_id=project_id, version_us=now_us, start_time_us=now_us, name=name
    )
    units = [Unit(DEFAULT_WORKSPACE_ID, project_id, unit_of(id))]
    own = Journal(store, "traces", row_binary.TRACE_COLUMNS)
    row = row_binary.encode_trace(write, DEFAULT_WORKSPACE_ID, "admin", now_us)
    own.append(own.segment(), Write(row, 1, units))
    return id


@pytest.fixture
def left(tmp_path: Path) -> Iterator[tuple[Path, Id]]:
    """A folder at rest with a trace in its tables, and another in its journal alone."""
    with LiveServer(tmp_path / "data") as server:
        assert server.post(TRACES, STORED).status < 300
        found = server.get("/api/v1/private/projects?name=p").json["content"][0]["id"]
        assert server.stop() == 0
    store = tmp_path / "data" / "analytics"
    assert journal.waiting_bytes(store) == 0
    yield tmp_path / "data", acknowledged(store, parse_id(found), "acknowledged")


def names(server: LiveServer) -> list[str]:
    found = server.get(f"{TRACES}?project_name=p&size=100").json
    assert found["total"] == len(found["content"])
    return sorted(trace["name"] for trace in found["content"])


def test_the_next_start_has_what_was_acknowledged(left: tuple[Path, Id]) -> None:
    data, id = left
    _, said = run("doctor", "--data", str(data), "--port", "0")
    assert "of acknowledged rows: the next start stores them" in said
    with LiveServer(data) as server:
        assert server.get(f"{TRACES}/{format_id(id)}").json["name"] == "acknowledged"
        assert names(server) == ["acknowledged", "stored"]
        # Also in what is added up by hours.
        stats = server.get(f"{TRACES}/stats?project_name=p").json["stats"]
        assert next(s["value"] for s in stats if s["name"] == "trace_count") == 2
        assert server.stop() == 0
    assert journal.waiting_bytes(data / "analytics") == 0


def test_a_backup_of_a_folder_at_rest_has_it(left: tuple[Path, Id], tmp_path: Path) -> None:
    file, restored = str(tmp_path / "rest.tar"), tmp_path / "restored"
    assert run("backup", "--to", file, "--data", str(left[0]))[0] == 0
    assert run("restore", "--from", file, "--data", str(restored))[0] == 0
    with LiveServer(restored) as server:
        assert names(server) == ["acknowledged", "stored"]


def test_what_would_be_left_behind_is_not_moved(left: tuple[Path, Id]) -> None:
    code, said = run(
        "migrate-store",
        "--data",
        str(left[0]),
        SIGHTLINE_ANALYTICS__DSN="http://127.0.0.1:1/empty",
    )
    assert code == 1
    assert "has traces or spans that are in no table yet" in said
    assert "Start Sightline on it once more" in said


def test_a_damaged_segment_is_kept_and_named(left: tuple[Path, Id]) -> None:
    data = left[0]
    (path,) = (data / "analytics" / journal.FOLDER).glob("*.seg")
    # At its end it would be what a power cut leaves; so there is another whole record behind.
    spoilt = path.read_bytes().replace(b"acknowledged", b"ACKNOWLEDGED")
    path.write_bytes(spoilt + frames.head(EMPTY) + EMPTY)
    with LiveServer(data) as server:
        assert names(server) == ["stored"]
        figures = server.get("/metrics").body.decode()
        assert 'sightline_ingest_set_aside_total{table="traces"} 1' in figures
        assert server.stop() == 0
    code, said = run("doctor", "--data", str(data), "--port", "0")
    assert code == 1
    assert "1 files of acknowledged rows are damaged" in said
    assert [kept.name for kept in journal.aside(data / "analytics")] == [path.name]
