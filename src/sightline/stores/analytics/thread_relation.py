"""Threads as one relation: the traces of a project grouped by thread id, with what is joined.

`relation()` returns a subquery with one row a thread and exactly the logical columns asked for.
Payloads are never part of it: a condition on a message asks which traces match, and then which
threads begin or end with one of those; free text and the user, which threads have one of those.

A time range picks the threads that had a turn in it; their figures are those of the whole thread.
"""

from collections.abc import Collection, Sequence

import msgspec

from sightline.core.errors import UnprocessableError
from sightline.core.ids import Id
from sightline.domain.filter import EVERYTHING, And, Condition, Filter, Not, Operator
from sightline.domain.literals import split_values
from sightline.stores.analytics.columns import base_column, column, entry, usage_of
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.filters import check_filter, compile_filter, filter_columns
from sightline.stores.analytics.merged import merged
from sightline.stores.analytics.relation import in_ranges, time_conditions
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder, id_list, id_literal
from sightline.stores.analytics.text_match import NEGATED, match_payload, match_text
from sightline.stores.analytics.thread_columns import (
    AGGREGATES,
    MESSAGES,
    THREAD_FIELDS,
    Computed,
    Lifecycle,
    computed,
    joined_source,
)
from sightline.stores.analytics.thread_sets import Between, Only, ThreadSet, TurnBetween

_SHORT_US = 7 * 86_400_000_000
_SEARCHED = ("id", "tags", "project_id")
# What conditions on the traces of a thread read of the thread.
_OF_TRACES = {"text": _SEARCHED, "user": ("id", "project_id")}


def relation(
    scope: Scope,
    columns: Collection[str],
    binder: Binder,
    lifecycle: Lifecycle,
    only: Only | None = None,
) -> str:
    """Return `(SELECT …)`: one row a thread in scope, without the scope's filter and search.

    Raises `UnprocessableError` for an unknown column.
    """
    exprs: dict[str, Computed] = {}
    joins: dict[str, list[str]] = {}
    for name in dict.fromkeys(columns):
        source = joined_source(name)
        if source is not None:
            joins.setdefault(source, []).append(name)
            continue
        found = computed(name, lifecycle)
        if found is None:
            raise UnprocessableError(f"Unknown column `{name}` of a thread")
        exprs[name] = found
    aggregates = {a for e in exprs.values() for a in e.aggregates}
    picked = [f"{e.sql} AS {column(name)}" for name, e in exprs.items()]
    sql = f"({_grouped(scope, aggregates, binder, only)}) AS t"
    if any(e.row for e in exprs.values()):
        sql += f" LEFT JOIN ({_rows(scope, binder, only)}) AS m {_on('m')}"
    for source, names in joins.items():
        make = _spans if source == "spans" else scores_of
        sql += f" LEFT JOIN ({make(scope, names, binder, only)}) AS {source} {_on(source)}"
        picked += [f"{source}.{column(name)} AS {column(name)}" for name in names]
    return f"(SELECT {', '.join(picked)} FROM {sql})"


def matching(
    scope: Scope,
    columns: Collection[str],
    binder: Binder,
    lifecycle: Lifecycle,
    only: Only | None = None,
) -> str:
    """Return `(SELECT …)` like `relation`, of the threads that meet the scope's filter and search.

    Raises `InvalidRequestError` for a wrong filter.
    """
    check_filter("thread", scope.filter, THREAD_FIELDS)
    only = only or _named_ids(scope.filter) or _in_short_range(scope, lifecycle)
    wanted = list(dict.fromkeys(columns))
    needed = dict.fromkeys(wanted)
    needed |= dict.fromkeys(_read(scope.filter))
    conditions = []
    if not (isinstance(scope.filter, And) and not scope.filter.children):
        conditions.append(_condition(scope, scope.filter, binder, only))
    if scope.search.strip():
        needed |= dict.fromkeys(_SEARCHED)
        conditions.append(_anywhere(scope, "contains", scope.search.strip(), binder, only))
    rows = relation(scope, needed, binder, lifecycle, only)
    if not conditions:
        return rows
    names = ", ".join(column(n) for n in wanted)
    return f"(SELECT {names} FROM {rows} WHERE {' AND '.join(conditions)})"


