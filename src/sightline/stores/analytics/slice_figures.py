"""Key figures of what is in scope, as a whole or in buckets of time.

Costs and tokens of traces are those of their spans, which are far more: they are summed up apart,
and only where they are asked for.
"""

import asyncio
from collections.abc import Collection
from decimal import Decimal
from typing import Any, Literal

import msgspec

from sightline.domain.filter import EntityType
from sightline.stores.analytics import rollups, thread_relation
from sightline.stores.analytics.buckets import bucket_of
from sightline.stores.analytics.columns import column, usage_of
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.merged import merged
from sightline.stores.analytics.metrics import Buckets
from sightline.stores.analytics.percentiles import percentiles
from sightline.stores.analytics.quickest import quickest
from sightline.stores.analytics.relation import (
    is_whole,
    key_conditions,
    relation,
    sort_key_conditions,
    time_conditions,
)
from sightline.stores.analytics.rollup_rows import Part
from sightline.stores.analytics.rollups import Sums
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.span_sums import span_sums
from sightline.stores.analytics.sql import NEAR, Binder, id_literal
from sightline.stores.analytics.thread_columns import Lifecycle
from sightline.stores.analytics.thread_sets import TurnBetween

Wanted = Literal["duration", "cost", "tokens"]
EVERY: tuple[Wanted, ...] = ("duration", "cost", "tokens")

