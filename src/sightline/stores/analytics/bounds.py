"""The least and the most of each number of an hour at rest, so that hours are passed over in which
nobody meets a condition on a number (ADR 18).

What the spans of a trace add up to is known of those in the trace's own project. Where a trace of
an hour has rows in another one as well, nothing is known of such sums.
"""

from collections.abc import Sequence

import msgspec

from sightline.core.ids import Id
from sightline.stores.analytics import rollup_units
from sightline.stores.analytics.bound_needs import COST, LLM_SPANS, SPANS, TIMES, TOKENS
from sightline.stores.analytics.columns import TABLES, Entity, usage_of
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.needs import SqlNeeds
from sightline.stores.analytics.relation import sort_key_conditions
from sightline.stores.analytics.rollup_rows import trace_id_of
from sightline.stores.analytics.rollup_units import Unit, ends, unit_sql
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import NEAR, Binder, id_literal
from sightline.stores.analytics.unit_slices import Slice, sliced
from sightline.stores.analytics.whereabouts import Range, Whereabouts, merged

# Of more there is no telling quickly.
_MOST_FOUND = 4_000
# So many rows are counted as one piece of reading, and so few pieces are read at once.
_ROWS, _FEW = 8_000, 8
_UNSAID_COST = "CAST(NULL, 'Nullable(Decimal(18, 12))')"
_NIL = bytes(16)
_TRACE_IDS = (("traces", "id"), ("spans", "trace_id"))


async def compute(analytics: Analytics, units: Sequence[Unit], at_us: int) -> None:
    """Put down the bounds of units of a workspace, which nothing changes since `at_us`.

    They should be of the same hours, as for `rollups.compute`.
    """
    for piece in await sliced(analytics, units):
        apart = await _apart(analytics, piece)
        await _put_down(analytics, "span", piece, _numbers_of("span", piece), "0", at_us)
        numbers = f"{_numbers_of('trace', piece)} UNION ALL {_sums(piece)}"
        is_apart = f"has({apart}, unit_)" if apart else "0"
        await _put_down(analytics, "trace", piece, numbers, is_apart, at_us)


