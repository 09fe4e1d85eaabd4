"""The present state of a few entities, read only where REST semantics ask for it."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from sightline.core.ids import NIL, Id
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.sql import Binder, id_list, id_literal


class CurrentTrace(msgspec.Struct, frozen=True):
    id: Id
    project_id: Id
    tags: list[str]
    is_partial: bool
    last_updated_us: int
    has_ended: bool


class CurrentSpan(msgspec.Struct, frozen=True):
    id: Id
    project_id: Id
    trace_id: Id
    parent_span_id: Id | None
    tags: list[str]
    is_partial: bool
    last_updated_us: int
    has_ended: bool


async def traces(
    analytics: Analytics, workspace_id: Id, ids: Sequence[Id]
) -> dict[Id, CurrentTrace]:
    """Return what is known of these traces, by id; the newest when an id is in two projects."""
    if not ids:
        return {}
    rows = await analytics.query(
        "SELECT id, project_id, tags, is_partial, toUnixTimestamp64Micro(last_updated_at) AS t, "
        "isNotNull(end_time) "
        f"FROM traces FINAL WHERE workspace_id = {id_literal(workspace_id)} "
        f"AND id IN {id_list(ids)} ORDER BY t"
    )
    return {r[0]: CurrentTrace(r[0], r[1], list(r[2]), bool(r[3]), r[4], bool(r[5])) for r in rows}


async def spans(analytics: Analytics, workspace_id: Id, ids: Sequence[Id]) -> dict[Id, CurrentSpan]:
    """Return what is known of these spans, by id; the newest when an id is in two places."""
    if not ids:
        return {}
    rows = await analytics.query(
        "SELECT id, project_id, trace_id, parent_span_id, tags, is_partial, "
        "toUnixTimestamp64Micro(last_updated_at) AS t, isNotNull(end_time) "
        f"FROM spans FINAL WHERE workspace_id = {id_literal(workspace_id)} "
        f"AND id IN {id_list(ids)} ORDER BY t"
    )
    return {
        r[0]: CurrentSpan(
            r[0],
            r[1],
            r[2],
            None if r[3] == NIL else r[3],
            list(r[4]),
            bool(r[5]),
            r[6],
            bool(r[7]),
        )
        for r in rows
    }


class Place(NamedTuple):
    """Where a trace or span is; a trace is in itself."""

    project_id: Id
    trace_id: Id


async def places_of(
    analytics: Analytics, workspace_id: Id, entity_type: str, ids: Sequence[Id]
) -> dict[Id, list[Place]]:
    """Return the places of each trace or span that exists: mostly one."""
    if not ids:
        return {}
    table, trace_id = ("traces", "id") if entity_type == "trace" else ("spans", "trace_id")
    rows = await analytics.query(
        f"SELECT DISTINCT id, project_id, {trace_id} FROM {table} "
        f"WHERE workspace_id = {id_literal(workspace_id)} AND id IN {id_list(ids)}"
    )
    found: dict[Id, list[Place]] = {}
    for id, project_id, trace in rows:
        found.setdefault(id, []).append(Place(project_id, trace))
    return found


async def projects_of(
    analytics: Analytics, workspace_id: Id, entity_type: str, ids: Sequence[Id]
) -> dict[Id, Id]:
    """Return the project of each trace or span that exists."""
    if not ids:
        return {}
    table = "traces" if entity_type == "trace" else "spans"
    rows = await analytics.query(
        f"SELECT id, any(project_id) FROM {table} "
        f"WHERE workspace_id = {id_literal(workspace_id)} AND id IN {id_list(ids)} GROUP BY id"
    )
    return dict(rows)  # type: ignore[arg-type]


async def score_authors(
    analytics: Analytics,
    workspace_id: Id,
    entity_type: str,
    entity_id: bytes,
    names: Sequence[str],
    project_id: Id | None = None,
) -> list[tuple[Id, str, str]]:
    """Return (project, name, author) of an entity's scores with these names."""
    binder = Binder()
    place = f" AND project_id = {id_literal(project_id)}" if project_id else ""
    rows = await analytics.query(
        "SELECT project_id, name, author FROM feedback_scores FINAL "
        f"WHERE workspace_id = {id_literal(workspace_id)} "
        f"AND entity_type = {binder.add(entity_type)} AND entity_id = unhex('{entity_id.hex()}') "
        f"AND lower(name) IN {binder.add([n.lower() for n in names], 'Array(String)')}{place}",
        binder.params,
    )
    return [(r[0], r[1], r[2]) for r in rows]
