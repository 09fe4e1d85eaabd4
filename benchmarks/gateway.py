"""Calls through the gateway beside a direct call and two peers: rate, added latency, memory.

    python -m benchmarks.gateway [--requests 5000] [--memory-calls 0] [--peers 1]

The upstream costs next to nothing and streams 20 chunks. The rate is of one core of the server:
what it answered, over the processor seconds it took. A peer that does not start is named.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks import gateways
from benchmarks.calls_load import Outcome
from benchmarks.common import ROOT, Row, arguments, percentile, report
from benchmarks.gateways import Gateway

CONNECTIONS = (1, 16, 64)
_PROMPT = "Tell me, in about twenty words, what the quick brown fox does before breakfast. " * 3

Direct = dict[tuple[bool, int], Outcome]


def send(gateway: Gateway, *, stream: bool, connections: int, requests: int) -> Outcome:
    """Send calls from a process of their own."""
    body = {
        "model": gateway.model,
        "stream": stream,
        "messages": [{"role": "user", "content": _PROMPT}],
    }
    asked = {
        "port": gateway.port,
        "path": gateway.path,
        "body": json.dumps(body, separators=(",", ":")),
        "headers": dict(gateway.headers),
        "connections": connections,
        "requests": requests,
    }
    # Of a pipe that is full a part of what is written to it may be lost.
    with tempfile.TemporaryFile() as told:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.calls_load"],
            input=json.dumps(asked),
            stdout=told,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            check=False,
        )
        if done.returncode:
            raise SystemExit(done.stderr[-2000:])
        told.seek(0)
        outcome = Outcome(**json.load(told))
    if set(outcome.statuses) != {"200"}:
        raise SystemExit(f"{gateway.name}: answers other than 200: {outcome.statuses}")
    return outcome


def measure(gateway: Gateway, requests: int, direct: Direct) -> list[Row]:
    """Return the figures of one gateway; without `direct` they are its own and are kept there."""
    rows = []
    is_direct = gateway.name == "direct"
    for stream in (False, True):
        kind = "streamed" if stream else "at once"
        send(gateway, stream=stream, connections=4, requests=max(requests // 10, 20))
        for connections in CONNECTIONS:
            before = gateway.cpu_s()
            outcome = send(gateway, stream=stream, connections=connections, requests=requests)
            used_s = gateway.cpu_s() - before
            if is_direct:
                direct[stream, connections] = outcome
            rows.append(
                Row(
                    f"{gateway.name}, {kind}, {connections} conn.",
                    _words(outcome, None if is_direct else direct[stream, connections], used_s),
                    f"{requests} calls",
                )
            )
    rows.append(Row(f"{gateway.name}, memory after it", f"{gateway.rss_mb():,.0f} MB"))
    return rows


def _words(outcome: Outcome, direct: Outcome | None, used_s: float) -> str:
    count = len(outcome.latencies_s)
    rate = f"{count / outcome.seconds:,.0f} req/s"
    p50, p99 = (percentile(outcome.latencies_s, share) for share in (0.5, 0.99))
    if direct is None:
        return f"{rate}; {p50 * 1000:.2f} / {p99 * 1000:.2f} ms (p50 / p99)"
    added = [
        (percentile(outcome.latencies_s, share) - percentile(direct.latencies_s, share)) * 1000
        for share in (0.5, 0.99)
    ]
    first = (percentile(outcome.first_s, 0.5) - percentile(direct.first_s, 0.5)) * 1000
    per_core = f"{count / used_s:,.0f} per core" if used_s else "too few to tell"
    return (
        f"{rate}, {per_core}; adds {added[0]:.2f} / {added[1]:.2f} ms (p50 / p99), "
        f"{first:.2f} ms to the first byte"
    )


def memory(gateway: Gateway, calls: int) -> list[Row]:
    """Return whether memory stays flat over many calls."""
    marks = []
    for _ in range(5):
        send(gateway, stream=False, connections=16, requests=calls // 5)
        marks.append(f"{gateway.rss_mb():,.0f}")
    return [Row(f"{gateway.name}, memory over {calls:,} calls", f"{' → '.join(marks)} MB")]


def main() -> None:
    args = arguments(__doc__ or "", requests=5000, memory_calls=0, peers=1)
    peers: list[Callable[[Path, int], AbstractContextManager[Gateway]]] = [
        gateways.litellm,
        gateways.portkey,
    ]
    rows: list[Row] = []
    direct: Direct = {}
    with (
        tempfile.TemporaryDirectory(prefix="sightline-bench-") as folder,
        gateways.upstream() as up,
    ):
        rows += measure(up, args.requests, direct)
        with gateways.sightline(Path(folder), up.port) as ours:
            rows += measure(ours, args.requests, direct)
            if args.memory_calls:
                rows += memory(ours, args.memory_calls)
        for peer in peers if args.peers else ():
            try:
                with peer(Path(folder), up.port) as theirs:
                    # They are an order slower: fewer calls tell as much.
                    rows += measure(theirs, max(args.requests // 5, 100), direct)
            except (SystemExit, OSError, subprocess.CalledProcessError) as error:
                rows.append(Row(peer.__name__, "not measured", str(error).splitlines()[0][:100]))
    report("gateway", rows)


if __name__ == "__main__":
    main()
