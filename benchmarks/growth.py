"""What grows with the store: the same questions at several sizes, drawn and put into words.

    python -m benchmarks.growth

reads `results/many-*.json`, which `benchmarks.many` writes, one file a size, fits each question's
time to a power of the number of spans, and says whether it is flat, logarithmic, in between, or
linear. The fit is of processor time where there is enough of it to measure, since that is the same
on a busy machine, else of the median. Pictures go to `docs/images/growth-*.svg`, the whole table to
`results/growth.md`; into RESULTS.md what is drawn, and what grows most.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from benchmarks.asking import Measured
from benchmarks.common import ROOT, Row, report
from benchmarks.drawing import Line, chart
from benchmarks.many import RESULTS, Run

IMAGES = ROOT / "docs" / "images"
_ENOUGH_CPU_MS = 20
_DEAR_CPU_MS = 500
_MOST_DEAR = 20
# What is drawn: a picture of each, of the questions whose name begins so.
PICTURES: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "pages": (
        "First pages and single traces",
        (
            ("goals", "first page of traces, 14 days"),
            ("goals", "first page of spans, 14 days"),
            ("goals", "first page of threads, 14 days"),
            ("goals", "Opik: first page of traces"),
            ("goals", "one trace by id"),
            ("goals", "tree of a trace, 10 spans"),
            ("large", "tree of a trace, 10,000 spans"),
        ),
    ),
    "figures": (
        "Figures of all that is there",
        (
            ("goals", "statistics of traces, all time"),
            ("goals", "statistics of spans, all time"),
            ("slices", "summary of traces, all time"),
            ("slices", "histogram of traces, all time"),
            ("facets", "facets of traces, all time"),
            ("projects", "projects with figures, 30 days"),
            ("charts", "cost of traces by model"),
        ),
    ),
    "search": (
        "Words and filters",
        (
            ("goals", "a rare word anywhere, spans"),
            ("goals", "a rare word anywhere, traces"),
            ("goals", "a common word, spans"),
            ("filters", "traces, status:error"),
            ("filters", "traces, name:qxzjvwk"),
            ("filters", "spans, name:qxzjvwk"),
        ),
    ),
    "sorts": (
        "Sorted tables and deep pages",
        (
            ("sorts", "traces by -duration"),
            ("sorts", "spans by -duration"),
            ("sorts", "threads by -duration"),
            ("sorts", "traces by -total_estimated_cost"),
            ("deep", "traces from row 49,900"),
            ("deep", "Opik: page 4,000 of traces"),
        ),
    ),
}


class Growth(NamedTuple):
    """A question's times in ms by size, and the power of the size by which they grow."""

    group: str
    what: str
    p50_ms: dict[int, float]
    cpu_ms: dict[int, float]
    power: float
    last_power: float

    @property
    def kind(self) -> str:
        """Say in a word how it grows.

        Logarithmic is what adds about as much for each tenfold: a power that shrinks to little.
        """
        most = max(self.power, self.last_power)
        if most < 0.1:
            return "flat"
        if most < 0.3:
            return "logarithmic"
        return "in between" if most < 0.75 else "linear"


def main() -> None:
    runs = sorted(
        (msgspec.json.decode(path.read_bytes(), type=Run) for path in RESULTS.glob("many-*.json")),
        key=lambda run: run.spans,
    )
    if len(runs) < 2:
        raise SystemExit("Two sizes at least are needed: run benchmarks.many on each")
    sizes = [run.spans for run in runs]
    found = list(growths(runs))
    write_whole(found, sizes)
    below = "\n".join(f"![{title}](../docs/images/{file})" for title, file in draw(found))
    report(
        "growth", rows(found, sizes), f"{below}\n\nEvery question: [growth.md](results/growth.md)."
    )


