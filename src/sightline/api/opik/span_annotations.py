"""Feedback scores and comments on spans."""

from litestar import Router

from sightline.api.opik._scoring import comment_handlers, score_handlers

ROUTER = Router(
    path="/api/v1/private/spans",
    route_handlers=[*score_handlers("span"), *comment_handlers("span")],
    tags=["spans"],
)
