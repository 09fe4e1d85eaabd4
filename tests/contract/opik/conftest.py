"""Runs drivers: programs that use the published `opik` package in its own environment."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.live import QUIET_CLIENT, LiveServer, client_python

DRIVERS = Path(__file__).parent / "drivers"


class Client:
    """The client's world: a home of its own, so that nothing of the developer's is read or kept."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.home.mkdir(parents=True, exist_ok=True)
        self.config = home / "opik.config"
        self.config.touch()

    def env(self, url: str | None, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("OPIK_", "COMET_", "SIGHTLINE_", "PYTEST_"))
        }
        return {
            **kept,
            **QUIET_CLIENT,
            "HOME": str(self.home),
            "TMPDIR": str(self.home),
            "OPIK_CONFIG_PATH": str(self.config),
            **({"OPIK_URL_OVERRIDE": url} if url else {}),
            **(extra or {}),
        }

    def start(
        self,
        driver: str,
        url: str,
        *args: str,
        env: Mapping[str, str] | None = None,
    ) -> "subprocess.Popen[str]":
        """Start a driver that talks with the test over its stdin and stdout."""
        return subprocess.Popen(
            [str(client_python("opik")), str(DRIVERS / f"{driver}.py"), self.transcript, *args],
            env=self.env(url, env),
            cwd=self.home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(self.home / f"{driver}.stderr").open("w"),
            text=True,
        )

    @property
    def transcript(self) -> str:
        return str(self.home / "transcript.json")

    def read(self) -> dict[str, Any]:
        """Return what the driver wrote down."""
        steps: dict[str, Any] = json.loads(Path(self.transcript).read_text())
        return steps

    def drive(
        self, driver: str, url: str, *args: str, env: Mapping[str, str] | None = None
    ) -> "Steps":
        """Run a driver to its end and return its steps."""
        done = self.script(DRIVERS / f"{driver}.py", url, self.transcript, *args, env=env)
        said = f"{done.stdout}\n{done.stderr}"
        assert done.returncode == 0, f"exit {done.returncode}\n{said}"
        return Steps(self.read(), said)

    def script(
        self, file: Path, url: str, *args: str, env: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run a file of Python in the client's environment."""
        return self._run([str(client_python("opik")), str(file), *args], url, env)

    def cli(
        self, *args: str, url: str | None = None, env: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run the `opik` command; wide, so that its tables do not break words."""
        wide = {"COLUMNS": "200", "TERM": "dumb", **(env or {})}
        return self._run([str(client_python("opik").parent / "opik"), *args], url, wide)

    def _run(
        self, command: list[str], url: str | None, env: Mapping[str, str] | None
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command,
            env=self.env(url, env),
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


class Steps:
    """A driver's transcript, and all it said."""

    def __init__(self, steps: dict[str, Any], said: str) -> None:
        self.steps = steps
        self.said = said

    def __getitem__(self, name: str) -> Any:
        """Return the value of a step that went well."""
        step = self.steps[name]
        assert step["ok"], f"{name}: {step['error']} {step['status']} {step['text']}\n{self.said}"
        return step["value"]

    def error(self, name: str) -> dict[str, Any]:
        """Return the error of a step that failed: `error`, `status`, `body`, `text`."""
        step: dict[str, Any] = self.steps[name]
        assert not step["ok"], f"{name} went well: {step['value']}"
        return step


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    return Client(tmp_path_factory.mktemp("client"))


@pytest.fixture(scope="module")
def drive(client: Client, server: LiveServer) -> Callable[..., Steps]:
    """Run a driver against the shared server: `drive("tracing", "argument", env={…})`."""

    def run(driver: str, *args: str, **kwargs: Any) -> Steps:
        return client.drive(driver, server.api, *args, **kwargs)

    return run


@pytest.fixture(scope="module")
def keyed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator["KeyedServer"]:
    """A server that asks for keys."""
    server = KeyedServer(tmp_path_factory.mktemp("keyed") / "data")
    server.start()
    try:
        yield server
    finally:
        server.kill()


class KeyedServer(LiveServer):
    """A server with keys on, and a way to make keys."""

    def __init__(self, data: Path) -> None:
        super().__init__(data, env={"SIGHTLINE_AUTH__KEYS": "on"})

    def key(self, workspace: str, role: str = "write", name: str = "somebody") -> str:
        """Make a key with the command line, as an operator does."""
        made = subprocess.run(
            [
                *(sys.executable, "-m", "sightline", "keys", "create", "--data", str(self.data)),
                *("--workspace", workspace, "--role", role, "--name", name),
            ],
            env=self.env,
            cwd=self.data.parent,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()
