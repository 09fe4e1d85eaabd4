"""Files damaged on purpose: the rest is served, and `doctor` says what is and what to do."""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sightline.core.ids import new_text_id
from tests.live import LiveServer
from tests.waiting import until

_API = "/api/v1/private"
_START = "2026-11-22T03:46:12.367037Z"
ITEMS = 40
# The parts in use, and nothing else: sources of a merge would stand in for what is damaged.
_PARTS = """
import json, shutil, sys
from pathlib import Path
import clickhouse_connect
client = clickhouse_connect.get_client(dsn="chdb://" + sys.argv[1])
rows = client.query(
    "SELECT table, name, path, rows FROM system.parts WHERE active AND database = 'default'"
).result_rows
client.close()
used = {Path(row[2]) for row in rows}
for folder in {path.parent for path in used}:
    for part in folder.glob("all_*"):
        if part not in used:
            shutil.rmtree(part)
print(json.dumps(rows))
"""


class Part(NamedTuple):
    table: str
    name: str
    folder: Path
    rows: int


@pytest.mark.timeout(240)
def test_what_is_sound_is_served_and_the_rest_is_named(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "data", stores={}, processes=1)
    server.start()
    try:
        for project in ("one", "two"):
            _fill(server, project)
        assert server.stop() == 0

        scores = _part(server, "feedback_scores")
        (scores.folder / "checksums.txt").unlink()
        spans = _part(server, "spans")
        column = max(spans.folder.glob("*.bin"), key=lambda path: path.stat().st_size)
        column.write_bytes(column.read_bytes()[:-7])
        server.start()
        until(lambda: server.get("/health").json.get("faults") == ["damaged_parts"])
        assert _count(server, "traces", "one") == ITEMS
        assert "\nsightline_damaged_parts 1\n" in server.get("/metrics").body.decode()
        _fill(server, "three")
        assert _count(server, "spans", "three") == ITEMS
        assert f"part=broken-on-start_{spans.name}" in server.log_text()
        said = _doctor(server, 1)
        assert "some of what is stored is damaged" in said
        assert server.stop() == 0

        said = _doctor(server, 1)
        assert re.search(
            rf"problem +damage +part broken-on-start_{spans.name} of table spans is damaged and "
            rf"not served: {spans.rows:,} rows, in /\S+/detached/\S+\n +-> Restore a backup",
            said,
        ), said
        shutil.rmtree(spans.folder.parent / "detached" / f"broken-on-start_{spans.name}")
        assert _doctor(server, 0).count("problem ") == 0
    finally:
        server.kill()


@pytest.mark.timeout(240)
def test_what_is_worked_out_of_the_rows_is_made_anew(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "data", stores={}, processes=1)
    server.start()
    try:
        _fill(server, "one")
        assert server.stop() == 0
        units = _part(server, "rollup_units")
        column = max(units.folder.glob("*.bin"), key=lambda path: path.stat().st_size)
        column.write_bytes(column.read_bytes()[:-7])
        server.start()
        assert _count(server, "traces", "one") == ITEMS
        assert "faults" not in server.get("/health").json
        assert server.stop() == 0
        assert _doctor(server, 0).count("problem ") == 0
    finally:
        server.kill()


