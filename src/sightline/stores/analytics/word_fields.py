"""In which fields the words of a slice stand (ADR 18).

Words lie in the order of the sets of fields in which they stand. The sets are so ordered that those
with the input, and those with the output, are next to each other: to look for a word in such a
field is to look for it in one part of the words.
"""

from collections.abc import Iterable

BITS = {"metadata": 1, "input": 2, "output": 4}
"""Columns whose words are told apart, and the bit of each; other texts have none."""

# A Gray code: from one set to the next a single field comes or goes.
_SETS = (0, 1, 3, 2, 6, 7, 5, 4)


def place_sql(fields: str) -> str:
    """Return where the words of a set of fields, given as bits, lie among the others, from 0."""
    places = [_SETS.index(bits) for bits in range(len(_SETS))]
    return f"{places}[{fields} + 1]"


def ends_sql(sets: str) -> str:
    """Return where each set of words ends, in bytes, in what an empty line and all of them make.

    `sets` is an array of pairs: the place of a set, and its words, each with the end of a line.
    """
    before = f"arraySum(s -> if(s.1 <= p, length(s.2), 0), {sets})"
    return f"arrayMap(p -> toUInt32(1 + {before}), range({len(_SETS)}))"


def parts_sql(columns: Iterable[str]) -> list[str]:
    """Return the parts of a slice's `words` in which those of some of the columns stand, each from
    the end of a line to the end of a line; only where `field_ends` is not empty."""
    bits = sum(BITS[column] for column in set(columns))
    wanted = [n for n, fields in enumerate(_SETS) if fields & bits]
    found: list[list[int]] = []
    for n in wanted:
        if found and found[-1][1] == n - 1:
            found[-1][1] = n
        else:
            found.append([n, n])
    # Those of no field come first, so there is always an end before.
    return [
        f"substring(words, field_ends[{first}], field_ends[{last + 1}] - field_ends[{first}] + 1)"
        for first, last in found
    ]
