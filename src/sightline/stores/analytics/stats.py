"""Statistics of the traces or spans in scope, without reading a payload.

Whether an entity has an input or an error is told by the version of that column alone, which is
kept apart on disk: an entity has it as soon as one of its rows says so.
"""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from sightline.stores.analytics import resting, rollups, score_sums
from sightline.stores.analytics.annotations import has_scores
from sightline.stores.analytics.columns import TABLES, Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.merged import merged
from sightline.stores.analytics.relation import (
    is_whole,
    relation,
    sort_key_conditions,
)
from sightline.stores.analytics.rollup_rows import EVERY
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.score_sums import Averages
from sightline.stores.analytics.sql import Binder, id_literal

_PRESENT = ("input", "output", "metadata", "error_info")
_DURATIONS = "quantiles(0.5, 0.9, 0.99)(duration)"


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """Durations are p50, p90 and p99 in ms. Costs are USD, the average over what has a cost.

    Averages of usage and scores are over the entities that have them. `span_count` and
    `llm_span_count` are averages over traces, None for spans. None is "nothing to average".
    """

    count: int
    durations_ms: tuple[float, ...] | None
    inputs: int
    outputs: int
    metadatas: int
    errors: int
    average_tags: float
    average_spans: float | None = None
    average_llm_spans: float | None = None
    average_cost_usd: float | None
    total_cost_usd: float | None
    average_usage: dict[str, float]
    average_scores: dict[str, float]
    average_span_scores: dict[str, float]
    failed_guardrails: int


class _Own(msgspec.Struct, frozen=True):
    count: int
    finished: int
    durations: Sequence[float]
    average_tags: float
    cost: Decimal | None = None
    with_cost: int = 0


class _Present(msgspec.Struct, frozen=True):
    rows: int
    inputs: int
    outputs: int
    metadatas: int
    errors: int


class _OfSpans(msgspec.Struct, frozen=True):
    spans: int = 0
    llm_spans: int = 0
    cost: Decimal | None = None
    with_cost: int = 0


async def stats(analytics: Analytics, entity: Entity, scope: Scope) -> Stats:
    """Return the statistics. Raises `InvalidRequestError` for a filter that cannot be."""
    found, scores, failed = await asyncio.gather(
        _of_hours(analytics, entity, scope),
        _averages(analytics, entity, scope),
        _failed_guardrails(analytics, entity, scope),
    )
    if found is None:
        scope = await resting.looked_up(analytics, entity, scope)
    own, spans, usage, present = found or await _of_rows(analytics, entity, scope)
    of_traces = entity == "trace" and own.count > 0
    cost, with_cost = (
        (spans.cost, spans.with_cost) if entity == "trace" else (own.cost, own.with_cost)
    )
    total = float(cost or 0)
    return Stats(
        count=own.count,
        durations_ms=tuple(map(float, own.durations)) if own.finished else None,
        inputs=present.inputs,
        outputs=present.outputs,
        metadatas=present.metadatas,
        errors=present.errors,
        average_tags=own.average_tags if own.count else 0.0,
        average_spans=spans.spans / own.count if of_traces else None,
        average_llm_spans=spans.llm_spans / own.count if of_traces else None,
        average_cost_usd=total / with_cost if with_cost else None,
        total_cost_usd=total if with_cost else None,
        average_usage=usage,
        average_scores=scores.own,
        average_span_scores=scores.of_spans,
        failed_guardrails=failed,
    )


_Found = tuple["_Own", "_OfSpans", dict[str, float], "_Present"]


async def _of_hours(analytics: Analytics, entity: Entity, scope: Scope) -> _Found | None:
    """Return what whole hours tell, None where they do not."""
    found = await rollups.by_bucket(analytics, entity, scope, None, EVERY)
    if found is None or 0 not in found:
        return None
    sums = found[0]
    usage = {key: total / n for key, (total, n) in sorted(sums.usage.items()) if n}
    own = _Own(
        count=sums.count,
        finished=int(sums.durations is not None),
        durations=sums.durations or (),
        average_tags=sums.tags / max(1, sums.count),
        cost=sums.cost,
        with_cost=sums.cost_count,
    )
    spans = _OfSpans(sums.spans, sums.llm_spans, sums.cost, sums.cost_count)
    present = _Present(sums.count, sums.inputs, sums.outputs, sums.metadatas, sums.errors)
    return own, spans, usage, present


