"""The routes of scores and comments are alike for traces and spans; this makes them."""

from typing import Any

from litestar import MediaType, Request, Response, get, patch, post, put

from sightline.api.kit.bodies import read_json
from sightline.api.kit.comments import comment_body
from sightline.api.kit.counts import check_count
from sightline.api.kit.receipts import read_counted
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.core.errors import NotFoundError, UnprocessableError
from sightline.core.ids import format_id, parse_id
from sightline.domain.workspace import Principal
from sightline.wire.opik.annotations import (
    CommentIn,
    IdsIn,
    ScoreBatch,
    ScoreDelete,
    SingleScoreIn,
    score_write,
)

_COUNTED = {"counted": ("opik", "scores")}


def checked_text(text: str) -> str:
    """Raise `UnprocessableError` for a blank comment."""
    if not text.strip():
        raise UnprocessableError("text must not be blank", fields=["text must not be blank"])
    return text


def score_handlers(entity_type: str) -> list[Any]:
    """Return the score routes of traces or spans."""

    @put("/feedback-scores", status_code=204, opt={"body": ScoreBatch, **_COUNTED})
    async def score_batch(
        request: Request[Any, Any, Any], who: Principal, services: Services
    ) -> None:
        """Store up to 1,000 feedback scores."""
        batch = await read_counted(request, ScoreBatch, "scores")
        check_count(len(batch.scores), services.limits.max_batch_items, "scores")
        now_us = services.clock.now_us()
        writes = [
            score_write(s, entity_type, s.id, f"scores[{i}]", now_us + i)
            for i, s in enumerate(batch.scores)
        ]
        await services.annotations.write_scores(who, writes)

    @put("/{id:str}/feedback-scores", status_code=204, opt={"body": SingleScoreIn, **_COUNTED})
    async def score_one(
        request: Request[Any, Any, Any], id: str, who: Principal, services: Services
    ) -> None:
        """Store one feedback score on an entity that is there."""
        item = await read_counted(request, SingleScoreIn)
        write = score_write(item, entity_type, id, "", services.clock.now_us())
        await services.annotations.write_score(who, write)

    @post("/{id:str}/feedback-scores/delete", status_code=204, opt={"body": ScoreDelete})
    async def delete_score(
        request: Request[Any, Any, Any], id: str, who: Principal, services: Services
    ) -> None:
        """Take away a score, of one author or of all."""
        body = await read_json(request, ScoreDelete)
        await services.annotations.delete_scores(
            who, entity_type, format_id(parse_id(id)), [body.name], author=body.author
        )

    return [score_batch, score_one, delete_score]


def comment_handlers(entity_type: str) -> list[Any]:
    """Return the comment routes of traces, spans or threads."""

    @post("/{id:str}/comments", status_code=201, opt={"body": CommentIn})
    async def add_comment(
        request: Request[Any, Any, Any], id: str, who: Principal, services: Services
    ) -> Response[bytes]:
        """Add a comment."""
        body = await read_json(request, CommentIn)
        comment = await services.annotations.add_comment(
            who, entity_type, parse_id(id), checked_text(body.text)
        )
        place = f"{request.url.path.rstrip('/')}/{format_id(comment.id)}"
        return Response(
            codec.encode(comment_body(comment)),
            status_code=201,
            media_type=MediaType.JSON,
            headers={"Location": f"{services.public_url}{place}"},
        )

    @get("/{id:str}/comments/{comment_id:str}")
    async def get_comment(
        id: str, comment_id: str, who: Principal, services: Services
    ) -> Response[bytes]:
        """Return one comment."""
        comment = await services.annotations.comment(who, entity_type, parse_id(comment_id))
        if comment.entity_id != parse_id(id):
            raise NotFoundError(f"Comment with id {comment_id} not found")
        return Response(codec.encode(comment_body(comment)), media_type=MediaType.JSON)

    @patch("/comments/{comment_id:str}", status_code=204, opt={"body": CommentIn})
    async def update_comment(
        request: Request[Any, Any, Any], comment_id: str, who: Principal, services: Services
    ) -> None:
        """Change a comment's text."""
        body = await read_json(request, CommentIn)
        await services.annotations.update_comment(
            who, entity_type, parse_id(comment_id), checked_text(body.text)
        )

    @post("/comments/delete", status_code=204, opt={"body": IdsIn})
    async def delete_comments(
        request: Request[Any, Any, Any], who: Principal, services: Services
    ) -> None:
        """Delete comments."""
        body = await read_json(request, IdsIn)
        check_count(len(body.ids), services.limits.max_batch_items, "ids")
        await services.annotations.delete_comments(
            who, entity_type, [parse_id(i, f"ids[{n}]") for n, i in enumerate(body.ids)]
        )

    return [add_comment, get_comment, update_comment, delete_comments]
