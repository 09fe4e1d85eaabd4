"""Which hours of which projects have changed since their figures were added up (ADR 17).

A unit is all that was made in one hour, by the time in the ids of traces: their rows and their
spans' are one range of the sort key. Before rows of a unit are written or deleted it is marked as
changed until a moment that lies ahead, so that nothing is added up while it changes; what has no
mark has no rows. Marks are renewed each minute at most.
"""

import struct
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Literal, NamedTuple
from weakref import WeakKeyDictionary

import msgspec

from sightline.core.clock import Clock
from sightline.core.ids import NIL, Id
from sightline.stores.analytics import lineage
from sightline.stores.analytics.engine import Analytics, Row
from sightline.stores.analytics.sql import id_list, id_literal

HOUR_US = 3_600_000_000
_HOUR_MS = 3_600_000
OF_UNITS = ("rollups", "score_sums", "words", "bounds", "resting_traces", "resting_spans")
"""Tables of what is put down of units at rest."""
# What nobody noted may still be being put down by a process that is slow, or be noted where a
# replica has not heard of it.
STALE_US = 3_600_000_000
# An insert ends long before.
HOLD_US = 120_000_000
_RENEW_US = 60_000_000
_MOST_MARKS = 200_000
# Ids from before 2020 or after 2100 do not tell the time: all of them are one unit, read as it is.
WILD = 0
_FIRST = 438_288
_END = 1_139_544
_COLUMNS = ("workspace_id", "project_id", "unit", "changed_us", "computed_us")
_ROW = struct.Struct("<Iqq").pack


class Unit(NamedTuple):
    """One hour of a project, counted from the epoch; or of that the scores alone."""

    workspace_id: Id
    project_id: Id
    hour: int
    of_scores: bool = False


class _Memory(msgspec.Struct):
    marked: dict[Unit, int] = {}
    last_us: int = 0
    is_loaded: bool = False
    is_ready: bool = False


_memories: WeakKeyDictionary[Analytics, _Memory] = WeakKeyDictionary()


def unit_of(trace_id: Id) -> int:
    """Return the unit of a trace and its spans."""
    hour = int.from_bytes(trace_id[:6], "big") // _HOUR_MS
    return hour if _FIRST <= hour < _END else WILD


def unit_sql(trace_id: str) -> str:
    """Return the same as SQL."""
    hour = f"intDiv(reinterpretAsUInt64(reverse(substring({trace_id}, 1, 6))), {_HOUR_MS})"
    return f"toUInt32(if({hour} >= {_FIRST} AND {hour} < {_END}, {hour}, {WILD}))"


def within(column: str, units: Iterable[int]) -> str:
    """Return the condition on ids of traces that they are of one of the units."""
    ranges: list[list[int]] = []
    is_wild = False
    for unit in sorted(set(units)):
        if unit == WILD:
            is_wild = True
        elif ranges and ranges[-1][1] == unit:
            ranges[-1][1] = unit + 1
        else:
            ranges.append([unit, unit + 1])
    found = [f"({column} >= {_first_id(a)} AND {column} < {_first_id(b)})" for a, b in ranges]
    if is_wild:
        found.append(f"{column} < {_first_id(_FIRST)} OR {column} >= {_first_id(_END)}")
    return f"({' OR '.join(found) or '0'})"


def in_units(column: str, units: Mapping[Id, Sequence[int]]) -> str:
    """Return the condition that a row, or an hour (`unit`), is of one of the projects' units."""
    found = []
    for project, some in units.items():
        if column == "unit":
            said = f"unit IN ({', '.join(map(str, some))})"
        else:
            said = within(column, some)
        found.append(f"(project_id = {id_literal(project)} AND {said})")
    return f"({' OR '.join(found) or '0'})"


def ends(unit: int) -> list[tuple[Id, Id]]:
    """Return the first and the last id of a trace that a unit may have; of two ranges if wild."""
    least, most = bytes(16), b"\xff" * 16
    if unit == WILD:
        return [(least, _before(_FIRST)), (_first(_END), most)]
    return [(_first(unit), _before(unit + 1))]


def _first(unit: int) -> Id:
    return (unit * _HOUR_MS).to_bytes(6, "big") + bytes(10)


