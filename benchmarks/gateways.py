"""The gateways that `benchmarks.gateway` compares, each a process of its own on a free port."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.common import ROOT, cpu_s, rss_mb
from tests.live import LiveServer, free_port

MODEL = "fast"
_KEY = "sk-benchmark-0123456789abcdef"
PORTKEY = ROOT / ".envs" / "portkey"
PORTKEY_PACKAGE = {
    "private": True,
    "dependencies": {"@portkey-ai/gateway": "1.15.2"},
    # With the newer server adapter, which is what comes, every one of its streams fails.
    "overrides": {"@hono/node-server": "1.13.8"},
}


class Gateway(NamedTuple):
    """Where to send calls, and which processes serve them."""

    name: str
    port: int
    path: str
    model: str
    headers: Mapping[str, str]
    pid: int

    def cpu_s(self) -> float:
        """Return the processor seconds of the process and of those it started."""
        return sum(cpu_s(pid) for pid in _family(self.pid))

    def rss_mb(self) -> float:
        return sum(rss_mb(pid) for pid in _family(self.pid))


@contextmanager
def upstream() -> Iterator[Gateway]:
    """Serve the fast upstream; calling it is what "direct" means."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.fast_upstream", str(port)]
    with _process(command, port) as pid:
        yield Gateway("direct", port, "/v1/chat/completions", MODEL, {}, pid)


@contextmanager
def sightline(folder: Path, upstream_port: int) -> Iterator[Gateway]:
    """Serve Sightline with tracing on and one destination, to which every call is sent."""
    config = folder / "sightline.yaml"
    config.write_text(_config(upstream_port))
    live = LiveServer(
        folder / "data",
        env={
            "SIGHTLINE_GATEWAY__CONFIG": str(config),
            "SIGHTLINE_GATEWAY__ALLOW_PRIVATE_ADDRESSES": "true",
        },
    )
    live.start()
    try:
        destination = {
            "type": "webhook",
            "name": "benchmark",
            "config": {"url": f"http://127.0.0.1:{upstream_port}/hook"},
        }
        made = live.post("/api/v1/observability/destinations", destination)
        if made.status != 201:
            print(f"  without a destination: {made.status} {made.body[:200]!r}")
        yield Gateway("Sightline", live.port, "/v1/chat/completions", MODEL, {}, live.pid)
    finally:
        live.stop(120)


@contextmanager
def litellm(folder: Path, upstream_port: int) -> Iterator[Gateway]:
    """Serve LiteLLM's proxy, one worker, without any logging."""
    config = folder / "litellm.yaml"
    # It does not start without a key of its own.
    config.write_text(_config(upstream_port, master_key=_KEY))
    port = free_port()
    command = [str(ROOT / ".envs/litellm/bin/litellm"), "--config", str(config)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--num_workers", "1"]
    env = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"}
    with _process(command, port, env=env, cwd=folder, path="/health/liveliness") as pid:
        headers = {"Authorization": f"Bearer {_KEY}"}
        yield Gateway("LiteLLM proxy", port, "/v1/chat/completions", MODEL, headers, pid)


@contextmanager
def portkey(folder: Path, upstream_port: int) -> Iterator[Gateway]:
    """Serve Portkey's gateway, fetched with npm on first use."""
    start = PORTKEY / "node_modules/@portkey-ai/gateway/build/start-server.js"
    if not start.exists():
        PORTKEY.mkdir(parents=True, exist_ok=True)
        (PORTKEY / "package.json").write_text(json.dumps(PORTKEY_PACKAGE))
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=PORTKEY, check=True, stdout=subprocess.DEVNULL)
    port = free_port()
    headers = {
        "x-portkey-provider": "openai",
        "x-portkey-custom-host": f"http://127.0.0.1:{upstream_port}/v1",
        "Authorization": "Bearer sk-none",
    }
    env = {"TRUSTED_CUSTOM_HOSTS": "127.0.0.1,localhost", "NODE_ENV": "production"}
    command = ["node", str(start), f"--port={port}", "--headless"]
    with _process(command, port, env=env, cwd=folder) as pid:
        yield Gateway("Portkey", port, "/v1/chat/completions", MODEL, headers, pid)


def _config(upstream_port: int, master_key: str | None = None) -> str:
    """Return one model in LiteLLM's shape. JSON is YAML too."""
    params = {
        "model": "openai/gpt-4o-mini",
        "api_base": f"http://127.0.0.1:{upstream_port}/v1",
        "api_key": "sk-none",
    }
    value: dict[str, object] = {"model_list": [{"model_name": MODEL, "litellm_params": params}]}
    if master_key is not None:
        value["general_settings"] = {"master_key": master_key}
    return json.dumps(value)


@contextmanager
def _process(
    command: Sequence[str],
    port: int,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    path: str = "/",
) -> Iterator[int]:
    log = Path(cwd, f"server-{port}.log") if cwd != ROOT else Path(os.devnull)
    with log.open("ab") as out:
        process = subprocess.Popen(
            command,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        _wait(process, port, path, log)
        yield process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def _wait(process: subprocess.Popen[bytes], port: int, path: str, log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if process.poll() is not None:
            text = log.read_text(errors="replace")[-2000:] if log.is_file() else ""
            raise SystemExit(f"{process.args!r} ended at start\n{text}")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            connection.getresponse().read()
            return
        except TimeoutError:
            # The fast upstream answers nothing but calls: it listens.
            return
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
        finally:
            connection.close()
    raise SystemExit(f"nobody listens on port {port}")


def _family(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += [int(child) for child in task.read_text().split()]
    return found
