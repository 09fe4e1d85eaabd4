"""What a list of projects shows of each: counts, durations, costs, usage, scores, errors."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from sightline.core.ids import Id
from sightline.domain.filter import EVERYTHING, EntityType, Filter
from sightline.stores.analytics import project_figures as rows
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.project_figures import Period, TraceFigures
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.thread_columns import Lifecycle

_DAY_US = 86_400_000_000
# Errors of the last seven days and today are held against all earlier ones.
_RECENT_DAYS = 7
Traces = dict[Id, TraceFigures]
Averages = dict[Id, dict[str, float]]
Costs = dict[Id, tuple[Decimal, int]]
Usage = dict[Id, dict[str, tuple[int, int]]]
_NO_TRACES = TraceFigures(0, 0, (), 0, 0)


class ProjectFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one project.

    Durations in ms by percentile, None without a finished trace. Costs in USD, `average_cost_usd`
    over the traces that cost something. Usage and scores are averages over the traces that have
    them. `error_growth_percent` says by how much the recent errors raised the number of errors,
    None when there were none before.
    """

    trace_count: int
    thread_count: int
    durations_ms: dict[str, float] | None
    average_cost_usd: float
    total_cost_usd: float
    usage: dict[str, float]
    scores: dict[str, float]
    failed_guardrails: int
    error_count: int
    recent_error_count: int
    error_growth_percent: int | None


class KeyFigure(msgspec.Struct, frozen=True):
    """One figure of this period and of the one before; None where there is nothing to measure."""

    current: float | None
    previous: float | None


async def figures(
    analytics: Analytics,
    workspace_id: Id,
    project_ids: Sequence[Id],
    now_us: int,
    *,
    filter: Filter = EVERYTHING,
    from_us: int | None = None,
    to_us: int | None = None,
) -> dict[Id, ProjectFigures]:
    """Return the figures of every project asked for, in five queries whatever their number.

    A filter and a time range narrow the traces, and with them what hangs on them. Raises
    `InvalidRequestError` for a filter that cannot be.
    """
    if not project_ids:
        return {}
    scope = Scope(
        workspace_id=workspace_id,
        project_ids=tuple(project_ids),
        filter=filter,
        from_us=from_us,
        to_us=to_us,
    )
    recent_from_us = now_us // _DAY_US * _DAY_US - _RECENT_DAYS * _DAY_US

    async def of_traces() -> tuple[Traces, Averages, dict[Id, int]]:
        return (
            await rows.trace_figures(analytics, scope, recent_from_us),
            await rows.score_averages(analytics, scope),
            await rows.failed_guardrails(analytics, scope),
        )

    async def of_spans() -> tuple[Costs, Usage]:
        return (
            await rows.cost_figures(analytics, scope),
            await rows.usage_figures(analytics, scope),
        )

    # Two at a time: five would leave no reader of the store to anybody else.
    (traces, scores, failed), (costs, usage) = await asyncio.gather(of_traces(), of_spans())
    found = {}
    for id in project_ids:
        trace = traces.get(id, _NO_TRACES)
        cost, costly = costs.get(id, (Decimal(0), 0))
        found[id] = ProjectFigures(
            trace_count=trace.traces,
            thread_count=trace.threads,
            durations_ms=_percentiles(trace.durations_ms),
            average_cost_usd=float(cost) / costly if costly else 0.0,
            total_cost_usd=float(cost),
            usage={k: total / n for k, (total, n) in sorted(usage.get(id, {}).items())},
            scores=scores.get(id, {}),
            failed_guardrails=failed.get(id, 0),
            error_count=trace.recent_errors + trace.earlier_errors,
            recent_error_count=trace.recent_errors,
            error_growth_percent=(
                round(100 * trace.recent_errors / trace.earlier_errors)
                if trace.earlier_errors
                else None
            ),
        )
    return found


async def last_trace_times(
    analytics: Analytics, workspace_id: Id, project_ids: Sequence[Id] | None
) -> dict[Id, int]:
    """Return when a trace of each project last changed, Unix µs; of all projects for None."""
    if project_ids is not None and not project_ids:
        return {}
    return await rows.last_trace_times(analytics, workspace_id, project_ids)


async def score_names(
    analytics: Analytics, workspace_id: Id, project_ids: Sequence[Id] | None
) -> list[str]:
    """Return the names of scores in some projects, or in all."""
    return await rows.score_names(analytics, _scope(workspace_id, project_ids))


async def usage_names(
    analytics: Analytics, workspace_id: Id, project_ids: Sequence[Id] | None
) -> list[str]:
    """Return the usage keys of spans in some projects, or in all."""
    return await rows.usage_names(analytics, _scope(workspace_id, project_ids))


async def key_figures(
    analytics: Analytics,
    workspace_id: Id,
    project_id: Id,
    entity: EntityType,
    *,
    filter: Filter,
    from_us: int,
    to_us: int,
    lifecycle: Lifecycle,
) -> dict[str, KeyFigure]:
    """Return count, errors (% of count), avg_duration (ms) and total_cost (USD), then and now.

    The period before has the same length. Threads have no errors. A thread counts in the period in
    which it began.
    """
    length_us = to_us - from_us
    scope = Scope(
        workspace_id=workspace_id,
        project_ids=(project_id,),
        filter=filter,
        from_us=from_us - length_us,
        to_us=to_us,
    )
    found = await rows.periods(analytics, entity, scope, length_us, lifecycle)
    now, before = found.get(1, Period()), found.get(0, Period())
    cards = {"count": KeyFigure(now.count, before.count)}
    if entity != "thread":
        cards["errors"] = KeyFigure(_error_rate(now), _error_rate(before))
    cards["avg_duration"] = KeyFigure(now.average_duration_ms, before.average_duration_ms)
    cards["total_cost"] = KeyFigure(now.total_cost_usd, before.total_cost_usd)
    return cards


def _error_rate(period: Period) -> float | None:
    return 100 * period.errors / period.count if period.count else None


def _percentiles(values: Sequence[float]) -> dict[str, float] | None:
    if not values or values[0] != values[0]:
        return None
    return dict(zip(("p50", "p90", "p99"), map(float, values), strict=True))


def _scope(workspace_id: Id, project_ids: Sequence[Id] | None) -> Scope:
    return Scope(
        workspace_id=workspace_id,
        project_ids=None if project_ids is None else tuple(project_ids),
    )
