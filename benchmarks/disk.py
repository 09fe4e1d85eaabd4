"""How many bytes a span takes on disk once merges have ended.

Parts that a merge has replaced stay for a while, which would count spans twice. A backup holds
the live parts alone, so its tables are what is measured; the folder is told beside it.
"""

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from benchmarks import load
from benchmarks.common import Row, arguments, folder_bytes, report, server, settle
from benchmarks.ingest import rest_requests
from tests.live import LiveServer


def main() -> None:
    args = arguments((__doc__ or "").splitlines()[0], spans=100_000)
    with server() as live:
        empty = folder_bytes(live.data)
        outcome = load.run(live.port, rest_requests, (args.spans, 100, False)).only(204)
        settle(live.data, live.pid)
        live_parts, folder = live_bytes(live), folder_bytes(live.data) - empty
    report(
        "disk",
        [
            Row("sent", f"{outcome.sent_bytes / args.spans:,.0f} B a span", "JSON, not zipped"),
            Row("live tables", f"{live_parts / args.spans:,.0f} B a span", f"{args.spans:,} spans"),
            Row(
                "the folder just after",
                f"{folder / args.spans:,.0f} B a span",
                "with parts that merges have replaced and that go soon after",
            ),
            Row("empty store", f"{empty / 1e6:,.1f} MB"),
        ],
    )


def live_bytes(live: LiveServer) -> int:
    """Return the bytes of the tables' parts in a backup."""
    with tempfile.TemporaryDirectory(prefix="sightline-bench-") as folder:
        file = Path(folder) / "backup.tar"
        command = [sys.executable, "-m", "sightline", "backup", "--to", str(file)]
        subprocess.run([*command, "--data", str(live.data)], check=True, stdout=subprocess.DEVNULL)
        with tarfile.open(file) as tar:
            return sum(m.size for m in tar if m.name.startswith("analytics/store/"))


if __name__ == "__main__":
    main()
