"""What a chart measures, and the rows that it is measured on.

A measure is taken of traces, spans or threads in scope. Its rows have `start_time`, what the
aggregate reads, and what the chart is split by; of the kinds that name their own series each row
is one `name_` with its `value_`.
"""

from collections.abc import Collection
from typing import Literal

import msgspec

from sightline.domain.filter import EntityType
from sightline.stores.analytics import thread_relation
from sightline.stores.analytics.columns import column
from sightline.stores.analytics.merged import merged
from sightline.stores.analytics.relation import relation, time_conditions
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder, id_list, id_literal
from sightline.stores.analytics.thread_columns import Lifecycle

Kind = Literal[
    "count", "average", "sum", "error_rate", "percentiles", "averages", "sums", "failed_checks"
]

PERCENTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
_MANY = frozenset(("percentiles", "averages", "sums"))


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """What is computed of an entity's rows, out of `column` where the kind needs one.

    `percentiles` have a series for each of `PERCENTILES`, `averages` and `sums` one for each key
    of the map in `column`; `part` picks one of them. Other kinds have one series without a name.
    """

    entity: EntityType
    kind: Kind
    column: str = ""
    part: str = ""

    @property
    def is_single(self) -> bool:
        """Say whether the measure has exactly one series."""
        return bool(self.part) or self.kind not in _MANY

    @property
    def names_series(self) -> bool:
        """Say whether the rows name the series that they belong to."""
        return not self.is_single and self.kind != "percentiles"

    @property
    def source(self) -> str:
        """Return the logical column that is read, the empty string for none."""
        if self.kind == "error_rate":
            return "error_info"
        keyed = self.part and self.kind != "percentiles"
        return f"{self.column}.{self.part}" if keyed else self.column


def measured_rows(
    measure: Measure,
    scope: Scope,
    columns: Collection[str],
    binder: Binder,
    lifecycle: Lifecycle,
) -> str:
    """Return `(SELECT …)` with `start_time`, `columns` and what the measure reads.

    A thread has a row when it began in the scope's time range. Failed guardrail checks have a row
    each, with `guardrail_name`. Raises `InvalidRequestError` for a filter that cannot be.
    """
    rows = _Rows(measure, scope, binder, lifecycle)
    wanted = ["start_time", *columns]
    if measure.kind == "failed_checks":
        return rows.failed_checks(wanted)
    if not measure.names_series:
        return rows.entities([*wanted, measure.source])
    match measure.entity, measure.column:
        case "trace", "usage":
            return rows.usage_of_traces(wanted)
        case "thread", _:
            return rows.thread_scores(wanted)
    map_ = column(measure.column)
    return (
        f"(SELECT *, name_, value_ FROM {rows.entities([*wanted, measure.column])} "
        f"ARRAY JOIN mapKeys({map_}) AS name_, mapValues({map_}) AS value_)"
    )


class _Rows(msgspec.Struct, frozen=True):
    measure: Measure
    scope: Scope
    binder: Binder
    lifecycle: Lifecycle

    @property
    def _workspace(self) -> str:
        return f"workspace_id = {id_literal(self.scope.workspace_id)}"

    def entities(self, columns: Collection[str]) -> str:
        wanted = [name for name in dict.fromkeys(columns) if name]
        if self.measure.entity != "thread":
            return relation(self.measure.entity, self.scope, wanted, self.binder)
        threads = thread_relation.matching(self.scope, wanted, self.binder, self.lifecycle)
        # The relation gives threads with a turn in the range; a chart counts them where they began.
        began = " AND ".join(time_conditions(self.scope.from_us, self.scope.to_us)) or "1"
        return f"(SELECT * FROM {threads} WHERE {began})"

    def failed_checks(self, columns: Collection[str]) -> str:
        return (
            "(SELECT * FROM (SELECT entity_id AS trace_, name AS guardrail_name "
            f"FROM guardrails FINAL WHERE {self._workspace} AND result = 'failed' "
            f"AND entity_id IN {self.entities(['id'])}) AS f "
            f"INNER JOIN {self.entities(['id', *columns])} AS e ON e.id = f.trace_)"
        )

    def usage_of_traces(self, columns: Collection[str]) -> str:
        # Numbers are joined one by one: to add maps up trace by trace takes three times as long.
        pairs = "tupleElement(usage_v, 2)"
        return (
            "(SELECT * FROM (SELECT trace_id AS trace_, name_, value_ FROM "
            f"{merged('span', self.scope)} ARRAY JOIN "
            f"tupleElement({pairs}, 1) AS name_, tupleElement({pairs}, 2) AS value_ "
            f"WHERE {self._workspace} AND trace_id IN {self.entities(['id'])}) AS f "
            f"INNER JOIN {self.entities(['id', *columns])} AS e ON e.id = f.trace_)"
        )

    def thread_scores(self, columns: Collection[str]) -> str:
        """Average over authors first: a thread has one value for each name of score."""
        where = self._workspace
        if self.scope.project_ids is not None:
            where += f" AND project_id IN {id_list(self.scope.project_ids)}"
        return (
            "(SELECT * FROM (SELECT project_id AS project_, entity_id AS thread_, name AS name_, "
            f"avg(value) AS value_ FROM feedback_scores FINAL WHERE {where} "
            "AND entity_type = 'thread' GROUP BY project_id, entity_id, name) AS f "
            f"INNER JOIN {self.entities(['project_id', 'id', *columns])} AS e "
            "ON e.project_id = f.project_ AND e.id = f.thread_)"
        )
