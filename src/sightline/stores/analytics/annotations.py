"""Feedback scores and guardrail checks of given traces or spans."""

from collections.abc import Iterable, Sequence
from typing import Any

from sightline.core.ids import Id
from sightline.domain.entity_view import GuardrailCheck, SpanScore
from sightline.domain.score import AuthorScore, FeedbackScore, merge_authors
from sightline.stores.analytics.columns import Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.sql import id_list, id_literal

_SCORE = (
    "name, author, value, category_name, reason, source, "
    "toUnixTimestamp64Micro(created_at), version"
)


async def scores_of(
    analytics: Analytics, workspace_id: Id, entity: Entity, ids: Sequence[Id]
) -> dict[Id, list[FeedbackScore]]:
    """Return the scores of these entities, by name."""
    if not ids:
        return {}
    rows = await analytics.query(
        f"SELECT hex(entity_id), {_SCORE} FROM feedback_scores FINAL "
        f"WHERE workspace_id = {id_literal(workspace_id)} AND entity_type = '{entity}' "
        f"AND entity_id IN {id_list(ids)} ORDER BY name"
    )
    return _by_entity((bytes.fromhex(row[0]), row[1:]) for row in rows)


async def span_scores_of(
    analytics: Analytics, workspace_id: Id, trace_ids: Sequence[Id]
) -> dict[Id, list[SpanScore]]:
    """Return the scores of all spans of these traces, by trace."""
    if not trace_ids:
        return {}
    workspace = f"workspace_id = {id_literal(workspace_id)}"
    spans = (
        "SELECT concat(id, '') AS span_, any(concat(trace_id, '')) AS trace_, "
        "argMax(tupleElement(type_v, 2), tupleElement(type_v, 1)) AS type_ FROM spans "
        f"PREWHERE {workspace} AND trace_id IN {id_list(trace_ids)} GROUP BY id"
    )
    rows = await analytics.query(
        f"SELECT hex(s.trace_), s.type_, hex(f.entity_id), {_SCORE} "
        f"FROM (SELECT * FROM feedback_scores FINAL WHERE {workspace} AND entity_type = 'span' "
        f"AND entity_id IN (SELECT concat(id, '') FROM spans "
        f"PREWHERE {workspace} AND trace_id IN {id_list(trace_ids)})) AS f "
        f"INNER JOIN ({spans}) AS s ON s.span_ = f.entity_id ORDER BY name"
    )
    places: dict[Id, tuple[Id, str]] = {}
    given = []
    for trace, type_, span, *rest in rows:
        span_id = bytes.fromhex(span)
        places[span_id] = (bytes.fromhex(trace), type_ or "general")
        given.append((span_id, rest))
    found: dict[Id, list[SpanScore]] = {}
    for span_id, scores in _by_entity(given).items():
        trace_id, span_type = places[span_id]
        found.setdefault(trace_id, []).extend(
            SpanScore(span_id, span_type, score) for score in scores
        )
    return found


async def checks_of(
    analytics: Analytics, workspace_id: Id, trace_ids: Sequence[Id]
) -> dict[Id, list[GuardrailCheck]]:
    """Return the guardrail checks of these traces, oldest first."""
    if not trace_ids:
        return {}
    rows = await analytics.query(
        "SELECT entity_id, secondary_id, name, result FROM guardrails FINAL "
        f"WHERE workspace_id = {id_literal(workspace_id)} AND entity_id IN {id_list(trace_ids)} "
        "ORDER BY created_at, id"
    )
    found: dict[Id, list[GuardrailCheck]] = {}
    for trace_id, *rest in rows:
        found.setdefault(trace_id, []).append(GuardrailCheck(*rest))
    return found


def _by_entity(rows: Iterable[tuple[Id, Sequence[Any]]]) -> dict[Id, list[FeedbackScore]]:
    """Bring together what the authors of each score of each entity gave."""
    given: dict[Id, dict[str, list[AuthorScore]]] = {}
    for id, (name, author, value, category_name, reason, source, created_at_us, version) in rows:
        given.setdefault(id, {}).setdefault(name, []).append(
            AuthorScore(
                author=author,
                value=value,
                category_name=category_name,
                reason=reason,
                source=source,
                created_at_us=created_at_us,
                last_updated_us=version,
            )
        )
    return {
        id: [merge_authors(name, authors) for name, authors in names.items()]
        for id, names in given.items()
    }
