"""Which entities may meet a filter, from their rows as they were written, before they are merged.

To merge what is not merged yet costs ten times as much as to read it. What a merged row says in a
column, some row of the entity says, so a condition that reads one column of the table is met by a
row of each entity that meets it; of several joined by OR, one is met by some row. Those entities
are looked at closely; of too many the way is another one.

Conditions on the time at which an entity began are tested on the same row, a day more generously: a
start that was sent again, with a time further off than that, is found once its rows are merged.
"""

from collections.abc import Sequence

import msgspec

from sightline.core.ids import Id
from sightline.domain.filter import EVERYTHING, And, Condition, Filter, Or, all_of
from sightline.stores.analytics.columns import TABLES, Entity, base_column, column, entry
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.fields import FIELDS
from sightline.stores.analytics.filters import (
    check_filter,
    compile_filter,
    conditions,
    filter_columns,
    kind_of,
)
from sightline.stores.analytics.relation import sort_key_conditions
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder, id_literal
from sightline.stores.analytics.text_match import NEGATED

MOST = 5_000
"""More entities than this are not named one by one."""

FEW_ROWS = 200_000
"""So many rows are merged as fast as they are looked through."""

SETTINGS = "SETTINGS optimize_functions_to_subcolumns = 1"
"""For queries without FINAL, of versioned columns of which only the value is wanted."""

DURATION = "duration"
# Each side of an OR is looked for by itself.
_MOST_SIDES = 8
# A start that is told again may be another one by so much; entities out of the range are left out
# when their rows are merged.
_RETOLD_US = 86_400_000_000
_UNSAID_START = "start_time_v.v = 0"
# Logical columns that read one column of the table, and the ones that read the same. Of long texts
# the words say where they may be (`words.py`).
_SAME = {"error_type": "error_info", "origin": "source", "user": "metadata"}
_ALONE = frozenset(
    "name type model provider parent_span_id tags error_info error_type ttft environment source "
    "origin created_by last_updated_by created_at last_updated_at start_time end_time thread_id "
    "visibility_mode user metadata id trace_id project_id".split()
)
_STATES = frozenset(("error", "running"))


async def narrowed(analytics: Analytics, entity: Entity, scope: Scope) -> Scope:
    """Return a scope of the same entities that names them, when its filter leaves few.

    As of now: what changes while it is used may be left out. Raises `InvalidRequestError` for a
    wrong filter.
    """
    if scope.filter == EVERYTHING and not scope.search.strip():
        return scope
    check_filter(entity, scope.filter)
    if scope.ids is not None or scope.trace_id is not None:
        return scope
    groups = _groups(entity, scope.whole_filter)
    if not groups or await is_small(analytics, entity, scope):
        return scope
    for group in groups:
        found = await _ids(analytics, entity, scope, group)
        if found is not None:
            return named(scope, found)
    return scope


def looks_for_text(entity: Entity, scope: Scope) -> bool:
    """Say whether payloads must be read to tell what is meant."""
    flat = scope.whole_filter
    parts = flat.children if isinstance(flat, And) else (flat,)
    return any(_is_text(entity, part) for part in parts)


def _is_text(entity: Entity, tree: Filter) -> bool:
    """Say whether this is about a text that some column has."""
    if not isinstance(tree, Condition) or tree.operator in NEGATED:
        return False
    return kind_of(entity, tree) == "text" and tree.operator != "is_empty"


async def is_small(analytics: Analytics, entity: Entity, scope: Scope) -> bool:
    """Say whether there are so few rows that it is not worth the while."""
    where = " AND ".join(sort_key_conditions(entity, scope))
    counted = f"FROM {TABLES[entity]} WHERE {where}"
    if scope.within is not None:
        # Each row is looked at.
        counted = f"FROM (SELECT 1 {counted} LIMIT {FEW_ROWS + 1})"
    rows = await analytics.query(f"SELECT count() {counted}")
    return int(rows[0][0]) <= FEW_ROWS


def named(scope: Scope, found: list[tuple[Id, Id]]) -> Scope:
    """Return the scope with the ids of traces, and of what is in it, which tell more than where
    that is."""
    return msgspec.structs.replace(
        scope,
        trace_ids=tuple({trace_id: None for trace_id, _ in found}),
        ids=tuple({id: None for _, id in found}),
        within=None,
    )


def written(entity: Entity, scope: Scope) -> str:
    """Return `FROM … WHERE …` of the rows that may be of an entity in the scope's time range."""
    where = sort_key_conditions(entity, scope)
    from_us = None if scope.from_us is None else scope.from_us - _RETOLD_US
    to_us = None if scope.to_us is None else scope.to_us + _RETOLD_US
    for sign, at_us in ((">=", from_us), ("<", to_us)):
        if at_us is not None:
            moment = f"fromUnixTimestamp64Micro(toInt64({int(at_us)}), 'UTC')"
            where.append(f"(start_time {sign} {moment} OR {_UNSAID_START})")
    return f"FROM {TABLES[entity]} WHERE {' AND '.join(where)}"


def named_column(entity: Entity, name: str, binder: Binder) -> str:
    """Return a logical column of the entity's table, under its name."""
    sql = base_column(entity, name, binder)
    # What is called like a column of the table must be that column (ADR 15).
    return column(name) if sql == name else f"{sql} AS {column(name)}"


