"""A real Sightline in a process of its own, for tests that talk to it from outside."""

import contextlib
import gzip
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from tests.fakes.round_robin import RoundRobin

ROOT = Path(__file__).resolve().parent.parent
ENVS = ROOT / ".envs"

# What a client must not do in a test: report home, or fetch price lists.
QUIET_CLIENT = {
    "OPIK_ANALYTICS_ENABLE": "false",
    "OPIK_SENTRY_ENABLE": "false",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
}


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def lines(self) -> list[Any]:
        """The values of an answer in JSON lines."""
        return [json.loads(line) for line in self.body.splitlines() if line.strip()]


class LiveServer:
    """`python -m sightline serve` on a free port of 127.0.0.1 and a data folder that outlives it.

        with LiveServer(tmp_path / "data", env={"SIGHTLINE_LOG__LEVEL": "debug"}) as server:
            server.request("GET", "/health")

    `start` after `stop` or `kill` serves the same folder again, on the same port.

    With `processes` there are so many over one set of stores, with a proxy before them that gives
    each request to the next: `port` is the proxy's then, and `data`, `log` and `pid` are those of
    the first; the rest are in `others`. TEST_STORES=three makes every server so.
    """

    def __init__(
        self,
        data: Path,
        *,
        env: Mapping[str, str] | None = None,
        port: int | None = None,
        host: str = "127.0.0.1",
        python: str = sys.executable,
        processes: int | None = None,
        stores: Mapping[str, str] | None = None,
    ) -> None:
        self.data = data
        self.python = python
        stores = _stores_beside(data) if stores is None else stores
        self.extra_env = {**stores, **(env or {})}
        self.host = host
        self.port = port or free_port()
        self.own_port = self.port
        self.log = data.parent / f"{data.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.others: list[LiveServer] = []
        self.proxy: RoundRobin | None = None
        in_mode = 3 if os.environ.get("TEST_STORES") == "three" else 1
        count = processes or in_mode
        if count > 1:
            self.own_port = free_port()
            self.others = [
                LiveServer(
                    data.with_name(f"{data.name}.{number}"),
                    host=host,
                    python=python,
                    processes=1,
                    stores={},
                )
                for number in range(2, count + 1)
            ]

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def api(self) -> str:
        """What an Opik client takes as `url_override`."""
        return f"{self.url}/api/"

    @property
    def env(self) -> dict[str, str]:
        """The environment of the server: ours, without settings that a developer may have set."""
        kept = {
            k: v
            for k, v in os.environ.items()
            # Without compiled modules a start takes three times as long.
            if not k.startswith("SIGHTLINE_") and k != "PYTHONDONTWRITEBYTECODE"
        }
        return {**kept, **self.extra_env}

    @contextlib.contextmanager
    def as_operator(self) -> Iterator[None]:
        """Give this process the server's settings, so that a verb run in it finds the stores."""
        settings = {k: v for k, v in self.extra_env.items() if k.startswith("SIGHTLINE_")}
        before = {name: os.environ.get(name) for name in settings}
        os.environ.update(settings)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value

    @property
    def client_env(self) -> dict[str, str]:
        """An environment for Opik's and LiteLLM's clients that makes them talk to this server."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("OPIK_", "COMET_"))}
        return {**kept, **QUIET_CLIENT, "OPIK_URL_OVERRIDE": self.api}

    @property
    def pid(self) -> int:
        assert self.process is not None, "the server does not run"
        return self.process.pid

    def start(self, timeout_s: float = 60) -> float:
        """Start and wait for `/health`; return the seconds that took."""
        begun = time.monotonic()
        self._start(timeout_s)
        if self.others:
            try:
                # The first has made the tables.
                with ThreadPoolExecutor() as pool:
                    list(pool.map(self._start_other, self.others))
            except BaseException:
                self.kill()
                raise
            ports = [self.own_port, *(other.own_port for other in self.others)]
            self.proxy = RoundRobin(ports, host=self.host, port=self.port)
            self.proxy.start()
        return time.monotonic() - begun

    def _start_other(self, other: "LiveServer") -> None:
        other.extra_env = dict(self.extra_env)
        other.start()

    def _start(self, timeout_s: float) -> None:
        begun = time.monotonic()
        self.data.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            # In the folder above the data, where no `sightline.toml` lies.
            self.process = subprocess.Popen(
                [self.python, "-m", "sightline", *self.arguments()],
                cwd=self.data.parent,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        while time.monotonic() - begun < timeout_s:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended at start:\n{self.log_text()[-4000:]}")
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.request("GET", "/health", timeout_s=5, port=self.own_port).status == 200:
                    return
            time.sleep(0.01)
        self.kill()
        raise AssertionError(f"no /health within {timeout_s} s:\n{self.log_text()[-4000:]}")

    def arguments(self) -> list[str]:
        where = ["--host", self.host, "--port", str(self.own_port), "--data", str(self.data)]
        return ["serve", *where]

    def stop(self, timeout_s: float = 30, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end as an operator would; return its exit code."""
        return self._end(how, timeout_s)

    def kill(self) -> None:
        """End it as a power cut would, as far as a process can tell."""
        self._end(signal.SIGKILL, 30)

    def _end(self, how: signal.Signals, timeout_s: float) -> int:
        with ThreadPoolExecutor(max(1, len(self.others))) as pool:
            ended = [pool.submit(other._end, how, timeout_s) for other in self.others]
            code = self._end_own(how, timeout_s)
            codes = [code, *(one.result() for one in ended)]
        if self.proxy is not None:
            self.proxy.stop()
            self.proxy = None
        return next((code for code in codes if code), 0)

    def _end_own(self, how: signal.Signals, timeout_s: float) -> int:
        process, self.process = self.process, None
        if process is None:
            return 0
        if process.poll() is None:
            process.send_signal(how)
        try:
            return process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
            raise AssertionError(
                f"the server did not end within {timeout_s} s:\n{self.log_text()[-4000:]}"
            ) from None

    def log_text(self) -> str:
        logs = [self.log, *(other.log for other in self.others)]
        return "".join(log.read_text(errors="replace") for log in logs if log.exists())

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 60,
        port: int | None = None,
    ) -> Answer:
        """Send one request on a connection of its own; a body that is not bytes goes as JSON."""
        sent = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection(self.host, port or self.port, timeout=timeout_s)
        try:
            # A server may refuse a large body before it has read all of it; the answer is there.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, path, body, sent)
            answer = connection.getresponse()
            found = {k.lower(): v for k, v in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def post(self, path: str, body: Any, **kwargs: Any) -> Answer:
        return self.request("POST", path, body, **kwargs)

    def get(self, path: str, **kwargs: Any) -> Answer:
        return self.request("GET", path, **kwargs)

    def __enter__(self) -> "LiveServer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.stop()


def _stores_beside(data: Path) -> dict[str, str]:
    """Return settings that put a server's stores outside, where TEST_STORES says so."""
    if not os.environ.get("TEST_STORES"):
        return {}
    from tests import outside

    return outside.stores_for(data)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def limited(folder: Path, limit: str) -> str:
    """Return a Python that runs under a limit of the system's, as a shell's `ulimit` sets it."""
    path = folder / "python"
    path.write_text(f'#!/bin/sh\nulimit {limit}\nexec {sys.executable} "$@"\n')
    path.chmod(0o755)
    return str(path)


def client_python(name: str) -> Path:
    """Return the Python of a real client's environment (`opik`, `litellm`, `moto`, `otel`, …).

    `make test` makes them; see tools/client_envs.py.
    """
    python = ENVS / name / "bin" / "python"
    assert python.exists(), f"no environment `{name}`: run `python tools/client_envs.py {name}`"
    return python


def run_client(
    name: str,
    script: str | Path,
    *args: str,
    env: Mapping[str, str] | None = None,
    timeout_s: float = 120,
) -> str:
    """Run Python code, or a file of it, in a client's environment; return what it printed.

    Raises `AssertionError` with everything it said when it does not end with 0.
    """
    code = ["-c", script] if isinstance(script, str) else [str(script)]
    done = subprocess.run(
        [str(client_python(name)), *code, *args],
        env={**os.environ, **QUIET_CLIENT, **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def gzipped(value: Any) -> bytes:
    """Return the value as gzipped JSON, as the Opik client sends it."""
    return gzip.compress(json.dumps(value).encode(), 6)


@contextlib.contextmanager
def live(data: Path, **kwargs: Any) -> Iterator[LiveServer]:
    """Serve within a block, whatever way the block ends."""
    server = LiveServer(data, **kwargs)
    try:
        server.start()
        yield server
    finally:
        server.kill()
