"""Statistics of the traces or spans in scope, without reading a payload.

Whether an entity has an input or an error is told by the version of that column alone, which is
kept apart on disk: an entity has it as soon as one of its rows says so.
"""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from sightline.stores.analytics.columns import TABLES, Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.relation import is_whole, key_conditions, relation
from sightline.stores.analytics.scope import Scope
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


class _Costs(msgspec.Struct, frozen=True):
    total: Decimal | None = None
    entities: int = 0
    spans: int = 0
    llm_spans: int = 0


async def stats(analytics: Analytics, entity: Entity, scope: Scope) -> Stats:
    """Return the statistics. Raises `InvalidRequestError` for a filter that cannot be."""
    (costs, usage, own), (present, scores, span_scores, failed) = await asyncio.gather(
        asyncio.gather(
            _costs(analytics, entity, scope),
            _usage(analytics, entity, scope),
            _own(analytics, entity, scope),
        ),
        asyncio.gather(
            _present(analytics, entity, scope),
            _scores(analytics, entity, scope),
            _span_scores(analytics, entity, scope),
            _failed_guardrails(analytics, entity, scope),
        ),
    )
    count, finished, durations, tags = own
    of_traces = entity == "trace" and count > 0
    return Stats(
        count=count,
        durations_ms=tuple(map(float, durations)) if finished else None,
        inputs=present[0],
        outputs=present[1],
        metadatas=present[2],
        errors=present[3],
        average_tags=tags if count else 0.0,
        average_spans=costs.spans / count if of_traces else None,
        average_llm_spans=costs.llm_spans / count if of_traces else None,
        average_cost_usd=float(costs.total or 0) / costs.entities if costs.entities else None,
        total_cost_usd=float(costs.total or 0) if costs.entities else None,
        average_usage=usage,
        average_scores=scores,
        average_span_scores=span_scores,
        failed_guardrails=failed,
    )


async def _own(
    analytics: Analytics, entity: Entity, scope: Scope
) -> tuple[int, int, Sequence[float], float]:
    binder = Binder()
    rows = await analytics.query(
        f"SELECT count(), count(duration), {_DURATIONS}, avg(length(tags)) "
        f"FROM {relation(entity, scope, ['duration', 'tags'], binder)}",
        binder.params,
    )
    return rows[0][0], rows[0][1], rows[0][2], rows[0][3]


async def _present(analytics: Analytics, entity: Entity, scope: Scope) -> list[int]:
    binder = Binder()
    everything = msgspec.structs.replace(scope, from_us=None, to_us=None)
    where = key_conditions(entity, everything)
    if not is_whole(scope):
        where.append(f"id IN {relation(entity, scope, ['id'], binder)}")
    # An id in two projects, or two traces, is two entities. 64 bits of hash tell them apart and
    # count in a quarter of the time.
    entity_hash = f"cityHash64(project_id, {'' if entity == 'trace' else 'trace_id, '}id)"
    picked = [f"uniqExactIf({entity_hash}, {name}_v.v != 0)" for name in _PRESENT]
    rows = await analytics.query(
        f"SELECT {', '.join(picked)} FROM {TABLES[entity]} WHERE {' AND '.join(where)}",
        binder.params,
    )
    return [int(n) for n in rows[0]]


async def _costs(analytics: Analytics, entity: Entity, scope: Scope) -> _Costs:
    binder = Binder()
    if entity == "span":
        rows = await analytics.query(
            "SELECT sum(total_estimated_cost), count(total_estimated_cost) "
            f"FROM {relation('span', scope, ['total_estimated_cost'], binder)}",
            binder.params,
        )
    else:
        rows = await analytics.query(
            "SELECT sum(total_estimated_cost), "
            "uniqExactIf(cityHash64(trace_id), isNotNull(total_estimated_cost)), "
            f"count(), countIf(type = 'llm') FROM spans FINAL WHERE {_of_traces(scope, binder)}",
            binder.params,
        )
    return _Costs(*rows[0])