def _before(unit: int) -> Id:
    return (unit * _HOUR_MS - 1).to_bytes(6, "big") + b"\xff" * 10


def _first_id(unit: int) -> str:
    return id_literal(_first(unit))


@asynccontextmanager
async def changing(
    analytics: Analytics, units: Collection[Unit], clock: Clock
) -> AsyncIterator[None]:
    """Write or delete rows of some units; begins when their marks are on disk.

    What takes longer than its marks hold is marked once more when it has ended.
    """
    if not units:
        yield
        return
    begun_us = clock.now_us()
    await mark(analytics, units, begun_us)
    try:
        yield
    finally:
        if clock.now_us() - begun_us > _RENEW_US:
            _memories[analytics].marked.clear()
            await mark(analytics, units, clock.now_us())


async def mark(analytics: Analytics, units: Collection[Unit], now_us: int) -> None:
    """Note on disk that units change from now on, or have just changed."""
    memory = await _loaded(analytics)
    now_us = max(now_us, memory.last_us)

    def is_due(unit: Unit) -> bool:
        # Of what has changed altogether its scores have, too.
        marked = (memory.marked.get(u, 0) for u in (unit, unit._replace(of_scores=False)))
        return max(marked) - now_us < _RENEW_US

    due = [u for u in units if is_due(u)]
    if not due:
        return
    until_us = now_us + HOLD_US
    for of_scores, changed in ((False, "changed_us"), (True, "scores_changed_us")):
        rows = [w + p + _ROW(hour, until_us, 0) for w, p, hour, of in due if of == of_scores]
        if rows:
            columns = tuple(changed if name == "changed_us" else name for name in _COLUMNS)
            await analytics.insert("rollup_units", columns, b"".join(rows))
    if len(memory.marked) + len(due) > _MOST_MARKS:
        memory.marked.clear()
    memory.marked.update(dict.fromkeys(due, until_us))


async def of_traces(
    analytics: Analytics, workspace_id: Id, trace_ids: Collection[Id]
) -> list[Unit]:
    """Return the units of traces and their spans, in whatever projects those may be."""
    hours = ", ".join(map(str, sorted({unit_of(id) for id in trace_ids})))
    return await _known(analytics, workspace_id, f"unit IN ({hours})") if hours else []


async def of_projects(
    analytics: Analytics, workspace_id: Id, project_ids: Sequence[Id]
) -> list[Unit]:
    """Return all units of some projects."""
    return await _known(analytics, workspace_id, f"project_id IN {id_list(project_ids)}")


async def _known(analytics: Analytics, workspace_id: Id, where: str) -> list[Unit]:
    rows = await analytics.query(
        "SELECT DISTINCT project_id, unit FROM rollup_units "
        f"WHERE workspace_id = {id_literal(workspace_id)} AND {where}"
    )
    return [Unit(workspace_id, bytes(project), int(hour)) for project, hour in rows]


Done = Literal["computed_us", "rested_us", "worded_us", "bounded_us", "scored_us"]
"""What is done with a unit once it is at rest: its figures are added up, its rows, its words and
the least and the most of its numbers put down, its scores added up."""


def last_change(done: Done) -> str:
    """Return as SQL when a unit changed last such that this must be done anew."""
    if done == "scored_us":
        return "greatest(max(changed_us), max(scores_changed_us))"
    return "max(changed_us)"


async def changed(
    analytics: Analytics, place: str, done: Done, limit: int, also: str = "0"
) -> list[tuple[Id, int]] | None:
    """Return projects and hours, of those at a place, that have changed since that was done, or
    that meet another condition (on `unit`); None of more than `limit`."""
    rows = await analytics.query(
        f"SELECT project_id, unit FROM rollup_units WHERE {place} GROUP BY project_id, unit "
        f"HAVING {last_change(done)} >= max({done}) OR {also} LIMIT {int(limit) + 1}"
    )
    return [(bytes(p), int(unit)) for p, unit in rows] if len(rows) <= limit else None


