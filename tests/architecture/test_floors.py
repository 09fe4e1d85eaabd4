"""The contracts of import-linter hold, and a planted import breaks them."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_imports_go_down_only() -> None:
    done = _lint(ROOT)
    assert done.returncode == 0, done.stdout[-4000:]


def test_an_import_that_goes_up_is_caught(tmp_path: Path) -> None:
    """The check itself works: it would say nothing if it looked at the wrong tree."""
    house = tmp_path / "house"
    (house / "src").mkdir(parents=True)
    skipped = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src" / "sightline", house / "src" / "sightline", ignore=skipped)
    shutil.copy(ROOT / "pyproject.toml", house)
    planted = house / "src" / "sightline" / "core" / "planted.py"
    planted.write_text('"""Looks up, which is not allowed."""\n\nimport sightline.settings\n')
    done = _lint(house)
    assert done.returncode != 0
    assert "sightline.core.planted" in done.stdout


def _lint(house: Path) -> subprocess.CompletedProcess[str]:
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=house,
        env={"PYTHONPATH": str(house / "src"), "PATH": "/usr/bin:/bin", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
