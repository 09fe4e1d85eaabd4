"""What a table of a project may show beside its fixed columns: scores, usage keys, metadata."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from sightline.core.ids import Id
from sightline.domain.filter import EntityType
from sightline.stores.analytics import known_columns as rows
from sightline.stores.analytics import names
from sightline.stores.analytics.engine import Analytics

MAX_PATHS = 200
_DEEPEST = 6


class KnownColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Names in alphabetical order; `metadata` are paths as a query or a column names them."""

    feedback_scores: list[str]
    span_feedback_scores: list[str]
    usage: list[str]
    metadata: list[str]


async def known_columns(
    analytics: Analytics, entity: EntityType, workspace_id: Id, project_id: Id
) -> KnownColumns:
    """Return the names that are in use in a project."""
    scores, span_scores, usage, paths = await asyncio.gather(
        names.score_names(analytics, entity, workspace_id, project_id),
        _span_scores(analytics, entity, workspace_id, project_id),
        rows.usage_keys(analytics, workspace_id, project_id),
        _paths(analytics, entity, workspace_id, project_id),
    )
    return KnownColumns(
        feedback_scores=scores, span_feedback_scores=span_scores, usage=usage, metadata=paths
    )


async def _span_scores(
    analytics: Analytics, entity: EntityType, workspace_id: Id, project_id: Id
) -> list[str]:
    if entity != "trace":
        return []
    return await names.score_names(analytics, "span", workspace_id, project_id)


async def _paths(
    analytics: Analytics, entity: EntityType, workspace_id: Id, project_id: Id
) -> list[str]:
    if entity == "thread":
        return []
    texts = await rows.metadata(analytics, entity, workspace_id, project_id)
    return await asyncio.to_thread(paths_of, texts)


def paths_of(texts: Sequence[str]) -> list[str]:
    """Return the paths to values in JSON objects, sorted; of too many those most often seen."""
    counts: Counter[str] = Counter()
    for text in texts:
        try:
            value = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            continue
        if isinstance(value, dict):
            counts.update(set(_leaves(value, "", 1)))
    return sorted(path for path, _ in counts.most_common(MAX_PATHS))


def _leaves(value: dict[str, Any], above: str, depth: int) -> Iterator[str]:
    for key, below in value.items():
        path = f"{above}.{key}" if above else key
        if not key or any(char in key for char in "[]"):
            continue
        if isinstance(below, dict) and below and depth < _DEEPEST:
            yield from _leaves(below, path, depth + 1)
        else:
            yield path