TOKENS = "usage.total_tokens"
_COST = "total_estimated_cost"


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Durations in ms, None where nothing has ended; cost in USD, None where nothing costs."""

    count: int = 0
    errors: int = 0
    duration_p50: float | None = None
    duration_p99: float | None = None
    cost: Decimal | None = None
    tokens: int | None = None


class _Own(msgspec.Struct, frozen=True):
    count: int
    errors: int
    durations: tuple[float, float] | None = None
    cost: Decimal | None = None
    tokens: int | None = None


async def figures(
    analytics: Analytics,
    entity: EntityType,
    scope: Scope,
    lifecycle: Lifecycle,
    wanted: Collection[Wanted] = EVERY,
) -> Figures:
    """Return the figures of all that is in scope. Raises `InvalidRequestError` for a wrong filter.

    A thread is in scope when it had a turn in the time range; its figures are of all its turns.
    """
    found = await by_bucket(analytics, entity, scope, None, lifecycle, wanted)
    return found.get(0, Figures())


async def by_bucket(
    analytics: Analytics,
    entity: EntityType,
    scope: Scope,
    buckets: Buckets | None,
    lifecycle: Lifecycle,
    wanted: Collection[Wanted] = EVERY,
) -> dict[int, Figures]:
    """Return the figures of each bucket that has rows, counted from 0; one for all without buckets.

    Rows count where they began, with all that their spans cost; a thread that began before the
    range is in no bucket.
    """
    has_sums = "cost" in wanted or "tokens" in wanted
    if entity != "thread":
        parts: list[Part] = ["own", "spans"] if has_sums else ["own"]
        summed = await rollups.by_bucket(analytics, entity, scope, buckets, parts)
        if summed is not None:
            return {b: _of_hours(sums) for b, sums in summed.items()}
    scope = await quickest(analytics, entity, scope)
    # The spans of all traces, or threads, are added up faster than joined to each of them.
    if not has_sums or entity == "span" or (entity == "thread" and buckets is not None):
        own = await _own(analytics, entity, scope, buckets, lifecycle, wanted)
        return {b: _figures(row) for b, row in own.items()}
    own, of_spans = await asyncio.gather(
        _own(analytics, entity, scope, buckets, lifecycle, [w for w in wanted if w == "duration"]),
        _of_threads(analytics, scope, lifecycle)
        if entity == "thread"
        else _of_spans(analytics, scope, buckets),
    )
    return {b: _figures(row, of_spans.get(b)) for b, row in own.items()}


async def count(
    analytics: Analytics, entity: EntityType, scope: Scope, lifecycle: Lifecycle
) -> int:
    """Return how many are in scope."""
    scope = await quickest(analytics, entity, scope)
    binder = Binder()
    rows_sql = rows_of(entity, scope, ["id"], binder, lifecycle)
    rows = await analytics.query(f"SELECT count() FROM {rows_sql}", binder.params)
    return int(rows[0][0])


async def oldest_us(
    analytics: Analytics, entity: EntityType, scope: Scope, lifecycle: Lifecycle
) -> int | None:
    """Return when the first of what is in scope began, Unix µs; None for nothing."""
    if entity != "thread":
        first_us = await rollups.oldest_us(analytics, entity, scope)
        if first_us is not None:
            return first_us
    binder = Binder()
    rows_sql = rows_of(entity, scope, ["start_time"], binder, lifecycle)
    rows = await analytics.query(
        f"SELECT count(), toUnixTimestamp64Micro(min(start_time)) FROM {rows_sql}", binder.params
    )
    return int(rows[0][1]) if rows[0][0] else None


async def _own(
    analytics: Analytics,
    entity: EntityType,
    scope: Scope,
    buckets: Buckets | None,
    lifecycle: Lifecycle,
    wanted: Collection[Wanted],
) -> dict[int, _Own]:
    failed, is_failed = (
        ("failed_traces", "failed_traces > 0")
        if entity == "thread"
        else ("error_info", "error_info != ''")
    )
    columns = [failed]
    picked = ["count()", f"countIf({is_failed})"]
    names = ["count", "errors"]
    if "duration" in wanted:
        columns.append("duration")
        picked.append(percentiles("duration", (0.5, 0.99)))
        names.append("durations")
    for name, of in (("cost", _COST), ("tokens", TOKENS)):
        if name in wanted:
            columns.append(of)
            picked.append(f"sum({column(of)})")
            names.append(name)
    binder = Binder()
    bucket, where = "0", ""
    if buckets is not None:
        columns.append("start_time")
        bucket = bucket_of("toUnixTimestamp64Micro(start_time)", buckets)
        if entity == "thread":
            began = time_conditions(scope.from_us, scope.to_us)
            where = f"WHERE {' AND '.join(began)} " if began else ""
    rows = await analytics.query(
        f"SELECT {bucket} AS bucket_, {', '.join(picked)} "
        f"FROM {rows_of(entity, scope, columns, binder, lifecycle)} {where}GROUP BY bucket_",
        binder.params,
    )
    found = {}
    for b, *values in rows:
        given: dict[str, Any] = dict(zip(names, values, strict=True))
        given["durations"] = _finite(given.get("durations"))
        found[int(b)] = _Own(**given)
    return found


async def _of_spans(
    analytics: Analytics, scope: Scope, buckets: Buckets | None
) -> dict[int, tuple[Decimal | None, int | None]]:
    """Return cost and tokens of the traces in scope, by the bucket in which the traces began."""
    if not is_whole(scope) or buckets is not None:
        found = await span_sums(analytics, scope, buckets, (_COST, TOKENS))
        if found is not None:
            return {b: (values[0], values[1]) for (b, _), values in found.items()}  # type: ignore[misc]
    binder = Binder()
    tokens = usage_of("total_tokens", binder)
    workspace = f"workspace_id = {id_literal(scope.workspace_id)}"
    if buckets is None:
        rows = await analytics.query(
            f"SELECT sum({_COST}), sum({tokens}) FROM {merged('span', scope)} "
            f"WHERE {_of_traces(scope, binder)}",
            binder.params,
        )
        return {0: (rows[0][0], rows[0][1])}
    # Span by span, the join would take twice as long as trace by trace.
    sums = (
        f"SELECT trace_id AS trace_, sum({_COST}) AS cost_, sum({tokens}) AS tokens_ "
        f"FROM {merged('span', scope)} WHERE {workspace} AND {near_traces(scope)} "
        "GROUP BY trace_id HAVING isNotNull(cost_) OR isNotNull(tokens_)"
    )
    traces = relation("trace", scope, ["id", "start_time"], binder)
    bucket = bucket_of("toUnixTimestamp64Micro(e.start_time)", buckets)
    rows = await analytics.query(
        f"SELECT {bucket} AS bucket_, sum(s.cost_), sum(s.tokens_) "
        f"FROM ({sums}) AS s INNER JOIN {traces} AS e ON e.id = s.trace_ GROUP BY bucket_",
        binder.params,
    )
    return {int(b): (cost, n) for b, cost, n in rows}


async def _of_threads(
    analytics: Analytics, scope: Scope, lifecycle: Lifecycle
) -> dict[int, tuple[Decimal | None, int | None]]:
    """Return cost and tokens of all turns of the threads in scope."""
    binder = Binder()
    tokens = usage_of("total_tokens", binder)
    key = ("project_id", "id")
    threads = rows_of("thread", scope, key, binder, lifecycle)
    turns = thread_relation.trace_conditions(scope, binder, turns_in(scope))
    rows = await analytics.query(
        f"SELECT sum({_COST}), sum({tokens}) FROM {merged('span', scope)} "
        f"WHERE workspace_id = {id_literal(scope.workspace_id)} AND trace_id IN ("
        f"SELECT id FROM {merged('trace', scope)} WHERE {turns} AND (project_id, thread_id) IN "
        f"(SELECT {', '.join(map(column, key))} FROM {threads}))",
        binder.params,
    )
    return {0: (rows[0][0], rows[0][1])}


def _of_traces(scope: Scope, binder: Binder) -> str:
    """Return the condition on spans that their trace is in scope.

    Of whole projects it is that the span is in one of them: to look each of millions of spans up
    among the traces would take three times as long as to add them up.
    """
    if is_whole(scope):
        return " AND ".join(sort_key_conditions("span", scope))
    return (
        f"workspace_id = {id_literal(scope.workspace_id)} "
        f"AND trace_id IN {relation('trace', scope, ['id'], binder)}"
    )


def near_traces(scope: Scope) -> str:
    """Return a condition on spans that those of the traces in scope meet, cheaply found."""
    if is_whole(scope):
        return " AND ".join(sort_key_conditions("span", scope))
    # Some row of each trace says the start time that the merged row has.
    return (
        f"trace_id IN (SELECT id FROM {NEAR}traces "
        f"WHERE {' AND '.join(key_conditions('trace', scope))})"
    )


def rows_of(
    entity: EntityType,
    scope: Scope,
    columns: Collection[str],
    binder: Binder,
    lifecycle: Lifecycle,
) -> str:
    if entity == "thread":
        return thread_relation.matching(scope, columns, binder, lifecycle, turns_in(scope))
    return relation(entity, scope, columns, binder)


def turns_in(scope: Scope) -> TurnBetween | None:
    """Return what spares a relation of threads reading those without a turn in scope."""
    if scope.from_us is None and scope.to_us is None:
        return None
    return TurnBetween(scope.from_us, scope.to_us)


def _finite(durations: Any) -> tuple[float, float] | None:
    """Return percentiles, None for those of nothing, which are NaN."""
    if durations is None or durations[0] != durations[0]:
        return None
    return float(durations[0]), float(durations[1])


def _of_hours(sums: Sums) -> Figures:
    durations = sums.durations or (None, None, None)
    return Figures(
        count=sums.count,
        errors=sums.errors,
        duration_p50=durations[0],
        duration_p99=durations[2],
        cost=sums.cost,
        tokens=sums.tokens,
    )


def _figures(own: _Own, of_spans: tuple[Decimal | None, int | None] | None = None) -> Figures:
    cost, tokens = of_spans or (own.cost, own.tokens)
    return Figures(
        count=own.count,
        errors=own.errors,
        duration_p50=own.durations[0] if own.durations else None,
        duration_p99=own.durations[1] if own.durations else None,
        cost=cost,
        tokens=tokens,
    )
