"""Feedback scores and guardrail checks of given traces or spans."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

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
# Of a span that is not merged yet the newest message counts.
_TYPE = "argMax(tupleElement(type_v, 2), tupleElement(type_v, 1))"
# Ids of so many are written out.
_FEW = 1_000
# What was scored once may count as scored: one finds nothing, and later.
_scored: WeakKeyDictionary[Analytics, set[tuple[Id, Entity]]] = WeakKeyDictionary()
_MOST_SCORED = 10_000


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
    own, of_spans = await asyncio.gather(
        _given(analytics, workspace_id, entity, ids),
        _of_spans(analytics, workspace_id, ids if with_spans else ()),
    )
    return Scores(own, of_spans)


async def scores_of_traces(
    analytics: Analytics,
    workspace_id: Id,
    trace_ids: Sequence[Id],
    spans: Mapping[Id, tuple[Id, str]],
) -> Scores:
    """Return the scores of traces and of their spans (trace and type by id), by name."""
    of_traces = f"entity_type = 'trace' AND entity_id IN {id_list(trace_ids)}"
    of_spans = f"entity_type = 'span' AND entity_id IN {id_list(spans)}"
    rows = await analytics.query(
        f"SELECT entity_type, hex(entity_id), {_SCORE} FROM feedback_scores FINAL "
        f"PREWHERE workspace_id = {id_literal(workspace_id)} AND ({of_traces} OR {of_spans}) "
        "ORDER BY name SETTINGS max_threads = 1"
    )
    own, given = (
        _by_entity((bytes.fromhex(row[1]), row[2:]) for row in rows if row[0] == kind)
        for kind in ("trace", "span")
    )
    return Scores(own, _by_trace(((id, *spans[id]) for id in sorted(given)), given))


async def has_scores(analytics: Analytics, workspace_id: Id, entity: Entity) -> bool:
    """Say whether anything of this kind was ever scored; most workspaces never score a span."""
    scored = _scored.setdefault(analytics, set())
    if (workspace_id, entity) in scored:
        return True
    rows = await analytics.query(
        f"SELECT 1 FROM feedback_scores WHERE workspace_id = {id_literal(workspace_id)} "
        f"AND entity_type = '{entity}' LIMIT 1"
    )
    if rows and len(scored) < _MOST_SCORED:
        scored.add((workspace_id, entity))
    return bool(rows)


async def _of_spans(
    analytics: Analytics, workspace_id: Id, trace_ids: Sequence[Id]
) -> dict[Id, list[SpanScore]]:
    if not trace_ids or not await has_scores(analytics, workspace_id, "span"):
        return {}
    where = f"workspace_id = {id_literal(workspace_id)} AND trace_id IN {id_list(trace_ids)}"
    spans = await analytics.query(
        f"SELECT id, any(trace_id), {_TYPE} FROM spans PREWHERE {where} "
        f"GROUP BY id ORDER BY id LIMIT {_FEW + 1} SETTINGS max_threads = 1"
    )
    if not spans:
        return {}
    if len(spans) <= _FEW:
        ids = [row[0] for row in spans]
        return _by_trace(spans, await _given(analytics, workspace_id, "span", ids))
    all_ = f"(SELECT concat(id, '') FROM spans PREWHERE {where})"
    scores = await _given(analytics, workspace_id, "span", all_)
    if not scores:
        return {}
    scored = (
        f"AND id IN {id_list(scores)}"
        if len(scores) <= _FEW
        else "WHERE concat(id, '') IN (SELECT entity_id FROM feedback_scores "
        f"WHERE workspace_id = {id_literal(workspace_id)} AND entity_type = 'span')"
    )
    spans = await analytics.query(
        f"SELECT id, any(trace_id), {_TYPE} FROM spans PREWHERE {where} {scored} "
        "GROUP BY id ORDER BY id"
    )
    return _by_trace(spans, scores)


async def _given(
    analytics: Analytics, workspace_id: Id, entity: Entity, ids: Sequence[Id] | str
) -> dict[Id, list[FeedbackScore]]:
    """Return the scores of these entities, or of those that a subquery gives."""
    # What is written out is tested before anything else is read; a subquery would use no index.
    test, among = ("WHERE", ids) if isinstance(ids, str) else ("PREWHERE", id_list(ids))
    rows = await analytics.query(
        f"SELECT hex(entity_id), {_SCORE} FROM feedback_scores FINAL "
        f"{test} workspace_id = {id_literal(workspace_id)} AND entity_type = '{entity}' "
        f"AND entity_id IN {among} ORDER BY name"
    )
    return _by_entity((bytes.fromhex(row[0]), row[1:]) for row in rows)


def _by_trace(
    spans: Iterable[Sequence[Any]], scores: dict[Id, list[FeedbackScore]]
) -> dict[Id, list[SpanScore]]:
    """Bring the scores of spans, rows of id, trace and type, to their traces."""
    found: dict[Id, list[SpanScore]] = {}
    for span_id, trace_id, span_type in spans:
        for score in scores.get(span_id, ()):
            given = SpanScore(span_id, span_type or "general", score)
            found.setdefault(trace_id, []).append(given)
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
