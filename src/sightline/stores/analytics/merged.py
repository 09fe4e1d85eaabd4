"""What a query reads as merged rows, one a trace or span."""

from sightline.stores.analytics.columns import TABLES, Entity
from sightline.stores.analytics.rollup_rows import trace_id_of
from sightline.stores.analytics.rollup_units import in_units
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import id_literal

RESTING: dict[Entity, str] = {"trace": "resting_traces", "span": "resting_spans"}
_COMMON = (
    "id name start_time end_time duration tags error_info ttft source environment "
    "last_updated_by is_partial created_by created_at last_updated_at"
)
COLUMNS: dict[Entity, tuple[str, ...]] = {
    "trace": (*_COMMON.split(), "thread_id", "visibility_mode"),
    "span": (
        *_COMMON.split(),
        *("trace_id", "parent_span_id", "type", "model", "provider", "usage_v", "tokens_v"),
        *("total_estimated_cost", "total_estimated_cost_version"),
    ),
}
"""Columns of rows at rest, called as in the table of all rows, besides those of the place."""

_COMPUTED: dict[Entity, tuple[str, ...]] = {"trace": (), "span": ("usage",)}


def takes_resting(scope: Scope) -> bool:
    """Say whether `merged` takes rows at rest: what is named by ids is merged faster."""
    return scope.resting is not None and scope.ids is None and scope.trace_id is None


def merged(entity: Entity, scope: Scope, key: str = "") -> str:
    """Return what stands between FROM and WHERE for all merged rows of the scope's workspace; of
    those alone that meet a condition on the sort key, if one is given.

    They have no payloads when the scope says how rows at rest are read (`Scope.resting`).
    """
    if scope.resting is None or not takes_resting(scope):
        return f"{TABLES[entity]} FINAL{f' PREWHERE {key}' if key else ''}"
    names = ", ".join(("workspace_id", "project_id", *COLUMNS[entity], *_COMPUTED[entity]))
    workspace = f"workspace_id = {id_literal(scope.workspace_id)}"
    also = f" AND {key}" if key else ""
    changed = dict(scope.resting.changed)
    # A unit's rows are known by one number: to compare three of them takes as long as to read.
    made = (
        "SELECT cityHash64(project_id, unit, max(rested_us)) FROM rollup_units "
        f"WHERE {workspace} AND NOT {in_units('unit', changed)} GROUP BY project_id, unit"
    )
    sql = f"SELECT {names} FROM {RESTING[entity]} WHERE {workspace}{also} AND made IN ({made})"
    if changed:
        # The key is the same in every row of an entity, so it may be tested before rows are merged.
        sql += (
            f" UNION ALL SELECT {names} FROM {TABLES[entity]} FINAL "
            f"PREWHERE {workspace}{also} AND {in_units(trace_id_of(entity), changed)}"
        )
    return f"({sql})"