def key_of(entity: Entity) -> str:
    """Return the columns of a trace's id and of the entity's own, as `t_` and `i_`."""
    return f"{'id' if entity == 'trace' else 'trace_id'} AS t_, id AS i_"


async def _ids(
    analytics: Analytics, entity: Entity, scope: Scope, group: Sequence[And]
) -> list[tuple[Id, Id]] | None:
    """Return the ids of which some row meets conditions on one column, or others on another one;
    None of too many."""
    found: dict[tuple[Id, Id], None] = {}
    for side in group:
        binder = Binder()
        rows_sql, condition = _looked_through(entity, scope, side, binder)
        rows = await analytics.query(
            f"SELECT DISTINCT t_, i_ FROM {rows_sql} WHERE {condition} LIMIT {MOST + 1} {SETTINGS}",
            binder.params,
        )
        found |= {(bytes(t), bytes(i)): None for t, i in rows}
        if len(found) > MOST:
            return None
    return list(found)


def _looked_through(entity: Entity, scope: Scope, group: And, binder: Binder) -> tuple[str, str]:
    """Return rows as they are written, and the condition on them."""
    names = filter_columns(entity, group)
    condition = compile_filter(entity, group, binder)
    if _of_spans(entity, group):
        rows_sql = (
            "(SELECT trace_id AS t_, trace_id AS i_, model, provider FROM spans "
            f"WHERE workspace_id = {id_literal(scope.workspace_id)})"
        )
    elif names == [DURATION]:
        rows_sql = f"({' UNION ALL '.join(durations(entity, scope))})"
    else:
        picked = [named_column(entity, name, binder) for name in names]
        rows_sql = f"(SELECT {key_of(entity)}, {', '.join(picked)} {written(entity, scope)})"
    return rows_sql, condition


def durations(entity: Entity, scope: Scope) -> list[str]:
    """Return what gives `t_`, `i_` and `duration` of all that has ended, merged or not.

    A row that says an end without a start needs another row; where a row says both, a start that
    was sent again with another time is found once its rows are merged.
    """
    rows = written(entity, scope)
    lone = f"SELECT id {rows} AND {_UNSAID_START} AND end_time_v.v != 0"
    start, end = (f"toUnixTimestamp64Micro(argMax({c}_, {c}_v_))" for c in ("start", "end"))
    both = ", ".join(f"{c}_time_v.x AS {c}_, {c}_time_v.v AS {c}_v_" for c in ("start", "end"))
    return [
        f"SELECT {key_of(entity)}, duration {rows} AND NOT ({_UNSAID_START}) AND end_time_v.v != 0",
        f"SELECT t_, i_, ({end} - {start}) / 1000. AS duration FROM (SELECT {key_of(entity)}, "
        f"{both} {rows} AND id IN ({lone})) GROUP BY t_, i_",
    ]


def _groups(entity: Entity, tree: Filter) -> list[tuple[And, ...]]:
    """Return the conditions that must all be met, by the one column that they read; of an OR over
    several columns what each side must meet."""
    flat = all_of(tree)
    found: dict[str, list[Filter]] = {}
    sides: list[tuple[And, ...]] = []
    for child in flat.children if isinstance(flat, And) else (flat,):
        alone = _alone(entity, child)
        if alone is not None:
            found.setdefault(alone, []).append(child)
        elif isinstance(child, Or) and not any(_is_text(entity, n) for n in conditions(child)):
            # Of each side any one of its own groups will do.
            groups = [_groups(entity, side)[:1] for side in child.children]
            if all(groups):
                sides.append(tuple(one for group in groups for of_side in group for one in of_side))
    alone_ = [(And(tuple(children)),) for children in found.values()]
    return [*alone_, *(group for group in sides if 0 < len(group) <= _MOST_SIDES)]


def _alone(entity: Entity, tree: Filter) -> str | None:
    """Return the one column of the table that a condition reads, None where there are several."""
    if _of_spans(entity, tree):
        # Each by itself: two of them may be met by two spans.
        return f"spans {tree}"
    if _is_text(entity, tree):
        # Whichever column has it, some row has it there.
        return f"text {tree}"
    names = {_SAME.get(name, name) for name in filter_columns(entity, tree)}
    if len(names) != 1:
        return None
    (name,) = names
    if name == "id" and not all(node.field == "id" for node in conditions(tree)):
        return None
    if name == DURATION:
        return name if all("empty" not in node.operator for node in conditions(tree)) else None
    if name == "status":
        return name if _is_of_state(tree) else None
    if name in _ALONE:
        return name
    # A cost that a client says stands above one that was worked out, in each row as in all.
    is_number = name == "total_estimated_cost" or (entry(name) or ("",))[0] == "usage"
    return name if entity == "span" and is_number else None


def _of_spans(entity: Entity, tree: Filter) -> bool:
    """Say whether this is about traces that have some span with a value."""
    if isinstance(tree, And) and len(tree.children) == 1:
        (tree,) = tree.children
    if entity == "span" or not isinstance(tree, Condition):
        return False
    field = FIELDS[entity].get(tree.field)
    is_positive = tree.operator not in NEGATED and "empty" not in tree.operator
    return field is not None and bool(field.of_span) and is_positive


def _is_of_state(tree: Filter) -> bool:
    """Say whether a row of what has failed, or goes on, says so by itself; of an end it does not
    know whether another row has an error."""
    return isinstance(tree, Condition) and tree.operator == "=" and tree.value in _STATES
