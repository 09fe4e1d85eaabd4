"""Which hours a question may take as they were added up, and which units it reads as they are.

For all that is put down of whole hours: their figures (`rollups`), their scores (`score_sums`).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from sightline.core.ids import Id
from sightline.stores.analytics.buckets import Periods
from sightline.stores.analytics.columns import Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.metrics import Buckets
from sightline.stores.analytics.relation import is_whole, kind_conditions, sort_key_conditions
from sightline.stores.analytics.rollup_units import HOUR_US, Done, in_units, last_change
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import NEAR, Binder

_MOST_LIVE = 3_000


class Kept(NamedTuple):
    """A table of rows by `project_id`, `entity`, `unit`, `hour`, `source` and `type`, and when they
    were put down: a column there and in `rollup_units`. Where more than one of `one_of` units must
    be read as they are, to read all at once is quicker."""

    table: str
    done: Done
    one_of: int


FIGURES = Kept("rollups", "computed_us", 1)
# Which few have scores is told of all at once for an eighth of what it takes hour by hour.
SCORES = Kept("score_sums", "scored_us", 8)


class Plan(msgspec.Struct, frozen=True):
    """Which units are read as they are: the changed ones, and of others (`cut`) what began in one
    of the hours that are not wholly in a bucket (`edges`)."""

    changed: dict[Id, list[int]]
    cut: dict[Id, list[int]]
    edges: tuple[int, ...]


async def plan_of(
    analytics: Analytics,
    entity: Entity,
    scope: Scope,
    edges: tuple[int, ...],
    worth: int,
    kept: Kept = FIGURES,
) -> Plan | None:
    """Return which units must be read as they are; None when that would save nothing.

    `worth` is the number of traces or spans in whole hours below which it would not.
    """
    place = place_of(scope)
    cut = f"has([{', '.join(map(str, edges))}], hour)" if edges else "0"
    where = [place, f"entity = '{entity}'", *_hours(scope)]
    known = await analytics.query(
        f"SELECT sum(count), uniqExact(project_id, unit) FROM rollups WHERE {' AND '.join(where)}"
    )
    if int(known[0][0]) < worth:
        return None
    changed: dict[Id, list[int]] = {}
    rows = await analytics.query(
        f"SELECT project_id, unit FROM rollup_units WHERE {place} GROUP BY project_id, unit "
        f"HAVING {last_change(kept.done)} >= max({kept.done}) LIMIT {_MOST_LIVE + 1}"
    )
    for project, unit in rows:
        changed.setdefault(id_of(project), []).append(int(unit))
    cuts: dict[Id, list[int]] = {}
    also = []
    if edges:
        also = await analytics.query(
            f"SELECT DISTINCT project_id, unit FROM {kept.table} "
            f"WHERE {place} AND entity = '{entity}' AND {cut} LIMIT {_MOST_LIVE + 1}"
        )
    for project, unit in also:
        if int(unit) not in changed.get(id_of(project), ()):
            cuts.setdefault(id_of(project), []).append(int(unit))
    if len(rows) + len(also) > min(_MOST_LIVE, 8 + int(known[0][1]) // kept.one_of):
        return None
    return Plan(changed, cuts, edges)


def edges_of(scope: Scope, buckets: Buckets | None) -> tuple[int, ...] | None:
    """Return the hours that are not wholly in one bucket, None when that is most of them."""
    ends = [scope.from_us, scope.to_us]
    if isinstance(buckets, Periods):
        ends += [buckets.start_us, buckets.start_us + buckets.step_us]
    elif buckets is not None and (buckets.start_us % HOUR_US or buckets.step_us % HOUR_US):
        return None
    return tuple(sorted({at_us // HOUR_US for at_us in ends if at_us and at_us % HOUR_US}))


def is_plain(scope: Scope) -> bool:
    """Say whether the hours can tell: they know times, sources and types of spans alone."""
    plain = msgspec.structs.replace(
        scope, from_us=None, to_us=None, sources=None, hidden_sources=(), span_type=None
    )
    return is_whole(plain) and scope.ids is None and scope.trace_id is None


def whole_hours(
    entity: Entity, scope: Scope, plan: Plan, binder: Binder, kept: Kept = FIGURES
) -> str:
    """Return the condition on what is kept that a row is valid and wholly in a bucket."""
    place = place_of(scope)
    where = [place, f"entity = '{entity}'", *_hours(scope), *kind_conditions(entity, scope, binder)]
    if plan.edges:
        where.append(f"NOT has([{', '.join(map(str, plan.edges))}], hour)")
    if plan.changed:
        # As it was when the plan was made: what has changed since is in here as it was then.
        where.append(f"NOT {in_units('unit', plan.changed)}")
    where.append(
        f"(project_id, unit, {kept.done}) IN (SELECT project_id, unit, max({kept.done}) "
        f"FROM {NEAR}rollup_units WHERE {place} GROUP BY project_id, unit)"
    )
    return " AND ".join(where)


def _hours(scope: Scope) -> list[str]:
    """Return the conditions that an hour lies wholly in the scope's time."""
    where = []
    if scope.from_us is not None:
        where.append(f"hour >= {-(-scope.from_us // HOUR_US)}")
    if scope.to_us is not None:
        where.append(f"hour < {scope.to_us // HOUR_US}")
    return where


def live(column: str, plan: Plan) -> str:
    """Return the condition on rows that no whole hour has them."""
    if not plan.cut:
        return in_units(column, plan.changed)
    hour = f"intDiv(toUnixTimestamp64Micro(start_time), {HOUR_US})"
    edge = f"{in_units(column, plan.cut)} AND has([{', '.join(map(str, plan.edges))}], {hour})"
    return f"({in_units(column, plan.changed)} OR ({edge}))"


def together(*parts: Mapping[Id, Sequence[int]]) -> dict[Id, list[int]]:
    """Return the units of each project."""
    found: dict[Id, list[int]] = {}
    for part in parts:
        for project, units in part.items():
            found.setdefault(project, []).extend(units)
    return found


def place_of(scope: Scope) -> str:
    """Return the condition on the workspace and the projects."""
    return " AND ".join(sort_key_conditions("trace", scope))


def id_of(raw: bytes | str) -> Id:
    return raw if isinstance(raw, bytes) else raw.encode()
