"""Traces and spans for readers: one, or those of a page, with what hangs on them.

Whatever the number of rows, each kind of thing is asked for once, and all of them side by side.
"""

import asyncio
from collections.abc import Awaitable, Sequence

import msgspec

from sightline.core.errors import NotFoundError, PayloadTooLargeError
from sightline.core.ids import Id, format_id
from sightline.domain.entity_view import EntityView
from sightline.domain.filter import Sort
from sightline.services.query import attachments
from sightline.stores.analytics import (
    annotations,
    comments,
    first_page,
    ordered,
    pages,
    rows,
    totals,
    trace_spans,
)
from sightline.stores.analytics.columns import WIDE, Entity
from sightline.stores.analytics.comments import Comment
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.filters import check_filter
from sightline.stores.analytics.likely_hours import narrowed
from sightline.stores.analytics.pages import Key
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.time_filters import in_time
from sightline.stores.blobs import Blobs
from sightline.stores.catalog.engine import Catalog

_OWN: dict[Entity, list[str]] = {
    "trace": (
        "name start_time end_time input output metadata tags error_info created_at last_updated_at "
        "created_by last_updated_by duration ttft thread_id visibility_mode source environment"
    ).split(),
    "span": (
        "trace_id parent_span_id name type start_time end_time input output metadata model "
        "provider tags usage error_info created_at last_updated_at created_by last_updated_by "
        "total_estimated_cost total_estimated_cost_version duration ttft source environment"
    ).split(),
}
_OF_SPANS = "usage total_estimated_cost span_count llm_span_count has_tool_spans providers".split()
# The spans of so many traces are mostly few.
_FEW = 50
# Whoever reads a list must be able to tell rows apart and put them in order.
_ALWAYS = frozenset(("id", "project_id", "trace_id", "start_time"))


class Media(msgspec.Struct, frozen=True):
    """Where the attachments are whose references may stand in a payload."""

    catalog: Catalog
    blobs: Blobs


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown of a row: all but `exclude`, payloads cut by `truncate` or with their media."""

    truncate: bool = False
    exclude: frozenset[str] = frozenset()
    media: Media | None = None

    def has(self, field: str) -> bool:
        return field in _ALWAYS or field not in self.exclude


class Found(msgspec.Struct, frozen=True):
    """A trace or span with its comments."""

    view: EntityView
    comments: list[Comment]


async def page(
    analytics: Analytics,
    entity: Entity,
    scope: Scope,
    shown: Shown,
    *,
    sorting: Sequence[Sort] = (),
    page: int,
    size: int,
    now_us: int,
) -> tuple[list[Found], int]:
    """Return a page (from 1) of what is in scope and how much there is in all.

    Without sorting the newest come first. Raises `InvalidRequestError` for a filter or an order
    that cannot be.
    """
    # What is wrong is raised before anything is read.
    pages.check_sorting(entity, sorting)
    check_filter(entity, scope.filter)

    scope = await narrowed(analytics, entity, in_time(scope))
    total = asyncio.ensure_future(totals.total(analytics, entity, scope))
    try:
        offset = (page - 1) * size
        is_newest_first = not sorting or list(sorting) == list(pages.NEWEST_FIRST)
        # What is loaded to spare should be small.
        if is_newest_first and not offset and shown.truncate:
            newest = await _newest(analytics, entity, scope, shown, size, now_us)
            if newest is not None:
                return newest, await total
        if is_newest_first:
            keys = await pages.find(
                analytics, entity, scope, limit=size, offset=offset, total=total, now_us=now_us
            )
        else:
            keys = await ordered.find(
                analytics, entity, scope, sorting=sorting, limit=size, offset=offset, now_us=now_us
            )
        found = await load(analytics, entity, scope.workspace_id, keys, shown)
        return found, await total
    finally:
        total.cancel()


async def one(
    analytics: Analytics, entity: Entity, workspace_id: Id, id: Id, shown: Shown
) -> Found:
    """Return one trace or span by its id. Raises `NotFoundError`."""
    wanted = own_columns(entity, shown)
    row = rows.by_id(analytics, entity, workspace_id, id, wanted, truncate=shown.truncate)
    own = _finished(analytics, entity, workspace_id, row, shown)
    found = await with_all(analytics, entity, workspace_id, own, [id], shown)
    if not found:
        raise NotFoundError(f"{entity.capitalize()} with id {format_id(id)} not found")
    return found[0]


async def load(
    analytics: Analytics,
    entity: Entity,
    workspace_id: Id,
    keys: Sequence[Key],
    shown: Shown,
    *,
    among: Scope | None = None,
) -> list[Found]:
    """Return what is shown of the rows with these keys, in their order; with `among` of those that
    are of the scope's time and kinds."""
    if not keys:
        return []
    wanted, truncate = own_columns(entity, shown), shown.truncate
    found = rows.load(analytics, entity, workspace_id, keys, wanted, truncate=truncate, among=among)
    own = _finished(analytics, entity, workspace_id, found, shown)
    return await with_all(analytics, entity, workspace_id, own, [key.id for key in keys], shown)


