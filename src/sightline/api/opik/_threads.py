"""What the routes of threads share: which threads are meant, how they are read and shown."""

from datetime import datetime
from typing import Any

from litestar import MediaType, Response

from sightline.api.kit.comments import comment_body
from sightline.api.kit.services import Services
from sightline.api.opik._filters import Narrowed
from sightline.core import codec
from sightline.core.clock import to_us
from sightline.core.errors import InvalidRequestError, NotFoundError
from sightline.core.ids import Id, parse_id
from sightline.domain.filter import Filter
from sightline.domain.thread import ThreadStats
from sightline.domain.workspace import Principal
from sightline.services.query.entities import Media
from sightline.services.query.threads import Reading, ThreadView
from sightline.services.workspace.configurations import DEFAULT_THREAD_TIMEOUT_S, Configurations
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.thread_columns import Lifecycle
from sightline.wire.opik.reads import average_item, count_item, percentiles_item
from sightline.wire.opik.threads import thread_body

PATH = "/api/v1/private/traces/threads"


async def project_of(
    who: Principal, services: Services, name: str | None, id: str | None
) -> Id | None:
    """Return the project that a request names, None for a name that is not in use yet.

    Raises `InvalidRequestError` when it names none, `NotFoundError` for an id that the workspace
    does not have.
    """
    if id:
        project_id = parse_id(id, "project_id")
        if await services.directory.project(who.workspace_id, project_id) is None:
            raise NotFoundError(f"Project id: {id} not found")
        return project_id
    if not name or not name.strip():
        raise InvalidRequestError("Either 'project_name' or 'project_id' must be provided")
    found = await services.directory.find_project(who.workspace_id, name)
    return None if found is None else found.id


async def project_with(
    who: Principal, services: Services, name: str | None, id: str | None, thread_id: str
) -> Id:
    """Return the project in which a thread must be. Raises `NotFoundError` when there is none."""
    found = await project_of(who, services, name, id)
    if found is None:
        raise NotFoundError(f"Thread '{thread_id}' not found")
    return found


async def reading(
    who: Principal, services: Services, *, truncate: bool, strip_attachments: bool = False
) -> Reading:
    """Return how threads are read: with the workspace's time-out, cut or with their media."""
    configurations = Configurations(services.catalog, services.clock)
    effective = await configurations.effective(who.workspace_id)
    timeout_s = effective.thread_timeout_s or DEFAULT_THREAD_TIMEOUT_S
    whole = not truncate and not strip_attachments
    return Reading(
        lifecycle=Lifecycle(now_us=services.clock.now_us(), timeout_us=timeout_s * 1_000_000),
        truncate=truncate,
        media=Media(services.catalog, services.blobs) if whole else None,
    )


async def threads_in_scope(
    who: Principal,
    services: Services,
    filter: Narrowed,
    project_name: str | None = None,
    project_id: str | None = None,
    search: str | None = None,
    from_time: datetime | None = None,
    to_time: datetime | None = None,
) -> Scope | None:
    """Read the query parameters that lists and statistics have in common.

    None stands for a project whose name is not in use yet.
    """
    project = await project_of(who, services, project_name, project_id)
    return scope_of(who, project, filter, search=search, from_time=from_time, to_time=to_time)


def scope_of(
    who: Principal,
    project_id: Id | None,
    filter: Filter,
    *,
    search: str | None = None,
    from_time: datetime | None = None,
    to_time: datetime | None = None,
) -> Scope | None:
    """Return what a question is about. Raises `InvalidRequestError` when the times are crossed."""
    from_us = None if from_time is None else to_us(from_time)
    until_us = None if to_time is None else to_us(to_time)
    if from_us is not None and until_us is not None and from_us >= until_us:
        raise InvalidRequestError("Parameter 'to_time' must be after 'from_time'")
    if project_id is None:
        return None
    return Scope(
        workspace_id=who.workspace_id,
        project_ids=(project_id,),
        from_us=from_us,
        to_us=until_us,
        filter=filter,
        search=search or "",
    )


def view_body(view: ThreadView) -> dict[str, Any]:
    """Return a thread in Opik's shape."""
    return thread_body(view.thread, view.scores, [comment_body(c) for c in view.comments])


def stat_items(stats: ThreadStats) -> list[dict[str, Any]]:
    """Return statistics in Opik's shape: named figures, each of a type."""
    return [
        count_item("thread_count", stats.thread_count),
        percentiles_item("duration", stats.durations_ms),
        average_item("number_of_messages", stats.average_messages),
        average_item("total_estimated_cost", _float(stats.average_cost_usd)),
        average_item("total_estimated_cost_sum", _float(stats.total_cost_usd)),
        *(average_item(f"usage.{name}", n) for name, n in stats.average_usage.items()),
        *(average_item(f"feedback_scores.{name}", v) for name, v in stats.average_scores.items()),
    ]


def json_response(body: Any) -> Response[bytes]:
    return Response(codec.encode(body), media_type=MediaType.JSON)


def _float(value: Any) -> float | None:
    return None if value is None else float(value)
