"""Rows of a table: the columns asked for of a page of traces, spans or threads, and no other.

The page is found on narrow columns. What is shown of its rows is then asked for by kind, each kind
once and only if a column needs it, all side by side.
"""

import asyncio
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from sightline.core.errors import InvalidRequestError
from sightline.core.ids import Id
from sightline.domain.entity_view import SpanScore
from sightline.domain.filter import EntityType, Sort
from sightline.domain.score import FeedbackScore
from sightline.services.query import thread_table
from sightline.stores.analytics import annotations, first_page, ordered, pages, previews, rows
from sightline.stores.analytics.columns import Entity, entry
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.filters import check_filter
from sightline.stores.analytics.likely_hours import narrowed
from sightline.stores.analytics.previews import METADATA
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sources import COMMENTS, GUARDRAILS, SPANS, source_of
from sightline.stores.analytics.thread_columns import Lifecycle
from sightline.stores.analytics.time_filters import in_time

Row = dict[str, Any]
"""A row by column: ids as bytes, times as Unix µs, texts of payloads, scores by name."""

NEWEST_FIRST = Sort("start_time")
_MAPS = ("usage", "feedback_scores", "span_feedback_scores")
_COMMON = (
    "id project_id name start_time end_time duration ttft input output metadata tags error_info "
    "error_type source environment created_at last_updated_at created_by last_updated_by usage "
    "total_estimated_cost feedback_scores comments"
).split()
COLUMNS: dict[EntityType, tuple[str, ...]] = {
    "trace": (
        *_COMMON,
        *"thread_id span_count llm_span_count providers models span_feedback_scores".split(),
        "guardrails",
    ),
    "span": (*_COMMON, *"trace_id parent_span_id type model provider".split()),
    "thread": thread_table.COLUMNS,
}
_UNSORTED = frozenset(("project_id", "metadata"))
# Where a column of a table has another name in the store.
_STORED = {"guardrails": "guardrails_result"}


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What a table shows: columns, in any order, with long texts cut at `preview` characters."""

    columns: tuple[str, ...]
    preview: int


def check_columns(entity: EntityType, columns: Collection[str]) -> None:
    """Raise `InvalidRequestError` for a column that there is not."""
    for name in columns:
        head, _, key = name.partition(".")
        has_keys = head in COLUMNS[entity] and (head in _MAPS or f"{head}." == METADATA)
        if name not in COLUMNS[entity] and not (key and has_keys):
            raise InvalidRequestError(
                f"Parameter `columns` cannot have `{name[:60]}`",
                hint=f"A {entity} has {', '.join(COLUMNS[entity])}, and keys of usage, "
                "feedback_scores and metadata after a dot",
            )


def check_sort(entity: EntityType, sort: Sort) -> None:
    """Raise `InvalidRequestError` for a column by which one cannot sort."""
    possible = sortable(entity)
    head, dot, key = sort.field.partition(".")
    if (f"{head}.*" if dot and key else sort.field) not in possible:
        raise InvalidRequestError(
            f"Parameter `sort` cannot be `{sort.field[:60]}`",
            hint=f"It is one of {', '.join(possible)}, with `-` before it for the largest first",
        )


def sortable(entity: EntityType) -> list[str]:
    """Return the columns by which one can sort; `usage.*` stands for any key."""
    if entity == "thread":
        return list(thread_table.SORTABLE)
    names = [name for name in COLUMNS[entity] if name not in _UNSORTED]
    return [f"{name}.*" if name in _MAPS else name for name in names]


async def page(
    analytics: Analytics,
    entity: EntityType,
    scope: Scope,
    lifecycle: Lifecycle,
    shown: Shown,
    *,
    sort: Sort = NEWEST_FIRST,
    limit: int,
    offset: int = 0,
    now_us: int,
) -> tuple[list[Row], bool]:
    """Return a page of rows, and whether more follow; missing values come last.

    Raises `InvalidRequestError` for a column or an order that cannot be, and for a wrong filter.
    """
    check_columns(entity, shown.columns)
    check_sort(entity, sort)
    if entity == "thread":
        return await thread_table.page(
            analytics,
            scope,
            lifecycle,
            shown.columns,
            shown.preview,
            sort=sort,
            limit=limit,
            offset=offset,
            now_us=now_us,
        )
    check_filter(entity, scope.filter)
    scope = await narrowed(analytics, entity, in_time(scope))
    if sort == NEWEST_FIRST and not offset:
        found = await _newest(analytics, entity, scope, shown, limit + 1, now_us)
        if found is not None:
            return found[:limit], len(found) > limit
    if sort == NEWEST_FIRST:
        keys = await pages.find(
            analytics, entity, scope, limit=limit + 1, offset=offset, now_us=now_us
        )
    else:
        stored = Sort(_STORED.get(sort.field, sort.field), sort.descending)
        keys = await ordered.find(
            analytics,
            entity,
            scope,
            sorting=(stored,),
            limit=limit + 1,
            offset=offset,
            now_us=now_us,
        )
    found = await _load(analytics, entity, scope.workspace_id, keys[:limit], shown)
    return found, len(keys) > limit


async def _newest(
    analytics: Analytics, entity: Entity, scope: Scope, shown: Shown, limit: int, now_us: int
) -> list[Row] | None:
    async def load(keys: list[pages.Key], among: Scope) -> list[Row]:
        return await _load(analytics, entity, scope.workspace_id, keys, shown, among)

    return await first_page.load(
        analytics, entity, scope, load, lambda row: row, limit=limit, now_us=now_us
    )


async def _load(
    analytics: Analytics,
    entity: Entity,
    workspace_id: Id,
    keys: Sequence[pages.Key],
    shown: Shown,
    among: Scope | None = None,
) -> list[Row]:
    if not keys:
        return []
    ids = [key.id for key in keys]
    own = ["start_time", "end_time"]
    own += [n for n in shown.columns if n != "guardrails" and source_of(entity, n) is None]
    found, *others = await asyncio.gather(
        previews.load(
            analytics, entity, workspace_id, keys, own, length=shown.preview, among=among
        ),
        _sums(analytics, entity, workspace_id, ids, shown),
        _scores(analytics, entity, workspace_id, ids, shown),
        _joined(analytics, entity, workspace_id, ids, shown, COMMENTS, "comments"),
        _joined(analytics, entity, workspace_id, ids, shown, GUARDRAILS, "guardrails"),
    )
    for row in found:
        for more in others:
            row |= more.get(row["id"], {})
    return found


async def _sums(
    analytics: Analytics, entity: Entity, workspace_id: Id, ids: Sequence[Id], shown: Shown
) -> dict[Id, Row]:
    """Return what a trace's spans add up to; a trace without spans adds up to nothing."""
    wanted = [name for name in shown.columns if source_of(entity, name) == SPANS]
    return await rows.span_sums(analytics, workspace_id, ids, wanted)


