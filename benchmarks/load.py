"""The load generator: a process of its own that sends prepared requests on some connections."""

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

LONGEST_S = 300


@dataclass
class Outcome:
    """What came back: answers by status, seconds each took, and from first to last in seconds."""

    statuses: dict[int, int] = field(default_factory=dict)
    latencies_s: list[float] = field(default_factory=list)
    begun: float = 0.0
    ended: float = 0.0
    sent_bytes: int = 0

    @property
    def seconds(self) -> float:
        return self.ended - self.begun

    def only(self, status: int) -> "Outcome":
        """Return itself if every answer had that status."""
        if set(self.statuses) != {status}:
            raise SystemExit(f"answers other than {status}: {self.statuses}")
        return self


def run(
    port: int,
    make: Callable[..., Sequence[bytes]],
    args: tuple[Any, ...],
    *,
    connections: int = 8,
    longest_s: float = LONGEST_S,
) -> Outcome:
    """Make the requests in the other process, then send them all as fast as answers come."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(
        target=_child, args=(theirs, port, make, args, connections, longest_s), daemon=True
    )
    process.start()
    theirs.close()
    try:
        outcome = ours.recv()
    except EOFError:
        raise SystemExit("the load generator ended early") from None
    process.join(10)
    assert isinstance(outcome, Outcome)
    return outcome


def _child(
    pipe: Any,
    port: int,
    make: Callable[..., Sequence[bytes]],
    args: tuple[Any, ...],
    connections: int,
    longest_s: float,
) -> None:
    requests = make(*args)
    try:
        import uvloop

        outcome = uvloop.run(_send_all(port, requests, connections, longest_s))
    except ImportError:
        outcome = asyncio.run(_send_all(port, requests, connections, longest_s))
    pipe.send(outcome)


async def _send_all(
    port: int, requests: Sequence[bytes], connections: int, longest_s: float
) -> Outcome:
    outcome = Outcome()
    left = iter(requests)
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(connections)]
    # The clock of the whole machine, so that the parent may go on with it.
    outcome.begun = time.monotonic()
    until = outcome.begun + longest_s
    await asyncio.gather(*(_send(*pair, left, outcome, until) for pair in opened))
    outcome.ended = time.monotonic()
    for _, writer in opened:
        writer.close()
    return outcome


async def _send(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    left: Any,
    outcome: Outcome,
    until: float,
) -> None:
    for data in left:
        begun = time.monotonic()
        if begun > until:
            return
        writer.write(data)
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        for line in lines:
            if line.startswith(b"content-length:"):
                await reader.readexactly(int(line[15:]))
            elif line.startswith(b"transfer-encoding:"):
                await _chunks(reader)
        outcome.latencies_s.append(time.monotonic() - begun)
        status = int(lines[0].split()[1])
        outcome.statuses[status] = outcome.statuses.get(status, 0) + 1
        outcome.sent_bytes += len(data)


async def _chunks(reader: asyncio.StreamReader) -> None:
    while size := int(await reader.readuntil(b"\r\n"), 16):
        await reader.readexactly(size + 2)
    await reader.readuntil(b"\r\n")
