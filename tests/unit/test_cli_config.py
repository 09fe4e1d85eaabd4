"""`sightline config show`: every setting with its source, no secret in sight."""

from pathlib import Path

import pytest

from sightline.cli import main
from sightline.cli.config import description
from sightline.settings import names, shown


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("analytics.dsn", "https://reader:s3cret@ch:8443/db", "https://reader:***@ch:8443/db"),
        ("analytics.dsn", "https://ch:8443/db?password=s3cret&x=1", "https://ch:8443/db?password=***&x=1"),
        ("catalog.url", "postgresql+psycopg://u:p%40ss@pg/db", "postgresql+psycopg://u:***@pg/db"),
        ("blobs.url", "s3://bucket/p?secret_access_key=s3cret", "s3://bucket/p?secret_access_key=***"),
        ("x.api_key", "s3cret", "***"),
        ("x.signing_secret", "s3cret", "***"),
        ("auth.keys", "auto", "auto"),
        ("server.data", "./sightline-data", "./sightline-data"),
        ("log.json", True, "true"),
        ("server.port", 5173, "5173"),
        ("analytics.dsn", "", "-"),
    ],
)  # fmt: skip
def test_secrets_are_masked(path: str, value: object, text: str) -> None:
    assert shown(path, value) == text


def test_every_setting_says_what_it_is_for() -> None:
    assert not [path for path in names() if not description(path) and path != "log.level"]


def test_every_setting_is_shown_with_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIGHTLINE_SERVER__PORT", "5180")
    monkeypatch.setenv("SIGHTLINE_CATALOG__URL", "postgresql://u:s3cret@pg/db")
    (tmp_path / "sightline.toml").write_text("[log]\njson = true\n")
    with pytest.raises(SystemExit) as ended:
        main(["config", "show"])
    out = capsys.readouterr().out
    lines = {line.split()[0]: line.split() for line in out.splitlines() if line.strip()}
    assert ended.value.code == 0
    assert set(names()) <= set(lines)
    assert lines["server.port"] == ["server.port", "5180", "SIGHTLINE_SERVER__PORT"]
    assert lines["log.json"] == ["log.json", "true", "sightline.toml"]
    assert lines["server.host"] == ["server.host", "127.0.0.1", "default"]
    assert "s3cret" not in out


def test_a_bad_setting_ends_with_a_hint_and_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIGHTLINE_SERVER__PROT", "5180")
    with pytest.raises(SystemExit) as ended:
        main(["config", "show"])
    assert ended.value.code == 1
    assert "hint: Did you mean `server.port`?" in capsys.readouterr().err
