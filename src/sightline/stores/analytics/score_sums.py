"""Averages of feedback scores, of whole hours from what their scores add up to (ADR 17).

Of a trace or span a score counts as the mean of its authors, of a trace's spans as the mean of
them, so an hour has the sum of those means and how many they are, by name. Scores of what is not
there do not count. Spans count with the traces of their project.
"""

from collections.abc import Sequence

import msgspec

from sightline.stores.analytics import rollup_units, rollups
from sightline.stores.analytics.annotations import has_scores
from sightline.stores.analytics.columns import TABLES, Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.hour_plans import (
    SCORES,
    edges_of,
    is_plain,
    live,
    place_of,
    plan_of,
    together,
    whole_hours,
)
from sightline.stores.analytics.relation import kind_conditions, time_conditions
from sightline.stores.analytics.rollup_rows import trace_id_of
from sightline.stores.analytics.rollup_units import HOUR_US, Unit, in_units, unit_sql
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder, id_literal
from sightline.stores.analytics.unit_slices import Slice, sliced


class Averages(msgspec.Struct, frozen=True):
    """By name: of the entities' own scores, and for traces of those of their spans."""

    own: dict[str, float] = {}
    of_spans: dict[str, float] = {}


async def averages(analytics: Analytics, entity: Entity, scope: Scope) -> Averages | None:
    """Return the averages over what is in scope; None where this is not the way."""
    edges = edges_of(scope, None)
    if edges is None or not is_plain(scope) or not await rollup_units.is_ready(analytics):
        return None
    scored = await _scored(analytics, entity, scope.workspace_id)
    if not scored:
        return Averages()
    plan = await plan_of(analytics, entity, scope, edges, rollups.WORTH, SCORES)
    if plan is None:
        return None
    binder = Binder()
    sources = [
        "SELECT of_spans, name, total, count FROM score_sums "
        f"WHERE {whole_hours(entity, scope, plan, binder, SCORES)}"
    ]
    if plan.changed or plan.cut:
        both = together(plan.changed, plan.cut)
        where = [live(trace_id_of(entity), plan), *kind_conditions(entity, scope, binder)]
        where += time_conditions(scope.from_us, scope.to_us)
        reading = _Reading(
            {},
            id_literal(scope.workspace_id),
            place_of(scope),
            in_units("id", both),
            in_units("trace_id", both),
        )
        sources += reading.each(entity, scored, " AND ".join(where))
    rows = await analytics.query(
        "SELECT of_spans, name, sum(total), sum(count) "
        f"FROM ({' UNION ALL '.join(sources)}) GROUP BY of_spans, name ORDER BY name",
        binder.params,
    )
    found: tuple[dict[str, float], dict[str, float]] = ({}, {})
    for of_spans, name, total, count in rows:
        found[bool(of_spans)][name] = float(total) / int(count)
    return Averages(*found)


async def compute(analytics: Analytics, units: Sequence[Unit], at_us: int) -> None:
    """Add up the scores of units of a workspace, which nothing changes since `at_us`.

    They should be of the same hours, as for `rollups.compute`.
    """
    scored = await _scored(analytics, "trace", units[0].workspace_id)
    if scored:
        for piece in await sliced(analytics, units):
            await _compute(analytics, piece, scored, at_us)


async def _compute(
    analytics: Analytics, piece: Slice, scored: Sequence[Entity], at_us: int
) -> None:
    workspace = id_literal(piece.units[0].workspace_id)
    keys = {
        "project_id": "e.place_",
        "unit": unit_sql("e.trace_"),
        "hour": f"intDiv(e.start_, {HOUR_US})",
        "source": "e.source_",
        "type": "e.type_",
    }
    columns = f"{', '.join(keys)}, of_spans, name, total, count"
    reading = _Reading(keys, workspace, piece.place, piece.holds("id"), piece.holds("trace_id"))
    entities: tuple[Entity, ...] = ("trace", "span")
    for entity in entities:
        sources = reading.each(entity, scored, "1")
        if not sources:
            continue
        await analytics.command(
            f"INSERT INTO score_sums (workspace_id, entity, slice, scored_us, {columns}) "
            f"SELECT {workspace}, '{entity}', {piece.number}, {int(at_us)}, {columns} "
            f"FROM ({' UNION ALL '.join(sources)}) "
            # Of others a newer row would take the place of the one that holds.
            f"WHERE (project_id, unit) IN {piece.of_units} SETTINGS max_threads = 1"
        )


