"""Facets: by which values a slice can be narrowed, each with its count and the query that says it.

The counts of a facet leave out what the slice's own query says of that field, so that one can
widen it again.
"""

import asyncio
import math
from bisect import bisect_right
from collections.abc import Awaitable, Sequence
from decimal import Decimal
from typing import Literal, TypeVar

import msgspec

from sightline.core.errors import InvalidRequestError
from sightline.domain.filter import And, Condition, EntityType, Filter, Not, Operator, all_of
from sightline.services.query.field_names import Named, named, of_key
from sightline.stores.analytics import facets as rows
from sightline.stores.analytics import score_facets
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.facets import Counted, Group, Search
from sightline.stores.analytics.narrowing import simplified
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.score_facets import Spread
from sightline.stores.analytics.thread_columns import Lifecycle
from sightline.wire.query.writer import write

T = TypeVar("T")

MAX_FACETS = 20
MAX_VALUES = 20
DEFAULTS: dict[EntityType, tuple[str, ...]] = {
    "trace": ("status", "name", "model", "provider", "tags", "environment", "user", "score"),
    "span": ("status", "type", "name", "model", "provider", "tags", "environment", "user", "score"),
    "thread": ("status", "tags", "environment", "user", "score"),
}
# Of a project with very many scores the commonest are enough to begin with.
_MAX_SCORES = 5
_COUNTABLE = frozenset(("string", "list", "enum", "dictionary", "bool"))
_BUCKETS = 4
_STEPS = (1, 2, 2.5, 5, 10)


class FacetValue(msgspec.Struct, frozen=True):
    """A value or a bucket; `query` is the text of the language that selects it."""

    value: str
    label: str
    count: int
    query: str


