"""Runs every benchmark, one after another, and leaves the figures in RESULTS.md."""

import subprocess
import sys
import time

from benchmarks.common import RESULTS, ROOT

# Name and arguments; together about a quarter of an hour on two cores.
RUNS = (
    ("cold_start", []),
    ("memory", ["--spans", "200000"]),
    ("disk", ["--spans", "100000"]),
    ("ingest", ["--spans", "60000"]),
    ("query", ["--spans", "1000000"]),
    ("browser", ["--spans", "10000000"]),
)


def main() -> int:
    failed = []
    for name, arguments in RUNS:
        begun = time.monotonic()
        command = [sys.executable, "-m", f"benchmarks.{name}", *arguments]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            failed.append(name)
        print(f"  ({name}: {time.monotonic() - begun:.0f} s)", flush=True)
    print(f"\nFigures are in {RESULTS.relative_to(ROOT)}")
    if failed:
        print(f"not measured: {', '.join(failed)}")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
