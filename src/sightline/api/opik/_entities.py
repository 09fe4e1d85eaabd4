"""What the read routes of traces and spans share: which rows are meant, how they are shown."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from litestar import MediaType, Response
from litestar.response import Stream
from msgspec.structs import replace

from sightline.api.kit.comments import comment_body
from sightline.api.kit.paging import check_page, json_param, page_body
from sightline.api.kit.services import Services
from sightline.api.opik._filters import Narrowed, filter_of
from sightline.core import codec
from sightline.core.clock import to_us
from sightline.core.errors import InvalidRequestError, NotFoundError, UnprocessableError
from sightline.core.ids import Id, parse_id
from sightline.domain.entity_view import EntityView
from sightline.domain.filter import EVERYTHING, Condition, EntityType, Filter, Sort
from sightline.domain.workspace import Principal
from sightline.services.query import entities, search, statistics
from sightline.services.query.entities import Found, Media, Shown
from sightline.stores.analytics.columns import Entity
from sightline.stores.analytics.pages import SORTABLE
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.stats import Stats
from sightline.wire.opik.projects import SortIn
from sightline.wire.opik.reads import (
    DEFAULT_SEARCH_LIMIT,
    SearchIn,
    average_item,
    count_item,
    percentiles_item,
    span_body,
    trace_body,
)

SPAN_TYPES = ("general", "tool", "llm", "guardrail")

_BODIES: dict[Entity, Callable[[EntityView, list[dict[str, Any]], Sequence[str]], Any]] = {
    "trace": trace_body,
    "span": span_body,
}


class SpanPart(NamedTuple):
    """Which spans of a project are meant: of one trace, of one type; None is all."""

    trace_id: Id | None = None
    type: str | None = None


async def scope_of(
    who: Principal,
    services: Services,
    project_name: str | None = None,
    project_id: str | None = None,
    filter: Filter = EVERYTHING,
    search: str | None = None,
    from_time: datetime | None = None,
    to_time: datetime | None = None,
    *,
    spans: SpanPart | None = None,
) -> Scope | None:
    """Return what a question is about; None when its project's name is not in use yet.

    Raises `InvalidRequestError` when no project is named or the times are crossed,
    `NotFoundError` for a project id that the workspace does not have.
    """
    from_us = None if from_time is None else to_us(from_time)
    until_us = None if to_time is None else to_us(to_time)
    if from_us is not None and until_us is not None and from_us >= until_us:
        raise InvalidRequestError("Parameter 'to_time' must be after 'from_time'")
    part = spans or SpanPart()
    scope = Scope(
        workspace_id=who.workspace_id,
        from_us=from_us,
        to_us=until_us,
        filter=filter,
        search=search or "",
        trace_id=part.trace_id,
        span_type=part.type,
    )
    if not project_id and not project_name and part.trace_id is not None:
        # A trace's id names its spans well enough, whatever project they are in.
        return scope
    project = await project_of(who, services, project_name, project_id)
    return None if project is None else replace(scope, project_ids=(project,))


async def traces_in_scope(
    who: Principal,
    services: Services,
    filter: Narrowed,
    project_name: str | None = None,
    project_id: str | None = None,
    search: str | None = None,
    from_time: datetime | None = None,
    to_time: datetime | None = None,
) -> Scope | None:
    """Read the query parameters by which lists and statistics of traces are narrowed."""
    return await scope_of(
        who, services, project_name, project_id, filter, search, from_time, to_time
    )


async def spans_in_scope(
    who: Principal,
    services: Services,
    part: SpanPart,
    filter: Narrowed,
    project_name: str | None = None,
    project_id: str | None = None,
    search: str | None = None,
    from_time: datetime | None = None,
    to_time: datetime | None = None,
) -> Scope | None:
    """Read the query parameters by which lists and statistics of spans are narrowed."""
    return await scope_of(
        who, services, project_name, project_id, filter, search, from_time, to_time, spans=part
    )


def part_of(trace_id: str | None = None, type: str | None = None) -> SpanPart:
    """Read which spans of a project are meant. Raises `UnprocessableError` for no such type."""
    if type is not None and type not in SPAN_TYPES:
        text = f"type must be one of {', '.join(SPAN_TYPES)}"
        raise UnprocessableError(text, fields=[text])
    return SpanPart(None if trace_id is None else parse_id(trace_id, "trace_id"), type)


async def project_of(
    who: Principal, services: Services, name: str | None, id: str | None
) -> Id | None:
    """Return the project that a request names, None for a name that is not in use yet.

    Whoever logs to a new project and then looks has nothing to find until the first trace came.
    """
    if id:
        project_id = parse_id(id, "project_id")
        if await services.directory.project(who.workspace_id, project_id) is None:
            raise NotFoundError(f"Project id: {id} not found")
        return project_id
    if not name or not name.strip():
        raise InvalidRequestError(
            "Either 'project_name' or 'project_id' query params must be provided"
        )
    found = await services.directory.find_project(who.workspace_id, name)
    return None if found is None else found.id


def shown_in_list(
    services: Services,
    truncate: bool = False,
    strip_attachments: bool = False,
    exclude: str | None = None,
) -> Shown:
    """Read the query parameters that say how the rows of a list are shown.

    Names in `exclude` that we do not know exclude nothing.
    """
    return shown_of(
        services,
        truncate=truncate,
        strip_attachments=strip_attachments,
        exclude=json_param(exclude, list[str], "exclude") or (),
    )


def shown_of(
    services: Services,
    *,
    truncate: bool = False,
    strip_attachments: bool = False,
    exclude: Sequence[str] = (),
) -> Shown:
    """Return how rows are shown: cut, with references to their media, or with the media itself."""
    if not truncate:
        services.memory.admit()
    whole = not truncate and not strip_attachments
    return Shown(
        truncate=truncate,
        exclude=frozenset(exclude),
        media=Media(services.catalog, services.blobs) if whole else None,
    )


async def page_of(
    entity: Entity,
    services: Services,
    scope: Scope | None,
    shown: Shown,
    *,
    page: int | None,
    size: int | None,
    sorting: str | None,
) -> Response[bytes]:
    """Answer `GET traces` or `GET spans`."""
    page, size = check_page(page, size)
    order = [
        Sort(s.field, s.descending) for s in json_param(sorting, list[SortIn], "sorting") or []
    ]
    found: list[Found] = []
    total = 0
    if scope is not None:
        found, total = await entities.page(
            services.analytics,
            entity,
            scope,
            shown,
            sorting=order,
            page=page,
            size=size,
            now_us=services.clock.now_us(),
        )
    content = [body_of(entity, item, shown) for item in found]
    return json_response(page_body(page, total, content, sortableBy=SORTABLE[entity]))


async def one_of(
    entity: Entity, who: Principal, services: Services, id: str, *, strip_attachments: bool
) -> Response[bytes]:
    """Answer `GET traces/{id}` or `GET spans/{id}`."""
    shown = shown_of(services, strip_attachments=strip_attachments)
    found = await entities.one(services.analytics, entity, who.workspace_id, parse_id(id), shown)
    return json_response(body_of(entity, found, shown))


async def stream_of(entity: Entity, who: Principal, services: Services, asked: SearchIn) -> Stream:
    """Answer `POST traces/search` or `POST spans/search`.

    A failure after the first line cuts the connection, so that no client takes a part for all.
    """
    limit = DEFAULT_SEARCH_LIMIT if asked.limit is None else asked.limit
    if limit < 1:
        raise UnprocessableError(
            "limit must be at least 1", fields=["limit must be greater than or equal to 1"]
        )
    after = asked.last_retrieved_id
    shown = shown_of(
        services,
        truncate=True if asked.truncate is None else asked.truncate,
        strip_attachments=bool(asked.strip_attachments),
        exclude=asked.exclude or (),
    )
    scope = await scope_of(
        who,
        services,
        asked.project_name,
        asked.project_id,
        filter_of(entity, services, bytes(asked.filters), asked.query),
        from_time=asked.from_time,
        to_time=asked.to_time,
        spans=part_of(asked.trace_id, asked.type) if entity == "span" else None,
    )

    async def lines() -> AsyncIterator[bytes]:
        if parts is None:
            return
        async for part in parts:
            yield codec.encode_lines([body_of(entity, item, shown) for item in part])

    parts = None
    if scope is not None:
        parts = await search.search(
            services.analytics,
            entity,
            scope,
            shown,
            after=None if after is None else parse_id(after, "last_retrieved_id"),
            limit=limit,
            now_us=services.clock.now_us(),
        )
    return Stream(lines(), media_type="application/octet-stream")


async def stats_of(entity: Entity, services: Services, scope: Scope | None) -> Response[bytes]:
    """Answer `GET traces/stats` or `GET spans/stats`."""
    if scope is None:
        return json_response({"stats": []})
    found = await statistics.statistics(services.analytics, entity, scope)
    return json_response({"stats": _stat_items(entity, found)})


async def exists_in(
    entity: Entity,
    services: Services,
    project_id: Id | None,
    who: Principal,
    source: str | None,
    *,
    thread_only: bool = False,
) -> dict[str, bool]:
    """Answer `GET traces/exists` or `GET spans/exists`."""
    if project_id is None:
        return {"exists": False}
    scope = Scope(workspace_id=who.workspace_id, project_ids=(project_id,))
    if source:
        # What does not say where it comes from came from an SDK.
        scope = replace(scope, sources=("sdk", "") if source == "sdk" else (source,))
    if thread_only:
        scope = replace(scope, filter=Condition(field="thread_id", operator="is_not_empty"))
    return {"exists": await statistics.exists(services.analytics, entity, scope)}


async def names_of(
    entity: EntityType,
    who: Principal,
    services: Services,
    project_id: str | None,
    span_type: str | None = None,
) -> Response[bytes]:
    """Answer `GET traces/feedback-scores/names` or the same of spans and threads."""
    project = None
    if project_id:
        project = await project_of(who, services, None, project_id)
    names = await statistics.score_names(
        services.analytics, entity, who.workspace_id, project, span_type
    )
    return json_response({"scores": [{"name": name} for name in names]})


def body_of(entity: Entity, found: Found, shown: Shown) -> dict[str, Any]:
    """Return a trace or a span in Opik's shape."""
    said = [comment_body(c) for c in found.comments]
    body: dict[str, Any] = _BODIES[entity](found.view, said, sorted(shown.exclude))
    return body


def json_response(body: Any) -> Response[bytes]:
    return Response(codec.encode(body), media_type=MediaType.JSON)


def _stat_items(entity: Entity, found: Stats) -> list[dict[str, Any]]:
    items = [
        count_item(f"{entity}_count", found.count),
        percentiles_item("duration", found.durations_ms),
        count_item("input", found.inputs),
        count_item("output", found.outputs),
        count_item("metadata", found.metadatas),
        average_item("tags", found.average_tags),
    ]
    if entity == "trace":
        items += [
            average_item("llm_span_count", found.average_llm_spans),
            average_item("span_count", found.average_spans),
        ]
    items += [
        average_item("total_estimated_cost", found.average_cost_usd),
        average_item("total_estimated_cost_sum", found.total_cost_usd),
    ]
    for head, values in (
        ("usage", found.average_usage),
        ("feedback_scores", found.average_scores),
        ("span_feedback_scores", found.average_span_scores),
    ):
        items += [average_item(f"{head}.{name}", value) for name, value in values.items()]
    if entity == "trace":
        items.append(count_item("guardrails_failed_count", found.failed_guardrails))
    items.append(count_item("error_count", found.errors))
    return items
