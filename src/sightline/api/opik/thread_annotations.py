"""Feedback scores and comments on threads."""

from typing import Any

from litestar import Request, Response, Router, get, post, put

from sightline.api.kit.bodies import read_json
from sightline.api.kit.counts import check_count
from sightline.api.kit.receipts import read_counted
from sightline.api.kit.services import Services
from sightline.api.opik._entities import names_of
from sightline.api.opik._scoring import comment_handlers
from sightline.core.ids import parse_id
from sightline.domain.workspace import Principal
from sightline.wire.opik.annotations import (
    ThreadScoreBatch,
    ThreadScoreDelete,
    thread_score_write,
)


@put(
    "/feedback-scores",
    status_code=204,
    opt={"body": ThreadScoreBatch, "counted": ("opik", "scores")},
)
async def score_threads(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> None:
    """Store up to 1,000 feedback scores on threads."""
    batch = await read_counted(request, ThreadScoreBatch, "scores")
    check_count(len(batch.scores), services.limits.max_batch_items, "scores")
    now_us = services.clock.now_us()
    writes = [thread_score_write(s, f"scores[{i}]", now_us + i) for i, s in enumerate(batch.scores)]
    await services.annotations.write_scores(who, writes)


@post("/feedback-scores/delete", status_code=204, opt={"body": ThreadScoreDelete})
async def delete_thread_scores(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> None:
    """Take scores of a thread away, of one author or of all."""
    body = await read_json(request, ThreadScoreDelete)
    check_count(len(body.names), services.limits.max_batch_items, "names")
    if body.project_id:
        project_id = parse_id(body.project_id, "project_id")
    else:
        project_id = await services.directory.project_id(
            who.workspace_id, body.project_name, who.user
        )
    await services.annotations.delete_scores(
        who, "thread", body.thread_id, body.names, author=body.author, project_id=project_id
    )


@get("/feedback-scores/names")
async def get_thread_score_names(
    who: Principal, services: Services, project_id: str | None = None
) -> Response[bytes]:
    """Name the scores given to threads of a project, or of all."""
    return await names_of("thread", who, services, project_id)


ROUTER = Router(
    path="/api/v1/private/traces/threads",
    route_handlers=[
        score_threads,
        delete_thread_scores,
        get_thread_score_names,
        *comment_handlers("thread"),
    ],
    tags=["threads"],
)