async def _of_rows(analytics: Analytics, entity: Entity, scope: Scope) -> _Found:
    is_unique = await _are_spans_unique(analytics, entity, scope)
    own, spans, usage, present = await asyncio.gather(
        _own(analytics, entity, scope, is_unique=is_unique and entity == "span"),
        _of_spans(analytics, entity, scope, is_unique=is_unique),
        _usage(analytics, entity, scope, is_unique=is_unique),
        _present(analytics, entity, scope),
    )
    if present.rows != own.count:
        present = await _present(analytics, entity, scope, merged=True)
    return own, spans, usage, present


async def _are_spans_unique(analytics: Analytics, entity: Entity, scope: Scope) -> bool:
    """Say whether each span in question is one row, so that it need not be merged.

    Most are, since few clients write a span twice, and rows that are together get merged for good.
    To merge in a query takes four times as long as to read, and to see that by the key a third.
    """
    if not is_whole(scope) or scope.resting is not None:
        return False
    binder = Binder()
    where = (
        " AND ".join(sort_key_conditions(entity, scope))
        if entity == "span"
        else _of_traces(scope, binder)
    )
    rows = await analytics.query(
        f"SELECT (SELECT count() FROM spans WHERE {where}) = "
        f"(SELECT count() FROM spans FINAL WHERE {where})",
        binder.params,
    )
    return bool(rows[0][0])


async def _own(analytics: Analytics, entity: Entity, scope: Scope, *, is_unique: bool) -> _Own:
    binder = Binder()
    columns = ["duration", "tags"]
    picked = f"count(), count(duration), {_DURATIONS}, avg(length(tags))"
    if entity == "span":
        columns.append("total_estimated_cost")
        picked += ", sum(total_estimated_cost), count(total_estimated_cost)"
    rows = await analytics.query(
        f"SELECT {picked} FROM {relation(entity, scope, columns, binder, is_unique=is_unique)}",
        binder.params,
    )
    return _Own(*rows[0])


async def _present(
    analytics: Analytics, entity: Entity, scope: Scope, *, merged: bool = False
) -> _Present:
    """Count what is there: rows as they are, which is right when each entity is one row, or
    `merged`, which takes ten times as long."""
    binder = Binder()
    where = sort_key_conditions(entity, scope)
    if not is_whole(scope):
        where.append(f"id IN {relation(entity, scope, ['id'], binder)}")
    has = [f"{name}_v.v != 0" for name in _PRESENT]
    rows_sql = f"{TABLES[entity]} WHERE {' AND '.join(where)}"
    if merged:
        # 64 bits of hash tell entities apart as well as the key does, in half the time.
        key = "project_id, id" if entity == "trace" else "project_id, trace_id, id"
        maxima = ", ".join(f"max({sql}) AS has_{i}" for i, sql in enumerate(has))
        rows_sql = f"(SELECT {maxima} FROM {rows_sql} GROUP BY cityHash64({key}))"
        has = [f"has_{i}" for i in range(len(has))]
    rows = await analytics.query(
        f"SELECT count(), {', '.join(f'countIf({sql})' for sql in has)} FROM {rows_sql}",
        binder.params,
    )
    return _Present(*map(int, rows[0]))


async def _of_spans(
    analytics: Analytics, entity: Entity, scope: Scope, *, is_unique: bool
) -> _OfSpans:
    if entity == "span":
        return _OfSpans()
    binder = Binder()
    rows = await analytics.query(
        "SELECT count(), countIf(type = 'llm'), sum(total_estimated_cost), "
        "uniqExactIf(cityHash64(trace_id), isNotNull(total_estimated_cost)) "
        f"FROM {_spans(scope, is_unique)} WHERE {_of_traces(scope, binder)}",
        binder.params,
    )
    return _OfSpans(*rows[0])


async def _usage(
    analytics: Analytics, entity: Entity, scope: Scope, *, is_unique: bool
) -> dict[str, float]:
    binder = Binder()
    if entity == "span":
        rows_sql = relation("span", scope, ["usage_pairs"], binder, is_unique=is_unique)
        sql = (
            "SELECT tupleElement(p_, 1) AS k_, avg(tupleElement(p_, 2)) "
            f"FROM {rows_sql} ARRAY JOIN usage_pairs AS p_ GROUP BY k_ ORDER BY k_"
        )
    else:
        sql = (
            "SELECT tupleElement(p_, 1) AS k_, "
            "sum(tupleElement(p_, 2)) / uniqExact(cityHash64(trace_id)) "
            f"FROM {_spans(scope, is_unique)} "
            "ARRAY JOIN tupleElement(usage_v, 2) AS p_ "
            f"WHERE {_of_traces(scope, binder)} GROUP BY k_ ORDER BY k_"
        )
    rows = await analytics.query(sql, binder.params)
    return {row[0]: float(row[1]) for row in rows}


