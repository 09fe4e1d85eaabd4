"""Rows added up as they are: the SQL of what an hour is made of (ADR 17)."""

from collections.abc import Collection
from typing import Literal

import msgspec

from sightline.stores.analytics.columns import Entity, usage_of
from sightline.stores.analytics.sql import Binder

LN_CLASS = 0.004987541511039
NO_DURATION = -32_768
_UNENDED = 32_767
Part = Literal["own", "payloads", "spans", "usage"]
EVERY: tuple[Part, ...] = ("own", "payloads", "spans", "usage")

# What a column is when a part says nothing of it, and how columns are added up.
COLUMNS = {
    "count": "toUInt64(0)",
    "errors": "toUInt64(0)",
    "ended": "toUInt64(0)",
    "durations": "CAST(map(), 'Map(Int16, UInt64)')",
    "tags": "toUInt64(0)",
    "inputs": "toUInt64(0)",
    "outputs": "toUInt64(0)",
    "metadatas": "toUInt64(0)",
    "cost": "sum(toDecimal64(0, 12))",
    "cost_count": "toUInt64(0)",
    "tokens": "toInt64(0)",
    "tokens_count": "toUInt64(0)",
    "spans": "toUInt64(0)",
    "llm_spans": "toUInt64(0)",
    "usage_sums": "CAST(map(), 'Map(String, Int64)')",
    "usage_counts": "CAST(map(), 'Map(String, UInt64)')",
}
ADDED_UP = tuple(
    f"sumMap({name})" if "map()" in nothing else f"sum({name})" for name, nothing in COLUMNS.items()
)