@pytest.mark.timeout(240)
def test_a_flipped_bit_spoils_nothing_else(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "data", stores={}, processes=1)
    server.start()
    try:
        _fill(server, "one")
        assert server.stop() == 0
        traces = _part(server, "traces")
        column = max(traces.folder.glob("*.bin"), key=lambda path: path.stat().st_size)
        data = bytearray(column.read_bytes())
        for at in range(len(data) // 4, len(data), len(data) // 4):
            data[at] ^= 0x10
        column.write_bytes(data)

        server.start()
        answer = server.get(f"{_API}/traces?project_name=one&size=100&truncate=false")
        assert answer.status == 500
        assert re.search(
            r"is damaged; the rest is served\. .*\(ID [0-9a-f-]{36}\)", answer.body.decode()
        )
        assert "/" not in answer.json["message"]
        (id,) = re.findall(r"ID ([0-9a-f-]{36})", answer.body.decode())
        assert f"id={id}" in server.log_text()
        assert _count(server, "spans", "one") == ITEMS
        assert server.get("/health").json["faults"] == ["damaged_parts"]
        _fill(server, "two")
        assert "-> Stop it and run `sightline doctor --deep`" in _doctor(server, 1)
        assert server.stop() == 0

        said = _doctor(server, 1, "--deep")
        assert f"part {traces.name} of table traces is damaged: {traces.rows:,} rows" in said
        assert "`sightline repair`" in said
        repaired = _run(server, 0, "repair")
        assert f"table traces: part {traces.name} taken out, {traces.rows:,} rows" in repaired
        assert f"part {traces.name} of table traces is not served" in _doctor(server, 0, "--deep")
        server.start()
        assert server.get(f"{_API}/traces?project_name=one&size=100&truncate=false").status == 200
        assert _count(server, "traces", "two") == ITEMS
    finally:
        server.kill()


def test_a_damaged_page_of_the_catalog(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "data", stores={}, processes=1)
    server.start()
    try:
        _fill(server, "one")
        assert server.stop() == 0
        path = server.data / "catalog.db"
        with sqlite3.connect(path) as catalog:
            pages = catalog.execute(
                "SELECT rootpage FROM sqlite_master WHERE tbl_name = 'feedback_definitions'"
            ).fetchall()
            (size,) = catalog.execute("PRAGMA page_size").fetchone()
        catalog.close()
        with path.open("r+b") as file:
            for (page,) in pages:
                file.seek((page - 1) * size)
                file.write(b"\xa5" * size)
        assert re.search(r"problem +catalog +it is damaged", _doctor(server, 1))

        server.start()
        assert _count(server, "traces", "one") == ITEMS
        answer = server.get(f"{_API}/feedback-definitions")
        assert answer.status == 500
        assert "damaged" in answer.json["message"]
        assert "catalog.damaged" in server.log_text()
        _fill(server, "one")
        assert _count(server, "traces", "one") == 2 * ITEMS
    finally:
        server.kill()


def _fill(server: LiveServer, project: str) -> None:
    made: dict[str, list[dict[str, Any]]] = {"traces": [], "spans": []}
    for n in range(ITEMS):
        body = {"project_name": project, "name": f"n{n}", "start_time": _START}
        said = {"input": {"text": f"{project} {n} " * 40}, "output": {"n": n}}
        trace = {"id": new_text_id(), **body, **said}
        made["traces"].append(trace)
        made["spans"].append({**trace, "id": new_text_id(), "trace_id": trace["id"]})
    for kind, items in made.items():
        assert server.post(f"{_API}/{kind}/batch", {kind: items}).status == 204
    scores = [
        {"id": t["id"], "project_name": project, "name": "q", "value": 1, "source": "sdk"}
        for t in made["traces"]
    ]
    answer = server.request("PUT", f"{_API}/traces/feedback-scores", {"scores": scores})
    assert answer.status == 204


def _count(server: LiveServer, kind: str, project: str) -> int:
    answer = server.get(f"{_API}/{kind}?project_name={project}&size=1")
    assert answer.status == 200, answer
    total: int = answer.json["total"]
    return total


def _part(server: LiveServer, table: str) -> Part:
    """Return the largest part of a table of a stopped server."""
    words = [sys.executable, "-c", _PARTS, str(server.data / "analytics")]
    said = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout
    found = [Part(t, name, Path(path), n) for t, name, path, n in json.loads(said) if t == table]
    return max(found, key=lambda part: part.rows)


def _doctor(server: LiveServer, code: int, *words: str) -> str:
    return _run(server, code, "doctor", "--port", str(server.port), *words)


def _run(server: LiveServer, code: int, *words: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "sightline", *words, "--data", str(server.data)],
        env=server.env,
        cwd=server.data.parent,
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert ended.returncode == code, ended.stdout + ended.stderr
    return ended.stdout
