"""What a query may say in a project: its fields, and the keys that its rows have."""

import asyncio

from sightline.domain.filter import EntityType
from sightline.stores.analytics import json_keys, names, project_figures
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.scope import Scope
from sightline.wire.query.fields import FIELDS, QueryField

MAX_KEYS = 200


async def keys_of_fields(
    analytics: Analytics, entity: EntityType, scope: Scope
) -> list[tuple[QueryField, list[str]]]:
    """Return an entity's fields, those that take a key with the keys seen in the project."""
    scores, of_spans, usage, metadata = await asyncio.gather(
        _score_names(analytics, entity, scope),
        _span_score_names(analytics, entity, scope),
        project_figures.usage_names(analytics, scope),
        _metadata(analytics, entity, scope),
    )
    known = {
        "feedback_scores": scores,
        "span_feedback_scores": of_spans,
        "usage": usage,
        "metadata": metadata,
    }
    return [
        (field, known.get(field.name, [])[:MAX_KEYS] if field.keyed else [])
        for field in FIELDS[entity]
    ]


async def _score_names(analytics: Analytics, entity: EntityType, scope: Scope) -> list[str]:
    project = scope.project_ids[0] if scope.project_ids else None
    return await names.score_names(analytics, entity, scope.workspace_id, project, None)


async def _span_score_names(analytics: Analytics, entity: EntityType, scope: Scope) -> list[str]:
    return await _score_names(analytics, "span", scope) if entity == "trace" else []


async def _metadata(analytics: Analytics, entity: EntityType, scope: Scope) -> list[str]:
    if entity == "thread":
        return []
    return await json_keys.metadata_paths(analytics, entity, scope, limit=MAX_KEYS)
