"""Scores, costs and charts over all projects of a workspace."""

from collections.abc import Sequence
from typing import Any

from litestar import MediaType, Request, Response, Router, post

from sightline.api.kit.bodies import read_json
from sightline.api.kit.services import Services
from sightline.api.opik._bodies import read_optional
from sightline.api.opik.project_metrics import breakdown, lifecycle, series_body
from sightline.core import codec
from sightline.core.errors import InvalidRequestError
from sightline.core.ids import Id, format_id, parse_id
from sightline.domain.workspace import Principal
from sightline.services.query import metrics, project_figures, workspace_figures
from sightline.services.query.metrics import METRICS, Timeline
from sightline.services.query.workspace_figures import COST, SCORES, Comparison, ProjectSeries
from sightline.wire.opik.filters import parse_filters
from sightline.wire.opik.metrics import period_us
from sightline.wire.opik.workspaces import (
    TokenUsageNamesIn,
    WorkspaceMetricIn,
    WorkspaceSpanMetricIn,
    score_name,
)


@post("/metrics", status_code=200, opt={"role": "read", "body": WorkspaceMetricIn})
async def score_by_day(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Return the daily average of one score: a line a project, or one for the workspace."""
    item = await read_json(request, WorkspaceMetricIn)
    name = score_name(item)
    from_us, to_us = period_us(item.interval_start, item.interval_end, 0)
    found = await workspace_figures.daily(
        services.analytics,
        who.workspace_id,
        _ids(item.project_ids),
        workspace_figures.scores_named(name),
        name,
        from_us=from_us,
        to_us=to_us,
    )
    return _lines(found)


@post("/metrics/summaries", status_code=200, opt={"role": "read", "body": WorkspaceMetricIn})
async def score_summaries(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Return the average of each score that the period has, with that of the period before."""
    item = await read_json(request, WorkspaceMetricIn)
    from_us, to_us = period_us(item.interval_start, item.interval_end, 0)
    found = await workspace_figures.compare(
        services.analytics,
        who.workspace_id,
        _ids(item.project_ids),
        SCORES,
        from_us=from_us,
        to_us=to_us,
    )
    return _json({"results": [_comparison(c) for c in found if c.current is not None]})


@post("/metrics/spans", status_code=200, opt={"role": "read", "body": WorkspaceSpanMetricIn})
async def span_metric(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Return a metric of spans over time, over the projects together."""
    item = await read_json(request, WorkspaceSpanMetricIn)
    if METRICS[item.metric_type].measure.entity != "span":
        raise InvalidRequestError(f"Metric type '{item.metric_type}' is not a metric of spans")
    now_us = services.clock.now_us()
    from_us, to_us = period_us(item.interval_start, item.interval_end, now_us)
    found = await metrics.chart(
        services.analytics,
        who.workspace_id,
        _ids(item.project_ids),
        item.metric_type,
        Timeline.of(item.interval, from_us, to_us),
        lifecycle=await lifecycle(who, services),
        filter=parse_filters(bytes(item.filters)),
        breakdown=breakdown(item.breakdown),
    )
    return _lines([ProjectSeries(None, series) for series in found])


@post("/costs", status_code=200, opt={"role": "read", "body": WorkspaceMetricIn})
async def cost_by_day(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Return the daily cost in USD: a line a project, or one for the workspace."""
    item = await read_json(request, WorkspaceMetricIn)
    from_us, to_us = period_us(item.interval_start, item.interval_end, 0)
    found = await workspace_figures.daily(
        services.analytics,
        who.workspace_id,
        _ids(item.project_ids),
        COST,
        "cost",
        from_us=from_us,
        to_us=to_us,
    )
    return _lines(found)


@post("/costs/summaries", status_code=200, opt={"role": "read", "body": WorkspaceMetricIn})
async def cost_summary(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Return the cost of the period in USD, with that of the period before."""
    item = await read_json(request, WorkspaceMetricIn)
    from_us, to_us = period_us(item.interval_start, item.interval_end, 0)
    found = await workspace_figures.compare(
        services.analytics,
        who.workspace_id,
        _ids(item.project_ids),
        COST,
        from_us=from_us,
        to_us=to_us,
    )
    cost = found[0] if found else Comparison("", None, None)
    return _json({"name": "cost", "current": cost.current or 0.0, "previous": cost.previous or 0.0})


@post("/token-usage/names", status_code=200, opt={"role": "read", "body": TokenUsageNamesIn})
async def usage_names(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Name the usage keys of the spans of some projects, or of all."""
    item = await read_optional(request, TokenUsageNamesIn)
    names = await project_figures.usage_names(
        services.analytics, who.workspace_id, _ids(item.project_ids)
    )
    return _json({"names": names})


def _ids(texts: Sequence[str] | None) -> list[Id] | None:
    """Return the projects asked for, None when the question is about all."""
    if not texts:
        return None
    found = [parse_id(text, f"project_ids[{i}]") for i, text in enumerate(texts)]
    return list(dict.fromkeys(found))


def _lines(found: Sequence[ProjectSeries]) -> Response[bytes]:
    results = [
        {
            "project_id": None if line.project_id is None else format_id(line.project_id),
            **series_body(line.series),
        }
        for line in found
    ]
    return _json({"results": results})


def _comparison(found: Comparison) -> dict[str, Any]:
    return {"name": found.name, "current": found.current, "previous": found.previous}


def _json(body: Any) -> Response[bytes]:
    return Response(codec.encode(body), media_type=MediaType.JSON)


ROUTER = Router(
    path="/api/v1/private/workspaces",
    route_handlers=[
        score_by_day,
        score_summaries,
        span_metric,
        cost_by_day,
        cost_summary,
        usage_names,
    ],
    tags=["workspaces"],
)