def reads_spans(tree: Filter, columns: Collection[str]) -> bool:
    """Say whether a filter, or one of the columns, reads what the spans of threads add up to."""
    return any(joined_source(name) == "spans" for name in (*columns, *_read(tree)))


async def bounded(analytics: Analytics, scope: Scope, lifecycle: Lifecycle) -> Between | None:
    """Return between which ids all traces of the threads in a time range lie, None without a
    range: their spans are read, not those of all threads."""
    if scope.from_us is None and scope.to_us is None:
        return None
    binder = Binder()
    threads = _grouped(scope, (), binder, _in_short_range(scope, lifecycle))
    rows = await analytics.query(
        f"SELECT min(lowest_), max(highest_), count() FROM ({threads})", binder.params
    )
    lowest, highest, count = rows[0]
    return Between(bytes(lowest), bytes(highest)) if count else None


def _in_short_range(scope: Scope, lifecycle: Lifecycle) -> TurnBetween | None:
    """Return what spares reading threads without a turn in a short time range: in a long one to
    tell which those are takes longer than to read all."""
    if scope.from_us is None:
        return None
    to_us = lifecycle.now_us if scope.to_us is None else scope.to_us
    is_short = to_us - scope.from_us <= _SHORT_US
    return TurnBetween(scope.from_us, scope.to_us) if is_short else None


def trace_conditions(scope: Scope, binder: Binder, only: Only | None = None) -> str:
    """Return the condition on merged rows of traces that makes them turns of threads in scope."""
    return f"{_key_conditions(scope, only)} AND {_turn_conditions(scope, binder, only)}"


def is_plain(scope: Scope) -> bool:
    """Say whether a thread is in scope for its turns alone, whatever they add up to."""
    return scope.filter == EVERYTHING and not scope.search.strip()


def turns_between(scope: Scope, binder: Binder, only: Only | None = None) -> str:
    """Return `FROM … WHERE …` of the merged rows of the turns in the scope's time range."""
    times = time_conditions(scope.from_us, scope.to_us)
    return " AND ".join([_turns(scope, binder, only), *times])


def _turns(scope: Scope, binder: Binder, only: Only | None, *, is_wide: bool = False) -> str:
    """Return `FROM … WHERE …` of the merged rows of traces that are turns of threads in scope; with
    their payloads if `is_wide`."""
    key = _key_conditions(scope, only)
    where = _turn_conditions(scope, binder, only)
    if isinstance(only, ThreadSet) and only.of_key():
        return f"FROM traces FINAL PREWHERE {key} WHERE {where}"
    return f"FROM {'traces FINAL' if is_wide else merged('trace', scope)} WHERE {key} AND {where}"


def _key_conditions(scope: Scope, only: Only | None) -> str:
    where = f"workspace_id = {id_literal(scope.workspace_id)}"
    if scope.project_ids is not None:
        where += f" AND project_id IN {id_list(scope.project_ids)}"
    key = "" if only is None else only.of_key()
    return f"{where} AND {key}" if key else where


def _turn_conditions(scope: Scope, binder: Binder, only: Only | None) -> str:
    where = ["thread_id != ''" if only is None else only.of_traces(scope, binder)]
    if scope.sources is not None:
        where.append(f"has({binder.add(list(scope.sources), 'Array(String)')}, source)")
    if scope.hidden_sources:
        hidden = binder.add(list(scope.hidden_sources), "Array(String)")
        where.append(f"NOT has({hidden}, source)")
    return " AND ".join(where)


def _grouped(scope: Scope, aggregates: Collection[str], binder: Binder, only: Only | None) -> str:
    picked = "".join(f", {sql} AS {name}" for name, sql in AGGREGATES.items() if name in aggregates)
    turns = _turns(scope, binder, only)
    times = time_conditions(scope.from_us, scope.to_us)
    having = f" HAVING countIf({' AND '.join(times)}) > 0" if times else ""
    return (
        "SELECT project_id AS project_, thread_id AS thread_, "
        f"min(id) AS lowest_, max(id) AS highest_{picked} "
        f"{turns} GROUP BY project_id, thread_id{having}"
    )


