"""A trace or span as readers get it: its columns and what hangs on it."""

from typing import Any

import msgspec

from sightline.core.ids import Id
from sightline.domain.score import FeedbackScore


class SpanScore(msgspec.Struct, frozen=True):
    """A score on one span of a trace."""

    span_id: Id
    span_type: str
    score: FeedbackScore


class GuardrailCheck(msgspec.Struct, frozen=True):
    """A guardrail's verdict on a span: `passed` or `failed`."""

    span_id: Id
    name: str
    result: str


class EntityView(msgspec.Struct, kw_only=True):
    """What was asked for of one trace or span.

    `columns` holds logical columns: ids as bytes, times as Unix µs, durations as ms, payloads as
    JSON text; `<payload>_cut` is true where only the beginning of a payload was read. A column
    that was not asked for is not there.
    """

    columns: dict[str, Any]
    scores: list[FeedbackScore] = []
    span_scores: list[SpanScore] = []
    checks: list[GuardrailCheck] = []

    @property
    def id(self) -> Id:
        found: Id = self.columns["id"]
        return found
