"""`sightline doctor` finds each fault by itself, names it and says how to mend it."""

import os
import re
import resource
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from sightline.cli import main
from sightline.stores.spool import frames
from tests import outside
from tests.live import LiveServer, free_port
from tests.small_disk import small_disk

Capture = pytest.CaptureFixture[str]


def doctor(capsys: Capture, data: Path, *words: str) -> str:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--data", str(data), "--port", "0", *words])
    said = capsys.readouterr().out
    assert ended.value.code == (1 if "\nproblem " in said else 0), said
    return said


def finding(said: str, level: str, subject: str, mend: str) -> str:
    """Return what is said of a subject; what it says to do has `mend` in it."""
    found = re.findall(rf"^{level} +{subject} +(.*)\n +-> (.*)$", said, re.MULTILINE)
    texts = [text for text, to_do in found if mend in to_do]
    assert texts, said
    return str(texts[0])


@pytest.fixture(autouse=True)
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("SIGHTLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    yield


def test_a_full_disk(tmp_path: Path, capsys: Capture) -> None:
    with small_disk(tmp_path / "disk", "2m") as disk:
        disk.fill()
        said = finding(doctor(capsys, disk.folder / "d"), "problem", "disk", "Make room")
        assert "writes are answered 507" in said
        disk.free()
        assert "problem   disk" not in doctor(capsys, disk.folder / "d")


def test_a_disk_without_inodes(tmp_path: Path, capsys: Capture) -> None:
    with small_disk(tmp_path / "disk", "64m", nr_inodes="40") as disk:
        for n in range(38):
            (disk.folder / str(n)).touch()
        said = finding(doctor(capsys, disk.folder / "d"), "problem", "disk", "Delete small files")
        assert "inodes" in said


def test_a_read_only_disk(tmp_path: Path, capsys: Capture) -> None:
    with small_disk(tmp_path / "disk", "2m") as disk:
        disk.remount("ro")
        said = finding(doctor(capsys, disk.folder / "d"), "problem", "disk", "mount it for writing")
        assert "read-only" in said


def test_a_clock_that_was_set_back(tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "d"
    folder.mkdir(mode=0o700)
    (folder / "lock").touch()
    later = time.time() + 7200
    os.utime(folder / "lock", (later, later))
    assert "120 minutes behind" in finding(doctor(capsys, folder), "problem", "clock", "NTP")


def test_a_damaged_spool(tmp_path: Path, capsys: Capture) -> None:
    spool = tmp_path / "d" / "spool"
    (spool / "aside").mkdir(parents=True, mode=0o700)
    records = [bytes([n]) * 50 for n in range(5)]
    data = bytearray(b"".join(frames.head(record) + record for record in records))
    (spool / "0000000000000001.seg").write_bytes(data)
    assert "problem" not in doctor(capsys, tmp_path / "d").partition("spool")[0]
    data[frames.HEAD_BYTES + 60 + 40] ^= 1
    (spool / "0000000000000001.seg").write_bytes(data)
    (spool / "aside" / "1-0.seg").write_bytes(b"")
    said = doctor(capsys, tmp_path / "d")
    assert "1 places" in finding(said, "problem", "spool", "The next start passes over them")
    assert "1 groups" in finding(said, "warning", "spool", "gateway.set_aside")


def test_a_locked_catalog(tmp_path: Path, capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        main(["keys", "create", "--data", str(tmp_path / "d")])
    with closing(sqlite3.connect(tmp_path / "d" / "catalog.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        said = finding(doctor(capsys, tmp_path / "d"), "problem", "catalog", "End that process")
    assert "holds it locked" in said
    assert "problem " not in doctor(capsys, tmp_path / "d")


def test_a_postgres_that_is_not_there(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"postgresql://me:hush-hush@127.0.0.1:{free_port()}/sightline"
    monkeypatch.setenv("SIGHTLINE_CATALOG__URL", url)
    said = doctor(capsys, tmp_path / "d")
    assert "refused" in finding(said, "problem", "catalog", "Is Postgres up")
    assert "hush-hush" not in said


def test_an_engine_that_is_not_there(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = f"http://me:hush-hush@127.0.0.1:{free_port()}/default"
    monkeypatch.setenv("SIGHTLINE_ANALYTICS__DSN", dsn)
    said = doctor(capsys, tmp_path / "d")
    assert finding(said, "problem", "analytics", "do user and password fit")
    assert "hush-hush" not in said


def test_an_engine_that_lets_nobody_in(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = outside.clickhouse().dsn("default", password="hush-hush")
    monkeypatch.setenv("SIGHTLINE_ANALYTICS__DSN", dsn)
    said = doctor(capsys, tmp_path / "d")
    assert "password" in finding(said, "problem", "analytics", "do user and password fit")
    assert "hush-hush" not in said


@pytest.mark.timeout(120)
def test_a_server_that_is_stopped_or_short_of_something(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = LiveServer(tmp_path / "d", stores={}, processes=1)
    server.start()
    try:
        assert "problem " not in doctor(capsys, server.data)

        with ExitStack() as clients:
            for _ in range(300):
                clients.enter_context(socket.create_connection((server.host, server.port), 10))
            assert server.get("/health").status == 200
            # The engine opens and closes some beside them.
            may = len(list(Path(f"/proc/{server.pid}/fd").iterdir())) + 10
            limits = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
            resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (may, limits[1]))
            monkeypatch.setenv("SIGHTLINE_SERVER__MAX_MEMORY_BYTES", str(150 << 20))
            said = doctor(capsys, server.data)
            assert f"of {may:,} open" in finding(said, "problem", "open files", "LimitNOFILE")
            assert "takes" in finding(said, "problem", "memory", "server.max_memory_bytes")
            resource.prlimit(server.pid, resource.RLIMIT_NOFILE, limits)
        monkeypatch.delenv("SIGHTLINE_SERVER__MAX_MEMORY_BYTES")

        os.kill(server.pid, signal.SIGSTOP)
        try:
            said = doctor(capsys, server.data)
        finally:
            os.kill(server.pid, signal.SIGCONT)
        assert "stopped by a signal" in finding(said, "problem", "server", f"-CONT {server.pid}")
        assert "problem " not in doctor(capsys, server.data), server.log_text()
    finally:
        server.kill()


def test_a_server_that_takes_connections_and_says_nothing(tmp_path: Path, capsys: Capture) -> None:
    import fcntl

    folder = tmp_path / "d"
    folder.mkdir(mode=0o700)
    with socket.socket() as wedged, (folder / "lock").open("w") as lock:
        wedged.bind(("127.0.0.1", 0))
        wedged.listen()
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(f"process {os.getpid()} at http://127.0.0.1:{wedged.getsockname()[1]}")
        lock.flush()
        said = doctor(capsys, folder)
    assert "does not answer /health: timed out" in finding(said, "problem", "server", "SIGTERM")
