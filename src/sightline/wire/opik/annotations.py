"""Bodies of feedback scores, comments and guardrail checks.

Source: the published `opik` client 2.2.122 (`feedback_score_batch_item*.py`, `guardrail_write.py`).
"""

from decimal import Decimal

import msgspec

from sightline.core.errors import UnprocessableError
from sightline.core.ids import format_id, new_id, parse_id
from sightline.domain.writes import GuardrailWrite, ScoreWrite

_MAX_SCORE = Decimal("999999999.999999999")
_SOURCES = {"ui", "sdk", "online_scoring"}
_ABSENT = msgspec.Raw(b"null")


class ScoreIn(msgspec.Struct, kw_only=True, gc=False):
    """A score in a batch on traces or spans."""

    id: str
    name: str
    value: Decimal
    project_name: str | None = None
    project_id: str | None = None
    category_name: str | None = None
    reason: str | None = None
    source: str | None = None
    author: str | None = None


class ThreadScoreIn(msgspec.Struct, kw_only=True, gc=False):
    """A score in a batch on threads."""

    thread_id: str
    name: str
    value: Decimal
    project_name: str | None = None
    project_id: str | None = None
    category_name: str | None = None
    reason: str | None = None
    source: str | None = None
    author: str | None = None


class SingleScoreIn(msgspec.Struct, kw_only=True):
    """The body of `PUT traces/{id}/feedback-scores`."""

    name: str
    value: Decimal
    category_name: str | None = None
    reason: str | None = None
    source: str | None = None
    author: str | None = None


class ScoreBatch(msgspec.Struct):
    scores: list[ScoreIn]


class ThreadScoreBatch(msgspec.Struct):
    scores: list[ThreadScoreIn]


class ScoreDelete(msgspec.Struct):
    """Without an author, every author's score of that name goes."""

    name: str
    author: str | None = None


class ThreadScoreDelete(msgspec.Struct, kw_only=True):
    thread_id: str
    names: list[str]
    project_name: str | None = None
    project_id: str | None = None
    author: str | None = None


class CommentIn(msgspec.Struct):
    text: str


class IdsIn(msgspec.Struct):
    ids: list[str]
    project_id: str | None = None


class GuardrailIn(msgspec.Struct, kw_only=True):
    entity_id: str
    secondary_id: str
    name: str
    result: str
    id: str | None = None
    project_name: str | None = None
    project_id: str | None = None
    config: msgspec.Raw = _ABSENT
    details: msgspec.Raw = _ABSENT


class GuardrailBatch(msgspec.Struct):
    guardrails: list[GuardrailIn]


def score_write(
    item: ScoreIn | SingleScoreIn, entity_type: str, entity_id: str, path: str, now_us: int
) -> ScoreWrite:
    """Return the write of a score on a trace or span."""
    raw = parse_id(entity_id, f"{path}.id" if path else "id")
    return _score(item, entity_type, format_id(raw), path, now_us)


def thread_score_write(item: ThreadScoreIn, path: str, now_us: int) -> ScoreWrite:
    """Return the write of a score on a thread."""
    if not item.thread_id.strip():
        raise UnprocessableError(
            "thread_id must not be blank", fields=[f"{path}.thread_id must not be blank"]
        )
    return _score(item, "thread", item.thread_id, path, now_us)


def _score(
    item: ScoreIn | ThreadScoreIn | SingleScoreIn,
    entity_type: str,
    entity_id: str,
    path: str,
    now_us: int,
) -> ScoreWrite:
    prefix = f"{path}." if path else ""
    errors = []
    if not item.name.strip():
        errors.append(f"{prefix}name must not be blank")
    if not item.value.is_finite() or abs(item.value) > _MAX_SCORE:
        errors.append(f"{prefix}value must be between -{_MAX_SCORE} and {_MAX_SCORE}")
    source = item.source or "sdk"
    if source not in _SOURCES:
        errors.append(f"{prefix}source must be one of sdk, ui, online_scoring")
    if errors:
        raise UnprocessableError("; ".join(errors), fields=errors)
    project_id = getattr(item, "project_id", None)
    project_name = getattr(item, "project_name", None)
    return ScoreWrite(
        entity_type=entity_type,
        entity_id=entity_id,
        name=item.name,
        value=item.value,
        version_us=now_us,
        author=item.author or "",
        project_name=(project_name or "").strip() or None,
        project_id=parse_id(project_id, f"{prefix}project_id") if project_id else None,
        category_name=item.category_name,
        reason=item.reason,
        source=source,
    )


def guardrail_write(item: GuardrailIn, path: str, now_us: int) -> GuardrailWrite:
    """Return the write of a guardrail check."""
    errors = []
    if item.result not in {"passed", "failed"}:
        errors.append(f"{path}.result must be one of passed, failed")
    if not item.name.strip():
        errors.append(f"{path}.name must not be blank")
    if errors:
        raise UnprocessableError("; ".join(errors), fields=errors)
    return GuardrailWrite(
        id=parse_id(item.id, f"{path}.id") if item.id else new_id(),
        entity_id=parse_id(item.entity_id, f"{path}.entity_id"),
        secondary_id=parse_id(item.secondary_id, f"{path}.secondary_id"),
        name=item.name,
        result=item.result,
        version_us=now_us,
        project_name=(item.project_name or "").strip() or None,
        project_id=parse_id(item.project_id, f"{path}.project_id") if item.project_id else None,
        config=_text(item.config),
        details=_text(item.details),
    )


def _text(raw: msgspec.Raw) -> str:
    data = bytes(raw)
    return "{}" if data == b"null" else data.decode("utf-8", "replace")
