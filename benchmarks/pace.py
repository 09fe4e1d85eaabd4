"""A load of a steady pace, from a process of its own: so many spans a second, come what may.

A request is sent when its time has come, whether or not the ones before it were answered, on the
connection that is free; what has to wait for one waits, and that wait is part of its latency.
"""

import asyncio
import contextlib
import multiprocessing
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.ingest import REST
from benchmarks.payloads import SPANS_PER_TRACE, Spans, new_id, now_us, request

BATCH = 100
TRACES = "/api/v1/private/traces/batch"


@dataclass
class Pace:
    """What was sent since the last look; seconds until an answer count from when it was due."""

    latencies_s: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    spans: int = 0
    behind_s: float = 0.0


class Load:
    """A running load; `look` says what came back since the last look, `stop` ends it."""

    def __init__(
        self, port: int, spans_a_second: float, *, project: str, connections: int = 8
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_child, args=(theirs, port, spans_a_second, project, connections), daemon=True
        )
        self._process.start()
        theirs.close()
        self._pipe.recv()  # Its texts are made.

    def look(self) -> Pace:
        self._pipe.send("look")
        found = self._pipe.recv()
        assert isinstance(found, Pace)
        return found

    def stop(self) -> Pace:
        with contextlib.suppress(EOFError, BrokenPipeError):
            self._pipe.send("stop")
            found = self._pipe.recv()
            self._process.join(20)
            assert isinstance(found, Pace)
            return found
        return Pace()


def _child(pipe: Connection, port: int, rate: float, project: str, connections: int) -> None:
    load = _Sending(port, rate, project, connections)
    pipe.send("ready")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(load.run(pipe))


class _Sending:
    def __init__(self, port: int, rate: float, project: str, connections: int) -> None:
        self._port, self._rate, self._connections = port, rate, connections
        self._spans = Spans(project, seed=time.time_ns() % 1000, pool=2000)
        self._due: asyncio.Queue[tuple[float, bytes, int]] = asyncio.Queue()
        self._seen = Pace()

    async def run(self, pipe: Connection) -> None:
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()

        def heard() -> None:
            if not pipe.poll():
                return
            word = pipe.recv()
            found, self._seen = self._seen, Pace()
            pipe.send(found)
            if word == "stop":
                stopped.set()

        loop.add_reader(pipe.fileno(), heard)
        tasks = [asyncio.create_task(self._send()) for _ in range(self._connections)]
        tasks.append(asyncio.create_task(self._make()))
        await stopped.wait()
        loop.remove_reader(pipe.fileno())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _make(self) -> None:
        """Put a batch into the queue when its time has come; every eighth with traces."""
        begun, n = time.monotonic(), 0
        while True:
            due = begun + n * BATCH / self._rate
            wait_s = due - time.monotonic()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            elif n % 20 == 0:
                await asyncio.sleep(0)
            traces, body = self._batch()
            self._due.put_nowait((due, request(REST, body), BATCH))
            if n % SPANS_PER_TRACE == 0:
                self._due.put_nowait((due, request(TRACES, traces), 0))
            n += 1

    def _batch(self) -> tuple[bytes, bytes]:
        us, spans = now_us(), self._spans
        found, parents, trace = [], [""], ""
        traces: list[bytes] = []
        for k in range(BATCH):
            if k % SPANS_PER_TRACE == 0:
                trace, parents = new_id(us + k, spans.rng), [""]
                if len(traces) < BATCH:
                    traces.append(spans.trace(us + k, trace)[1])
            id, data = spans.span(trace, spans.rng.choice(parents) or None, us + k)
            parents.append(id)
            found.append(data)
        return b'{"traces":[%s]}' % b",".join(traces), b'{"spans":[%s]}' % b",".join(found)

    async def _send(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        while True:
            due, data, spans = await self._due.get()
            self._seen.behind_s = max(self._seen.behind_s, time.monotonic() - due)
            writer.write(data)
            await writer.drain()
            status = await _answer(reader)
            self._seen.latencies_s.append(time.monotonic() - due)
            self._seen.statuses[status] = self._seen.statuses.get(status, 0) + 1
            self._seen.spans += spans if status < 300 else 0


async def _answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")
    for line in head:
        if line.startswith(b"content-length:"):
            await reader.readexactly(int(line[15:]))
    return int(head[0].split()[1])


def said(statuses: dict[int, int]) -> str:
    """Return answers other than those that took everything, in words."""
    bad: dict[Any, int] = {k: v for k, v in statuses.items() if k >= 300}
    return ", ".join(f"{v} x {k}" for k, v in sorted(bad.items())) or "none"