async def possible(
    analytics: Analytics, entity: Entity, scope: Scope, needs: SqlNeeds, binder: Binder
) -> Whereabouts | None:
    """Return where rows may be, None when that would be of no help."""
    place = " AND ".join(sort_key_conditions("trace", scope))
    unsure = await unsure_hours(analytics, scope.workspace_id) if needs.is_of_spans else []
    if unsure is None:
        return None
    open_ = await rollup_units.changed(
        analytics, place, "bounded_us", _MOST_FOUND, f"has({unsure}, unit)" if unsure else "0"
    )
    if open_ is None:
        return None
    # A unit without bounds has no rows of this entity that have a number. One that has changed
    # since it was asked for is in here as it was then.
    rows = await analytics.query(
        "SELECT project_id, unit, first_id, last_id, count FROM bounds "
        f"PREWHERE {place} AND entity = '{entity}' AND (project_id, unit, bounded_us) IN ("
        f"SELECT project_id, unit, max(bounded_us) FROM {NEAR}rollup_units WHERE {place} "
        f"GROUP BY project_id, unit) WHERE {needs.condition} LIMIT {_MOST_FOUND + 1}",
        binder.params,
    )
    if len(rows) > _MOST_FOUND:
        return None
    ranges: list[Range] = []
    for project, hour in open_:
        ranges += [(project, *part) for part in ends(hour)]
    for project, unit, first, last, _ in rows:
        is_whole = bytes(last) == _NIL
        parts = ends(int(unit)) if is_whole else [(bytes(first), bytes(last))]
        ranges += [(bytes(project), *part) for part in parts]
    pieces = len(open_) + sum(max(1, int(count) // _ROWS) for *_, count in rows)
    return Whereabouts(merged(ranges), pieces, pieces <= _FEW)


async def unsure_hours(analytics: Analytics, workspace_id: Id) -> list[int] | None:
    """Return the hours of which some trace may have spans in two projects; None of too many."""
    workspace = f"workspace_id = {id_literal(workspace_id)}"
    found: set[int] = set()
    for sql in (
        # Whatever changes in another project may be of a trace in this one.
        f"SELECT DISTINCT unit FROM (SELECT unit FROM rollup_units WHERE {workspace} "
        "GROUP BY project_id, unit HAVING max(changed_us) >= max(bounded_us))",
        f"SELECT DISTINCT unit FROM bounds WHERE {workspace} AND entity = 'trace' AND is_apart",
    ):
        rows = await analytics.query(f"{sql} LIMIT {_MOST_FOUND + 1}")
        found.update(int(unit) for (unit,) in rows)
    return None if len(found) > _MOST_FOUND else sorted(found)


async def _apart(analytics: Analytics, piece: Slice) -> list[int]:
    """Return the hours of which a trace has rows, or spans, in two projects.

    Of two projects the one that is looked at last, at the latest, finds it.
    """
    workspace = f"workspace_id = {id_literal(piece.units[0].workspace_id)}"
    everywhere = msgspec.structs.replace(piece, but=())
    own, all_ = [], []
    # A trace's row and its spans lie on one shard.
    for table, trace_id in _TRACE_IDS:
        held = f"{piece.place} AND {piece.holds(trace_id)}"
        own.append(f"IN (SELECT {trace_id} FROM {NEAR}{table} WHERE {held})")
    for table, trace_id in _TRACE_IDS:
        named = " OR ".join(f"{trace_id} {ids}" for ids in own)
        all_.append(
            f"SELECT {trace_id} AS trace_, project_id AS place_ FROM {table} "
            f"WHERE {workspace} AND {everywhere.holds(trace_id)} AND ({named})"
        )
    rows = await analytics.query(
        f"SELECT DISTINCT {unit_sql('trace_')} FROM ("
        f"SELECT trace_ FROM ({' UNION ALL '.join(all_)}) "
        "GROUP BY trace_ HAVING min(place_) != max(place_)) SETTINGS max_threads = 1"
    )
    return [int(unit) for (unit,) in rows]


async def _put_down(
    analytics: Analytics, entity: Entity, piece: Slice, numbers: str, is_apart: str, at_us: int
) -> None:
    """Put down the bounds of `place_`, `unit_`, `name_` and `value_`."""
    first, last = (id_literal(id or _NIL) for id in (piece.first, piece.last))
    by_name = (
        "SELECT place_, unit_, name_, min(value_) AS least_, max(value_) AS most_, "
        f"count() AS count_ FROM ({numbers}) WHERE NOT isNaN(value_) GROUP BY place_, unit_, name_"
    )
    least, most = (
        f"CAST(mapFromArrays(groupArray(name_), groupArray({end})), 'Map(String, Float64)')"
        for end in ("least_", "most_")
    )
    await analytics.command(
        "INSERT INTO bounds (workspace_id, entity, project_id, unit, slice, first_id, last_id, "
        "bounded_us, count, is_apart, least, most) "
        f"SELECT {id_literal(piece.units[0].workspace_id)}, '{entity}', place_, unit_, "
        f"{piece.number}, {first}, {last}, {int(at_us)}, max(count_), {is_apart}, {least}, {most} "
        # Of others a newer row would take the place of the one that holds.
        f"FROM ({by_name}) WHERE (place_, unit_) IN {piece.of_units} GROUP BY place_, unit_ "
        "SETTINGS max_threads = 1"
    )


def _numbers_of(entity: Entity, piece: Slice) -> str:
    """Return the numbers of rows themselves, as a filter compares them; a NaN meets nothing."""
    said = ["('duration', duration)", "('ttft', ttft)"]
    said += [f"('{name}', toFloat64(toUnixTimestamp64Micro({name})))" for name in TIMES]
    numbers = f"[{', '.join(said)}]"
    if entity == "span":
        said += [f"('{COST}', toFloat64(total_estimated_cost))"]
        said += [f"('{TOKENS}', toFloat64({usage_of('total_tokens', Binder())}))"]
        usage = f"arrayMap(p -> (concat('usage.', p.1), toNullable(toFloat64(p.2))), {_USAGE})"
        numbers = f"arrayConcat([{', '.join(said)}], {usage})"
    return (
        "SELECT place_, unit_, tupleElement(n_, 1) AS name_, "
        "assumeNotNull(tupleElement(n_, 2)) AS value_ "
        f"FROM {_rows(entity, piece, numbers, ' FINAL')} ARRAY JOIN numbers_ AS n_ "
        "WHERE isNotNull(tupleElement(n_, 2))"
    )


def _sums(piece: Slice) -> str:
    """Return what the spans of each trace add up to, whole numbers and costs apart: exactly."""
    tokens = usage_of("total_tokens", Binder())
    of_spans = ", ".join(
        (
            f"('{SPANS}', toNullable(toInt64(1)), {_UNSAID_COST})",
            f"('{LLM_SPANS}', toInt64(type = 'llm'), {_UNSAID_COST})",
            f"('{COST}', CAST(NULL, 'Nullable(Int64)'), total_estimated_cost)",
            f"('{TOKENS}', {tokens}, {_UNSAID_COST})",
        )
    )
    usage = f"arrayMap(p -> (concat('usage.', p.1), toNullable(p.2), {_UNSAID_COST}), {_USAGE})"
    # A trace without spans has none of them, which is a number as well.
    none = ", ".join(
        f"('{name}', toNullable(toInt64(0)), {_UNSAID_COST})" for name in (SPANS, LLM_SPANS)
    )
    spans = _rows("span", piece, f"arrayConcat([{of_spans}], {usage})", " FINAL")
    each = " UNION ALL ".join(
        f"SELECT place_, unit_, trace_, tupleElement(n_, 1) AS name_, "
        "tupleElement(n_, 2) AS whole_, tupleElement(n_, 3) AS cost_ "
        f"FROM {rows} ARRAY JOIN numbers_ AS n_"
        for rows in (spans, _rows("trace", piece, f"[{none}]"))
    )
    summed = (
        "SELECT place_, unit_, name_, "
        f"if(name_ = '{COST}', toFloat64(sum(cost_)), toFloat64(sum(whole_))) AS sum_ "
        f"FROM ({each}) GROUP BY place_, unit_, trace_, name_"
    )
    return (
        "SELECT place_, unit_, name_, assumeNotNull(sum_) AS value_ "
        f"FROM ({summed}) WHERE isNotNull(sum_)"
    )


# The total of tokens is a column of its own.
_USAGE = "arrayFilter(p -> p.1 != 'total_tokens', tupleElement(usage_v, 2))"


def _rows(entity: Entity, piece: Slice, numbers: str, final: str = "") -> str:
    trace_id = trace_id_of(entity)
    unit = unit_sql(trace_id)
    return (
        f"(SELECT project_id AS place_, {unit} AS unit_, {trace_id} AS trace_, "
        f"{numbers} AS numbers_ FROM {TABLES[entity]}{final} PREWHERE {piece.place} "
        f"AND {piece.holds(trace_id)} AND (project_id, {unit}) IN {piece.of_units})"
    )
