"""Which damaged parts hold nothing that is not elsewhere, told from the names of a table's files.

When the engine opens a table and finds a merged part damaged, it lays that one aside and takes what
it was merged from, as far as that is still there. Whether it is all there only the files say, as
they lie before the table is opened: soon after, sources are merged anew, and the new part's name
covers also what was missing between them.

A part's name has the first and the last number of the inserts in it. Numbers come from one counter
a table, which changes of rows (`mutation_7.txt`) take from, too: such a number never had rows.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

_NAME = re.compile(r"([^_]+)_(\d+)_(\d+)_(\d+)(?:_(\d+))?")
_ASIDE = re.compile(rf"(?P<why>[a-z-]+)_(?P<part>{_NAME.pattern})(?:_try\d+)?")
_MUTATION = re.compile(r"mutation_(\d+)\.txt")
_AT_START = "broken-on-start"


class PartName(NamedTuple):
    """A part's name, taken apart."""

    partition: str
    first: int
    last: int
    level: int
    mutation: int

    @classmethod
    def read(cls, text: str) -> "PartName | None":
        """Return None for what is no part's name."""
        found = _NAME.fullmatch(text)
        return None if found is None else cls(found[1], *(int(n or 0) for n in found.groups()[1:]))

    def may_come_from(self, other: "PartName") -> bool:
        """Say whether the engine would take `other` when it cannot take this one."""
        return (
            self != other
            and self.partition == other.partition
            and self.first <= other.first
            and other.last <= self.last
            and self.mutation >= other.mutation
            and (self.level > other.level or self[:4] == other[:4])
        )


class Listing(NamedTuple):
    """What lies in a table's folder: parts, names of what is aside, numbers without rows."""

    parts: frozenset[PartName]
    aside: frozenset[str]
    rowless: frozenset[int]


def listing(folder: Path) -> Listing:
    """Return what lies in a table's folder now. Raises `OSError`."""
    names = [entry.name for entry in folder.iterdir()]
    parts = frozenset(part for name in names if (part := PartName.read(name)) is not None)
    changes = (int(found[1]) for name in names if (found := _MUTATION.fullmatch(name)))
    aside = folder / "detached"
    return Listing(
        parts,
        frozenset(entry.name for entry in aside.iterdir()) if aside.is_dir() else frozenset(),
        frozenset((*changes, *(part.mutation for part in parts))),
    )


def listings(store: Path) -> dict[str, Listing]:
    """Return what lies in the folder of each table of an embedded store."""
    return {folder.name: listing(folder) for folder in store.glob("data/default/*/")}


def replaced(before: Listing, after: Listing) -> list[str]:
    """Return what the engine laid aside between two looks and can be deleted: damaged parts of
    which each row is in sound parts that were there before and still are: in what they were merged
    from, or in one that they were merged into themselves."""
    new = [found for name in after.aside - before.aside if (found := _ASIDE.fullmatch(name))]
    damaged = {PartName.read(found["part"]) for found in new}
    sound = (before.parts & after.parts) - damaged
    return sorted(
        found[0]
        for found in new
        if found["why"] == _AT_START
        and (part := PartName.read(found["part"])) is not None
        and (
            any(other.may_come_from(part) for other in sound)
            or _is_covered(part, filter(part.may_come_from, sound), before.rowless)
        )
    )


def replaced_by_table(
    before: Mapping[str, Listing], after: Mapping[str, Listing]
) -> Iterable[tuple[str, str]]:
    """Yield the table and the name of each such part."""
    for table, now in after.items():
        if table in before:
            for name in replaced(before[table], now):
                yield table, name


def unfinished(broken: Iterable[str], after: Listing) -> list[str]:
    """Return what of parts that were found not whole was laid aside and is of an insert alone."""
    inserts = {
        part
        for name in broken
        if (part := PartName.read(name)) is not None and not part.level and not part.mutation
    }
    asides = (found for name in after.aside if (found := _ASIDE.fullmatch(name)))
    return sorted(
        found[0]
        for found in asides
        if found["why"] == _AT_START and PartName.read(found["part"]) in inserts
    )


def drop(table: str, name: str) -> str:
    """Return the statement that deletes what was laid aside."""
    return f"ALTER TABLE `{table}` DROP DETACHED PART '{name}' SETTINGS allow_drop_detached = 1"


def _is_covered(part: PartName, by: Iterable[PartName], rowless: frozenset[int]) -> bool:
    """Say whether each number of a part is in another, or never had rows."""
    at = part.first
    for source in sorted(by):
        if not rowless.issuperset(range(at, source.first)):
            return False
        at = max(at, source.last + 1)
    return rowless.issuperset(range(at, part.last + 1))
