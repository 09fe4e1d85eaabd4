"""`sightline keys`: the text of a key is seen once, and nowhere else."""

import sqlite3
from pathlib import Path

import pytest

from sightline.cli import main


@pytest.fixture(autouse=True)
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*words: str, code: int = 0) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["keys", *words])
    assert ended.value.code == code


def test_the_key_alone_is_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    run("create", "--workspace", "team a", "--role", "write", "--name", "ci", "--data", "d")
    said = capsys.readouterr()
    assert len(said.out.split()) == 1
    assert len(said.out.strip()) > 40
    assert said.out.strip() not in said.err
    assert "OPIK_API_KEY" in said.err
    assert "team a" in said.err


def test_the_list_shows_who_may_what_and_never_the_key(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run("list", "--data", "d")
    assert "There are no keys" in capsys.readouterr().err
    run("create", "--role", "read", "--name", "grafana", "--data", "d")
    key = capsys.readouterr().out.strip()
    run("list", "--data", "d")
    out = capsys.readouterr().out
    assert key not in out
    assert tuple(
        word
        for word in out.splitlines()[1].split()
        if word in {"grafana", "read", "default", "good"}
    ) == ("grafana", "read", "default", "good")
    with sqlite3.connect(tmp_path / "d" / "catalog.db") as catalog:
        assert key not in "\n".join(catalog.iterdump())
    catalog.close()


def test_a_revoked_key_stays_in_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    run("create", "--data", "d")
    capsys.readouterr()
    run("list", "--data", "d")
    id = capsys.readouterr().out.splitlines()[1].split()[0]
    run("revoke", id, "--data", "d")
    assert "ended" in capsys.readouterr().err
    run("list", "--data", "d")
    assert capsys.readouterr().out.splitlines()[1].split()[-1] == "revoked"


@pytest.mark.parametrize("id", ["7", "00000000-0000-7000-8000-000000000000"])
def test_an_id_that_is_none_is_said_so(capsys: pytest.CaptureFixture[str], id: str) -> None:
    run("revoke", id, "--data", "d", code=1)
    err = capsys.readouterr().err
    assert id in err
    assert "keys list" in err


def test_all_keys_are_listed_however_many(capsys: pytest.CaptureFixture[str]) -> None:
    for n in range(3):
        run("create", "--name", f"n{n}", "--data", "d")
    capsys.readouterr()
    run("list", "--data", "d")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[2] for line in lines[1:]] == ["n2", "n1", "n0"]


def test_the_catalog_is_closed_to_others(tmp_path: Path) -> None:
    run("create", "--data", "d")
    assert (tmp_path / "d" / "catalog.db").stat().st_mode & 0o077 == 0
    assert (tmp_path / "d").stat().st_mode & 0o077 == 0
