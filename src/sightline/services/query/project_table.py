"""Projects as a table shows them: with the figures of their traces, in the order of any of these.

Only what decides the order is asked of all projects, the rest of those on the page.
"""

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from sightline.core.errors import InvalidRequestError
from sightline.core.ids import Id
from sightline.domain.filter import Sort
from sightline.domain.workspace import Project
from sightline.stores.analytics import project_figures, project_table
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.narrowing import simplified
from sightline.stores.analytics.project_table import OfTraces
from sightline.stores.analytics.scope import Scope

DEFAULT_SORT = Sort("last_activity")
_OF_TRACES = ("traces", "errors", "error_rate", "duration_p50", "duration_p99")
_OF_SPANS = ("total_cost", "total_tokens")
_SCORE = "feedback_scores."
SORTABLE = ("name", "created_at", "last_activity", *_OF_TRACES, *_OF_SPANS, "feedback_scores.*")
HOURS = 24
_HOUR_US = 3_600_000_000
_MOST_NAMED = 200

Values = dict[str, Any]


class ProjectRow(msgspec.Struct, frozen=True):
    """A project, and its figures by name: those of `SORTABLE`, all scores, and a `sparkline` of
    the traces of the last 24 hours."""

    project: Project
    figures: Values


def check_sort(sort: Sort) -> None:
    """Raise `InvalidRequestError` for an order that cannot be."""
    if sort.field not in SORTABLE and not sort.field.startswith(_SCORE):
        raise InvalidRequestError(
            f"Parameter `sort` cannot be `{sort.field[:60]}`",
            hint=f"It is one of {', '.join(SORTABLE)}, with `-` before it for the largest first",
        )


async def page(
    analytics: Analytics,
    projects: Sequence[Project],
    scope: Scope,
    *,
    sort: Sort = DEFAULT_SORT,
    page: int,
    size: int,
    now_us: int,
) -> list[ProjectRow]:
    """Return a page (from 1) of projects; missing values come last, equal ones by name.

    `scope` narrows the traces that the figures are of. Raises `InvalidRequestError` for an order
    that cannot be.
    """
    check_sort(sort)
    known = await _known(analytics, projects, scope, sort)
    order = sorted(projects, key=lambda p: (p.name.lower(), p.id))
    with_value = [p for p in order if _key(p, known, sort.field) is not None]
    with_value.sort(key=lambda p: _key(p, known, sort.field), reverse=sort.descending)
    without = [p for p in order if _key(p, known, sort.field) is None]
    shown = [*with_value, *without][(page - 1) * size : page * size]
    figures = await _figures(analytics, [p.id for p in shown], scope, now_us)
    return [ProjectRow(p, figures[p.id]) for p in shown]


async def _known(
    analytics: Analytics, projects: Sequence[Project], scope: Scope, sort: Sort
) -> Mapping[Id, Values]:
    """Return of each project what decides the order, if that is a figure."""
    if not projects or sort.field in {"name", "created_at"}:
        return {}
    # Of very many projects, to say which would take longer than to read what is in the others.
    ids = tuple(p.id for p in projects) if len(projects) <= _MOST_NAMED else None
    scope = msgspec.structs.replace(scope, project_ids=ids)
    if sort.field == "last_activity":
        return await _last_activity(analytics, scope)
    scope = await simplified(analytics, "trace", scope)
    if sort.field in _OF_TRACES:
        return await _of_traces(analytics, scope)
    return await (_of_spans if sort.field in _OF_SPANS else _scores)(analytics, scope)


async def _figures(
    analytics: Analytics, ids: Sequence[Id], scope: Scope, now_us: int
) -> dict[Id, Values]:
    if not ids:
        return {}
    placed = msgspec.structs.replace(scope, project_ids=tuple(ids))
    since_us = now_us - HOURS * _HOUR_US
    lately = msgspec.structs.replace(placed, from_us=since_us, to_us=None)
    narrow = await simplified(analytics, "trace", placed)
    parts = await asyncio.gather(
        _last_activity(analytics, placed),
        _of_both(analytics, narrow),
        _scores(analytics, narrow),
        _sparklines(analytics, lately),
    )
    nothing = {
        **_traces_values(OfTraces()),
        "last_activity": None,
        "total_cost": 0.0,
        "total_tokens": 0,
        "feedback_scores": {},
        "sparkline": [0] * HOURS,
    }
    found = {}
    for id in ids:
        values = dict(nothing)
        for part in parts:
            values |= {k: v for k, v in part.get(id, {}).items() if not k.startswith(_SCORE)}
        found[id] = values
    return found


def _key(project: Project, known: Mapping[Id, Values], field: str) -> Any:
    if field == "name":
        return project.name.lower()
    if field == "created_at":
        return project.created_at_us
    return known.get(project.id, {}).get(field)


async def _last_activity(analytics: Analytics, scope: Scope) -> dict[Id, Values]:
    found = await project_figures.last_trace_times(analytics, scope.workspace_id, scope.project_ids)
    return {id: {"last_activity": at_us} for id, at_us in found.items()}


async def _of_both(analytics: Analytics, scope: Scope) -> dict[Id, Values]:
    traces, spans = await project_table.of_both(analytics, scope)
    found = {id: _traces_values(values) for id, values in traces.items()}
    for id, values in spans.items():
        found.setdefault(id, {}).update(_spans_values(*values))
    return found


async def _of_traces(analytics: Analytics, scope: Scope) -> dict[Id, Values]:
    found = await project_table.of_traces(analytics, scope)
    return {id: _traces_values(values) for id, values in found.items()}


def _traces_values(values: OfTraces) -> Values:
    return {
        "traces": values.traces,
        "errors": values.errors,
        "error_rate": values.errors / values.traces if values.traces else None,
        "duration_p50": values.duration_p50,
        "duration_p99": values.duration_p99,
    }


async def _of_spans(analytics: Analytics, scope: Scope) -> dict[Id, Values]:
    found = await project_table.of_spans(analytics, scope)
    return {id: _spans_values(*values) for id, values in found.items()}


def _spans_values(cost: Decimal, tokens: int) -> Values:
    return {"total_cost": float(cost), "total_tokens": tokens}


async def _scores(analytics: Analytics, scope: Scope) -> dict[Id, Values]:
    found = await project_table.scores(analytics, scope)
    return {
        id: {"feedback_scores": scores} | {f"{_SCORE}{n}": v for n, v in scores.items()}
        for id, scores in found.items()
    }


async def _sparklines(analytics: Analytics, scope: Scope) -> dict[Id, Values]:
    found = await project_table.hourly(analytics, scope, range(HOURS))
    return {
        id: {"sparkline": [hours.get(h, 0) for h in range(HOURS)]} for id, hours in found.items()
    }
