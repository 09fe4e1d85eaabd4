"""`GET traces/{id}/tree`: a trace and all its spans in columns, without their payloads."""

import asyncio
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import msgspec
from litestar import MediaType, Response, Router, get

from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.core.ids import parse_id
from sightline.domain.workspace import Principal
from sightline.services.query import trace_tree
from sightline.services.query.trace_tree import Tree
from sightline.wire.opik.reads import trace_body

_TRACE_FIELDS = (
    "id project_id name start_time end_time duration tags thread_id environment source error_info "
    "total_estimated_cost usage feedback_scores created_at last_updated_at created_by ttft "
    "providers"
).split()
_NO_TAGS = msgspec.Raw(b"[]")
# These go out as they were read.
_PLAIN = ("id", "name", "type", "model", "provider", "cost", "error", "ttft", "environment")
_COLUMNS = (
    *_PLAIN,
    *"parent start duration tokens prompt_tokens completion_tokens tags scores comments".split(),
)


@get("/{id:str}/tree", summary="Read a trace's tree")
async def read_tree(id: str, who: Principal, services: Services) -> Response[bytes]:
    """Return a trace and its spans in columns of equal length, parents before their children."""
    found = await trace_tree.tree(services.analytics, who.workspace_id, parse_id(id))
    project = await services.directory.project(who.workspace_id, found.trace.columns["project_id"])
    # Tens of thousands of spans take a while: others are answered meanwhile.
    body = await asyncio.to_thread(_body, found, None if project is None else project.name)
    return Response(body, media_type=MediaType.JSON)


def _body(found: Tree, project_name: str | None) -> bytes:
    return codec.encode(
        {
            "trace": _trace(found, project_name),
            "spans": _spans(found),
            "orphaned": found.order.orphaned,
            "complete": found.is_complete,
        }
    )


def _trace(found: Tree, project_name: str | None) -> dict[str, Any]:
    columns = found.trace.columns
    body = trace_body(found.trace, [])
    shown = {name: body[name] for name in _TRACE_FIELDS}
    error_type = columns.get("error_type") or ("Error" if body["error_info"] else None)
    return shown | {
        "project_name": project_name,
        "error_type": error_type,
        "tags": shown["tags"] or [],
        "feedback_scores": shown["feedback_scores"] or [],
        "comments": found.comments,
        "is_running": body["end_time"] is None,
    }


def _spans(found: Tree) -> dict[str, Any]:
    spans, rows = found.spans, found.order.rows
    if not rows:
        return {"count": 0, **{name: [] for name in _COLUMNS}}
    # One call for all the places of a column: thousands of spans come in a hurry.
    place = itemgetter(*rows, rows[0])

    def picked(values: Sequence[Any]) -> Sequence[Any]:
        found_values: Sequence[Any] = place(values)
        return found_values[:-1]

    origin_us: int = found.trace.columns["start_time"]
    ids = picked(spans.id)
    starts = picked(spans.start_us)
    prompt, completion = picked(spans.prompt_tokens), picked(spans.completion_tokens)
    totals = zip(picked(spans.total_tokens), prompt, completion, strict=True)
    columns = {
        **{name: picked(getattr(spans, name)) for name in _PLAIN},
        "parent": found.order.parents,
        "start": [(start - origin_us) / 1000 for start in starts],
        "duration": [
            None if end is None else (end - start) / 1000
            for start, end in zip(starts, picked(spans.end_us), strict=True)
        ],
        "tokens": [_sum(p, c) if total is None else total for total, p, c in totals],
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "tags": [_raw(tags) if tags else _NO_TAGS for tags in picked(spans.tags)],
        "scores": [found.score_counts.get(id, 0) for id in ids],
        "comments": [found.comment_counts.get(id, 0) for id in ids],
    }
    return {"count": len(rows), **columns}


def _raw(json_text: str) -> msgspec.Raw:
    return msgspec.Raw(json_text.encode())


def _sum(prompt: int | None, completion: int | None) -> int | None:
    if prompt is None and completion is None:
        return None
    return (prompt or 0) + (completion or 0)


ROUTER = Router(path="/api/console/traces", route_handlers=[read_tree], tags=["console"])
