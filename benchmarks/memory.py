"""How much memory the server holds: idle, and after many spans."""

import time

from benchmarks import load
from benchmarks.common import Row, arguments, peak_mb, report, rss_mb, server, settle
from benchmarks.ingest import rest_requests

# A load generator prepares its requests before it sends: this many at a time fit in its memory.
_AT_ONCE = 100_000


def main() -> None:
    args = arguments(__doc__ or "", spans=200_000)
    with server() as live:
        time.sleep(5)
        idle = rss_mb(live.pid)
        for first in range(0, args.spans, _AT_ONCE):
            count = min(_AT_ONCE, args.spans - first)
            load.run(live.port, rest_requests, (count, 100, False)).only(204)
        busy = rss_mb(live.pid)
        settle(live.data, live.pid)
        after, peak = rss_mb(live.pid), peak_mb(live.pid)
    report(
        "memory",
        [
            Row("idle", f"{idle:,.0f} MB", "resident, 5 s after the start, empty store"),
            Row(f"at the end of {args.spans:,} spans", f"{busy:,.0f} MB", "8 connections"),
            Row("after merges have ended", f"{after:,.0f} MB"),
            Row("most ever", f"{peak:,.0f} MB"),
        ],
    )


if __name__ == "__main__":
    main()
