"""Facets: by which values a slice can be narrowed, each with its count and the query that says it.

The counts of a facet leave out what the slice's own query says of that field, so that one can
widen it again.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from sightline.core.errors import InvalidRequestError
from sightline.domain.filter import Condition, EntityType, Filter, Operator
from sightline.services.query.facet_parts import Asked, Facet, FacetValue, Slice, bounded, without
from sightline.services.query.facet_scores import SCORE, commonest_scores, of_scores
from sightline.services.query.field_names import Named, named, of_key
from sightline.stores.analytics import facets as rows
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.facets import Counted, Group, Search
from sightline.wire.query.writer import write

T = TypeVar("T")

MAX_FACETS = 20
MAX_VALUES = 20
DEFAULTS: dict[EntityType, tuple[str, ...]] = {
    "trace": ("status", "name", "model", "provider", "tags", "environment", "user", "score"),
    "span": ("status", "type", "name", "model", "provider", "tags", "environment", "user", "score"),
    "thread": ("status", "tags", "environment", "user", "score"),
}
_COUNTABLE = frozenset(("string", "list", "enum", "dictionary", "bool"))


async def facets(analytics: Analytics, asked: Asked, names: Sequence[str]) -> list[Facet]:
    """Return the facets of some fields, those of `DEFAULTS` for none, in their order.

    Raises `InvalidRequestError` for a field that has no facet.
    """
    wanted = _wanted(asked.entity, names or DEFAULTS[asked.entity])
    slice_ = await bounded(analytics, asked)
    known = None
    if any(name.text == SCORE for name in wanted):
        known = await commonest_scores(analytics, slice_)
        field = named(asked.entity, SCORE).field
        named_scores = [of_key(asked.entity, field, s.name) for s in known.spreads]
        wanted = [n for name in wanted for n in (named_scores if name.text == SCORE else [name])]
    plain = [n for n in wanted if n.kind != "score"]
    totals: dict[Filter, int] = {}
    found: dict[str, Facet] = {}
    for part in await _two_at_a_time(
        [
            _of_values(analytics, slice_, filter, members, Search(limit=MAX_VALUES), totals)
            for filter, members in _by_filter(slice_, plain)
        ]
    ):
        found |= part
    for part in await _two_at_a_time(
        [
            of_scores(analytics, slice_, filter, members, totals, known)
            for filter, members in _by_filter(slice_, [n for n in wanted if n.kind == "score"])
        ]
    ):
        found |= part
    return [found[name.text] for name in wanted if name.text in found]


async def values(
    analytics: Analytics, asked: Asked, field: str, *, text: str, limit: int
) -> list[FacetValue]:
    """Return the commonest values of a field that contain `text`; none of one without values.

    Raises `InvalidRequestError` for no such field.
    """
    name = named(asked.entity, field)
    if name.kind not in _COUNTABLE or name.needs_path:
        return []
    slice_ = await bounded(analytics, asked)
    ((filter, members),) = _by_filter(slice_, [name])
    search = Search(limit=limit, text=text)
    found = await _of_values(analytics, slice_, filter, members, search, {})
    return found[name.text].values


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


def _by_filter(slice_: Slice, names: Sequence[Named]) -> list[tuple[Filter, list[Named]]]:
    """Return the names by the filter that their rows meet: of each it is all but its own part."""
    found: list[tuple[Filter, list[Named]]] = []
    for name in names:
        filter = without(slice_.scope.filter, name)
        is_of_payloads = name.kind != "score" and _is_of_payloads(slice_.entity, name)
        for other, members in found:
            same = other == filter and not is_of_payloads
            if same and not _is_of_payloads(slice_.entity, members[0]):
                members.append(name)
                break
        else:
            found.append((filter, [name]))
    return found


def _is_of_payloads(entity: EntityType, name: Named) -> bool:
    return name.kind != "score" and rows.is_of_payloads(entity, _group(name))


async def _of_values(
    analytics: Analytics,
    slice_: Slice,
    filter: Filter,
    names: Sequence[Named],
    search: Search,
    totals: dict[Filter, int],
) -> dict[str, Facet]:
    entity = slice_.entity
    is_wide = _is_of_payloads(entity, names[0])
    is_sampled, scope = slice_.rows(filter, is_wide=is_wide)
    groups = {name.text: _group(name) for name in names}
    counted, total = await rows.count_values(
        analytics,
        entity,
        scope,
        list(dict.fromkeys(groups.values())),
        slice_.lifecycle,
        search,
    )
    if not is_wide:
        totals[filter] = total
    return {
        name.text: Facet(
            field=name.text,
            label=name.label,
            kind="values",
            values=_values(entity, name, counted[groups[name.text]], total, search),
            missing=counted[groups[name.text]].missing,
            is_sampled=is_sampled,
        )
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


async def _two_at_a_time(work: Sequence[Awaitable[T]]) -> list[T]:
    """Leave readers of the store to others."""
    gate = asyncio.Semaphore(2)

    async def one(item: Awaitable[T]) -> T:
        async with gate:
            return await item

    return await asyncio.gather(*(one(item) for item in work))
