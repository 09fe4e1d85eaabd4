"""How long an embedded installation takes to move into ClickHouse, Postgres and S3.

    python -m benchmarks.moving --data FOLDER [--shards 2]

FOLDER is a data folder that nobody serves; it stays as it is. The new stores are stand-ins on this
machine (ClickHouse's is the embedded engine behind HTTP), so they take their part of the processor.
"""

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.common import Row, report
from tests import outside

_STATE = "migrate-store.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--shards", type=int, default=0)
    args = parser.parse_args()
    clickhouse = outside.clickhouse(args.shards)
    env = {k: v for k, v in os.environ.items() if not k.startswith("SIGHTLINE_")} | {
        "SIGHTLINE_ANALYTICS__DSN": clickhouse.database(),
        "SIGHTLINE_ANALYTICS__CLUSTER": clickhouse.cluster,
        "SIGHTLINE_CATALOG__URL": outside.postgres().take_empty(),
        "SIGHTLINE_BLOBS__URL": outside.s3().bucket(),
    }
    state = args.data / _STATE
    state.unlink(missing_ok=True)
    command = [sys.executable, "-m", "sightline", "migrate-store", "--data", str(args.data)]
    begun, copied_s = time.monotonic(), 0.0
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            if not copied_s and _is_copied(state):
                copied_s = time.monotonic() - begun
            time.sleep(0.1)
        said = process.stdout.read() if process.stdout else ""
    whole_s = time.monotonic() - begun
    print(said)
    if process.returncode:
        raise SystemExit(process.returncode)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    rows, size = _totals(said)
    state.unlink()
    kept = f"{args.shards} shards" if args.shards else "one node"
    report(
        f"moving, {rows:,} rows",
        [
            Row("tables, copied", _rates(rows, size, copied_s), f"{copied_s:,.0f} s, to {kept}"),
            Row("all, copied and compared", _rates(rows, size, whole_s), f"{whole_s:,.0f} s"),
            Row("processor", f"{used.ru_utime + used.ru_stime:,.0f} s", "without the new stores"),
            Row("most memory", f"{used.ru_maxrss * 1024 / 1e6:,.0f} MB", "the engine included"),
        ],
    )


def _is_copied(state: Path) -> bool:
    try:
        tables = json.loads(state.read_bytes()).get("tables", {})
    except FileNotFoundError:
        return False
    return bool(tables) and all(table.get("is_copied") for table in tables.values())


def _totals(said: str) -> tuple[int, float]:
    """Return the rows and megabytes of the tables, as the command's own table has them."""
    found = re.findall(r"^(\w+) +([\d,]+) +([\d,.]+)\s*$", said, re.MULTILINE)
    lines = [(int(n.replace(",", "")), float(mb.replace(",", ""))) for _, n, mb in found]
    return sum(n for n, _ in lines), sum(mb for _, mb in lines)


def _rates(rows: int, size_mb: float, seconds: float) -> str:
    return f"{rows / seconds:,.0f} rows/s, {size_mb / seconds:,.0f} MB/s"


if __name__ == "__main__":
    main()