async def _averages(analytics: Analytics, entity: Entity, scope: Scope) -> Averages:
    found = await score_sums.averages(analytics, entity, scope)
    if found is not None:
        return found
    return Averages(
        *await asyncio.gather(
            _scores(analytics, entity, scope), _span_scores(analytics, entity, scope)
        )
    )


async def _scores(analytics: Analytics, entity: Entity, scope: Scope) -> dict[str, float]:
    """Average over an entity's authors first, then over entities."""
    if not await has_scores(analytics, scope.workspace_id, entity):
        return {}
    binder = Binder()
    workspace = f"workspace_id = {id_literal(scope.workspace_id)}"
    rows = await analytics.query(
        "SELECT name, avg(value) FROM (SELECT name, avg(value) AS value FROM feedback_scores FINAL "
        f"WHERE {workspace} AND entity_type = '{entity}' AND entity_id IN ("
        f"SELECT concat(id, '') FROM {_ids(entity, scope, binder)} "
        f"WHERE id IN ({_scored(workspace, entity)})) "
        "GROUP BY entity_id, name) GROUP BY name ORDER BY name",
        binder.params,
    )
    return {row[0]: float(row[1]) for row in rows}


async def _span_scores(analytics: Analytics, entity: Entity, scope: Scope) -> dict[str, float]:
    """Average over a span's authors, then a trace's spans, then over traces."""
    if entity == "span" or not await has_scores(analytics, scope.workspace_id, "span"):
        return {}
    binder = Binder()
    workspace = f"workspace_id = {id_literal(scope.workspace_id)}"
    rows = await analytics.query(
        "SELECT name, avg(value) FROM (SELECT s.trace_ AS trace_, f.name AS name, "
        "avg(f.value) AS value FROM (SELECT entity_id, name, avg(value) AS value "
        f"FROM feedback_scores FINAL WHERE {workspace} AND entity_type = 'span' "
        "GROUP BY entity_id, name) AS f INNER JOIN ("
        "SELECT concat(id, '') AS span_, concat(t_, '') AS trace_ FROM ("
        # Put together first, or else each span's trace would be looked for among all.
        "SELECT id, arrayJoin(groupUniqArray(trace_id)) AS t_ FROM spans "
        f"WHERE {workspace} AND id IN ({_scored(workspace, 'span')}) GROUP BY id) "
        f"WHERE t_ IN {_ids('trace', scope, binder)}"
        ") AS s ON s.span_ = f.entity_id GROUP BY trace_, name) GROUP BY name ORDER BY name",
        binder.params,
    )
    return {row[0]: float(row[1]) for row in rows}


def _scored(workspace: str, entity: Entity) -> str:
    """Of many entities few have scores, so those are asked for first: the set stays small."""
    return (
        "SELECT toFixedString(entity_id, 16) FROM feedback_scores "
        f"WHERE {workspace} AND entity_type = '{entity}'"
    )


async def _failed_guardrails(analytics: Analytics, entity: Entity, scope: Scope) -> int:
    if entity == "span":
        return 0
    binder = Binder()
    failed = f"workspace_id = {id_literal(scope.workspace_id)} AND result = 'failed'"
    rows = await analytics.query(
        f"SELECT uniqExact(entity_id) FROM guardrails FINAL WHERE {failed} AND entity_id IN ("
        f"SELECT id FROM {_ids('trace', scope, binder)} "
        f"WHERE id IN (SELECT entity_id FROM guardrails WHERE {failed}))",
        binder.params,
    )
    return int(rows[0][0])


def _spans(scope: Scope, is_unique: bool) -> str:
    return "spans" if is_unique else merged("span", scope)


def _of_traces(scope: Scope, binder: Binder) -> str:
    """Return the condition on spans that their trace is in scope, in whatever project they are."""
    return (
        f"workspace_id = {id_literal(scope.workspace_id)} "
        f"AND trace_id IN {_ids('trace', scope, binder)}"
    )


def _ids(entity: Entity, scope: Scope, binder: Binder) -> str:
    """Return the ids in scope exactly, without merging rows where every row would do."""
    if is_whole(scope):
        where = " AND ".join(sort_key_conditions(entity, scope))
        return f"(SELECT id FROM {TABLES[entity]} WHERE {where})"
    return relation(entity, scope, ["id"], binder)
