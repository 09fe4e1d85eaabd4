"""What is joined to a trace or a span: its spans' sums, scores, guardrail checks, comments.

Each source is one SELECT keyed by `key_` (16 bytes as String), taken over the entities in scope
alone: `ids` is a list of literals or a subquery, so that the work follows the scope and not the
workspace; None takes it over the whole workspace, for a scope that is not worth restricting to.
Spans and scores may stand in another project than their trace, so only the workspace is asked of
them.
"""

from collections.abc import Collection

from sightline.core.ids import Id
from sightline.domain.filter import EntityType
from sightline.stores.analytics.columns import Entity, column, entry, usage_of
from sightline.stores.analytics.sql import Binder, id_literal

_FROM_SPANS = frozenset(
    "usage total_estimated_cost span_count llm_span_count has_tool_spans providers models".split()
)

SPANS = "spans"
SCORES = "scores"
SPAN_SCORES = "span_scores"
GUARDRAILS = "guardrails"
COMMENTS = "comments"


def source_of(entity: Entity, name: str) -> str | None:
    """Return which source gives a logical column, None for a base or unknown column."""
    head = entry(name)[0] if entry(name) else name  # type: ignore[index]
    if head == "feedback_scores":
        return SCORES
    if head == "comments":
        return COMMENTS
    if entity == "span":
        return None
    if head in _FROM_SPANS:
        return SPANS
    return {"span_feedback_scores": SPAN_SCORES, "guardrails_result": GUARDRAILS}.get(head)


def source_sql(
    source: str,
    entity: EntityType,
    workspace_id: Id,
    ids: str | None,
    columns: Collection[str],
    binder: Binder,
    *,
    spans: str = "spans FINAL",
) -> str:
    """Return `SELECT … AS key_, columns…`, one row an entity that has anything to say.

    `spans` is what gives the merged rows of spans, of traces whose ids are not written out.
    """
    workspace = f"workspace_id = {id_literal(workspace_id)}"
    if source == SPANS:
        return _spans(spans, workspace, ids, columns, binder)
    if source == SCORES:
        return _scores(entity, workspace, ids, columns, binder)
    if source == SPAN_SCORES:
        return _span_scores(workspace, ids, columns, binder)
    if source == COMMENTS:
        return (
            "SELECT entity_id AS key_, count() AS `comments` FROM comments FINAL WHERE "
            f"{workspace} AND entity_type = '{entity}'{_among('entity_id', _as_text(ids))} "
            "GROUP BY entity_id"
        )
    return (
        "SELECT concat(entity_id, '') AS key_, "
        "if(countIf(result = 'failed') > 0, 'failed', 'passed') AS `guardrails_result` "
        f"FROM guardrails FINAL WHERE {workspace}{_among('entity_id', ids)} GROUP BY entity_id"
    )


# What spans are summed up to, and the columns that are read for it.
_SUMS = {
    "total_estimated_cost": ("sum(total_estimated_cost)", "total_estimated_cost"),
    "span_count": ("count()", ""),
    "llm_span_count": ("countIf(type = 'llm')", "type"),
    "has_tool_spans": ("countIf(type = 'tool') > 0", "type"),
    "providers": ("arraySort(groupUniqArrayIf(provider, provider != ''))", "provider"),
    "models": ("arraySort(groupUniqArrayIf(model, model != ''))", "model"),
    "usage": ("sumMap(usage)", "usage"),
}

# Those columns put together from the rows of one span as they were written.
_TOGETHER = {
    "type": "if(tupleElement(max(type_v), 1) = 0, 'general', tupleElement(max(type_v), 2))",
    "model": "tupleElement(max(model_v), 2)",
    "provider": "tupleElement(max(provider_v), 2)",
    "usage": "CAST(tupleElement(max(usage_v), 2), 'Map(String, Int64)')",
    "usage_v": "max(usage_v)",
    "tokens_v": "max(tokens_v)",
    "total_estimated_cost": (
        "multiIf(tupleElement(max(client_cost_v), 1) != 0, tupleElement(max(client_cost_v), 2), "
        "tupleElement(max(computed_cost_v), 1) != 0, tupleElement(max(computed_cost_v), 2), NULL)"
    ),
}