async def due(
    analytics: Analytics,
    now_us: int,
    limit: int,
    done: Done = "computed_us",
    workspace_id: Id | None = None,
) -> list[Unit]:
    """Return units at rest that have changed since that was done, those of an hour together.

    Of one workspace alone, if given.
    """
    of_one = f"AND workspace_id = {id_literal(workspace_id)} " if workspace_id else ""
    rows = await analytics.query(
        "SELECT workspace_id, project_id, unit FROM rollup_units "
        f"WHERE unit != {WILD} {of_one}GROUP BY workspace_id, project_id, unit "
        f"HAVING {last_change(done)} >= max({done}) AND {last_change(done)} <= {int(now_us)} "
        f"ORDER BY workspace_id, unit DESC, project_id LIMIT {int(limit)}"
    )
    return [Unit(bytes(w), bytes(p), int(hour)) for w, p, hour in rows]


async def reload(analytics: Analytics) -> None:
    """Look up when something was done last, for another process may have done it."""
    _memories.setdefault(analytics, _Memory()).is_loaded = False
    await _loaded(analytics)


async def tick(analytics: Analytics, now_us: int) -> int:
    """Return a moment later than all at which something was done, whatever the clock says.

    What other processes did counts since `reload`.
    """
    memory = await _loaded(analytics)
    memory.last_us = max(now_us, memory.last_us + 1)
    return memory.last_us


async def note(
    analytics: Analytics, units: Sequence[Unit], at_us: int, done: Done = "computed_us"
) -> None:
    """Note that it was done with units as they were at `at_us`."""
    rows = [w + p + _ROW(hour, 0, at_us) for w, p, hour, _ in units]
    columns = tuple(done if name == "computed_us" else name for name in _COLUMNS)
    await analytics.insert("rollup_units", columns, b"".join(rows))


async def is_ready(analytics: Analytics) -> bool:
    """Say whether all that was there before there were units has them."""
    memory = await _loaded(analytics)
    if not memory.is_ready:
        rows = await analytics.query(
            f"SELECT 1 FROM rollup_units WHERE workspace_id = {id_literal(NIL)} LIMIT 1"
        )
        memory.is_ready = bool(rows)
    return memory.is_ready


async def seed(analytics: Analytics, now_us: int) -> None:
    """Mark all that there is, once: rows of older versions, or of a restored backup."""
    at_us = await tick(analytics, now_us)
    for table, trace_id in (("traces", "id"), ("spans", "trace_id")):
        await analytics.command(
            f"INSERT INTO rollup_units ({', '.join(_COLUMNS)}) "
            f"SELECT workspace_id, project_id, {unit_sql(trace_id)} AS u_, {at_us}, 0 FROM {table} "
            "GROUP BY workspace_id, project_id, u_"
        )
    await analytics.insert("rollup_units", _COLUMNS, NIL + NIL + _ROW(WILD, 0, at_us))


async def is_damaged(analytics: Analytics) -> bool:
    """Say whether a part of what is put down of units lies aside: then `forget` must follow."""
    return bool(await _aside(analytics))


async def _aside(analytics: Analytics) -> Sequence[Row]:
    """Return table and name of the parts that lie aside."""
    if not analytics.is_embedded:
        return ()
    tables = ", ".join(f"'{table}'" for table in (*OF_UNITS, "rollup_units"))
    return await analytics.query(
        "SELECT table, name FROM system.detached_parts "
        f"WHERE database = currentDatabase() AND table IN ({tables})"
    )


async def forget(analytics: Analytics) -> None:
    """Throw all figures and marks away, and what of them lies aside; `seed` begins anew. Nothing
    may be writing."""
    for table in (*OF_UNITS, "rollup_units"):
        cluster = analytics.cluster
        # A start must not end here when the disk is full; this makes room.
        await analytics.maintain(cluster.truncate(table) if cluster else f"TRUNCATE TABLE {table}")
    for table, name in await _aside(analytics):
        await analytics.maintain(lineage.drop(table, name))
    _memories.pop(analytics, None)


async def _loaded(analytics: Analytics) -> _Memory:
    memory = _memories.setdefault(analytics, _Memory())
    if not memory.is_loaded:
        rows = await analytics.query(
            "SELECT greatest(max(computed_us), max(rested_us), max(worded_us), max(bounded_us), "
            "max(scored_us)) FROM rollup_units",
            is_of_writes=False,
        )
        memory.last_us = max(memory.last_us, int(rows[0][0]))
        memory.is_loaded = True
    return memory