async def _scored(analytics: Analytics, entity: Entity, workspace_id: bytes) -> list[Entity]:
    """Return of what kinds anything was ever scored that counts for the entity."""
    kinds: tuple[Entity, ...] = ("trace", "span") if entity == "trace" else ("span",)
    return [kind for kind in kinds if await has_scores(analytics, workspace_id, kind)]


class _Reading(msgspec.Struct, frozen=True):
    """Scores as they are, added up by `keys` and name: named expressions over the row `e` of what
    is scored, which has `place_` (the project), `trace_`, `start_` (Unix µs), `source_`, `type_`.

    `of_traces` and `of_spans` are what the sort key says of the ids of their traces, as in
    `rollup_rows.Reading`.
    """

    keys: dict[str, str]
    workspace: str
    place: str
    of_traces: str
    of_spans: str

    def each(self, entity: Entity, scored: Sequence[Entity], where: str) -> list[str]:
        """Return a `SELECT` for each kind of scores that there are."""
        found = []
        if entity in scored:
            found.append(self._added_up(entity, where, self._given(entity), "e.id_ = f.id_", 0))
        if entity == "trace" and "span" in scored:
            spans = (
                "SELECT project_id AS place_, trace_id AS trace_, concat(id, '') AS id_ "
                f"FROM {self._of('span')}"
            )
            # A span that is not merged yet is several rows.
            each = (
                "SELECT DISTINCT s.place_ AS place_, s.trace_ AS trace_, s.id_ AS id_, "
                "g.name_ AS name_, g.value_ AS value_ "
                f"FROM ({spans}) AS s INNER JOIN ({self._given('span')}) AS g ON s.id_ = g.id_"
            )
            of_traces = (
                f"SELECT place_, trace_, name_, avg(value_) AS value_ FROM ({each}) "
                "GROUP BY place_, trace_, name_"
            )
            same = "e.place_ = f.place_ AND e.trace_ = f.trace_"
            found.append(self._added_up("trace", where, of_traces, same, 1))
        return found

    def _added_up(self, entity: Entity, where: str, values: str, same: str, of_spans: int) -> str:
        keys = "".join(f"{sql} AS {name}, " for name, sql in self.keys.items())
        by = "".join(f"{name}, " for name in self.keys)
        return (
            f"SELECT {keys}toUInt8({of_spans}) AS of_spans, f.name_ AS name, "
            "sum(f.value_) AS total, count() AS count "
            f"FROM ({self._rows(entity, where)}) AS e INNER JOIN ({values}) AS f ON {same} "
            f"GROUP BY {by}name"
        )

    def _given(self, entity: Entity) -> str:
        return (
            "SELECT entity_id AS id_, name AS name_, avg(value) AS value_ "
            f"FROM feedback_scores FINAL WHERE {self._scores_of(entity)} GROUP BY id_, name_"
        )

    def _scores_of(self, entity: Entity) -> str:
        return (
            f"workspace_id = {self.workspace} AND entity_type = '{entity}' AND entity_id IN "
            f"(SELECT concat(id, '') FROM {self._of(entity)})"
        )

    def _of(self, entity: Entity) -> str:
        """Return which rows are meant, before they are merged."""
        within = self.of_traces if entity == "trace" else self.of_spans
        return f"{TABLES[entity]} WHERE {self.place} AND {within}"

    def _rows(self, entity: Entity, where: str) -> str:
        within, type_, only = self.of_traces, "''", ""
        if entity == "span":
            within, type_ = self.of_spans, "type"
            # Few spans have scores, and only those are merged.
            scored = f"SELECT entity_id FROM feedback_scores WHERE {self._scores_of(entity)}"
            only = f" AND concat(id, '') IN ({scored})"
        return (
            f"SELECT project_id AS place_, {trace_id_of(entity)} AS trace_, "
            "concat(id, '') AS id_, toUnixTimestamp64Micro(start_time) AS start_, "
            f"source AS source_, {type_} AS type_ FROM {TABLES[entity]} FINAL "
            f"PREWHERE {self.place} AND {within}{only} WHERE {where}"
        )
