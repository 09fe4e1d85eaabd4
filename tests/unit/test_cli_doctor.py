"""`sightline doctor`: names what is wrong and how to mend it, and touches nothing."""

import socket
import sqlite3
from pathlib import Path

import pytest

from sightline.cli import main


@pytest.fixture(autouse=True)
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class Said:
    """What doctor printed: level and text by subject."""

    def __init__(self, code: int, out: str) -> None:
        self.code, self.out = code, out
        self.levels: dict[str, str] = {}
        for line in out.splitlines():
            if line.startswith(("ok ", "warning ", "problem ")):
                level, subject = line[:8].strip(), line[10:22].strip()
                if self.levels.get(subject) not in {"warning", "problem"}:
                    self.levels[subject] = level


def doctor(capsys: pytest.CaptureFixture[str], *words: str) -> Said:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--data", "d", "--port", "0", *words])
    assert isinstance(ended.value.code, int)
    return Said(ended.value.code, capsys.readouterr().out)


def test_a_fresh_machine_is_well_and_stays_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = doctor(capsys)
    assert said.code == 0, said.out
    assert set(said.levels.values()) <= {"ok", "warning"}
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_setting_is_a_problem(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGHTLINE_SERVER__PROT", "1")
    said = doctor(capsys)
    assert said.code == 1
    assert "-> Did you mean `server.port`?" in said.out


def test_a_taken_port_is_a_problem_and_names_who_has_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        said = doctor(capsys, "--port", str(other.getsockname()[1]))
    assert said.levels["address"] == "problem"
    assert "process " in said.out
    assert said.code == 1


@pytest.mark.parametrize("keys", ["auto", "on", "off"])
def test_an_open_address_without_keys_is_a_problem(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, keys: str
) -> None:
    monkeypatch.setenv("SIGHTLINE_AUTH__KEYS", keys)
    said = doctor(capsys, "--host", "0.0.0.0")
    assert said.levels["keys"] == "problem"


def test_an_open_address_with_a_key_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["keys", "create", "--data", "d"])
    said = doctor(capsys, "--host", "0.0.0.0")
    assert said.levels["keys"] == "ok", said.out


def test_keys_asked_for_and_none_made_is_a_warning(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGHTLINE_AUTH__KEYS", "on")
    assert doctor(capsys).levels["keys"] == "warning"


def test_a_cap_above_the_machine_is_a_problem(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGHTLINE_ANALYTICS__MAX_MEMORY_BYTES", str(1 << 50))
    said = doctor(capsys)
    assert said.levels["memory"] == "problem"
    assert "SIGHTLINE_ANALYTICS__MAX_MEMORY_BYTES=" in said.out


def test_a_memory_limit_above_the_machines_is_a_problem(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGHTLINE_SERVER__MAX_MEMORY_BYTES", str(1 << 50))
    said = doctor(capsys)
    assert said.levels["memory"] == "problem"
    assert "SIGHTLINE_SERVER__MAX_MEMORY_BYTES=" in said.out


def test_a_folder_open_to_others_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "d").mkdir(mode=0o755)
    (tmp_path / "d").chmod(0o755)
    said = doctor(capsys)
    assert said.levels["data folder"] == "warning"
    assert "chmod 700" in said.out


def test_a_catalog_of_a_newer_program_is_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["keys", "create", "--data", "d"])
    with sqlite3.connect(tmp_path / "d" / "catalog.db") as catalog:
        catalog.execute("UPDATE alembic_version SET version_num = 'r9999'")
    catalog.close()
    said = doctor(capsys)
    assert said.levels["catalog"] == "problem"
    assert "r9999" in said.out


def test_a_damaged_catalog_is_a_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "d").mkdir(mode=0o700)
    (tmp_path / "d" / "catalog.db").write_bytes(b"not a database at all, by far" * 400)
    said = doctor(capsys)
    assert said.levels["catalog"] == "problem", said.out
    assert said.code == 1


def test_a_role_alone_on_a_folder_is_a_problem(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert doctor(capsys).levels["role"] == "ok"
    by_flag = doctor(capsys, "--role", "worker")
    monkeypatch.setenv("SIGHTLINE_SERVER__ROLE", "worker")
    for said in (by_flag, doctor(capsys)):
        assert said.levels["role"] == "problem"
        assert "analytics.dsn, catalog.url, blobs.url" in said.out
