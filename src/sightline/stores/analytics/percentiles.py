"""Percentiles that stand still: exact ones, interpolated where there are few values."""

from collections.abc import Sequence

# So many values the engine's own estimate holds in full, and interpolates between.
_FEW = 8_192


def percentiles(column: str, levels: Sequence[float]) -> str:
    """Return the aggregate of a column: an array of one number a level, NaN of no values.

    An estimate of many values differs from one look to the next, and saves nothing.
    """
    of = ", ".join(map(str, levels))
    return (
        f"if(count({column}) <= {_FEW}, quantiles({of})({column}), quantilesExact({of})({column}))"
    )
