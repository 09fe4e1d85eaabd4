"""Which values the rows in scope have, and how many rows each: what a reader may narrow by.

Any number of groups that one row decides are counted in one pass over narrow columns. What a
trace's spans say, and scores, have a pass of their own. What is read out of payloads is counted
over the newest rows alone (`newest`), so that it costs the same in a large project.
"""

import asyncio
from collections.abc import Sequence

import msgspec

from sightline.core.ids import time_ms
from sightline.domain.filter import EVERYTHING, EntityType, Filter
from sightline.stores.analytics import json_path, resting, thread_relation
from sightline.stores.analytics.columns import TABLES, base_column, column, is_wide
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.fields import FIELDS, FieldTable
from sightline.stores.analytics.filters import filter_columns
from sightline.stores.analytics.merged import merged
from sightline.stores.analytics.relation import (
    is_whole,
    relation,
    sort_key_conditions,
    time_conditions,
)
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder, id_list, id_literal
from sightline.stores.analytics.thread_columns import THREAD_FIELDS, Lifecycle

# So many rows are counted within a quarter of a second; of payloads there are far more bytes.
MAX_ROWS: dict[EntityType, int] = {"trace": 250_000, "span": 1_000_000, "thread": 250_000}
MAX_PAYLOADS = 50_000
_OF_SPANS = {"models": "model", "providers": "provider"}
# What traces decide of their thread.
_OF_TRACES = "user"


class Group(msgspec.Struct, frozen=True):
    """What rows are counted by: a field of a filter, with a path into it for JSON."""

    field: str
    key: str = ""


class Value(msgspec.Struct, frozen=True):
    """A value and the number of rows that have it."""

    text: str
    count: int


class Counted(msgspec.Struct, frozen=True):
    """The commonest values of a group, and how many rows have none."""

    values: list[Value]
    missing: int


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """How many values are wanted, and what they contain (without case)."""

    limit: int
    text: str = ""


def table_of(entity: EntityType) -> FieldTable:
    """Return the fields that a filter on an entity may name."""
    return THREAD_FIELDS if entity == "thread" else FIELDS[entity]


def reads_payloads(entity: EntityType, filter: Filter) -> bool:
    """Say whether a filter cannot be decided without reading payloads."""
    table = table_of(entity)
    if entity == "thread":
        wide = {"first_message", "last_message", "user"}
        names = filter_columns(entity, filter, table)
        return any(name in wide or is_wide(name) for name in names)
    return any(map(is_wide, filter_columns(entity, filter, table)))


def is_of_payloads(entity: EntityType, group: Group) -> bool:
    """Say whether a group's values stand in payloads."""
    return bool(group.key) or is_wide(_column(entity, group))


