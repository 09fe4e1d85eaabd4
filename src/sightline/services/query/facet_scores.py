"""Facets of scores: how many rows lie in which range."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from sightline.domain.filter import And, Condition, EntityType, Filter, Operator
from sightline.services.query.facet_parts import Facet, FacetValue, Slice, without
from sightline.services.query.field_names import Named, named
from sightline.stores.analytics import facets as rows
from sightline.stores.analytics import score_facets
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.facets import Search
from sightline.stores.analytics.score_facets import Spread
from sightline.wire.query.writer import write

# What names all scores.
SCORE = "score"
# Of a project with very many scores the commonest are enough to begin with.
_MAX_SCORES = 5
_BUCKETS = 4
_DASH = "\N{EN DASH}"
_STEPS = (1, 2, 2.5, 5, 10)


class Scores(msgspec.Struct, frozen=True):
    """The commonest scores of the rows that meet a filter."""

    filter: Filter
    spreads: list[Spread]


async def commonest_scores(analytics: Analytics, slice_: Slice) -> Scores:
    """Return what a facet of all scores stands for, whatever the query says of any of them."""
    filter = without(slice_.scope.filter, named(slice_.entity, SCORE))
    _, scope = slice_.rows(filter)
    found = await score_facets.spreads(
        analytics, slice_.entity, scope, slice_.lifecycle, limit=_MAX_SCORES
    )
    return Scores(filter, found)


async def of_scores(
    analytics: Analytics,
    slice_: Slice,
    filter: Filter,
    names: Sequence[Named],
    totals: dict[Filter, int],
    known: Scores | None,
) -> dict[str, Facet]:
    entity, lifecycle = slice_.entity, slice_.lifecycle
    is_sampled, scope = slice_.rows(filter)
    total = totals.get(filter)
    if total is None:
        _, total = await rows.count_values(analytics, entity, scope, [], lifecycle, Search(limit=1))
    spreads = known.spreads if known is not None and known.filter == filter else []
    have = {s.name.lower() for s in spreads}
    keys = [name.key for name in names if name.key.lower() not in have]
    if keys:
        spreads = spreads + await score_facets.spreads(
            analytics, entity, scope, lifecycle, names=keys, limit=len(keys)
        )
    by_key = {s.name.lower(): s for s in spreads}
    shown = [(n, by_key[n.key.lower()]) for n in names if n.key.lower() in by_key]
    bounds = {s.name: _bounds(s) for _, s in shown}
    counts = {s.name: _in_buckets(s.values, bounds[s.name]) for _, s in shown if s.values}
    many = {s.name: bounds[s.name] for _, s in shown if s.values is None}
    if many:
        counts |= await score_facets.bucket_counts(analytics, entity, scope, lifecycle, many)
    return {
        name.text: _score_facet(entity, name, s, bounds[s.name], counts[s.name], total, is_sampled)
        for name, s in shown
    }


def _score_facet(
    entity: EntityType,
    name: Named,
    spread: Spread,
    bounds: Sequence[float],
    counts: Sequence[int],
    total: int,
    is_sampled: bool,
) -> Facet:
    made = []
    for i, n in enumerate(counts):
        low, high = _text(bounds[i]), _text(bounds[i + 1])
        is_last = i == len(counts) - 1
        ends: list[tuple[Operator, str]] = [(">=", low), ("<=" if is_last else "<", high)]
        tree = And(
            tuple(
                Condition(field=name.field.target, key=name.key, operator=operator, value=value)
                for operator, value in ends
            )
        )
        label = low if low == high else f"{low} {_DASH} {high}"
        made.append(
            FacetValue(value=f"{low}..{high}", label=label, count=n, query=write(entity, tree))
        )
    return Facet(
        field=name.text,
        label=name.label,
        kind="buckets",
        values=made,
        missing=max(0, total - spread.count),
        is_sampled=is_sampled,
    )


def _bounds(spread: Spread) -> list[float]:
    """Return the ends of buckets of equal width with round numbers; quarters from 0 to 1."""
    low, high = spread.low, spread.high
    if low >= 0 and high <= 1:
        return [0, 0.25, 0.5, 0.75, 1]
    if low == high:
        return [low, high]
    # Scores have nine places.
    least = max((high - low) / _BUCKETS, 1e-8)
    power = 10 ** math.floor(math.log10(least))
    step = next(factor * power for factor in _STEPS if factor * power >= least * (1 - 1e-9))
    first = math.floor(low / step)
    last = max(first + 1, math.ceil(high / step))
    return [float(_decimal(k * step)) for k in range(first, last + 1)]


def _decimal(number: float) -> Decimal:
    return Decimal(f"{number:.9f}")


def _in_buckets(values: Sequence[tuple[float, int]], bounds: Sequence[float]) -> list[int]:
    """Count values in buckets that go up to the next bound without it, the last one with it."""
    counts = [0] * (len(bounds) - 1)
    for value, n in values:
        counts[max(0, bisect_right(bounds, value, hi=len(bounds) - 1) - 1)] += n
    return counts


def _text(number: float) -> str:
    text = format(_decimal(number).normalize(), "f")
    return "0" if text == "-0" else text
