"""A backup taken while the server writes holds all that was acknowledged before; it comes back."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.crash.reading import Reader
from tests.crash.traffic import Traffic
from tests.live import LiveServer
from tests.waiting import until

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("TEST_STORES")), reason="a backup is of stores in the data folder"
)

PICTURE = bytes(range(256)) * 400


def sightline(*words: str, code: int = 0) -> str:
    """Run the command as an operator would; return all that it said."""
    done = subprocess.run(
        [sys.executable, "-m", "sightline", *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, (words, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_a_backup_under_load_restores_all_that_was_acknowledged(tmp_path: Path) -> None:
    file = tmp_path / "backup.tar.zst"
    with LiveServer(tmp_path / "data") as server:
        with Traffic(server.url, files=True) as traffic:
            traffic.wait_for_more(600)
            before = traffic.snapshot()
            said = sightline("backup", "--to", str(file), "--data", str(server.data))
            # Who writes is not held up, and what comes now is not in the copy.
            traffic.wait_for_more(100)
        assert not traffic.refusals, traffic.answers
        assert "found whole" in said
        assert str(server.pid) in said
        # The copy keeps no disk space once it has been sent.
        shadow = server.data / "analytics" / "shadow"
        assert [p.name for p in shadow.iterdir() if p.is_dir()] == []
        assert not list(server.data.glob("backup-*"))
        assert not list(server.data.glob("operator-*"))
        all_of_it = traffic.check()
    assert file.stat().st_mode & 0o077 == 0
    sightline("restore", "--from", str(file), "--data", str(tmp_path / "restored"))
    with LiveServer(tmp_path / "restored") as restored:
        # What was sent meanwhile is there whole, or not at all.
        copied = traffic.check(restored.url, since=before)
        assert copied.found.total() == len(before) < all_of_it.found.total()
        assert restored.stop() == 0


def test_counts_and_bytes_are_equal_after_a_restore(tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    with LiveServer(tmp_path / "data") as server:
        with Traffic(server.url, clients=4, files=True) as traffic:
            traffic.wait_for_more(300)
        traffic.check()
        sightline("backup", "--to", str(file), "--data", str(server.data))
        first = _everything(server)
    sightline("restore", "--from", str(file), "--data", str(tmp_path / "restored"))
    with LiveServer(tmp_path / "restored") as restored:
        assert _everything(restored) == first
        traffic.check(restored.url)
    # From a server at rest the same comes out.
    sightline("backup", "--to", str(tmp_path / "rest.tar"), "--data", str(tmp_path / "data"))
    sightline("restore", "--from", str(tmp_path / "rest.tar"), "--data", str(tmp_path / "third"))
    with LiveServer(tmp_path / "third") as third:
        assert _everything(third) == first


def test_calls_that_wait_to_be_stored_come_with_the_backup(tmp_path: Path) -> None:
    # A call is acknowledged when it is in the gateway's spool; here none leaves it.
    waiting = {"SIGHTLINE_GATEWAY__FLUSH_INTERVAL_S": "3600"}
    with LiveServer(tmp_path / "data", env=waiting) as server:
        with Traffic(server.url, clients=2, faces=["gateway"]) as traffic:
            traffic.wait_for_more(20)
        sightline("backup", "--to", str(tmp_path / "live.tar"), "--data", str(server.data))
        server.kill()
    sightline("backup", "--to", str(tmp_path / "rest.tar"), "--data", str(tmp_path / "data"))
    for name in ("live", "rest"):
        folder = tmp_path / f"from-{name}"
        sightline("restore", "--from", str(tmp_path / f"{name}.tar"), "--data", str(folder))
        with LiveServer(folder) as restored:
            traffic.check(restored.url)


def test_what_is_no_whole_backup_is_not_restored(tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    with LiveServer(tmp_path / "data") as server:
        _attach(server)
        sightline("backup", "--to", str(file), "--data", str(server.data))
        assert "exists already" in sightline(
            "backup", "--to", str(file), "--data", str(server.data), code=1
        )
        said = sightline("restore", "--from", str(file), "--data", str(server.data), code=1)
        assert "in use" in said
    whole = file.read_bytes()
    place = whole.index(PICTURE[:512])
    broken = {
        "cut": whole[: len(whole) // 2],
        "changed": whole[:place] + b"\0" * 8 + whole[place + 8 :],
        "other": b"hello" * 1000,
        "empty": b"",
    }
    for name, data in broken.items():
        (tmp_path / f"{name}.tar").write_bytes(data)
        target = tmp_path / f"from-{name}"
        said = sightline(
            "restore", "--from", str(tmp_path / f"{name}.tar"), "--data", str(target), code=1
        )
        assert f"{name}.tar" in said
        assert not target.exists()
        assert not list(tmp_path.glob("*.partial"))
    full = tmp_path / "full"
    full.mkdir()
    (full / "keep").write_text("me")
    said = sightline("restore", "--from", str(file), "--data", str(full), code=1)
    assert "not empty" in said
    assert [p.name for p in full.iterdir()] == ["keep"]


def test_operators_work_beside_a_running_server(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data") as server:
        _only_who_may_write_the_folder_gets_a_copy(server)
        data = ("--data", str(server.data))
        said = sightline("doctor", "--port", str(server.port), *data)
        assert f"process {server.pid}" in said
        assert "No problems" in said
        assert server.get("/api/v1/private/projects").status == 200
        key = sightline("keys", "create", *data).split("\n")[0].strip()
        assert "in use" in sightline("migrate", *data, code=1)
        until(lambda: server.get("/api/v1/private/projects").status == 401)
        good = server.get("/api/v1/private/projects", headers={"Authorization": key})
        assert good.status == 200
        # A backup needs no key: it proves that it may write to the folder.
        sightline("backup", "--to", str(tmp_path / "keyed.tar"), *data)


def _only_who_may_write_the_folder_gets_a_copy(server: LiveServer) -> None:
    for headers in (
        {},
        {"Sightline-Operator": "0" * 32},
        {"Sightline-Operator": "../../lock"},
        {"Sightline-Operator": ""},
    ):
        answer = server.request("POST", "/api/console/backup", headers=headers)
        assert answer.status == 403, answer
        assert len(answer.body) < 1000


def _attach(server: LiveServer) -> None:
    query = "file_name=picture.bin&entity_type=trace&project_name=copied&mime_type=image/png"
    answer = server.request(
        "PUT", f"/api/v1/private/attachment/upload?{query}&entity_id={ENTITY}", PICTURE
    )
    assert answer.status == 204, answer


ENTITY = "01a2015c-8d0e-78b6-88bc-d366f5553cec"


def _everything(server: LiveServer) -> dict[str, list[Any]]:
    """Return all that can be read of every trace and span, and the names of the projects."""
    reader = Reader(server.url, "traffic", {})
    projects = server.get("/api/v1/private/projects?size=100").json["content"]
    return {
        "projects": sorted((p["id"], p["name"]) for p in projects),
        **{kind: list(reader.lines(kind)) for kind in ("traces", "spans")},
    }
