"""How many bytes a span takes on disk once merges have ended."""

from benchmarks import load
from benchmarks.common import Row, arguments, folder_bytes, report, server, settle
from benchmarks.ingest import rest_requests


def main() -> None:
    args = arguments(__doc__ or "", spans=100_000)
    with server() as live:
        empty = folder_bytes(live.data)
        outcome = load.run(live.port, rest_requests, (args.spans, 100, False)).only(204)
        settle(live.data, live.pid)
        used = folder_bytes(live.data) - empty
    report(
        "disk",
        [
            Row("sent", f"{outcome.sent_bytes / args.spans:,.0f} B a span", "JSON, not zipped"),
            Row("on disk", f"{used / args.spans:,.0f} B a span", f"{args.spans:,} spans, settled"),
            Row("empty store", f"{empty / 1e6:,.1f} MB"),
        ],
    )


if __name__ == "__main__":
    main()
