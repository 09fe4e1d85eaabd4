"""Where the rows of a question may be: ranges of the ids of their traces, by project."""

from collections.abc import Iterable

import msgspec

from sightline.core.ids import Id

Range = tuple[Id, Id, Id]
"""A project, and the first and the last id of traces."""


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


def _after(id: Id) -> Id:
    """Return the next id, the last one itself."""
    return min(int.from_bytes(id, "big") + 1, (1 << 128) - 1).to_bytes(16, "big")
