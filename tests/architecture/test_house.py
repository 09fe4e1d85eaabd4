"""Rules of the source that no linter knows. Where imports may point is import-linter's part."""

import ast
import inspect
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from sightline.core import errors

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "sightline"
MODULES = sorted(SOURCE.rglob("*.py"))
OURS = [
    *MODULES,
    *(
        path
        for folder in ("tests", "tools", "benchmarks")
        for path in sorted((ROOT / folder).rglob("*.py"))
    ),
]

# Past this a module has a seam that should be looked for.
MAX_LINES = 500
# Data in Python's clothes: tables that grow by a line for each thing they list.
TABLES: set[str] = set()


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_a_module_is_a_page_or_two() -> None:
    sizes = {name(path): len(path.read_text().splitlines()) for path in OURS}
    found = {path: n for path, n in sizes.items() if n > MAX_LINES and path not in TABLES}
    assert not found


def test_a_module_says_what_lives_there() -> None:
    texts = {name(path): ast.get_docstring(ast.parse(path.read_text())) for path in MODULES}
    assert not [path for path, text in texts.items() if len((text or "").split()) < 3]


def test_the_drawing_of_errors_is_the_tree() -> None:
    drawn = dict(_drawn(errors.__doc__ or ""))
    real = {
        found.__name__: found
        for _, found in inspect.getmembers(errors, inspect.isclass)
        if issubclass(found, Exception) and found.__module__ == errors.__name__
    }
    assert set(drawn) == set(real)
    for name, (status, code, retryable) in drawn.items():
        found = real[name]
        assert issubclass(found, errors.SightlineError)
        assert (name, found.status) == (name, status)
        if code:
            assert (name, found.code) == (name, code)
        assert (name, found.retryable) == (name, retryable)


def _drawn(drawing: str) -> Iterator[tuple[str, tuple[int, str, bool]]]:
    for line in drawing.splitlines():
        match = re.match(r"[│├└─ ]*(\w+Error)\s+(\d{3})(?:\s+([a-z_]+))?", line)
        if match:
            yield match[1], (int(match[2]), match[3] or "", "retryable" in line)


def test_error_codes_of_the_tree_are_words() -> None:
    for _, found in inspect.getmembers(errors, inspect.isclass):
        if issubclass(found, errors.SightlineError):
            assert re.fullmatch(r"[a-z_]+", found.code)
            assert 400 <= found.status < 600


def test_nobody_else_reads_the_environment() -> None:
    """Ruff bans the usual spellings; this finds the others.

    `os.environ/NAME` is how files of LiteLLM's refer to a variable.
    """
    found = [
        name(path)
        for path in MODULES
        if re.search(
            r"\bos\.(environ\b(?!/)|getenv|putenv)|from os import .*environ", path.read_text()
        )
        and path.name != "settings.py"
    ]
    assert not found


def test_the_tree_holds_no_forbidden_words() -> None:
    """No leftovers of making: markers of unfinished work, machines, keys."""
    words = "|".join(["T" + "ODO", "F" + "IXME", "X" + "XX", "HA" + "CK", "WI" + "P"])
    marks = re.compile(rf"\b({words})\b")
    secret = re.compile(
        r"\b(sk-[A-Za-z0-9]{20,}|ghp_[A-Za-z0-9]{20,}|AKIA(?!IOSFODNN7EXAMPLE)[A-Z0-9]{16})\b"
    )
    home = re.compile(r"/(home|Users|root)/[a-z]")
    found = []
    for path in _tracked():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        for rule in (marks, secret, home):
            if match := rule.search(text):
                found.append(f"{name(path)}: {match[0]}")
    assert not found, "\n".join(found)


def _tracked() -> list[Path]:
    """Our own text: what git keeps, without data made by tools."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    ).stdout.split("\n")
    kept = (".py", ".md", ".toml", ".sql", ".yml", ".yaml", ".ts", ".tsx", ".css")
    skipped = ("uv.lock", "tests/fixtures/", "tests/architecture/")
    return [
        ROOT / line
        for line in listed
        if line.endswith(kept) and not line.startswith(skipped) and (ROOT / line).is_file()
    ]