class Facet(msgspec.Struct, frozen=True, kw_only=True):
    """A field with its values; `missing` rows have none. `is_sampled`: of the newest rows alone."""

    field: str
    label: str
    kind: Literal["values", "buckets"]
    values: list[FacetValue]
    missing: int
    is_sampled: bool = False


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Of which rows facets are asked for."""

    entity: EntityType
    scope: Scope
    lifecycle: Lifecycle


async def facets(analytics: Analytics, asked: Asked, names: Sequence[str]) -> list[Facet]:
    """Return the facets of some fields, those of `DEFAULTS` for none, in their order.

    Raises `InvalidRequestError` for a field that has no facet.
    """
    wanted = _wanted(asked.entity, names or DEFAULTS[asked.entity])
    scope = await simplified(analytics, asked.entity, asked.scope)
    asked = msgspec.structs.replace(asked, scope=scope)
    wanted = [n for name in wanted for n in (await _scores(analytics, asked, name) or [name])]
    plain = [n for n in wanted if n.kind != "score"]
    scores = [n for n in wanted if n.kind == "score" and n.key]
    work: list[Awaitable[dict[str, list[Facet]]]] = [
        _of_values(analytics, asked, filter, members, Search(limit=MAX_VALUES))
        for filter, members in _by_filter(asked, plain)
    ]
    for filter, members in _by_filter(asked, scores):
        work.append(_of_scores(analytics, asked, filter, members))
    found: dict[str, list[Facet]] = {}
    for part in await _two_at_a_time(work):
        for field, made in part.items():
            found.setdefault(field, []).extend(made)
    return [facet for name in wanted for facet in found.get(name.text, ())]


async def values(
    analytics: Analytics, asked: Asked, field: str, *, text: str, limit: int
) -> list[FacetValue]:
    """Return the commonest values of a field that contain `text`; none of one without values.

    Raises `InvalidRequestError` for no such field.
    """
    name = named(asked.entity, field)
    if name.kind not in _COUNTABLE or name.needs_path:
        return []
    scope = await simplified(analytics, asked.entity, asked.scope)
    asked = msgspec.structs.replace(asked, scope=scope)
    ((filter, members),) = _by_filter(asked, [name])
    found = await _of_values(analytics, asked, filter, members, Search(limit=limit, text=text))
    (facet,) = found[name.text]
    return facet.values


def _wanted(entity: EntityType, texts: Sequence[str]) -> list[Named]:
    found = list({name.text: name for name in (named(entity, text) for text in texts)}.values())
    if len(found) > MAX_FACETS:
        raise InvalidRequestError(f"Parameter `fields` names more than {MAX_FACETS} fields")
    for name in found:
        is_score = name.field.target == "feedback_scores"
        if not is_score and (name.kind not in _COUNTABLE or name.needs_path):
            raise InvalidRequestError(
                f"Parameter `fields`: `{name.text}` has no facet",
                hint=f"For example {', '.join(DEFAULTS[entity])}",
            )
    return found


def _by_filter(asked: Asked, names: Sequence[Named]) -> list[tuple[Filter, list[Named]]]:
    """Return the names by the filter that their rows meet: of each it is all but its own part."""
    found: list[tuple[Filter, list[Named]]] = []
    for name in names:
        filter = _without(asked.scope.filter, name)
        is_of_payloads = name.kind != "score" and _is_of_payloads(asked.entity, name)
        for other, members in found:
            same = other == filter and not is_of_payloads
            if same and not _is_of_payloads(asked.entity, members[0]):
                members.append(name)
                break
        else:
            found.append((filter, [name]))
    return found


def _is_of_payloads(entity: EntityType, name: Named) -> bool:
    return name.kind != "score" and rows.is_of_payloads(entity, _group(name))


def _without(tree: Filter, name: Named) -> Filter:
    """Return the filter without the conditions that all rows must meet and that are of a field."""
    flat = all_of(tree)
    children = flat.children if isinstance(flat, And) else (flat,)
    return all_of(*(child for child in children if not _is_about(child, name)))


def _is_about(tree: Filter, name: Named) -> bool:
    if isinstance(tree, Not):
        return _is_about(tree.child, name)
    if not isinstance(tree, Condition):
        return bool(tree.children) and all(_is_about(child, name) for child in tree.children)
    if tree.field != name.field.target:
        return False
    if name.kind == "score":
        # Without a name it stands for all of them; names are compared without case.
        return not name.key or tree.key.lower() == name.key.lower()
    return tree.key == name.key


async def _of_values(
    analytics: Analytics, asked: Asked, filter: Filter, names: Sequence[Named], search: Search
) -> dict[str, list[Facet]]:
    scope = msgspec.structs.replace(asked.scope, filter=filter)
    entity = asked.entity
    is_wide = _is_of_payloads(entity, names[0])
    is_sampled, scope = await _affordable(analytics, entity, scope, is_wide=is_wide)
    groups = {name.text: _group(name) for name in names}
    counted, total = await rows.count_values(
        analytics,
        entity,
        scope,
        list(dict.fromkeys(groups.values())),
        asked.lifecycle,
        search,
    )
    return {
        name.text: [
            Facet(
                field=name.text,
                label=name.label,
                kind="values",
                values=_values(entity, name, counted[groups[name.text]], total, search),
                missing=counted[groups[name.text]].missing,
                is_sampled=is_sampled,
            )
        ]
        for name in names
    }


def _group(name: Named) -> Group:
    # Whether it failed is a part of how it went.
    return Group("status" if name.kind == "bool" else name.field.target, name.key)


def _values(
    entity: EntityType, name: Named, counted: Counted, total: int, search: Search
) -> list[FacetValue]:
    if name.kind == "bool":
        failed = sum(v.count for v in counted.values if v.text == "error")
        pairs = {"true": failed, "false": total - failed}
    else:
        pairs = _merged(name, counted)
    if name.field.is_fixed:
        # Few and known: those that do not occur are shown with none.
        pairs = {v: pairs.get(v, 0) for v in name.field.values if search.text.lower() in v}
    return [
        FacetValue(value=text, label=text, count=n, query=_query(entity, name, text))
        for text, n in pairs.items()
    ]


def _merged(name: Named, counted: Counted) -> dict[str, int]:
    """Return the values, spellings that a query does not tell apart as the commonest of them."""
    if name.kind == "enum" or name.is_exact:
        return {value.text: value.count for value in counted.values}
    spelled: dict[str, str] = {}
    pairs: dict[str, int] = {}
    for value in counted.values:
        text = spelled.setdefault(value.text.lower(), value.text)
        pairs[text] = pairs.get(text, 0) + value.count
    return pairs


def _query(entity: EntityType, name: Named, text: str) -> str:
    if name.kind == "bool":
        operator: Operator = "is_not_empty" if text == "true" else "is_empty"
        return write(entity, Condition(field=name.field.target, operator=operator))
    condition = Condition(field=name.field.target, key=name.key, operator="=", value=text)
    return write(entity, condition)


async def _scores(analytics: Analytics, asked: Asked, name: Named) -> list[Named]:
    """Return the commonest scores where a name stands for all of them, else none."""
    if name.kind != "score" or name.key:
        return []
    scope = msgspec.structs.replace(asked.scope, filter=_without(asked.scope.filter, name))
    _, scope = await _affordable(analytics, asked.entity, scope)
    found = await score_facets.spreads(
        analytics, asked.entity, scope, asked.lifecycle, limit=_MAX_SCORES
    )
    return [of_key(asked.entity, name.field, spread.name) for spread in found]


async def _affordable(
    analytics: Analytics, entity: EntityType, scope: Scope, *, is_wide: bool = False
) -> tuple[bool, Scope]:
    """Return whether only the newest rows can be looked at, and the scope that is."""
    is_wide = is_wide or rows.reads_payloads(entity, scope.filter)
    most = rows.MAX_PAYLOADS if is_wide else rows.MAX_ROWS[entity]
    newest = await rows.newest(analytics, entity, scope, most)
    return newest is not None, newest or scope


async def _of_scores(
    analytics: Analytics, asked: Asked, filter: Filter, names: Sequence[Named]
) -> dict[str, list[Facet]]:
    entity, lifecycle = asked.entity, asked.lifecycle
    scope = msgspec.structs.replace(asked.scope, filter=filter)
    is_sampled, scope = await _affordable(analytics, entity, scope)
    _, total = await rows.count_values(analytics, entity, scope, [], lifecycle, Search(limit=1))
    spreads = await score_facets.spreads(
        analytics, entity, scope, lifecycle, names=[n.key for n in names], limit=len(names)
    )
    bounds = {s.name: _bounds(s) for s in spreads}
    counts = {s.name: _in_buckets(s.values, bounds[s.name]) for s in spreads if s.values}
    many = {s.name: bounds[s.name] for s in spreads if s.values is None}
    if many:
        counts |= await score_facets.bucket_counts(analytics, entity, scope, lifecycle, many)
    by_key = {s.name.lower(): s for s in spreads}
    return {
        name.text: [
            _score_facet(entity, name, s, bounds[s.name], counts[s.name], total, is_sampled)
        ]
        for name in names
        if (s := by_key.get(name.key.lower())) is not None
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
        label = low if low == high else f"{low} – {high}"  # noqa: RUF001 - what a range looks like
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


async def _two_at_a_time(work: Sequence[Awaitable[T]]) -> list[T]:
    """Leave readers of the store to others."""
    gate = asyncio.Semaphore(2)

    async def one(item: Awaitable[T]) -> T:
        async with gate:
            return await item

    return await asyncio.gather(*(one(item) for item in work))