async def newest(analytics: Analytics, entity: EntityType, scope: Scope, rows: int) -> Scope | None:
    """Return the scope of about its newest rows, None when it does not have more of them.

    Of threads those with a turn among the newest traces. Where it begins is a guess from the end
    of the sort key, as ids say when they were made.
    """
    table = TABLES["span" if entity == "span" else "trace"]
    id = "trace_id" if entity == "span" else "id"
    kind = "span" if entity == "span" else "trace"
    where = " AND ".join(sort_key_conditions(kind, scope))  # type: ignore[arg-type]
    if scope.to_us is not None and scope.to_us >= 0:
        prefix = (scope.to_us // 1000 + 1).to_bytes(8, "big")[2:]
        where += f" AND {id} < {id_literal(prefix + bytes(10))}"
    # The index knows how many there are, which is mostly the end of it.
    held = await analytics.query(f"SELECT count() FROM {table} WHERE {where}")
    if held[0][0] <= rows:
        return None
    found = await analytics.query(
        f"SELECT {id} FROM {table} WHERE {where} "
        f"ORDER BY workspace_id DESC, project_id DESC, {id} DESC LIMIT 1 OFFSET {int(rows)}"
    )
    made_ms = time_ms(found[0][0]) if found else None
    if made_ms is None or (scope.from_us is not None and made_ms * 1000 <= scope.from_us):
        return None
    return msgspec.structs.replace(scope, from_us=made_ms * 1000)


async def count_values(
    analytics: Analytics,
    entity: EntityType,
    scope: Scope,
    groups: Sequence[Group],
    lifecycle: Lifecycle,
    search: Search,
) -> tuple[dict[Group, Counted], int]:
    """Return the commonest values of each group, and how many rows are in scope.

    A row with a list counts once for each of its values. Raises `InvalidRequestError` for a filter
    that cannot be.
    """
    scope = await resting.looked_up(analytics, entity, scope)
    apart = [g for g in groups if _is_apart(entity, g)]
    query = _Rows(entity, scope, lifecycle, search)
    (found, total), others = await asyncio.gather(
        query.of_rows(analytics, [g for g in groups if g not in apart]),
        query.of_others(analytics, apart),
    )
    for group, (values, having) in others.items():
        found[group] = Counted(values, max(0, total - having))
    return found, total


def _is_apart(entity: EntityType, group: Group) -> bool:
    if entity == "thread":
        return group.field == _OF_TRACES
    return entity == "trace" and not group.key and _column(entity, group) in _OF_SPANS


def _column(entity: EntityType, group: Group) -> str:
    field = table_of(entity)[group.field]
    return field.column or group.field


class _Rows(msgspec.Struct, frozen=True):
    entity: EntityType
    scope: Scope
    lifecycle: Lifecycle
    search: Search

    async def of_rows(
        self, analytics: Analytics, groups: Sequence[Group]
    ) -> tuple[dict[Group, Counted], int]:
        """Count what a row of the entity decides, all groups in one pass, and the rows."""
        binder = Binder()
        columns: list[str] = []
        picked, sets, arms = ["1 AS one_"], ["()"], []
        for i, group in enumerate(groups):
            read, sql, is_list = self._expression(group, binder)
            columns.append(read)
            picked.append(f"{sql} AS f{i}_")
            sets.append(f"(f{i}_)")
            values = f"if(empty(f{i}_), [''], arrayDistinct(f{i}_))" if is_list else f"[f{i}_]"
            arms.append(f"g_ = {_mask(i, len(groups))}, {values}")
        count, scope = "count()", self.scope
        if self.entity != "thread" and scope.hidden_sources:
            # To count what is not hidden costs less than to take the rest of the rows out first.
            hidden = binder.add(list(scope.hidden_sources), "Array(String)")
            count = "countIf(is_shown_)"
            columns.append("source")
            picked.append(f"NOT has({hidden}, {column('source')}) AS is_shown_")
            scope = msgspec.structs.replace(scope, hidden_sources=())
        rows = self._relation(columns or ["id"], binder, scope)
        if not groups:
            rows = f"(SELECT {', '.join(picked)} FROM {rows})"
            answer = await analytics.query(f"SELECT {count} FROM {rows}", binder.params)
            return {}, int(answer[0][0])
        names = ", ".join(f"f{i}_" for i in range(len(groups)))
        whole = (1 << len(groups)) - 1
        answer = await analytics.query(
            f"SELECT g_, v_, sum(n_) AS c_ FROM (SELECT g_, n_, arrayJoin(multiIf("
            f"{', '.join(arms)}, [''])) AS v_ FROM (SELECT {names}, grouping({names}) AS g_, "
            f"{count} AS n_ FROM (SELECT {', '.join(picked)} FROM {rows}) "
            f"GROUP BY GROUPING SETS ({', '.join(sets)})) WHERE n_ > 0 OR g_ = {whole}) "
            f"WHERE {self._wanted('v_', binder)} "
            "GROUP BY g_, v_ ORDER BY v_ = '' DESC, c_ DESC, v_ "
            f"LIMIT {self.search.limit + 1} BY g_",
            binder.params,
        )
        total = next((int(n) for g, _, n in answer if g == whole), 0)
        found = {}
        for i, group in enumerate(groups):
            mine = [(v, int(n)) for g, v, n in answer if g == _mask(i, len(groups))]
            missing = sum(n for v, n in mine if v == "")
            found[group] = Counted(self._commonest([m for m in mine if m[0] != ""]), missing)
        return found, total

    async def of_others(
        self, analytics: Analytics, groups: Sequence[Group]
    ) -> dict[Group, tuple[list[Value], int]]:
        """Count what other rows say of the entity; with how many have any value at all."""
        if not groups:
            return {}
        if self.entity == "thread":
            return await self._users(analytics, groups)
        return await self._of_spans(analytics, groups)

    async def _of_spans(
        self, analytics: Analytics, groups: Sequence[Group]
    ) -> dict[Group, tuple[list[Value], int]]:
        binder = Binder()
        names = [_OF_SPANS[_column(self.entity, group)] for group in groups]
        where = f"workspace_id = {id_literal(self.scope.workspace_id)}"
        where += f"{await self._of_traces(analytics, binder)} AND ("
        where += " OR ".join(f"{name} != ''" for name in names) + ")"
        listed = ", ".join(names)
        # A pair of model and provider has one set of traces; there are few pairs.
        arms = ", ".join(f"g_ = {_mask(i, len(names))}, {name}" for i, name in enumerate(names))
        having = ", ".join(f"h{i}_" for i in range(len(names)))
        counted = ", ".join(
            f"uniqExactMergeIf(s_, {name} != '') AS h{i}_" for i, name in enumerate(names)
        )
        whole = (1 << len(names)) - 1
        answer = await analytics.query(
            f"SELECT g_, v_, c_, {having} FROM (SELECT grouping({listed}) AS g_, "
            f"multiIf({arms}, '') AS v_, uniqExactMerge(s_) AS c_, {counted} "
            f"FROM (SELECT {listed}, uniqExactState(trace_id) AS s_ "
            f"FROM {merged('span', self.scope)} WHERE {where} GROUP BY {listed}) "
            f"GROUP BY GROUPING SETS ({', '.join(f'({name})' for name in names)}, ())) "
            f"WHERE g_ = {whole} OR (v_ != '' AND {self._wanted('v_', binder)}) "
            f"ORDER BY c_ DESC, v_ LIMIT {self.search.limit} BY g_",
            binder.params,
        )
        all_ = next((row[3:] for row in answer if row[0] == whole), [0] * len(names))
        found = {}
        for i, group in enumerate(groups):
            mine = [(row[1], int(row[2])) for row in answer if row[0] == _mask(i, len(names))]
            found[group] = self._commonest(mine), int(all_[i])
        return found

    async def _of_traces(self, analytics: Analytics, binder: Binder) -> str:
        """Return the condition on spans that makes them spans of traces in scope."""
        scope = self.scope
        place = ""
        if scope.project_ids is not None:
            place = f" AND project_id IN {id_list(scope.project_ids)}"
        if is_whole(scope):
            return place
        if is_whole(msgspec.structs.replace(scope, hidden_sources=())):
            # What is hidden is little, as a rule.
            hidden = msgspec.structs.replace(scope, hidden_sources=(), sources=scope.hidden_sources)
            return f"{place} AND trace_id NOT IN {relation('trace', hidden, ['id'], binder)}"
        bounds = ""
        if scope.from_us is not None or scope.to_us is not None:
            # A range of ids is a range of the sort key.
            narrow = msgspec.structs.replace(scope, filter=EVERYTHING)
            within = Binder()
            rows = await analytics.query(
                f"SELECT min({column('id')}), max({column('id')}), count() "
                f"FROM {relation('trace', narrow, ['id'], within)}",
                within.params,
            )
            low, high, n = rows[0]
            if not n:
                return " AND 0"
            bounds = f" AND trace_id >= {id_literal(low)} AND trace_id <= {id_literal(high)}"
        return f"{place}{bounds} AND trace_id IN {relation('trace', scope, ['id'], binder)}"

    async def _users(
        self, analytics: Analytics, groups: Sequence[Group]
    ) -> dict[Group, tuple[list[Value], int]]:
        binder = Binder()
        threads = self._relation(["project_id", "id"], binder, self.scope)
        turns = " AND ".join(
            (
                thread_relation.trace_conditions(self.scope, binder),
                *time_conditions(self.scope.from_us, self.scope.to_us),
            )
        )
        answer = await analytics.query(
            "SELECT v_, c_, all_ FROM (SELECT v_, uniqExact(project_id, thread_id) AS c_, "
            "grouping(v_) AS all_ FROM (SELECT project_id, thread_id, "
            f"{base_column('trace', 'user', binder)} AS v_ "
            f"FROM traces FINAL WHERE {turns} AND (project_id, thread_id) IN "
            f"(SELECT {column('project_id')}, {column('id')} FROM {threads})) WHERE v_ != '' "
            f"GROUP BY GROUPING SETS ((v_), ())) WHERE all_ OR {self._wanted('v_', binder)} "
            f"ORDER BY all_ DESC, c_ DESC, v_ LIMIT {self.search.limit + 1}",
            binder.params,
        )
        having = sum(int(n) for _, n, all_ in answer if all_)
        found = self._commonest([(v, int(n)) for v, n, all_ in answer if not all_])
        return dict.fromkeys(groups, (found, having))

    def _commonest(self, values: Sequence[tuple[str, int]]) -> list[Value]:
        return [Value(text, count) for text, count in values[: self.search.limit]]

    def _relation(self, columns: Sequence[str], binder: Binder, scope: Scope) -> str:
        if self.entity == "thread":
            return thread_relation.matching(scope, columns, binder, self.lifecycle)
        return relation(self.entity, scope, columns, binder)

    def _expression(self, group: Group, binder: Binder) -> tuple[str, str, bool]:
        """Return the column that a group reads, its value as text, and whether that is a list."""
        kind = table_of(self.entity)[group.field].kind
        name = _column(self.entity, group)
        sql = column(name)
        if not group.key:
            return name, sql, kind == "list"
        raw, many = json_path.raw_value(sql, group.key, binder)
        if not many:
            return name, _text(raw), False
        return name, f"arrayMap(r_ -> {_text('r_')}, {raw})", True

    def _wanted(self, sql: str, binder: Binder) -> str:
        if not self.search.text:
            return "1"
        text = binder.add(self.search.text)
        return f"({sql} = '' OR positionCaseInsensitiveUTF8({sql}, {text}) > 0)"


def _mask(i: int, n: int) -> int:
    """Return what the engine's `grouping` of n columns is where rows are grouped by the ith."""
    return ((1 << n) - 1) ^ (1 << (n - 1 - i))


def _text(raw: str) -> str:
    return f"if({raw} IN ('null', '\"\"'), '', {json_path.as_text(raw)})"
