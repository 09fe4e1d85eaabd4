"""Where the rows of a question may be: ranges of the ids of their traces, by project."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

from sightline.core.ids import Id

Range = tuple[Id, Id, Id]
"""A project, and the first and the last id of traces."""

Span = tuple[int, int]
"""The first and the last ms of ids of traces, as Unix time."""


class Whereabouts(msgspec.Struct, frozen=True):
    """Where rows may be, in order and apart from each other, in so many pieces of reading (some
    thousands of rows each); `is_few` says that they are best read at once."""

    ranges: tuple[Range, ...]
    pieces: int
    is_few: bool


def merged(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Return ranges in order, those that overlap or follow each other as one."""
    found: list[Range] = []
    for project, first, last in sorted(set(ranges)):
        if found and found[-1][0] == project and first <= _after(found[-1][2]):
            found[-1] = (project, found[-1][1], max(found[-1][2], last))
        else:
            found.append((project, first, last))
    return tuple(found)


def both(one: Whereabouts, other: Whereabouts) -> Whereabouts:
    """Return what is in both."""
    found: list[Range] = []
    a, b = list(one.ranges), list(other.ranges)
    while a and b:
        (project, first, last), (project_b, first_b, last_b) = a[0], b[0]
        if project == project_b and max(first, first_b) <= min(last, last_b):
            found.append((project, max(first, first_b), min(last, last_b)))
        # What ends first can meet nothing more.
        (a if (project, last) < (project_b, last_b) else b).pop(0)
    pieces = min(one.pieces, other.pieces) if found else 0
    return Whereabouts(tuple(found), pieces, one.is_few or other.is_few or not found)


def either(one: Whereabouts, other: Whereabouts) -> Whereabouts:
    """Return what is in one of them."""
    ranges = merged((*one.ranges, *other.ranges))
    return Whereabouts(ranges, one.pieces + other.pieces, one.is_few and other.is_few)


def in_ms(ranges: Iterable[Range]) -> dict[Id, list[Span]]:
    """Return, by project, when the ids of ranges were made: in order, apart from each other."""
    found: dict[Id, list[Span]] = {}
    for project, first, last in sorted(ranges):
        first_ms, last_ms = (int.from_bytes(id[:6], "big") for id in (first, last))
        spans = found.setdefault(project, [])
        if spans and first_ms <= spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], max(spans[-1][1], last_ms))
        else:
            spans.append((first_ms, last_ms))
    return found


def coarser(spans: Sequence[Span], most: int) -> list[Span]:
    """Return at most so many that hold them all, with the widest gaps between them."""
    by_gap = sorted(range(1, len(spans)), key=lambda i: spans[i - 1][1] - spans[i][0])
    cuts = [0, *sorted(by_gap[: most - 1]), len(spans)]
    return [(spans[a][0], spans[b - 1][1]) for a, b in pairwise(cuts)]


def _after(id: Id) -> Id:
    """Return the next id, the last one itself."""
    return min(int.from_bytes(id, "big") + 1, (1 << 128) - 1).to_bytes(16, "big")
