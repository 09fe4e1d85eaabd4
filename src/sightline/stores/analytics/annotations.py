"""Feedback scores and guardrail checks of given traces or spans."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

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


class Scores(msgspec.Struct, frozen=True):
    """Scores by entity: its own, and for a trace those of its spans."""

    own: dict[Id, list[FeedbackScore]] = {}
    of_spans: dict[Id, list[SpanScore]] = {}


async def scores_of(
    analytics: Analytics,
    workspace_id: Id,
    entity: Entity,
    ids: Sequence[Id],
    *,
    with_spans: bool = False,
) -> Scores:
    """Return the scores of these entities, by name, and on request those of the traces' spans."""
    if not ids:
        return Scores()
    workspace = f"workspace_id = {id_literal(workspace_id)}"
    which = f"entity_type = '{entity}' AND entity_id IN {id_list(ids)}"
    if with_spans:
        which = (
            f"({which} OR entity_type = 'span' AND entity_id IN (SELECT concat(id, '') "
            f"FROM spans PREWHERE {workspace} AND trace_id IN {id_list(ids)}))"
        )
    rows = await analytics.query(
        f"SELECT entity_type, hex(entity_id), {_SCORE} FROM feedback_scores FINAL "
        f"WHERE {workspace} AND {which} ORDER BY name"
    )
    of_entity = [(bytes.fromhex(r[1]), r[2:]) for r in rows if r[0] == entity]
    if not with_spans or len(of_entity) == len(rows):
        return Scores(_by_entity(of_entity))
    of_spans = _by_entity((bytes.fromhex(r[1]), r[2:]) for r in rows if r[0] == "span")
    return Scores(_by_entity(of_entity), await _by_trace(analytics, workspace_id, ids, of_spans))


async def _by_trace(
    analytics: Analytics,
    workspace_id: Id,
    trace_ids: Sequence[Id],
    scores: dict[Id, list[FeedbackScore]],
) -> dict[Id, list[SpanScore]]:
    """Bring the scores of spans to their traces; few spans have any, so only those are read."""
    rows = await analytics.query(
        "SELECT id, any(trace_id), argMax(tupleElement(type_v, 2), tupleElement(type_v, 1)) "
        f"FROM spans PREWHERE workspace_id = {id_literal(workspace_id)} "
        f"AND trace_id IN {id_list(trace_ids)} AND id IN {id_list(scores)} GROUP BY id ORDER BY id"
    )
    found: dict[Id, list[SpanScore]] = {}
    for span_id, trace_id, span_type in rows:
        found.setdefault(trace_id, []).extend(
            SpanScore(span_id, span_type or "general", score) for score in scores[span_id]
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
