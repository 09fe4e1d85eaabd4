"""Charts, key figures and recent activity of a project."""

from typing import Any

from litestar import MediaType, Request, Response, Router, get, post

from sightline.api.kit.bodies import read_json
from sightline.api.kit.paging import check_page, page_body
from sightline.api.kit.services import Services
from sightline.api.opik._filters import filter_of
from sightline.api.opik._projects import PATH, projects
from sightline.core import codec
from sightline.core.clock import format_us
from sightline.core.errors import UnprocessableError
from sightline.core.ids import format_id, parse_id
from sightline.domain.filter import EntityType
from sightline.domain.workspace import Principal
from sightline.services.query import activities, metrics, project_figures
from sightline.services.query.metrics import METRICS, Breakdown, Series, Timeline
from sightline.services.workspace.configurations import Configurations
from sightline.stores.analytics.thread_columns import Lifecycle
from sightline.wire.opik.metrics import BreakdownIn, KpiIn, ProjectMetricIn, period_us

_ENTITIES: dict[str, EntityType] = {"traces": "trace", "spans": "span", "threads": "thread"}
_MAX_ACTIVITIES = 100


@post("/{id:str}/metrics", status_code=200, opt={"role": "read", "body": ProjectMetricIn})
async def project_metrics(
    request: Request[Any, Any, Any], id: str, who: Principal, services: Services
) -> Response[bytes]:
    """Return a metric over time; buckets without data hold null."""
    item = await read_json(request, ProjectMetricIn)
    project = await projects(services).get(who.workspace_id, parse_id(id))
    now_us = services.clock.now_us()
    from_us, to_us = period_us(item.interval_start, item.interval_end, now_us)
    entity = METRICS[item.metric_type].measure.entity
    filters = {
        "trace": item.trace_filters,
        "span": item.span_filters,
        "thread": item.thread_filters,
    }[entity]
    found = await metrics.chart(
        services.analytics,
        who.workspace_id,
        [project.id],
        item.metric_type,
        Timeline.of(item.interval, from_us, to_us),
        lifecycle=await lifecycle(who, services),
        filter=filter_of(entity, services, bytes(filters), item.query),
        breakdown=breakdown(item.breakdown),
    )
    return _json(
        {
            "project_id": format_id(project.id),
            "metric_type": item.metric_type,
            "interval": item.interval,
            "results": [series_body(series) for series in found],
        }
    )


@post("/{id:str}/kpi-cards", status_code=200, opt={"role": "read", "body": KpiIn})
async def kpi_cards(
    request: Request[Any, Any, Any], id: str, who: Principal, services: Services
) -> Response[bytes]:
    """Return count, errors (%), average duration (ms) and cost (USD), now and in the period
    before."""
    item = await read_json(request, KpiIn)
    project = await projects(services).get(who.workspace_id, parse_id(id))
    entity = _ENTITIES[item.entity_type]
    from_us, to_us = period_us(item.interval_start, item.interval_end, services.clock.now_us())
    found = await project_figures.key_figures(
        services.analytics,
        who.workspace_id,
        project.id,
        entity,
        filter=filter_of(entity, services, item.filters, item.query),
        from_us=from_us,
        to_us=to_us,
        lifecycle=await lifecycle(who, services),
    )
    stats = [
        {"type": name, "current_value": card.current, "previous_value": card.previous}
        for name, card in found.items()
    ]
    return _json({"stats": stats})


@get("/{project_id:str}/activities")
async def recent_activity(
    project_id: str,
    who: Principal,
    services: Services,
    page: int | None = None,
    size: int | None = None,
) -> Response[bytes]:
    """Return what happened in the project lately, newest first."""
    page, size = check_page(page, size)
    if size > _MAX_ACTIVITIES:
        text = f"size must be between 1 and {_MAX_ACTIVITIES}"
        raise UnprocessableError(text, fields=[text])
    project = await projects(services).get(who.workspace_id, parse_id(project_id))
    found, total = await activities.recent(
        services.analytics,
        who.workspace_id,
        project.id,
        services.clock.now_us(),
        page=page,
        size=size,
    )
    content = [
        {
            "type": item.type,
            "id": format_id(item.id),
            "name": item.name,
            "resource_id": format_id(item.id),
            "created_by": None,
            "created_at": format_us(item.at_us),
        }
        for item in found
    ]
    return _json(page_body(page, total, content))


async def lifecycle(who: Principal, services: Services) -> Lifecycle:
    """Return what decides whether a thread of the workspace is active now."""
    found = await Configurations(services.catalog, services.clock).effective(who.workspace_id)
    return Lifecycle(
        now_us=services.clock.now_us(), timeout_us=(found.thread_timeout_s or 0) * 1_000_000
    )


def breakdown(item: BreakdownIn | None) -> Breakdown | None:
    """Return by what a chart is to be split, None for not at all."""
    if item is None or item.field is None:
        return None
    return Breakdown(
        field=item.field,
        metadata_key=item.metadata_key or "",
        sub_metric=item.sub_metric or "",
    )


def series_body(series: Series) -> dict[str, Any]:
    """Return a line of a chart in Opik's shape."""
    return {
        "name": series.name,
        "data": [{"time": format_us(at), "value": value} for at, value in series.points],
    }


def _json(body: Any) -> Response[bytes]:
    return Response(codec.encode(body), media_type=MediaType.JSON)


ROUTER = Router(
    path=PATH,
    route_handlers=[project_metrics, kpi_cards, recent_activity],
    tags=["projects"],
)
