"""What is lost when the process is killed again and again, or halted, while eight clients write.

    python -m benchmarks.soak [--kills 100] [--stop 30] [--clients 8] [--cycle-ms 3000] [--seed 1]

Clients write through REST, OTLP and the gateway at once (`tests/crash/traffic.py`). Each cycle ends
with SIGKILL at a random moment; `--stop` then halts the process for so many seconds (SIGSTOP), with
a bulk job under way. In the end all that was acknowledged is compared with what is stored.
"""

import json
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.common import Row, arguments, folder_bytes, peak_mb, percentile, report
from tests.crash.traffic import Traffic, new_id
from tests.live import LiveServer

_STARTS_WITHIN_S = 120
_CHECK_EVERY = 25
_JOB_TRACES = 20_000
_CLIENT_TIMEOUT_S = 5


def kill_again_and_again(
    server: LiveServer, traffic: Traffic, kills: int, cycle_s: float, rng: random.Random
) -> list[Row]:
    """Kill the server at random moments of its life; return how starts and checks went."""
    starts: list[float] = []
    for n in range(1, kills + 1):
        traffic.wait_for_more(1, _STARTS_WITHIN_S)
        # From the first writes after the start to a while of load and merges.
        time.sleep(cycle_s * rng.random() ** 2)
        server.kill()
        starts.append(server.start(_STARTS_WITHIN_S))
        print(f"  kill {n}: start {starts[-1]:.2f} s", file=sys.stderr, flush=True)
        if n % _CHECK_EVERY == 0:
            _say(f"after {n} kills", traffic)
    traffic.wait_for_more(1, _STARTS_WITHIN_S)
    return [
        Row(
            "start after a kill",
            f"{percentile(starts, 0.5):.2f} / {percentile(starts, 0.95):.2f} / "
            f"{max(starts):.2f} s (p50 / p95 / longest)",
            f"{kills} kills, clients knocking all the while",
        )
    ]


def halt(server: LiveServer, traffic: Traffic, seconds: int) -> list[Row]:
    """Halt the process with a bulk job under way; return what became of it."""
    job = _bulk_job(server)
    os.kill(server.pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(server.pid, signal.SIGCONT)
    begun = time.monotonic()
    traffic.wait_for_more(100, _STARTS_WITHIN_S)
    again_s = time.monotonic() - begun
    while (found := server.get(job).json)["state"] in {"waiting", "running"}:
        assert time.monotonic() - begun < _STARTS_WITHIN_S, found
        time.sleep(0.1)
    _say("after the halt", traffic)
    return [
        Row("writes through every face after the halt", f"{again_s:.2f} s", f"halted {seconds} s"),
        Row(
            "bulk job that was halted",
            f"{found['state']}, {found['done']:,} of {found['total']:,} traces tagged",
        ),
    ]


def _bulk_job(server: LiveServer) -> str:
    """Begin to tag many traces; return the path of the job once it runs."""
    rng = random.Random(7)
    for _ in range(_JOB_TRACES // 1000):
        traces = [
            {
                "id": new_id(rng),
                "project_name": "halted",
                "name": "t",
                "start_time": "2026-11-22T03:46:12Z",
            }
            for _ in range(1000)
        ]
        _good(server.post("/api/v1/private/traces/batch", {"traces": traces}))
    found = _good(server.get("/api/v1/private/projects?name=halted")).json["content"]
    asked = {"entity": "trace", "action": "add_tags", "tags": ["halted"], "slice": {}}
    answer = _good(server.post(f"/api/console/projects/{found[0]['id']}/bulk", asked))
    path: str = answer.headers["location"]
    until = time.monotonic() + 60
    while (now := server.get(path).json)["state"] == "waiting":
        assert time.monotonic() < until, now
    return path


def _good(answer: Any) -> Any:
    if answer.status >= 300:
        raise SystemExit(f"{answer.status}: {answer.body[:500]!r}")
    return answer


def _say(when: str, traffic: Traffic) -> None:
    # While clients write on: what is acknowledged by now must be there.
    result = traffic.compare(since=traffic.snapshot())
    print(f"  {when}: {result}", file=sys.stderr, flush=True)
    for fault in result.faults:
        print(f"    {fault}", file=sys.stderr, flush=True)


def main() -> None:
    args = arguments(__doc__ or "", kills=100, stop=30, clients=8, cycle_ms=3000, seed=1)
    rng = random.Random(args.seed)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="sightline-bench-") as folder:
        server = LiveServer(Path(folder) / "data")
        server.start(_STARTS_WITHIN_S)
        begun = time.monotonic()
        try:
            with Traffic(
                server.url,
                clients=args.clients,
                files=True,
                timeout_s=_CLIENT_TIMEOUT_S if args.stop else 30,
                seed=args.seed,
            ) as traffic:
                rows += kill_again_and_again(server, traffic, args.kills, args.cycle_ms / 1000, rng)
                if args.stop:
                    rows += halt(server, traffic, args.stop)
            seconds = time.monotonic() - begun
            result = traffic.compare()
            for fault in result.faults:
                print(f"  {fault}")
            rows[:0] = [
                Row(
                    "acknowledged",
                    f"{result.expected.total():,}, in {seconds:,.0f} s",
                    json.dumps(dict(result.expected)),
                ),
                Row("found, once and whole", f"{result.found.total():,}"),
                Row(
                    "lost / doubled / changed / never sent",
                    " / ".join(
                        str(count.total())
                        for count in (result.lost, result.doubled, result.changed, result.strange)
                    ),
                ),
                Row(
                    "answers",
                    ", ".join(f"{n:,} x {s}" for s, n in sorted(traffic.statuses.items())),
                    f"{sum(traffic.broken.values()):,} requests had none",
                ),
            ]
            rows.append(Row("memory at most, last process", f"{peak_mb(server.pid):,.0f} MB"))
            code = server.stop(120)
            rows.append(
                Row("data folder", f"{folder_bytes(server.data) / 1e6:,.0f} MB", f"ended {code}")
            )
        finally:
            server.kill()
    report("soak", rows)


if __name__ == "__main__":
    main()
