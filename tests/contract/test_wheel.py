"""A wheel of a clean checkout, installed where there is no Node, serves the whole UI."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.live import ROOT, LiveServer
from tools.client_envs import find_uv

BUILT = Path("src/sightline/ui")
# What an import, a preload or a link calls a file of the build.
_NAMED = re.compile(r"[\"'`](?:\./|/?assets/)([\w.-]+\.(?:js|css|svg|woff2|json))[\"'`]")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What git would give, and nothing that a build has left behind."""
    folder = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    return folder


def build(checkout: Path, *what: str) -> subprocess.CompletedProcess[str]:
    """Build without Node: nothing at all is on the PATH."""
    uv, *rest = find_uv()
    return subprocess.run(
        [uv, *rest, "build", *what, "--python", sys.executable, "--out-dir", "out"],
        cwd=checkout,
        env={**os.environ, "PATH": str(checkout / "nothing")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_build_without_screens_and_without_node_says_what_it_needs(checkout: Path) -> None:
    done = build(checkout, "--wheel")
    assert done.returncode != 0
    assert "needs Node 20 or newer" in done.stderr
    assert "https://nodejs.org" in done.stderr


def test_an_installed_wheel_serves_every_file_of_the_screens(
    checkout: Path, tmp_path: Path
) -> None:
    assert (ROOT / BUILT / "index.html").is_file(), "the screens are not built: run `make ui`"
    shutil.copytree(ROOT / BUILT, checkout / BUILT)
    # The archive of the source first, then the wheel from that alone.
    done = build(checkout)
    assert done.returncode == 0, done.stderr
    (wheel,) = (checkout / "out").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if name.startswith("sightline/ui/")}
        files = {name: archive.read(name) for name in inside}
    assert not [name for name in archive.namelist() if "node_modules" in name]

    env = tmp_path / "env"
    uv = find_uv()
    for command in (
        ["venv", "--quiet", "--python", sys.executable, str(env)],
        ["pip", "install", "--quiet", "--python", str(env / "bin" / "python"), str(wheel)],
    ):
        subprocess.run([*uv, *command], check=True, cwd=tmp_path)
    with LiveServer(
        tmp_path / "data",
        python=str(env / "bin" / "python"),
        env={"PATH": str(env / "bin"), "PYTHONPATH": ""},
        # What it has without extras.
        stores={},
    ) as server:
        index = server.get("/").body
        assert index == files["sightline/ui/index.html"]
        assert b'id="root"' in index
        named: set[str] = set()
        for name, data in files.items():
            if not name.endswith((".br", ".gz")):
                assert server.get(name.removeprefix("sightline/ui")).body == data, name
            if name.endswith((".js", ".css", ".html")):
                named |= set(_NAMED.findall(data.decode()))
        assert len(named) > 3
        assert {f"sightline/ui/assets/{name}" for name in named} <= inside