def _rows(scope: Scope, binder: Binder, only: Only | None) -> str:
    return (
        "SELECT project_id AS project_, thread_id AS thread_, thread_model_id AS model_, "
        "tags AS tags_, marked_status AS mark_, marked_at AS marked_, "
        "last_trace_at AS last_trace_, last_updated_at AS updated_, "
        "last_updated_by AS updated_by_ "
        f"FROM threads FINAL PREWHERE {_place(scope, 'thread_id', binder, only)}"
    )


def _spans(scope: Scope, names: Sequence[str], binder: Binder, only: Only | None) -> str:
    picked = []
    for name in names:
        found = entry(name)
        what = usage_of(found[1], binder) if found else "total_estimated_cost"
        picked.append((what, column(name)))
    inner = ", ".join(f"{what} AS {alias}" for what, alias in picked)
    outer = ", ".join(f"sum(s.{alias}) AS {alias}" for _, alias in picked)
    return (
        f"SELECT x.project_ AS project_, x.thread_ AS thread_, {outer} FROM "
        f"{spans_of(scope, inner, binder, only)} GROUP BY x.project_, x.thread_"
    )


def spans_of(scope: Scope, picked: str, binder: Binder, only: Only | None) -> str:
    """Return `… AS s INNER JOIN … AS x`: spans with `picked`, and the thread each belongs to.

    A span may stand in another project than its trace, so only the workspace is asked of it.
    """
    workspace = f"workspace_id = {id_literal(scope.workspace_id)}"
    spans = f"FROM {merged('span', scope)} WHERE {workspace}"
    if isinstance(only, ThreadSet) and only.of_key():
        spans = f"FROM spans FINAL PREWHERE {workspace} AND {only.of_key('trace_id')}"
    elif isinstance(only, Between):
        spans += f" AND {only.of_key('trace_id')}"
    elif only is not None:
        # Without FINAL this is a superset, which costs less to find; a single row of a trace need
        # not say where it comes from.
        traces = trace_conditions(
            msgspec.structs.replace(scope, sources=None, hidden_sources=()), binder, only
        )
        spans += f" AND trace_id IN (SELECT id FROM traces WHERE {traces})"
    return (
        f"(SELECT trace_id AS trace_, {picked} {spans}) AS s "
        "INNER JOIN (SELECT id AS trace_, project_id AS project_, thread_id AS thread_ "
        f"{_turns(scope, binder, only)}) AS x ON s.trace_ = x.trace_"
    )


def scores_of(scope: Scope, names: Sequence[str], binder: Binder, only: Only | None = None) -> str:
    """Return `SELECT project_, thread_, names…`, a row for each thread that has scores.

    Average over authors first: a thread has one value for each name of score.
    """
    picked = []
    for name in names:
        found = entry(name)
        key = binder.add(found[1] if found else "")
        picked.append(f"avgOrNullIf(value_, lower(name) = lower({key})) AS {column(name)}")
    return (
        f"SELECT project_, thread_, {', '.join(picked)} FROM (SELECT project_id AS project_, "
        "entity_id AS thread_, name, avg(value) AS value_ FROM feedback_scores FINAL "
        f"PREWHERE {_place(scope, 'entity_id', binder, only)} AND entity_type = 'thread' "
        "GROUP BY project_id, entity_id, name) GROUP BY project_, thread_"
    )


def _place(scope: Scope, thread_id: str, binder: Binder, only: Only | None) -> str:
    where = f"workspace_id = {id_literal(scope.workspace_id)}"
    if scope.project_ids is not None:
        where += f" AND project_id IN {id_list(scope.project_ids)}"
    return where if only is None else f"{where} AND {only.of_rows(thread_id, binder)}"


def _on(alias: str) -> str:
    return f"ON {alias}.project_ = t.project_ AND {alias}.thread_ = t.thread_"


