"""What a start does not load: it is waited for, and each of these takes tenths of a second."""

import subprocess
import sys

import pytest


def loaded(code: str, *names: str) -> set[str]:
    """Return which of the modules are there after some code ran in a process of its own."""
    told = f"{code}\nimport sys\nprint('loaded:', *(n for n in {names!r} if n in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.rpartition("loaded:")[2].split())


def test_the_server_loads_no_library_of_what_may_come_later() -> None:
    later = ("aiohttp", "alembic", "google.protobuf", "numpy", "pyarrow", "sightline.demo.plan")
    assert loaded("import sightline.serving", *later) == set()


def test_the_engine_comes_without_arrow_and_leaves_it_to_others() -> None:
    code = "from sightline.stores.analytics import embedded; embedded.load()"
    assert loaded(code, "chdb", "numpy", "pyarrow") == {"chdb"}


@pytest.mark.parametrize("words", [["--help"], ["serve", "--help"], ["doctor", "--help"]])
def test_help_loads_no_server(words: list[str]) -> None:
    code = (
        "import contextlib\nfrom sightline.cli import main\n"
        f"with contextlib.suppress(SystemExit): main({words!r})"
    )
    assert loaded(code, "litestar", "sqlalchemy", "clickhouse_connect", "chdb") == set()
