"""Lines of an export, read back: a trace, a span or a thread in Opik's shape, with its scores.

A line says all that was known, dated by `last_updated_at`: read twice it is the same message, and
it never takes the place of what is newer.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from sightline.core import codec
from sightline.core.errors import InvalidRequestError, SightlineError, UnprocessableError
from sightline.core.ids import Id, parse_id
from sightline.domain.thread import MAX_TAG_LENGTH, MAX_TAGS
from sightline.domain.writes import ScoreWrite, SpanWrite, TraceWrite
from sightline.wire.opik.annotations import (
    SingleScoreIn,
    ThreadScoreIn,
    score_write,
    thread_score_write,
)
from sightline.wire.opik.bodies import SpanIn, TraceIn
from sightline.wire.opik.checked import Checked
from sightline.wire.opik.writes import span_write, trace_write


class AuthorScoreIn(msgspec.Struct, kw_only=True):
    """What one author gave."""

    value: Decimal
    reason: str | None = None
    category_name: str | None = None
    source: str | None = None
    last_updated_at: datetime | None = None


class ScoreIn(msgspec.Struct, kw_only=True):
    """A score: the average, and what each author gave. Without authors the average is one's own."""

    name: str
    value: Decimal
    reason: str | None = None
    category_name: str | None = None
    source: str | None = None
    last_updated_at: datetime | None = None
    last_updated_by: str | None = None
    value_by_author: dict[str, AuthorScoreIn] | None = None


class CommentIn(msgspec.Struct, kw_only=True):
    """A comment as it was written."""

    text: str
    id: str | None = None
    created_at: datetime | None = None
    created_by: str | None = None
    last_updated_at: datetime | None = None
    last_updated_by: str | None = None


class TraceLine(TraceIn, kw_only=True, tag_field="entity", tag="trace"):
    """A trace; what its spans add up to is not read."""

    feedback_scores: list[ScoreIn] | None = None
    comments: list[CommentIn] | None = None


class SpanLine(SpanIn, kw_only=True, tag_field="entity", tag="span"):
    """A span of a trace that stands in the export too, or is there already."""

    feedback_scores: list[ScoreIn] | None = None
    comments: list[CommentIn] | None = None


class ThreadLine(msgspec.Struct, kw_only=True, tag_field="entity", tag="thread"):
    """What is known of a thread beside its traces."""

    id: str
    tags: list[str] | None = None
    feedback_scores: list[ScoreIn] | None = None
    last_updated_at: datetime | None = None


class Comment(msgspec.Struct, kw_only=True):
    """A comment on a trace or a span; without an id it is a new one. Times are Unix µs."""

    id: Id | None
    text: str
    created_by: str
    created_at_us: int
    last_updated_by: str
    last_updated_us: int


class Line(msgspec.Struct, kw_only=True):
    """What a line says: of a trace, a span or a thread, which is the one that is not None."""

    trace: TraceWrite | None = None
    span: SpanWrite | None = None
    thread_id: str | None = None
    thread_tags: list[str] | None = None
    version_us: int
    scores: list[ScoreWrite] = []
    comments: list[Comment] = []


_Item = TraceLine | SpanLine | ThreadLine
_decoder = msgspec.json.Decoder(_Item)


def read_line(data: bytes, number: int, now_us: int) -> Line:
    """Return what a line says; `number` names it in errors.

    Raises `InvalidRequestError` for a line that is no JSON, `UnprocessableError` naming its fields.
    """
    path = f"line {number}"
    item = _decoded(data, path)
    version_us = now_us
    if item.last_updated_at is not None:
        version_us = Checked(path).time("last_updated_at", item.last_updated_at)
    if isinstance(item, ThreadLine):
        return _thread(item, path, version_us)
    if not item.id:
        raise _wrong(f"{path}.id must not be null")
    kind = "trace" if isinstance(item, TraceLine) else "span"
    line = Line(
        version_us=version_us,
        scores=[
            score_write(given, kind, item.id, f"{path}.feedback_scores[{i}]", dated_us)
            for i, score in enumerate(item.feedback_scores or ())
            for given, dated_us in _given(score, f"{path}.feedback_scores[{i}]", version_us)
        ],
        comments=[
            _comment(comment, f"{path}.comments[{i}]", version_us)
            for i, comment in enumerate(item.comments or ())
        ],
    )
    if isinstance(item, TraceLine):
        line.trace = trace_write(item, Checked(path), now_us)
    else:
        line.span = span_write(item, Checked(path), now_us)
    return line


def _decoded(data: bytes, path: str) -> _Item:
    try:
        found: _Item = _decoder.decode(data)
        return found
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        # Once more as bodies are read: that takes what Python writes for NaN, and knows the field.
        return _read_again(data, path)


def _read_again(data: bytes, path: str) -> _Item:
    union: Any = _Item
    try:
        found: _Item = codec.decode(data, union)
        return found
    except UnprocessableError as error:
        raise _wrong(*[f"{path}.{field}" for field in error.fields or ()]) from None
    except SightlineError as error:
        raise InvalidRequestError(
            f"{path} is no JSON: {error.message}",
            hint="Each line is one JSON object, as an export with format=jsonl writes it",
            fields=[f"{path} is no JSON"],
        ) from None


def _thread(item: ThreadLine, path: str, version_us: int) -> Line:
    if not item.id.strip():
        raise _wrong(f"{path}.id must not be blank")
    tags = item.tags
    if tags is not None and (len(tags) > MAX_TAGS or any(len(t) > MAX_TAG_LENGTH for t in tags)):
        raise _wrong(
            f"{path}.tags may hold at most {MAX_TAGS} tags of at most {MAX_TAG_LENGTH} characters"
        )
    scores = []
    for i, score in enumerate(item.feedback_scores or ()):
        place = f"{path}.feedback_scores[{i}]"
        for given, dated_us in _given(score, place, version_us):
            fields = {name: getattr(given, name) for name in given.__struct_fields__}
            scores.append(
                thread_score_write(ThreadScoreIn(thread_id=item.id, **fields), place, dated_us)
            )
    return Line(thread_id=item.id, thread_tags=tags, version_us=version_us, scores=scores)


def _given(score: ScoreIn, path: str, version_us: int) -> list[tuple[SingleScoreIn, int]]:
    """Return what each author gave and when, in Unix µs."""
    authors: dict[str, AuthorScoreIn | ScoreIn] = {**(score.value_by_author or {})}
    if not authors:
        authors[score.last_updated_by or ""] = score
    found = []
    for author, by in authors.items():
        dated_us = version_us
        if by.last_updated_at is not None:
            dated_us = Checked(path).time("last_updated_at", by.last_updated_at)
        given = SingleScoreIn(
            name=score.name,
            value=by.value,
            category_name=by.category_name,
            reason=by.reason,
            source=by.source,
            author=author or None,
        )
        found.append((given, dated_us))
    return found


def _comment(item: CommentIn, path: str, version_us: int) -> Comment:
    if not item.text.strip():
        raise _wrong(f"{path}.text must not be blank")
    fields = Checked(path)
    created_us = fields.optional_time("created_at", item.created_at) or version_us
    updated_us = fields.optional_time("last_updated_at", item.last_updated_at) or created_us
    fields.done()
    return Comment(
        id=parse_id(item.id, f"{path}.id") if item.id else None,
        text=item.text,
        created_by=item.created_by or "",
        created_at_us=created_us,
        last_updated_by=item.last_updated_by or item.created_by or "",
        last_updated_us=updated_us,
    )


def _wrong(*fields: str) -> UnprocessableError:
    return UnprocessableError("; ".join(fields), fields=list(fields))
