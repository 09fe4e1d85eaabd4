"""Line charts as SVG, both axes logarithmic; they follow the reader's light or dark scheme."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 860, 420
_LEFT, _TOP, _RIGHT, _BOTTOM = 70, 50, 330, 50
# Told apart by those who do not see all colours, on white and on near black.
_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b58900", "#56b4e9", "#8a7fd0", "#7f7f7f")
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 16px; font-weight: 600; }
  .grid { stroke: #d0d7de; stroke-width: 1; }
  .line { fill: none; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .grid { stroke: #3d444d; }
  }
"""


class Line(NamedTuple):
    """A line of a chart: (x, y), both above zero, in the order of x."""

    name: str
    points: Sequence[tuple[float, float]]


class _Scale(NamedTuple):
    """Maps a value onto pixels, by its logarithm; whole powers of ten at both ends."""

    least: int
    most: int
    start: float
    length: float

    @classmethod
    def of(cls, values: Sequence[float], start: float, length: float) -> "_Scale":
        least = math.floor(math.log10(min(values)) + 1e-9)
        most = max(least + 1, math.ceil(math.log10(max(values)) - 1e-9))
        return cls(least, most, start, length)

    def at(self, value: float) -> float:
        share = (math.log10(value) - self.least) / (self.most - self.least)
        return self.start + share * self.length

    def powers(self) -> Iterator[float]:
        for power in range(self.least, self.most + 1):
            yield 10.0**power


def chart(title: str, x_label: str, y_label: str, lines: Sequence[Line]) -> str:
    """Return the SVG text of a chart; the names of its lines stand at the right."""
    xs = [x for line in lines for x, _ in line.points]
    ys = [max(y, 0.1) for line in lines for _, y in line.points]
    x = _Scale.of(xs, _LEFT, WIDTH - _LEFT - _RIGHT)
    y = _Scale.of(ys, HEIGHT - _BOTTOM, -(HEIGHT - _TOP - _BOTTOM))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{escape(title)}">',
        f"<style>{_STYLE}</style>",
        f'<text class="title" x="{_LEFT}" y="26">{escape(title)}</text>',
        *_grid(x, y),
        f'<text x="{(_LEFT + WIDTH - _RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">'
        f"{escape(x_label)}</text>",
        f'<text x="16" y="{(_TOP + HEIGHT - _BOTTOM) / 2}" text-anchor="middle" '
        f'transform="rotate(-90 16 {(_TOP + HEIGHT - _BOTTOM) / 2})">{escape(y_label)}</text>',
    ]
    for n, line in enumerate(lines):
        parts += _line(line, _COLORS[n % len(_COLORS)], x, y)
    parts += _legend(lines)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _grid(x: _Scale, y: _Scale) -> Iterator[str]:
    right, bottom = WIDTH - _RIGHT, HEIGHT - _BOTTOM
    for value in x.powers():
        at = x.at(value)
        yield f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{_TOP}" y2="{bottom}"/>'
        yield f'<text x="{at:.1f}" y="{bottom + 18}" text-anchor="middle">{_short(value)}</text>'
    for value in y.powers():
        at = y.at(value)
        yield f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{at:.1f}" y2="{at:.1f}"/>'
        yield f'<text x="{_LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{_short(value)}</text>'


def _line(line: Line, color: str, x: _Scale, y: _Scale) -> Iterator[str]:
    places = [(x.at(a), y.at(max(b, 0.1))) for a, b in line.points]
    text = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
    yield f'<polyline class="line" stroke="{color}" points="{text}"/>'
    for (a, b), (_, value) in zip(places, line.points, strict=True):
        said = f"{line.name}: {value:,.1f}"
        yield f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.5" fill="{color}">'
        yield f"<title>{escape(said)}</title></circle>"


def _legend(lines: Sequence[Line]) -> Iterator[str]:
    """Name the lines from the highest end to the lowest, as the eye meets them."""
    left = WIDTH - _RIGHT + 20
    order = sorted(range(len(lines)), key=lambda n: -lines[n].points[-1][1])
    for place, n in enumerate(order):
        at = _TOP + 14 + place * 24
        color = _COLORS[n % len(_COLORS)]
        yield f'<rect x="{left}" y="{at - 9}" width="14" height="4" rx="2" fill="{color}"/>'
        yield f'<text x="{left + 22}" y="{at}">{escape(lines[n].name)}</text>'


def _short(value: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g} {letter}"
    return f"{value:g}"
