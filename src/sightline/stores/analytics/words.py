"""Where a text may stand: the different words of slices of time, put down once an hour is at rest.

To look for a text anywhere, every payload would have to be read. Of ten thousand payloads the
different words are a hundredth as long, so slices without the text are found out by their words,
and only the others are read, with what has changed since (ADR 18).
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from sightline.core.ids import Id
from sightline.stores.analytics import rollup_units
from sightline.stores.analytics.columns import TABLES, Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.relation import sort_key_conditions
from sightline.stores.analytics.rollup_rows import trace_id_of
from sightline.stores.analytics.rollup_units import Unit, ends, unit_sql, within
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import NEAR, Binder, id_list, id_literal
from sightline.stores.analytics.whereabouts import Range, Whereabouts, merged
from sightline.stores.analytics.word_fields import BITS, ends_sql, place_sql
from sightline.stores.analytics.word_needs import Needs

# As many rows as the engine reads at once, more or less.
_ROWS, _BYTES = 8_000, 16_000_000
# Texts of one statement; all their words are in memory.
_PART_BYTES = 128_000_000
# Into so many an hour may be cut; each makes whole milliseconds.
_SLICES = (1, 2, 4, 8, 16, 32, 64, 128, 384, 1_152, 3_600)
_HOUR_MS = 3_600_000
# Words that make up more than this part of their texts, or more bytes, are not kept.
_WORTH = 0.25
_SMALL, _MOST_BYTES = 65_536, 8_000_000
# Ids that hold a text; more of them say nothing.
_MOST_IDS = 400
_MOST_FOUND = 4_000
# So many are read at once, not searched from the newest on.
_FEW_SLICES = 64
_CLEARED_AT_ONCE = 2_000
_KEYS = "workspace_id, project_id, unit, worded_us"


class _Slice(NamedTuple):
    """One of the slices of a unit, and how many it has."""

    project_id: Id
    unit: int
    slices: int
    slice: int


async def compute(analytics: Analytics, units: Sequence[Unit], at_us: int) -> None:
    """Put down the words of units of a workspace, which nothing changes since `at_us`.

    They should be of the same hours, as for `rollups.compute`.
    """
    entities: tuple[Entity, ...] = ("trace", "span")
    for entity in entities:
        for some in await _in_parts(analytics, entity, units):
            await _put_down(analytics, entity, some, at_us)


async def outdated(analytics: Analytics, limit: int, workspace_id: Id | None = None) -> list[Unit]:
    """Return units whose words hold, but do not tell in which fields they stand: those of versions
    before this one. The newest of a workspace come first; of one workspace alone, if given."""
    where = "empty(field_ends) AND NOT is_dense"
    if workspace_id:
        where += f" AND workspace_id = {id_literal(workspace_id)}"
    # Nearly always there are none, which is quickly said.
    if not await analytics.query(f"SELECT 1 FROM words WHERE {where} LIMIT 1"):
        return []
    rows = await analytics.query(
        f"SELECT DISTINCT workspace_id, project_id, unit FROM words WHERE {where} AND ({_KEYS}) IN "
        f"(SELECT workspace_id, project_id, unit, max(worded_us) FROM {NEAR}rollup_units "
        "GROUP BY workspace_id, project_id, unit HAVING max(worded_us) > max(changed_us)) "
        f"ORDER BY workspace_id, unit DESC, project_id LIMIT {int(limit)}"
    )
    return [Unit(bytes(w), bytes(p), int(hour)) for w, p, hour in rows]


async def clear(analytics: Analytics, now_us: int) -> int:
    """Delete words that hold no more, for they may be of rows that are deleted; return how many."""
    before_us = int(now_us) - rollup_units.STALE_US
    rows = await analytics.query(
        f"SELECT DISTINCT {_KEYS} FROM words WHERE worded_us < {before_us} AND ({_KEYS}) NOT IN "
        f"(SELECT workspace_id, project_id, unit, max(worded_us) FROM {NEAR}rollup_units "
        f"GROUP BY workspace_id, project_id, unit) LIMIT {_CLEARED_AT_ONCE}"
    )
    if rows:
        stale = ", ".join(
            f"({id_literal(w)}, {id_literal(p)}, {int(unit)}, {int(at)})" for w, p, unit, at in rows
        )
        await analytics.delete("words", f"({_KEYS}) IN ({stale})")
    return len(rows)


class _Part(msgspec.Struct):
    """What one statement reads: units of so many slices, of a single one perhaps not all."""

    slices: int
    units: list[Unit]
    first: int
    end: int
    bytes: float = 0


async def _in_parts(analytics: Analytics, entity: Entity, units: Sequence[Unit]) -> list[_Part]:
    """Return the units that have rows, in parts whose texts fit into memory."""
    trace_id = trace_id_of(entity)
    wide = "length(input_v.x) + length(output_v.x) + length(metadata_v.x)"
    rows = await analytics.query(
        f"SELECT project_id, {unit_sql(trace_id)} AS u_, count(), sum({wide}) "
        f"FROM {TABLES[entity]} WHERE {_place(trace_id, units)} GROUP BY project_id, u_"
    )
    wanted = set(units)
    open_: dict[int, _Part] = {}
    parts: list[_Part] = []
    for project_id, hour, count, size in rows:
        unit = Unit(units[0].workspace_id, bytes(project_id), int(hour))
        if unit not in wanted:
            continue
        worth = max(count / _ROWS, size / _BYTES)
        slices = next((n for n in _SLICES if n >= worth), _SLICES[-1])
        if size > _PART_BYTES:
            step = max(1, int(slices * _PART_BYTES / size))
            parts += [
                _Part(slices, [unit], first, min(first + step, slices))
                for first in range(0, slices, step)
            ]
            continue
        part = open_.get(slices)
        if part is None or part.bytes + size > _PART_BYTES:
            part = open_[slices] = _Part(slices, [], 0, slices)
            parts.append(part)
        part.units.append(unit)
        part.bytes += size
    return parts


async def _put_down(analytics: Analytics, entity: Entity, part: _Part, at_us: int) -> None:
    trace_id = trace_id_of(entity)
    ms = f"reinterpretAsUInt64(reverse(substring({trace_id}, 1, 6)))"
    slice_ = f"toUInt16(intDiv({ms} % {_HOUR_MS}, {_HOUR_MS // part.slices}))"
    of_units = ", ".join(f"({id_literal(unit.project_id)}, {unit.hour})" for unit in part.units)
    # Rows as they were written will do: an older value of a row only adds words.
    texts = [f"{column}_v.x" for column in BITS]
    texts.append("concat(name_v.x, ' ', arrayStringConcat(tags_v.x, ' '))")
    lower = [f"if(size_ > {_MOST_BYTES}, '', lower({t})) AS text{n}_" for n, t in enumerate(texts)]
    rows = (
        f"SELECT project_id, {unit_sql(trace_id)} AS unit, {slice_} AS slice, "
        "length(input_v.x) + length(output_v.x) + length(metadata_v.x) AS size_, "
        f"{', '.join(lower)} FROM {TABLES[entity]} PREWHERE {_place(trace_id, part.units)} "
        f"AND (project_id, {unit_sql(trace_id)}) IN ({of_units}) "
        f"AND {slice_} BETWEEN {part.first} AND {part.end - 1}"
    )
    await analytics.command(
        "INSERT INTO words (workspace_id, entity, project_id, unit, slices, slice, worded_us, "
        f"is_dense, words, field_ends) SELECT {id_literal(part.units[0].workspace_id)}, "
        f"'{entity}', project_id, unit, {part.slices}, slice, {int(at_us)}, "
        "length(lines_) > room_ AS d_, if(d_, '', lines_), if(d_, [], ends_) "
        f"FROM ({_words_of(rows)}) SETTINGS max_threads = 1"
    )


def _words_of(rows: str) -> str:
    """Return as SQL, of each slice of some rows, `lines_`, its different words in the order of the
    sets of fields in which they stand, `ends_` of those sets, and `room_`, the most bytes that they
    may have."""
    slice_ = "project_id, unit, slice"
    bits = [*BITS.values(), 0]
    found = [f"found{n}_" for n in range(len(bits))]
    unique = [f"groupUniqArrayArray(tokens(text{n}_)) AS {f}" for n, f in enumerate(found)]
    size = " + ".join(f"length(text{n}_)" for n in range(len(bits)))
    by_field = (
        f"SELECT {slice_}, {', '.join(unique)}, if(max(size_) > {_MOST_BYTES}, 0, "
        f"least({_MOST_BYTES}, greatest({_SMALL}, {_WORTH} * sum({size})))) AS most_ "
        f"FROM ({rows}) GROUP BY {slice_}"
    )
    # Where one field alone has too many, what comes next would need several times their memory.
    longest = ", ".join(f"length(arrayStringConcat({f}, ' '))" for f in found)
    marks = [f"arrayWithConstant(length({f}), {bit})" for f, bit in zip(found, bits, strict=True)]
    marked = (
        f"SELECT {slice_}, if(greatest({longest}) > most_, 0, most_) AS room_, "
        f"if(room_ = 0, [], arrayConcat({', '.join(found)})) AS all_, "
        f"if(room_ = 0, [], arrayConcat({', '.join(marks)})) AS bits_ FROM ({by_field})"
    )
    # A word is among those of a field once.
    by_word = (
        f"SELECT {slice_}, word_, {place_sql('sum(bit_)')} AS place_, any(room_) AS room_ "
        f"FROM ({marked}) LEFT ARRAY JOIN all_ AS word_, bits_ AS bit_ GROUP BY {slice_}, word_"
    )
    by_place = (
        f"SELECT {slice_}, place_, any(room_) AS room_, "
        "concat(arrayStringConcat(arraySort(groupArray(word_)), '\\n'), '\\n') AS set_ "
        f"FROM ({by_word}) GROUP BY {slice_}, place_"
    )
    return (
        f"SELECT {slice_}, any(room_) AS room_, arraySort(groupArray((place_, set_))) AS sets_, "
        f"concat('\\n', arrayStringConcat(sets_.2)) AS lines_, {ends_sql('sets_')} AS ends_ "
        f"FROM ({by_place}) GROUP BY {slice_}"
    )


async def possible(
    analytics: Analytics, entity: Entity, scope: Scope, needs: Needs, binder: Binder
) -> Whereabouts | None:
    """Return where rows may be, None when that would be of no help."""
    place = " AND ".join(sort_key_conditions("trace", scope))
    changed = await rollup_units.changed(analytics, place, "worded_us", _MOST_FOUND)
    if changed is None:
        return None
    # A unit without words has no rows of this entity. One that has changed since it was asked for
    # is in here as it was then.
    words = await analytics.query(
        f"SELECT project_id, unit, slices, slice FROM words PREWHERE {place} "
        f"AND entity = '{entity}' AND (project_id, unit, worded_us) IN ("
        f"SELECT project_id, unit, max(worded_us) FROM {NEAR}rollup_units WHERE {place} "
        "GROUP BY project_id, unit) "
        f"WHERE is_dense OR {needs.words} LIMIT {_MOST_FOUND + 1}",
        binder.params,
    )
    if len(words) > _MOST_FOUND or await _are_most(analytics, entity, place, len(words)):
        return None
    slices = [_Slice(project, hour, 1, 0) for project, hour in changed]
    slices += [_Slice(bytes(row[0]), *map(int, row[1:])) for row in words]
    ranges = [(s.project_id, *part) for s in slices for part in _ends(s)]
    if needs.ids is not None:
        named = await _with_ids(analytics, entity, scope, needs.ids, binder)
        if named is None:
            return None
        ranges += named
    return Whereabouts(merged(ranges), len(ranges), len(ranges) <= _FEW_SLICES)


async def _are_most(analytics: Analytics, entity: Entity, place: str, slices: int) -> bool:
    """Say whether so many slices are most of those that there are: a common word."""
    if slices <= _FEW_SLICES:
        return False
    where = f"{place} AND entity = '{entity}'"
    # Until the next merge a slice may be there twice.
    rows = await analytics.query(
        f"SELECT uniqExact(project_id, unit, slices, slice) FROM words WHERE {where}"
    )
    return slices * 2 > int(rows[0][0])


async def _with_ids(
    analytics: Analytics, entity: Entity, scope: Scope, condition: str, binder: Binder
) -> list[Range] | None:
    """Return where the ids themselves hold the text, each trace a range; None of too many."""
    trace_id = trace_id_of(entity)
    where = " AND ".join([*sort_key_conditions(entity, scope), condition])
    rows = await analytics.query(
        f"SELECT DISTINCT project_id, {trace_id} FROM {TABLES[entity]} "
        f"WHERE {where} LIMIT {_MOST_IDS + 1}",
        binder.params,
    )
    if len(rows) > _MOST_IDS:
        return None
    return [(bytes(p), bytes(id), bytes(id)) for p, id in rows]


def _ends(place: _Slice) -> list[tuple[Id, Id]]:
    """Return the first and the last id of traces that a slice may have, twice for a wild unit."""
    if place.slices == 1:
        return ends(place.unit)
    width = _HOUR_MS // place.slices
    first_ms = place.unit * _HOUR_MS + place.slice * width
    last_ms = first_ms + width - 1
    return [(first_ms.to_bytes(6, "big") + bytes(10), last_ms.to_bytes(6, "big") + b"\xff" * 10)]


def _place(trace_id: str, units: Sequence[Unit]) -> str:
    projects = id_list(sorted({unit.project_id for unit in units}))
    hours = within(trace_id, {unit.hour for unit in units})
    workspace = id_literal(units[0].workspace_id)
    return f"workspace_id = {workspace} AND project_id IN {projects} AND {hours}"