class Reading(msgspec.Struct, frozen=True):
    """Rows as they are, as sums by `keys`: named expressions over `place_` (the project), `trace_`,
    `start_` (Unix µs), `source_` and `type_`.

    `of_traces` and `of_spans` are what the sort key says of the ids of their traces. As it is the
    same in every row of an entity, that is tested before rows are merged, and little is read.
    """

    keys: dict[str, str]
    parts: Collection[Part]
    place: str
    of_traces: str
    of_spans: str

    def sql(self, entity: Entity, where: str, binder: Binder) -> str:
        """Return `SELECT` of the keys and the columns of `COLUMNS`; several rows a key."""
        found = []
        if entity == "trace":
            rows = self._traces(
                where, "error_info != '' AS error_, duration AS duration_, length(tags) AS tags_"
            )
            # What its spans cost counts where a trace began.
            spans = f"{self._spans('1', binder)} AS s INNER JOIN "
            spans += f"{self._traces(where, '')} AS e USING (trace_)"
            cost_count, has_it = "uniqExactIf(trace_, isNotNull(cost_))", "uniqExact(trace_)"
        else:
            own = "error_info != '' AS error_, duration AS duration_, length(tags) AS tags_, "
            own += f"{_START}, source AS source_, type AS type_, project_id AS place_"
            rows = spans = self._spans(where, binder, own)
            cost_count, has_it = "countIf(isNotNull(cost_))", "count()"
        if "own" in self.parts:
            found.append(
                self._part(f"(SELECT *, {_CLASS} AS class_ FROM {rows})", _OWN, ", class_")
            )
        if "payloads" in self.parts:
            found.append(self._part(self._payloads(entity, where), _PAYLOADS))
        if "spans" in self.parts:
            found.append(self._part(spans, {**_OF_SPANS, "cost_count": cost_count}))
        if "usage" in self.parts:
            usage = {"usage_sums": "map(k_, sum(n_))", "usage_counts": f"map(k_, {has_it})"}
            each = (
                "(SELECT *, tupleElement(p_, 1) AS k_, tupleElement(p_, 2) AS n_ "
                f"FROM {spans} ARRAY JOIN usage_ AS p_)"
            )
            found.append(self._part(each, usage, ", k_"))
        return " UNION ALL ".join(found)

    def _payloads(self, entity: Entity, where: str) -> str:
        """Return which rows have payloads, merged by hand: the engine would read all of each."""
        table, ids, within_ = "traces", "id", self.of_traces
        merged = [f"max({name}_v.v != 0) AS {name}s_" for name in ("input", "output", "metadata")]
        if entity == "span":
            table, ids, within_ = "spans", "trace_id, id", self.of_spans
            merged.append("max(type_v) AS type_v_")
        rows = (
            f"SELECT project_id AS place_, {trace_id_of(entity)} AS trace_, "
            f"max(start_time_v) AS at_v_, max(source_v) AS source_v_, {', '.join(merged)} "
            f"FROM {table} WHERE {self.place} AND {within_} GROUP BY project_id, {ids}"
        )
        # By the names that conditions call them.
        type_ = "''"
        if entity == "span":
            type_ = "if(tupleElement(type_v_, 1) = 0, 'general', tupleElement(type_v_, 2))"
        named = (
            "SELECT place_, place_ AS project_id, trace_, trace_ AS trace_id, trace_ AS id, "
            "inputs_, outputs_, metadatas_, "
            f"tupleElement(at_v_, 2) AS start_time, {type_} AS type, "
            f"tupleElement(source_v_, 2) AS source FROM ({rows})"
        )
        return (
            "(SELECT place_, trace_, toUnixTimestamp64Micro(start_time) AS start_, "
            "source AS source_, type AS type_, inputs_, outputs_, metadatas_ "
            f"FROM ({named}) WHERE {where})"
        )

    def _part(self, rows: str, sums: dict[str, str], by: str = "") -> str:
        keys = ", ".join(f"{sql} AS {name}" for name, sql in self.keys.items())
        columns = ", ".join(f"{sql} AS {name}" for name, sql in (COLUMNS | sums).items())
        return f"SELECT {keys}, {columns} FROM {rows} GROUP BY {', '.join(self.keys)}{by}"

    def _traces(self, where: str, more: str) -> str:
        return (
            f"(SELECT project_id AS place_, id AS trace_, {_START}, source AS source_, '' AS type_"
            f"{', ' if more else ''}{more} FROM traces FINAL "
            f"PREWHERE {self.place} AND {self.of_traces} WHERE {where})"
        )

    def _spans(self, where: str, binder: Binder, more: str = "") -> str:
        return (
            "(SELECT trace_id AS trace_, type = 'llm' AS llm_, total_estimated_cost AS cost_, "
            f"{usage_of('total_tokens', binder)} AS tokens_, tupleElement(usage_v, 2) AS usage_"
            f"{', ' if more else ''}{more} FROM spans FINAL "
            f"PREWHERE {self.place} AND {self.of_spans} WHERE {where})"
        )


_START = "toUnixTimestamp64Micro(start_time) AS start_"
_MS = "assumeNotNull(duration_)"
_CLASS = (
    f"toInt16(multiIf(isNull(duration_), {_UNENDED}, {_MS} <= 0, {NO_DURATION}, "
    f"greatest(-32000, least(32000, floor(log({_MS}) / {LN_CLASS})))))"
)
_OWN = {
    "count": "count()",
    "errors": "countIf(error_)",
    "ended": "countIf(isNotNull(duration_))",
    "durations": f"if(class_ = {_UNENDED}, {COLUMNS['durations']}, map(class_, count()))",
    "tags": "sum(tags_)",
}
_PAYLOADS = {name: f"countIf({name}_)" for name in ("inputs", "outputs", "metadatas")}
_OF_SPANS = {
    "cost": "sum(ifNull(cost_, toDecimal64(0, 12)))",
    "tokens": "ifNull(sum(tokens_), toInt64(0))",
    "tokens_count": "countIf(isNotNull(tokens_))",
    "spans": "count()",
    "llm_spans": "countIf(llm_)",
}


def trace_id_of(entity: Entity) -> str:
    return "id" if entity == "trace" else "trace_id"