def _spans(
    rows: str, workspace: str, ids: str | None, columns: Collection[str], binder: Binder
) -> str:
    sums, named, read = [], [], dict[str, str]()
    for i, name in enumerate(columns):
        found = entry(name)
        if found is None:
            sql, of = _SUMS[name]
        else:
            sql = f"sum({usage_of(found[1], binder)})"
            of = "tokens_v" if found[1] == "total_tokens" else "usage_v"
        # A sum that is called like a column of the table would hide it from a shard.
        sums.append(f"{sql} AS s{i}_")
        named.append(f"s{i}_ AS {column(name)}")
        if of:
            read[of] = _TOGETHER[of]
    where = f"{workspace}{_among('trace_id', ids)}"
    if ids is not None and _are_literals(ids):
        # Of few spans, FINAL takes twice as long.
        parts = ", ".join(["trace_id", *(f"{sql} AS {name}" for name, sql in read.items())])
        rows = f"(SELECT {parts} FROM spans PREWHERE {where} GROUP BY project_id, trace_id, id)"
        where = ""
    return (
        f"SELECT key_, {', '.join(named)} FROM ("
        f"SELECT concat(trace_id, '') AS key_, {', '.join(sums)} FROM {rows} "
        f"{f'WHERE {where} ' if where else ''}GROUP BY trace_id)"
    )


def _scores(
    entity: EntityType, workspace: str, ids: str | None, columns: Collection[str], binder: Binder
) -> str:
    """Average over authors first: an entity has one value for each name of score."""
    return (
        f"SELECT entity_id AS key_, {_by_name('feedback_scores', columns, binder)} FROM ("
        "SELECT entity_id, name, avg(value) AS value FROM feedback_scores FINAL "
        f"WHERE {workspace} AND entity_type = '{entity}'{_among('entity_id', _as_text(ids))} "
        "GROUP BY entity_id, name) GROUP BY entity_id"
    )


def _span_scores(workspace: str, ids: str | None, columns: Collection[str], binder: Binder) -> str:
    """Average over a span's authors, then over the trace's spans."""
    return (
        f"SELECT key_, {_by_name('span_feedback_scores', columns, binder)} FROM ("
        "SELECT s.trace_id AS key_, f.name AS name, avg(f.value) AS value FROM ("
        "SELECT DISTINCT concat(trace_id, '') AS trace_id, concat(id, '') AS id FROM spans "
        f"WHERE {workspace}{_among('trace_id', ids)}) AS s INNER JOIN ("
        "SELECT entity_id, name, avg(value) AS value FROM feedback_scores FINAL "
        f"WHERE {workspace} AND entity_type = 'span' GROUP BY entity_id, name"
        ") AS f ON f.entity_id = s.id GROUP BY s.trace_id, f.name) GROUP BY key_"
    )


def _by_name(head: str, columns: Collection[str], binder: Binder) -> str:
    """Pick the whole map of name → value, or single names (compared without case)."""
    picked = []
    for name in columns:
        found = entry(name)
        if found is None:
            sql = "mapFromArrays(groupArray(name), groupArray(value))"
        else:
            sql = f"avgOrNullIf(value, lower(name) = lower({binder.add(found[1])}))"
        picked.append(f"{sql} AS {column(name)}")
    return ", ".join(picked)


def _are_literals(ids: str) -> bool:
    return not ids.startswith("(SELECT")


def _among(name: str, ids: str | None) -> str:
    return "" if ids is None else f" AND {name} IN {ids}"


def _as_text(ids: str | None) -> str | None:
    """Ids of a subquery as String: cast by the engine, a fixed string loses its trailing zeros."""
    if ids is None or _are_literals(ids):
        return ids
    return f"(SELECT concat(id, '') FROM {ids})"