def own_columns(entity: Entity, shown: Shown) -> list[str]:
    """Return the columns of its own row that are shown of an entity."""
    return [c for c in _OWN[entity] if shown.has(c)]


async def with_all(
    analytics: Analytics,
    entity: Entity,
    workspace_id: Id,
    own: Awaitable[list[rows.Columns]],
    ids: Sequence[Id],
    shown: Shown,
) -> list[Found]:
    """Return the rows with their sums, scores, checks and comments, each asked for once."""
    of_trace = entity == "trace"
    found, (sums, scores), checks, said = await asyncio.gather(
        own,
        _sums_and_scores(analytics, entity, workspace_id, ids, shown),
        annotations.checks_of(
            analytics,
            workspace_id,
            ids if of_trace and shown.has("guardrails_validations") else (),
        ),
        comments.of_entities(analytics, workspace_id, entity, ids if shown.has("comments") else ()),
    )
    own_scores = scores.own if shown.has("feedback_scores") else {}
    return [
        Found(
            EntityView(
                columns=row | sums.get(row["id"], {}),
                scores=own_scores.get(row["id"], []),
                span_scores=scores.of_spans.get(row["id"], []),
                checks=checks.get(row["id"], []),
            ),
            said.get(row["id"], []),
        )
        for row in found
    ]


async def _newest(
    analytics: Analytics, entity: Entity, scope: Scope, shown: Shown, size: int, now_us: int
) -> list[Found] | None:
    async def of(keys: list[Key], among: Scope) -> list[Found]:
        return await load(analytics, entity, scope.workspace_id, keys, shown, among=among)

    return await first_page.load(
        analytics, entity, scope, of, lambda found: found.view.columns, limit=size, now_us=now_us
    )


async def _finished(
    analytics: Analytics,
    entity: Entity,
    workspace_id: Id,
    own: Awaitable[list[rows.Columns]],
    shown: Shown,
) -> list[rows.Columns]:
    """Return the rows with their media, if those are shown."""
    found = await own
    if shown.media is not None:
        # Media grow a payload a thousandfold, so a page has a bound of its own for them.
        left = analytics.options.result_bytes // 2
        for row in found:
            left -= await _put_media_back(shown.media, workspace_id, entity, row)
            if left < 0:
                raise PayloadTooLargeError(
                    "The payloads are too large together with their media",
                    hint="Ask for fewer rows, or with truncate or strip_attachments",
                )
    return found


async def _sums_and_scores(
    analytics: Analytics, entity: Entity, workspace_id: Id, ids: Sequence[Id], shown: Shown
) -> tuple[dict[Id, rows.Columns], annotations.Scores]:
    """Return what a trace's spans add up to, without spans nothing, and the scores."""
    summed = [c for c in _OF_SPANS if entity == "trace" and shown.has(c)]
    with_spans = entity == "trace" and shown.has("span_feedback_scores")
    if with_spans and len(ids) <= _FEW:
        few = await trace_spans.of_traces(analytics, workspace_id, ids)
        if few is not None:
            sums = {id: {name: all_[name] for name in summed} for id, all_ in few.sums.items()}
            return sums, await annotations.scores_of_traces(analytics, workspace_id, ids, few.spans)
    scored = ids if with_spans or shown.has("feedback_scores") else ()
    return await asyncio.gather(
        rows.span_sums(analytics, workspace_id, ids, summed),
        annotations.scores_of(analytics, workspace_id, entity, scored, with_spans=with_spans),
    )


def has_media(found: Found) -> bool:
    """Say whether a payload refers to media that are kept apart."""
    columns = found.view.columns
    return any(attachments.has_references(columns.get(name)) for name in WIDE)


async def put_media_back(media: Media, workspace_id: Id, entity: Entity, found: Found) -> None:
    """Put a row's media in place of their references."""
    await _put_media_back(media, workspace_id, entity, found.view.columns)


async def _put_media_back(media: Media, workspace_id: Id, entity: Entity, row: rows.Columns) -> int:
    """Change a row's payloads and return how many characters they have grown by."""
    grown = 0
    for name in WIDE & row.keys():
        text = row[name]
        if attachments.has_references(text):
            row[name] = await attachments.reinject(
                media.catalog, media.blobs, workspace_id, entity, row["id"], text
            )
            grown += len(row[name]) - len(text)
    return grown
