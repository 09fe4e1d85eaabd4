"""Bodies of a workspace: its configuration, and questions about all its projects.

Source: the published `opik` client 2.2.122 (`workspace_configuration.py`,
`workspace_metric_*.py`, `workspaces/raw_client.py`) and Opik's open-source server, whose answers
to `workspaces/metrics` and `workspaces/costs` hold data points that the client's type leaves out.
"""

from datetime import datetime

import msgspec

from sightline.core.errors import InvalidRequestError
from sightline.wire.opik.metrics import BreakdownIn, Interval, MetricType


class WorkspaceConfigurationIn(msgspec.Struct, kw_only=True):
    """The body of `PUT workspaces/configurations`; null takes a value back to its default."""

    timeout_to_mark_thread_as_inactive: str | None = None
    truncation_on_tables: bool | None = None
    color_map: dict[str, str] | None = None


class WorkspaceMetricIn(msgspec.Struct, kw_only=True):
    """A question about scores or costs; without projects it is about all of them."""

    interval_start: datetime
    interval_end: datetime
    project_ids: list[str] | None = None
    name: str | None = None


class WorkspaceSpanMetricIn(msgspec.Struct, kw_only=True):
    """The body of `POST workspaces/metrics/spans`; the end is now unless given."""

    metric_type: MetricType
    interval: Interval
    interval_start: datetime
    interval_end: datetime | None = None
    project_ids: list[str] | None = None
    breakdown: BreakdownIn | None = None
    filters: msgspec.Raw = msgspec.Raw(b"null")


class TokenUsageNamesIn(msgspec.Struct, kw_only=True):
    """The body of `POST workspaces/token-usage/names`."""

    project_ids: list[str] | None = None


def score_name(item: WorkspaceMetricIn) -> str:
    """Return the score that a chart is about. Raises `InvalidRequestError` when none is named."""
    if not item.name:
        raise InvalidRequestError("For metrics request, name must be provided")
    return item.name
