"""Bodies by which Opik's clients ask for traces and spans, and the shapes that they get.

Source: the published `opik` client 2.2.122 (`trace_public.py`, `span_public.py`,
`trace_search_stream_request_public*.py`, `project_stat_item_object_public.py`).
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from sightline.core.clock import format_us
from sightline.core.ids import NIL, format_id
from sightline.domain.entity_view import EntityView, GuardrailCheck, SpanScore
from sightline.domain.score import FeedbackScore
from sightline.wire.opik.threads import message, score_body

DEFAULT_SEARCH_LIMIT = 500
_NULL = msgspec.Raw(b"null")


class SearchIn(msgspec.Struct, kw_only=True):
    """The body of `POST traces/search` and `POST spans/search`; `query` is ours."""

    project_name: str | None = None
    project_id: str | None = None
    trace_id: str | None = None
    type: str | None = None
    filters: msgspec.Raw = _NULL
    query: str | None = None
    last_retrieved_id: str | None = None
    limit: int | None = None
    truncate: bool | None = None
    strip_attachments: bool | None = None
    exclude: list[str] | None = None
    from_time: datetime | None = None
    to_time: datetime | None = None


_TIMES = frozenset(("start_time", "end_time", "created_at", "last_updated_at"))
_IDS = frozenset(("id", "project_id", "trace_id", "parent_span_id"))
_PAYLOADS = frozenset(("input", "output", "metadata"))

_TRACE_FIELDS = (
    "id project_id name start_time end_time input output metadata tags error_info usage created_at "
    "last_updated_at created_by last_updated_by total_estimated_cost span_count duration ttft "
    "thread_id visibility_mode llm_span_count has_tool_spans providers source environment"
).split()
_SPAN_FIELDS = (
    "id project_id trace_id parent_span_id name type start_time end_time input output metadata "
    "model provider tags usage error_info created_at last_updated_at created_by last_updated_by "
    "total_estimated_cost total_estimated_cost_version duration ttft source environment"
).split()
# Said of every trace, also of one without spans.
_NONE_YET: dict[str, Any] = {"span_count": 0, "llm_span_count": 0, "has_tool_spans": False}


def trace_body(
    view: EntityView, comments: list[dict[str, Any]], exclude: Iterable[str] = ()
) -> dict[str, Any]:
    """Return a trace in Opik's shape, without the fields to exclude."""
    body = _fields(_TRACE_FIELDS, _NONE_YET | view.columns)
    body["feedback_scores"] = [score_body(s) for s in view.scores] or None
    body["span_feedback_scores"] = _span_scores(view.span_scores) or None
    body["comments"] = comments or None
    body["guardrails_validations"] = _validations(view.checks) or None
    body["experiment"] = None
    return _without(body, exclude)


def span_body(
    view: EntityView, comments: list[dict[str, Any]], exclude: Iterable[str] = ()
) -> dict[str, Any]:
    """Return a span in Opik's shape, without the fields to exclude."""
    body = _fields(_SPAN_FIELDS, view.columns)
    body["feedback_scores"] = [score_body(s) for s in view.scores] or None
    body["comments"] = comments or None
    return _without(body, exclude)


def count_item(name: str, value: int) -> dict[str, Any]:
    """Return a statistic that is a count."""
    return {"name": name, "type": "COUNT", "value": value}


def average_item(name: str, value: float | None) -> dict[str, Any]:
    """Return a statistic that is an average or a sum."""
    return {"name": name, "type": "AVG", "value": value}


def percentiles_item(name: str, values: tuple[float, ...] | None) -> dict[str, Any]:
    """Return a statistic that has p50, p90 and p99."""
    value = None if values is None else dict(zip(("p50", "p90", "p99"), values, strict=True))
    return {"name": name, "type": "PERCENTAGE", "value": value}


def _fields(names: Iterable[str], columns: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(name, columns.get(name), columns) for name in names}


def _value(name: str, value: Any, columns: dict[str, Any]) -> Any:
    if value is None:
        return None
    if name in _IDS:
        return None if value == NIL else format_id(value)
    if name in _TIMES:
        return format_us(value)
    if name in _PAYLOADS:
        return message(value, cut=bool(columns.get(f"{name}_cut")))
    if name == "error_info":
        return msgspec.Raw(value.encode()) if value else None
    if name == "has_tool_spans":
        return bool(value)
    if isinstance(value, Decimal):
        return value.normalize() + 0
    if isinstance(value, int | float):
        return value
    return value or None


def _span_scores(given: list[SpanScore]) -> list[dict[str, Any]]:
    """Return one score for each name: the average over spans, with what each span got."""
    by_name: dict[str, list[SpanScore]] = {}
    for item in given:
        by_name.setdefault(item.score.name, []).append(item)
    return [_span_score(items) for _, items in sorted(by_name.items())]


def _span_score(items: list[SpanScore]) -> dict[str, Any]:
    scores = [item.score for item in items]
    body = score_body(max(scores, key=_newest))
    average = sum((s.value for s in scores), Decimal(0)) / len(scores)
    body["value"] = average.normalize() + 0
    body["value_by_author"] = {
        # A span's id in the key: one author may have scored several spans.
        f"{author}_{format_id(item.span_id)}": entry
        | {"span_id": format_id(item.span_id), "span_type": item.span_type}
        for item in items
        for author, entry in score_body(item.score)["value_by_author"].items()
    }
    return body


def _newest(score: FeedbackScore) -> tuple[int, str]:
    return score.last_updated_us, score.last_updated_by


def _validations(checks: list[GuardrailCheck]) -> list[dict[str, Any]]:
    by_span: dict[bytes, list[dict[str, str]]] = {}
    for check in checks:
        by_span.setdefault(check.span_id, []).append({"name": check.name, "result": check.result})
    return [{"span_id": format_id(span), "checks": found} for span, found in by_span.items()]


def _without(body: dict[str, Any], exclude: Iterable[str]) -> dict[str, Any]:
    """Leave out what is excluded, but for what every client needs to read an item at all."""
    for name in exclude:
        if name not in {"id", "project_id", "trace_id", "start_time"}:
            body.pop(name, None)
    return body