def _condition(scope: Scope, node: Filter, binder: Binder, only: Only | None) -> str:
    """Return the SQL of a filter, its conditions on messages as sets of traces."""
    if isinstance(node, Condition):
        if node.field in _OF_TRACES:
            return _of_traces(scope, node, binder, only)
        sql = compile_filter("thread", node, binder, THREAD_FIELDS)
        if node.field not in MESSAGES:
            return sql
        of_trace, payload = MESSAGES[node.field]
        return (
            f"{column(of_trace)} IN (SELECT trace_ FROM (SELECT id AS trace_, "
            f"{payload} AS {column(node.field)} {_turns(scope, binder, only, is_wide=True)}) "
            f"WHERE {sql})"
        )
    if isinstance(node, Not):
        return f"NOT ifNull({_condition(scope, node.child, binder, only)}, 0)"
    joint, neutral = (" AND ", "1") if isinstance(node, And) else (" OR ", "0")
    parts = [f"ifNull({_condition(scope, c, binder, only)}, 0)" for c in node.children]
    return f"({joint.join(parts)})" if parts else neutral


def _of_traces(scope: Scope, node: Condition, binder: Binder, only: Only | None) -> str:
    """Return the SQL of a condition that some trace of the thread must meet."""
    positive = NEGATED.get(node.operator, node.operator)
    is_negated = positive != node.operator
    if positive == "is_empty":
        # A thread has no user when none of its traces has one.
        positive, is_negated = "is_not_empty", not is_negated
    if node.field == "text":
        found = _anywhere(scope, positive, node.value, binder, only)
    else:
        condition = compile_filter(
            "trace", msgspec.structs.replace(node, operator=positive), binder
        )
        user = base_column("trace", "user", binder)
        found = _has_trace(scope, f"{user} AS {column('user')}", condition, binder, only)
    return f"NOT {found}" if is_negated else found


def _anywhere(
    scope: Scope, operator: Operator, text: str, binder: Binder, only: Only | None
) -> str:
    """Return the condition of free text: over the id, the tags, and all that was said."""
    text = text.encode("utf-8", "replace").decode()
    said = " OR ".join(f"({match_payload(f'{c}_', operator, text, binder)})" for c in _PAYLOADS)
    picked = ", ".join(f"{c} AS {c}_" for c in _PAYLOADS)
    tag = match_text("tag_", operator, text, binder)
    return (
        f"({match_text(column('id'), operator, text, binder)} "
        f"OR arrayExists(tag_ -> {tag}, {column('tags')}) "
        f"OR {_has_trace(scope, picked, said, binder, only, scope.said_within)})"
    )


def _has_trace(
    scope: Scope,
    picked: str,
    condition: str,
    binder: Binder,
    only: Only | None,
    within: Sequence[tuple[Id, Id, Id]] | None = None,
) -> str:
    """Return the condition that some trace of the thread meets another one."""
    turns = _turns(scope, binder, only, is_wide=True)
    if within is not None:
        turns += f" AND {in_ranges('id', within)}"
    return (
        f"(({column('project_id')}, {column('id')}) IN (SELECT project_, thread_ FROM "
        f"(SELECT project_id AS project_, thread_id AS thread_, {picked} {turns}) "
        f"WHERE {condition}))"
    )


def _read(tree: Filter) -> list[str]:
    """Return the columns of threads that a filter reads."""
    if isinstance(tree, Not):
        return _read(tree.child)
    if not isinstance(tree, Condition):
        return [name for child in tree.children for name in _read(child)]
    if tree.field in _OF_TRACES:
        return list(_OF_TRACES[tree.field])
    if tree.field in MESSAGES:
        return [MESSAGES[tree.field][0]]
    return filter_columns("thread", tree, THREAD_FIELDS)


_PAYLOADS = ("input", "output")


def _named_ids(tree: Filter) -> ThreadSet | None:
    """Return the threads that a filter names outright, so that only their traces are read."""
    for node in tree.children if isinstance(tree, And) else (tree,):
        if isinstance(node, Condition) and node.field == "id" and node.operator in {"=", "in"}:
            ids = [node.value] if node.operator == "=" else split_values(node.value)
            return ThreadSet(thread_ids=tuple(ids))
    return None
