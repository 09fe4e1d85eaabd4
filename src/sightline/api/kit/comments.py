"""A comment as both faces write it."""

from typing import Any

from sightline.core.clock import format_us
from sightline.core.ids import format_id
from sightline.stores.analytics.comments import Comment


def comment_body(comment: Comment) -> dict[str, Any]:
    """Return a comment in Opik's shape."""
    return {
        "id": format_id(comment.id),
        "text": comment.text,
        "created_at": format_us(comment.created_at_us),
        "last_updated_at": format_us(comment.last_updated_us),
        "created_by": comment.created_by,
        "last_updated_by": comment.last_updated_by,
    }
