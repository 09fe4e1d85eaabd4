"""SIGKILL while calls go through: whatever a caller got is a trace after the next start."""

import asyncio
import json
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

from sightline.core.clock import SystemClock
from sightline.domain.generation import span_id_of
from sightline.services.gateway.recorder import Recorder
from sightline.stores.spool.spool import Spool, SpoolOptions
from tests.fakes.gateway import MemoryCallers, MemoryStore
from tests.fakes.upstream import Upstream

# A gateway whose stores are down, so that nothing leaves its spool.
_SERVER = """
import asyncio, sys
from pathlib import Path
from sightline.core.errors import StoreUnavailableError
from tests.fakes.gateway import MemoryStore, endpoint, gateway, model

async def main():
    store = MemoryStore()
    store.failing = StoreUnavailableError("down")
    models = [model("m", endpoint(sys.argv[2], "up"))]
    async with gateway(Path(sys.argv[1]), models, store=store) as it:
        print(it.port, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def test_what_a_caller_got_is_kept_by_the_next_process(tmp_path: Path) -> None:
    got: list[str] = []
    with Upstream() as upstream:
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVER, str(tmp_path), upstream.base_url],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).resolve().parents[2],
        )
        assert process.stdout is not None
        port = int(process.stdout.readline())
        enough = threading.Event()
        callers = [threading.Thread(target=_call, args=(port, got, enough)) for _ in range(4)]
        for caller in callers:
            caller.start()
        assert enough.wait(30)
        process.kill()
        process.wait(10)
        process.stdout.close()
        for caller in callers:
            caller.join(30)
    assert len(got) >= 40
    store = asyncio.run(_replayed(tmp_path))
    spans = {span_id_of(id) for id in got}
    assert spans <= set(store.spans)
    assert {g.id for g in store.generations} >= set(got)
    # Read a second time there is nothing left.
    assert asyncio.run(_replayed(tmp_path)).spans == {}


def _call(port: int, got: list[str], enough: threading.Event) -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
    while True:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/v1/chat/completions", json.dumps(body).encode()
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                got.append(json.loads(answer.read())["id"])
        except (OSError, ValueError):
            return
        if len(got) >= 40:
            enough.set()


async def _replayed(folder: Path) -> MemoryStore:
    store = MemoryStore()
    spool = Spool(folder / "spool", SystemClock(), SpoolOptions())
    recorder = Recorder(spool, store, store, MemoryCallers(), store, 0.01)
    recorder.start()
    async with asyncio.timeout(20):
        await recorder.drained()
    await recorder.stop()
    return store