def draw(found: Sequence[Growth]) -> Iterator[tuple[str, str]]:
    """Draw the pictures that there are figures for; yield title and file name of each."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    by_key = {(growth.group, growth.what): growth for growth in found}
    for name, (title, questions) in PICTURES.items():
        lines = [
            Line(key[1], [(float(size), ms) for size, ms in sorted(by_key[key].p50_ms.items())])
            for key in questions
            if key in by_key
        ]
        if lines:
            file = f"growth-{name}.svg"
            (IMAGES / file).write_text(chart(title, "spans in the store", "median, ms", lines))
            yield title, file


def growths(runs: Sequence[Run]) -> Iterator[Growth]:
    """Yield each question that was answered at two sizes or more."""
    for key in dict.fromkeys(_key(row) for run in runs for row in _rows(run)):
        at = {run.spans: row for run in runs for row in _rows(run) if _key(row) == key}
        at = {size: row for size, row in at.items() if row.times and not row.failed}
        if len(at) < 2:
            continue
        p50 = {size: row.p50_ms for size, row in at.items()}
        cpu = {size: row.cpu_ms for size, row in at.items()}
        # Where little is measured, ticks of 10 ms would be all that is seen.
        basis = cpu if min(cpu.values()) >= _ENOUGH_CPU_MS else p50
        points = sorted(basis.items())
        yield Growth(*key, p50, cpu, fitted(points), fitted(points[-2:]))


def fitted(points: Sequence[tuple[int, float]]) -> float:
    """Return the power of the size by which values grow: 0 flat, 1 linear; by least squares."""
    xs = [math.log(size) for size, _ in points]
    ys = [math.log(max(value, 0.1)) for _, value in points]
    middle, mean = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - middle) ** 2 for x in xs)
    return sum((x - middle) * (y - mean) for x, y in zip(xs, ys, strict=True)) / spread


def rows(found: Sequence[Growth], sizes: Sequence[int]) -> list[Row]:
    """Return the short table: how many grow how, what is drawn, and what is linear and dear."""
    counts = dict.fromkeys(("flat", "logarithmic", "in between", "linear"), 0)
    for growth in found:
        counts[growth.kind] += 1
    table = [
        Row("questions", ", ".join(f"{n} {kind}" for kind, n in counts.items())),
        Row("medians at", " / ".join(f"{size:,}" for size in sizes), "spans; CPU in brackets"),
    ]
    drawn = {key for _, questions in PICTURES.values() for key in questions}
    table += [_row(g, sizes) for g in found if (g.group, g.what) in drawn]
    largest = max(sizes)
    dear = [
        g
        for g in found
        if g.kind == "linear" and g.cpu_ms.get(largest, 0) > _DEAR_CPU_MS
        if (g.group, g.what) not in drawn
    ]
    if dear:
        table.append(Row("**linear, and the most processor time**", ""))
        dear.sort(key=lambda g: -g.cpu_ms[largest])
        table += [_row(g, sizes) for g in dear[:_MOST_DEAR]]
    return table


def write_whole(found: Sequence[Growth], sizes: Sequence[int]) -> None:
    """Write all questions, the steepest of a group first, to `results/growth.md`."""
    lines = [
        "# Growth",
        "",
        f"Medians at {' / '.join(f'{n:,}' for n in sizes)} spans; CPU in brackets.",
    ]
    for group in dict.fromkeys(growth.group for growth in found):
        lines += ["", f"## {group}", "", "| what | figure | how |", "|---|---|---|"]
        mine = [growth for growth in found if growth.group == group]
        for growth in sorted(mine, key=lambda g: -max(g.power, g.last_power)):
            lines.append("| " + " | ".join(_row(growth, sizes)) + " |")
    (RESULTS / "growth.md").write_text("\n".join(lines) + "\n")


def _row(growth: Growth, sizes: Sequence[int]) -> Row:
    figure = " / ".join(_figure(growth, size) for size in sizes)
    how = f"{growth.kind}: power {growth.power:.2f}, {growth.last_power:.2f} at the end"
    return Row(growth.what.replace("|", "/"), figure, how)


def _figure(growth: Growth, size: int) -> str:
    if size not in growth.p50_ms:
        return "—"
    return f"{growth.p50_ms[size]:,.0f} ms ({growth.cpu_ms[size]:,.0f})"


def _rows(run: Run) -> list[Measured]:
    return [row for group in run.groups.values() for row in group.rows]


def _key(row: Measured) -> tuple[str, str]:
    return row.group, row.what


if __name__ == "__main__":
    main()
