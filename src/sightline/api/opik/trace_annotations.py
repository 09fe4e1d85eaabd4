"""Feedback scores and comments on traces."""

from litestar import Router

from sightline.api.opik._scoring import comment_handlers, score_handlers

ROUTER = Router(
    path="/api/v1/private/traces",
    route_handlers=[*score_handlers("trace"), *comment_handlers("trace")],
    tags=["traces"],
)
