"""Rows of hours at rest: one a trace or span, merged, without its payloads (ADR 20).

To merge rows in a query takes ten times as long as to read them. Once an hour is at rest its
traces and spans are put down as they are then; a question that reads no payload and asks of much
takes those, and merges only what has changed since.
"""

from collections.abc import Sequence

import msgspec

from sightline.domain.filter import EntityType
from sightline.stores.analytics import candidates, rollup_units
from sightline.stores.analytics.columns import TABLES, Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.merged import COLUMNS, RESTING
from sightline.stores.analytics.rollup_rows import trace_id_of
from sightline.stores.analytics.rollup_units import Unit, unit_sql
from sightline.stores.analytics.scope import Resting, Scope
from sightline.stores.analytics.sql import id_literal
from sightline.stores.analytics.unit_slices import Slice, sliced

# With more of them merging all at once is quicker.
_MOST_CHANGED = 500
_CLEARED_AT_ONCE = 2_000


def are_kept(analytics: Analytics) -> bool:
    """Say whether rows at rest are put down here.

    Not on a cluster: rows of two sharded tables would all come to the node that asks.
    """
    return analytics.cluster is None


async def looked_up(analytics: Analytics, entity: EntityType, scope: Scope) -> Scope:
    """Return a scope of the same rows that says how they are read without merging them all, where
    that is quicker.

    As of now: what changes while it is used is as it was.
    """
    is_placed = scope.ids is not None or scope.trace_id is not None or scope.is_few
    if is_placed or scope.resting is not None or not are_kept(analytics):
        return scope
    # A thread is told by its traces.
    if await candidates.is_small(analytics, "span" if entity == "span" else "trace", scope):
        return scope
    if not await rollup_units.is_ready(analytics):
        return scope
    workspace = f"workspace_id = {id_literal(scope.workspace_id)}"
    rows = await analytics.query(
        f"SELECT project_id, groupArrayIf({_MOST_CHANGED + 1})(unit, is_changed_), "
        "countIf(NOT is_changed_) FROM (SELECT project_id, unit, "
        "max(changed_us) >= max(rested_us) AS is_changed_ "
        f"FROM rollup_units WHERE {workspace} GROUP BY project_id, unit) GROUP BY project_id"
    )
    changed = tuple((bytes(project), tuple(units)) for project, units, _ in rows if units)
    count = sum(len(units) for _, units in changed)
    if count > min(_MOST_CHANGED, 8 + sum(at_rest for *_, at_rest in rows)):
        return scope
    return msgspec.structs.replace(scope, resting=Resting(changed))


async def compute(analytics: Analytics, units: Sequence[Unit], at_us: int) -> None:
    """Put down the rows of units of a workspace, which nothing changes since `at_us`.

    They should be of the same hours, as for `rollups.compute`. What was put down of them before
    holds no more once it is noted that this was done.
    """
    for piece in await sliced(analytics, units):
        for entity in RESTING:
            await _put_down(analytics, entity, piece, at_us)


async def clear(analytics: Analytics, now_us: int) -> int:
    """Delete rows that hold no more, for they may be of what is deleted; return of how many units.

    A part that is written while rows are deleted keeps them.
    """
    found, before_us = 0, int(now_us) - rollup_units.STALE_US
    for table in RESTING.values() if are_kept(analytics) else ():
        rows = await analytics.query(
            f"SELECT DISTINCT made FROM {table} WHERE rested_us < {before_us} "
            "AND made NOT IN (SELECT cityHash64(project_id, unit, max(rested_us)) "
            "FROM rollup_units GROUP BY workspace_id, project_id, unit) "
            f"LIMIT {_CLEARED_AT_ONCE}"
        )
        if rows:
            stale = ", ".join(str(int(made)) for (made,) in rows)
            await analytics.delete(table, f"made IN ({stale})")
            found += len(rows)
    return found


async def _put_down(analytics: Analytics, entity: Entity, piece: Slice, at_us: int) -> None:
    trace_id = trace_id_of(entity)
    unit = unit_sql(trace_id)
    names = ", ".join(COLUMNS[entity])
    await analytics.command(
        f"INSERT INTO {RESTING[entity]} (workspace_id, project_id, made, rested_us, {names}) "
        f"SELECT workspace_id, project_id, cityHash64(project_id, {unit}, {_us(at_us)}), "
        f"{_us(at_us)}, {names} FROM {TABLES[entity]} FINAL "
        f"PREWHERE {piece.place} AND {piece.holds(trace_id)} "
        f"AND (project_id, {unit}) IN {piece.of_units} SETTINGS max_threads = 1"
    )


def _us(at_us: int) -> str:
    """As the engine has it in a column, for it is hashed."""
    return f"toInt64({int(at_us)})"