async def _scores(
    analytics: Analytics, entity: Entity, workspace_id: Id, ids: Sequence[Id], shown: Shown
) -> dict[Id, Row]:
    own = _entries(shown.columns, "feedback_scores")
    of_spans = _entries(shown.columns, "span_feedback_scores")
    if not own and not of_spans:
        return {}
    given = await annotations.scores_of(
        analytics, workspace_id, entity, ids, with_spans=bool(of_spans)
    )
    found: dict[Id, Row] = {}
    for id in ids:
        values = {s.name: s.value for s in given.own.get(id, ())}
        row = pick(own, "feedback_scores", values)
        averages = _averages(given.of_spans.get(id, ()))
        found[id] = row | pick(of_spans, "span_feedback_scores", averages)
    return found


async def _joined(
    analytics: Analytics,
    entity: Entity,
    workspace_id: Id,
    ids: Sequence[Id],
    shown: Shown,
    source: str,
    name: str,
) -> dict[Id, Row]:
    """Return the one column of a source, if it is shown."""
    if name not in shown.columns:
        return {}
    stored = _STORED.get(name, name)
    found = await rows.of_source(analytics, source, entity, workspace_id, ids, [stored])
    return {id: {name: row[stored]} for id, row in found.items()}


def _entries(columns: Collection[str], head: str) -> list[str]:
    """Return those of the columns that are a map or one of its entries."""
    return [name for name in columns if name == head or (entry(name) or ("",))[0] == head]


def pick(columns: Collection[str], head: str, values: dict[str, Any]) -> Row:
    """Return a map and entries of it as columns of a row."""
    return {
        name: values if name == head else values.get(name.removeprefix(f"{head}."))
        for name in columns
    }


def _averages(given: Sequence[SpanScore]) -> dict[str, Decimal]:
    """Average each score over a trace's spans."""
    by_name: dict[str, list[FeedbackScore]] = {}
    for item in given:
        by_name.setdefault(item.score.name, []).append(item.score)
    return {
        name: sum((s.value for s in scores), Decimal(0)) / len(scores)
        for name, scores in sorted(by_name.items())
    }
