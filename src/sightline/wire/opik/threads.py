"""Bodies of threads.

Source: the published `opik` client 2.2.122 (`trace_thread*.py`, `traces/raw_client.py`).
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from sightline.core import codec
from sightline.core.clock import format_us
from sightline.core.errors import SightlineError, UnprocessableError
from sightline.core.ids import format_id
from sightline.domain.score import FeedbackScore
from sightline.domain.thread import MAX_TAG_LENGTH, MAX_TAGS, Thread

_NULL = msgspec.Raw(b"null")
DEFAULT_SEARCH_LIMIT = 500
MAX_SEARCH_LIMIT = 2000


class ThreadIdentifier(msgspec.Struct, kw_only=True):
    """The body of `POST traces/threads/retrieve` and `PUT traces/threads/open`."""

    thread_id: str
    project_name: str | None = None
    project_id: str | None = None
    truncate: bool | None = None


class ThreadBatchIdentifier(msgspec.Struct, kw_only=True):
    """The body of `PUT traces/threads/close`: one id or several."""

    project_name: str | None = None
    project_id: str | None = None
    thread_id: str | None = None
    thread_ids: list[str] | None = None


class ThreadDelete(msgspec.Struct, kw_only=True):
    """The body of `POST traces/threads/delete`."""

    thread_ids: list[str]
    project_name: str | None = None
    project_id: str | None = None


class ThreadUpdate(msgspec.Struct, kw_only=True):
    """The body of `PATCH traces/threads/{thread_model_id}`; null means "not said"."""

    tags: list[str] | None = None
    tags_to_add: list[str] | None = None
    tags_to_remove: list[str] | None = None


class ThreadBatchUpdate(msgspec.Struct, kw_only=True):
    """The body of `PATCH traces/threads/batch`; `ids` are thread model ids."""

    ids: list[str]
    update: ThreadUpdate
    merge_tags: bool | None = None


class ThreadSearch(msgspec.Struct, kw_only=True):
    """The body of `POST traces/threads/search`; `query` is ours.

    The SDK pages with the `id` of the last thread it got in `last_retrieved_thread_model_id`.
    """

    project_name: str | None = None
    project_id: str | None = None
    filters: msgspec.Raw = _NULL
    query: str | None = None
    last_retrieved_thread_model_id: str | None = None
    limit: int | None = None
    truncate: bool | None = None
    strip_attachments: bool | None = None
    from_time: datetime | None = None
    to_time: datetime | None = None


def check_thread_ids(ids: list[str], limit: int, field: str = "thread_ids") -> list[str]:
    """Return the ids, each once. Raises `UnprocessableError` for none, too many or a blank one."""
    if not 1 <= len(ids) <= limit:
        raise _broken(f"{field} size must be between 1 and {limit}")
    for i, id in enumerate(ids):
        if not id.strip():
            raise _broken(f"{field}[{i}] must not be blank")
    return list(dict.fromkeys(ids))


def check_tags(update: ThreadUpdate) -> None:
    """Raise `UnprocessableError` for too many tags or too long ones."""
    for field in ("tags", "tags_to_add", "tags_to_remove"):
        tags: list[str] | None = getattr(update, field)
        if tags is None:
            continue
        if len(tags) > MAX_TAGS:
            raise _broken(f"{field} size must be between 0 and {MAX_TAGS}")
        if any(len(tag) > MAX_TAG_LENGTH for tag in tags):
            raise _broken(f"{field} must hold tags of at most {MAX_TAG_LENGTH} characters")


def thread_body(
    thread: Thread, scores: list[FeedbackScore], comments: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return a thread in Opik's shape; what is not known is left out."""
    body = {
        "id": thread.id,
        "project_id": format_id(thread.project_id),
        "thread_model_id": format_id(thread.thread_model_id),
        "start_time": format_us(thread.start_time_us),
        "end_time": None if thread.end_time_us is None else format_us(thread.end_time_us),
        "duration": thread.duration,
        "first_message": message(thread.first_message, cut=thread.is_first_message_truncated),
        "last_message": message(thread.last_message, cut=thread.is_last_message_truncated),
        "feedback_scores": [score_body(s) for s in scores] or None,
        "status": thread.status,
        "number_of_messages": thread.number_of_messages,
        "total_estimated_cost": _plain(thread.total_estimated_cost),
        "usage": thread.usage or None,
        "comments": comments or None,
        "tags": thread.tags or None,
        "last_updated_at": format_us(thread.last_updated_us),
        "last_updated_by": thread.last_updated_by,
        "created_by": thread.created_by,
        "created_at": format_us(thread.created_at_us),
        "environment": thread.environment or None,
    }
    return {key: value for key, value in body.items() if value is not None}


def score_body(score: FeedbackScore) -> dict[str, Any]:
    """Return a feedback score in Opik's shape, with what each author gave."""
    return {
        "name": score.name,
        "category_name": score.category_name or None,
        "value": _plain(score.value),
        "reason": score.reason or None,
        "source": score.source,
        "created_at": format_us(score.created_at_us),
        "last_updated_at": format_us(score.last_updated_us),
        "created_by": score.created_by,
        "last_updated_by": score.last_updated_by,
        "value_by_author": {
            by.author: {
                "value": _plain(by.value),
                "reason": by.reason or None,
                "category_name": by.category_name or None,
                "source": by.source,
                "last_updated_at": format_us(by.last_updated_us),
                "author": by.author,
            }
            for by in score.by_author
        },
    }


def message(text: str, *, cut: bool = False) -> msgspec.Raw | str | None:
    """Return a message as JSON; the beginning of one as a string, since it is no JSON any more."""
    if not text:
        return None
    if not cut:
        return msgspec.Raw(text.encode("utf-8", "replace"))
    if text.startswith('"'):
        try:
            return codec.decode(text + '"', str)
        except SightlineError:
            # Cut in the middle of an escape.
            return text[1:]
    return text


def _plain(value: Decimal | None) -> Decimal | None:
    """Return a number without the zeros that its column's scale adds."""
    return None if value is None else value.normalize() + 0


def _broken(text: str) -> UnprocessableError:
    return UnprocessableError(text, fields=[text])
