"""Units in pieces that one statement can take: many small ones together, a large one in slices.

A statement may run for a minute at most, as any; of a unit with millions of rows that is not
enough.
"""

import math
from collections.abc import Sequence

import msgspec

from sightline.core.ids import Id
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.rollup_units import Unit, in_units, unit_sql, within
from sightline.stores.analytics.sql import id_list, id_literal

# Take ten seconds.
_ROWS = 400_000
_HOUR_MS = 3_600_000
_MOST_SLICES = 3_600


class Slice(msgspec.Struct, frozen=True):
    """Some whole units, or of one the traces with ids from `first` to `last`.

    `but` are units of the same hours and projects that are taken by themselves.
    """

    units: tuple[Unit, ...]
    number: int = 0
    first: Id = b""
    last: Id = b""
    but: tuple[Unit, ...] = ()

    @property
    def place(self) -> str:
        """Return the condition on the workspace and the projects."""
        projects = id_list(sorted({unit.project_id for unit in self.units}))
        workspace = id_literal(self.units[0].workspace_id)
        return f"workspace_id = {workspace} AND project_id IN {projects}"

    @property
    def of_units(self) -> str:
        """Return `(…)` of the units as (project, hour), for IN."""
        pairs = [f"({id_literal(unit.project_id)}, {unit.hour})" for unit in self.units]
        return f"({', '.join(pairs)})"

    def holds(self, trace_id: str) -> str:
        """Return the condition on ids of traces, of each of the projects."""
        if not self.first:
            held = within(trace_id, {unit.hour for unit in self.units})
            but: dict[Id, list[int]] = {unit.project_id: [] for unit in self.but}
            for unit in self.but:
                but[unit.project_id].append(unit.hour)
            return f"{held} AND NOT {in_units(trace_id, but)}" if but else held
        return f"{trace_id} BETWEEN {id_literal(self.first)} AND {id_literal(self.last)}"


async def sliced(analytics: Analytics, units: Sequence[Unit]) -> list[Slice]:
    """Return units of a workspace in pieces that together are all of them."""
    whole = Slice(tuple(units))
    counts: dict[Unit, int] = {}
    for table, trace_id in (("spans", "trace_id"), ("traces", "id")):
        rows = await analytics.query(
            f"SELECT project_id, {unit_sql(trace_id)} AS u_, count() FROM {table} "
            f"WHERE {whole.place} AND {whole.holds(trace_id)} "
            f"GROUP BY project_id, u_ HAVING count() > {_ROWS}"
        )
        for project, hour, count in rows:
            unit = Unit(units[0].workspace_id, bytes(project), int(hour))
            counts[unit] = max(counts.get(unit, 0), int(count))
    small = tuple(unit for unit in units if unit not in counts)
    found = [Slice(small, but=tuple(counts))] if small else []
    for unit in units:
        if unit in counts:
            found += _slices(unit, counts[unit])
    return found


def _slices(unit: Unit, rows: int) -> list[Slice]:
    count = min(math.ceil(rows / _ROWS), _MOST_SLICES)
    first_ms = unit.hour * _HOUR_MS
    ends_ms = [first_ms + i * _HOUR_MS // count for i in range(count + 1)]
    return [
        Slice(
            (unit,),
            number,
            ends_ms[number].to_bytes(6, "big") + bytes(10),
            (ends_ms[number + 1] - 1).to_bytes(6, "big") + b"\xff" * 10,
        )
        for number in range(count)
    ]
