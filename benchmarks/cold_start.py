"""How long from the start of the process to the first 200 on /health, with an empty store."""

import tempfile
from pathlib import Path

from benchmarks.common import Row, arguments, report
from tests.live import LiveServer


def main() -> None:
    args = arguments(__doc__ or "", runs=7)
    empty: list[float] = []
    again: list[float] = []
    for _ in range(args.runs):
        with tempfile.TemporaryDirectory(prefix="sightline-bench-") as folder:
            live = LiveServer(Path(folder) / "data")
            empty.append(live.start())
            live.stop()
            again.append(live.start())
            live.stop()
    how = f"{args.runs} runs, the program's files in the page cache"
    report(
        "cold start",
        [
            Row("first start, empty store", _words(empty), how),
            Row("start on a store that exists", _words(again), how),
        ],
    )


def _words(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    middle = ordered[len(ordered) // 2]
    return f"{middle:.2f} s median ({ordered[0]:.2f} to {ordered[-1]:.2f})"


if __name__ == "__main__":
    main()
