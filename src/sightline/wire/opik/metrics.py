"""Bodies of charts and key figures.

Source: the published `opik` client 2.2.122 (`project_metric_request_public_*.py`,
`breakdown_config_public*.py`, `kpi_*.py`).
"""

from datetime import UTC, datetime
from typing import Literal

import msgspec

from sightline.core.clock import to_us
from sightline.core.errors import InvalidRequestError

MetricType = Literal[
    "FEEDBACK_SCORES",
    "TRACE_COUNT",
    "TOKEN_USAGE",
    "DURATION",
    "COST",
    "GUARDRAILS_FAILED_COUNT",
    "THREAD_COUNT",
    "THREAD_DURATION",
    "THREAD_FEEDBACK_SCORES",
    "SPAN_FEEDBACK_SCORES",
    "SPAN_COUNT",
    "SPAN_DURATION",
    "SPAN_TOKEN_USAGE",
    "TRACE_AVERAGE_DURATION",
    "TRACE_ERROR_RATE",
    "SPAN_AVERAGE_DURATION",
    "SPAN_COST",
    "SPAN_ERROR_RATE",
    "THREAD_AVERAGE_DURATION",
    "THREAD_COST",
]
Interval = Literal["HOURLY", "DAILY", "WEEKLY", "TOTAL"]
BreakdownField = Literal[
    "none",
    "tags",
    "metadata",
    "name",
    "error_info",
    "error_type",
    "model",
    "provider",
    "type",
    "guardrail_name",
]
KpiEntity = Literal["traces", "spans", "threads"]
_NULL = msgspec.Raw(b"null")
_EARLIEST_US = to_us(datetime.min.replace(tzinfo=UTC))


class BreakdownIn(msgspec.Struct, kw_only=True):
    """By what a chart is split; `sub_metric` picks one of the metric's several series."""

    field: BreakdownField | None = None
    metadata_key: str | None = None
    sub_metric: str | None = None


class ProjectMetricIn(msgspec.Struct, kw_only=True):
    """The body of `POST projects/{id}/metrics`; the end is now unless given.

    Of the three filters the one of the metric's entity counts. `query` is ours.
    """

    metric_type: MetricType
    interval: Interval
    interval_start: datetime
    interval_end: datetime | None = None
    trace_filters: msgspec.Raw = _NULL
    span_filters: msgspec.Raw = _NULL
    thread_filters: msgspec.Raw = _NULL
    breakdown: BreakdownIn | None = None
    query: str | None = None


class KpiIn(msgspec.Struct, kw_only=True):
    """The body of `POST projects/{id}/kpi-cards`; `filters` is JSON in a string, `query` ours."""

    entity_type: KpiEntity
    interval_start: datetime
    interval_end: datetime | None = None
    filters: str | None = None
    query: str | None = None


def period_us(start: datetime, end: datetime | None, now_us: int) -> tuple[int, int]:
    """Return from and to in Unix µs. Raises `InvalidRequestError` unless from < to."""
    # With an offset it may lie before the first year, which has no text.
    from_us = max(to_us(start), _EARLIEST_US)
    end_us = now_us if end is None else to_us(end)
    if from_us >= end_us:
        raise InvalidRequestError("interval_start must be before interval_end")
    return from_us, end_us