async def _usage(analytics: Analytics, entity: Entity, scope: Scope) -> dict[str, float]:
    binder = Binder()
    if entity == "span":
        sql = (
            "SELECT tupleElement(p_, 1) AS k_, avg(tupleElement(p_, 2)) "
            f"FROM {relation('span', scope, ['usage_pairs'], binder)} ARRAY JOIN usage_pairs AS p_ "
            "GROUP BY k_ ORDER BY k_"
        )
    else:
        sql = (
            "SELECT tupleElement(p_, 1) AS k_, "
            "sum(tupleElement(p_, 2)) / uniqExact(cityHash64(trace_id)) "
            "FROM spans FINAL ARRAY JOIN tupleElement(usage_v, 2) AS p_ "
            f"WHERE {_of_traces(scope, binder)} GROUP BY k_ ORDER BY k_"
        )
    rows = await analytics.query(sql, binder.params)
    return {row[0]: float(row[1]) for row in rows}


async def _scores(analytics: Analytics, entity: Entity, scope: Scope) -> dict[str, float]:
    """Average over an entity's authors first, then over entities."""
    binder = Binder()
    rows = await analytics.query(
        "SELECT name, avg(value) FROM (SELECT name, avg(value) AS value FROM feedback_scores FINAL "
        f"WHERE workspace_id = {id_literal(scope.workspace_id)} AND entity_type = '{entity}' "
        f"AND entity_id IN (SELECT concat(id, '') FROM {_ids(entity, scope, binder)}) "
        "GROUP BY entity_id, name) GROUP BY name ORDER BY name",
        binder.params,
    )
    return {row[0]: float(row[1]) for row in rows}


async def _span_scores(analytics: Analytics, entity: Entity, scope: Scope) -> dict[str, float]:
    """Average over a span's authors, then a trace's spans, then over traces."""
    if entity == "span":
        return {}
    binder = Binder()
    workspace = f"workspace_id = {id_literal(scope.workspace_id)}"
    # Most spans have no score, so the scores are asked first, and then for whose spans they are.
    scored = f"SELECT entity_id FROM feedback_scores WHERE {workspace} AND entity_type = 'span'"
    rows = await analytics.query(
        "SELECT name, avg(value) FROM (SELECT s.trace_ AS trace_, f.name AS name, "
        "avg(f.value) AS value FROM (SELECT entity_id, name, avg(value) AS value "
        f"FROM feedback_scores FINAL WHERE {workspace} AND entity_type = 'span' "
        "GROUP BY entity_id, name) AS f INNER JOIN ("
        "SELECT DISTINCT concat(id, '') AS span_, concat(trace_id, '') AS trace_ FROM spans "
        f"WHERE {_of_traces(scope, binder)} AND concat(id, '') IN ({scored})"
        ") AS s ON s.span_ = f.entity_id GROUP BY trace_, name) GROUP BY name ORDER BY name",
        binder.params,
    )
    return {row[0]: float(row[1]) for row in rows}


async def _failed_guardrails(analytics: Analytics, entity: Entity, scope: Scope) -> int:
    if entity == "span":
        return 0
    binder = Binder()
    rows = await analytics.query(
        "SELECT uniqExact(entity_id) FROM guardrails FINAL "
        f"WHERE workspace_id = {id_literal(scope.workspace_id)} AND result = 'failed' "
        f"AND entity_id IN {_ids('trace', scope, binder)}",
        binder.params,
    )
    return int(rows[0][0])


def _of_traces(scope: Scope, binder: Binder) -> str:
    """Return the condition on spans that their trace is in scope, in whatever project they are."""
    return (
        f"workspace_id = {id_literal(scope.workspace_id)} "
        f"AND trace_id IN {_ids('trace', scope, binder)}"
    )


def _ids(entity: Entity, scope: Scope, binder: Binder) -> str:
    """Return the ids in scope exactly, without merging rows where every row would do."""
    if is_whole(scope):
        where = " AND ".join(key_conditions(entity, scope))
        return f"(SELECT id FROM {TABLES[entity]} WHERE {where})"
    return relation(entity, scope, ["id"], binder)
