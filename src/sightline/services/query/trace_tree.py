"""The tree of a trace: every span in the order in which a person reads it down."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from sightline.core.errors import NotFoundError
from sightline.core.ids import Id, format_id
from sightline.domain.entity_view import EntityView
from sightline.stores.analytics import annotations, comments, trace_tree
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.trace_tree import MAX_SPANS, SpanColumns, Sums


class Order(msgspec.Struct, frozen=True):
    """The order of a tree: `rows` are places in the columns, `parents` places in `rows` or -1.

    `orphaned` spans stand at the root though they name a parent: it is not there, or it would be
    below its own child.
    """

    rows: list[int]
    parents: list[int]
    orphaned: int


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """A trace with all its spans, its number of comments, and how much hangs on each span."""

    trace: EntityView
    comments: int
    spans: SpanColumns
    order: Order
    score_counts: dict[str, int]
    comment_counts: dict[str, int]
    is_complete: bool


async def tree(analytics: Analytics, workspace_id: Id, trace_id: Id) -> Tree:
    """Return a trace's tree, of at most `MAX_SPANS` spans.

    Spans whose trace has not come yet are a tree too. Raises `NotFoundError` when there is
    neither.
    """
    spans, own, sums, annotated, scores, said = await asyncio.gather(
        # In which project is not known yet, but it is one, unless a client moved its trace. First,
        # for it takes longest.
        trace_tree.spans(analytics, workspace_id, (), trace_id, limit=MAX_SPANS + 1),
        trace_tree.own(analytics, workspace_id, trace_id),
        trace_tree.sums(analytics, workspace_id, trace_id),
        trace_tree.annotated(analytics, workspace_id),
        annotations.scores_of(analytics, workspace_id, "trace", [trace_id]),
        comments.of_entities(analytics, workspace_id, "trace", [trace_id]),
    )
    if own is None and not sums.project_ids:
        raise NotFoundError(f"Trace with id {format_id(trace_id)} not found")
    places = sums.project_ids
    if own is not None:
        # The trace's own project has the say about a span that is in several.
        places = sorted(places, key=lambda place: place != own["project_id"])
    if len(places) > 1:
        spans = await trace_tree.spans(
            analytics, workspace_id, places, trace_id, limit=MAX_SPANS + 1
        )
    scored, commented = await trace_tree.counts(
        analytics, workspace_id, places, trace_id, annotated
    )
    order = await asyncio.to_thread(arrange, spans.id, spans.parent_id, format_id(trace_id))
    return Tree(
        trace=EntityView(
            columns=own_columns(trace_id, own, spans, places) | _sums(sums),
            scores=scores.own.get(trace_id, []),
        ),
        comments=len(said.get(trace_id, ())),
        spans=spans,
        order=_cut(order, MAX_SPANS),
        score_counts=scored,
        comment_counts=commented,
        is_complete=len(order.rows) <= MAX_SPANS,
    )


def own_columns(
    trace_id: Id, own: dict[str, Any] | None, spans: SpanColumns, places: Sequence[Id]
) -> dict[str, Any]:
    """Return a trace's columns; of one that has not come yet what its spans say."""
    if own is not None:
        return own
    start_us = min(spans.start_us, default=0)
    return {"id": trace_id, "project_id": places[0], "start_time": start_us}


def _sums(sums: Sums) -> dict[str, Any]:
    return {
        "usage": sums.usage,
        "total_estimated_cost": sums.cost,
        "providers": sums.providers,
    }


def arrange(ids: Sequence[str], parent_ids: Sequence[str], trace_id: str) -> Order:
    """Put spans, given by start time, in order: a span, then all below it, then its sibling.

    Any graph of parents becomes a tree that holds every span once: what names a parent that is not
    there becomes a root, and of spans that are each other's parents the earliest does. A span may
    name the trace itself as its parent, which makes it a plain root.
    """
    place = {id: i for i, id in enumerate(ids)}
    above = [place.get(parent_id, -1) if parent_id else -1 for parent_id in parent_ids]
    below: dict[int, list[int]] = {}
    roots: list[int] = []
    for i, parent in enumerate(above):
        if parent < 0:
            roots.append(i)
        elif parent in below:
            below[parent].append(i)
        else:
            below[parent] = [i]
    orphaned = sum(1 for i in roots if parent_ids[i] not in {"", trace_id})
    rows, parents = _walk(below, roots)
    if len(rows) < len(ids):
        rings = _rings(above, rows)
        for i in rings:
            below[above[i]].remove(i)
        rows, parents = _walk(below, sorted([*roots, *rings]))
        orphaned += len(rings)
    return Order(rows, parents, orphaned)


def _walk(below: dict[int, list[int]], roots: list[int]) -> tuple[list[int], list[int]]:
    rows: list[int] = []
    parents: list[int] = []
    stack = [(i, -1) for i in reversed(roots)]
    while stack:
        i, parent = stack.pop()
        children = below.get(i)
        if children is not None:
            here = len(rows)
            stack += [(child, here) for child in reversed(children)]
        rows.append(i)
        parents.append(parent)
    return rows, parents


def _rings(above: list[int], reached: list[int]) -> list[int]:
    """Return the earliest span of each ring of parents; `reached` hang from a root."""
    seen = bytearray(len(above))
    for i in reached:
        seen[i] = 1
    found = []
    for start in range(len(above)):
        # What hangs from no root hangs from a ring: follow the parents until one comes twice.
        path: list[int] = []
        i = start
        while not seen[i]:
            seen[i] = 1
            path.append(i)
            i = above[i]
        if path and i in path:
            found.append(min(path[path.index(i) :]))
    return found


def _cut(order: Order, limit: int) -> Order:
    """A parent comes before its children, so the beginning of a tree is a tree."""
    if len(order.rows) <= limit:
        return order
    return Order(order.rows[:limit], order.parents[:limit], order.orphaned)
