"""Feedback scores as they are read: one of each name, made of what each author gave."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

_NO_REASON = "<no reason>"


class AuthorScore(msgspec.Struct, frozen=True, kw_only=True):
    """What one author gave. Times are Unix µs."""

    author: str
    value: Decimal
    category_name: str
    reason: str
    source: str
    created_at_us: int
    last_updated_us: int


class FeedbackScore(msgspec.Struct, frozen=True, kw_only=True):
    """The score of one name on a trace, span or thread: the average over its authors."""

    name: str
    value: Decimal
    category_name: str
    reason: str
    source: str
    created_at_us: int
    created_by: str
    last_updated_us: int
    last_updated_by: str
    by_author: tuple[AuthorScore, ...]


def merge_authors(name: str, given: Sequence[AuthorScore]) -> FeedbackScore:
    """Return the score that authors gave together; `given` is not empty."""
    order = tuple(sorted(given, key=lambda s: (s.created_at_us, s.author)))
    first, newest = order[0], max(order, key=lambda s: (s.last_updated_us, s.author))
    return FeedbackScore(
        name=name,
        value=sum((s.value for s in order), Decimal(0)) / len(order),
        category_name=", ".join(dict.fromkeys(s.category_name for s in order if s.category_name)),
        reason=_reasons(order),
        source=first.source,
        created_at_us=first.created_at_us,
        created_by=first.author,
        last_updated_us=newest.last_updated_us,
        last_updated_by=newest.author,
        by_author=order,
    )


def _reasons(order: Sequence[AuthorScore]) -> str:
    if not any(s.reason for s in order):
        return ""
    return ", ".join(s.reason or _NO_REASON for s in order)
