"""Which threads may meet a filter, named before their traces are put together.

A thread is told by all its traces, so every trace of a project would be grouped to find the few
threads that meet a condition. What some trace of the thread must say, or its row, is looked for in
rows as they were written (ADR 19), and a text only where words say that it may be (ADR 18). Those
threads are looked at closely; of too many the way is another one.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from sightline.domain.filter import And, Condition, Filter, Or, all_of
from sightline.domain.literals import split_values
from sightline.stores.analytics import likely_hours
from sightline.stores.analytics.candidates import MOST, named_column
from sightline.stores.analytics.columns import is_wide
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.filters import (
    check_filter,
    compile_filter,
    conditions,
    filter_columns,
)
from sightline.stores.analytics.relation import sort_key_conditions, time_conditions
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder, id_list
from sightline.stores.analytics.text_match import NEGATED, match_text
from sightline.stores.analytics.thread_columns import THREAD_FIELDS, Lifecycle
from sightline.stores.analytics.thread_relation import scores_of
from sightline.stores.analytics.thread_sets import ThreadSet, with_turns

# Which column of a trace a condition on a thread is about, of some trace of it.
_OF_A_TRACE = {
    "user": "user",
    "first_message": "input",
    "last_message": "output",
    "environment": "environment",
    "created_by": "created_by",
}
_SAID = ("input", "output")

Names = set[str] | None
"""Ids of threads, None of too many, or where there is no telling."""


async def named(analytics: Analytics, scope: Scope, lifecycle: Lifecycle) -> ThreadSet | None:
    """Return threads that are all that meet the scope's filter and search, and maybe others; None
    where they are too many, or no condition tells.

    As of now: what changes while it is used may be left out. Raises `InvalidRequestError` for a
    wrong filter.
    """
    check_filter("thread", scope.filter, THREAD_FIELDS)
    for condition in _all_met(scope):
        names = await _names(analytics, scope, condition, lifecycle)
        if names is not None:
            return await with_turns(analytics, scope, ThreadSet(thread_ids=tuple(names)))
    return None


async def touched(analytics: Analytics, scope: Scope, since_us: int) -> Names:
    """Return the threads of which a trace or the row was written, or says so, since then."""
    binder = Binder()
    updated, created = (
        time_conditions(since_us, None, name)[0] for name in ("last_updated_at", "created_at")
    )
    rows = await _found(
        analytics,
        f"SELECT DISTINCT thread_id FROM threads WHERE {_place(scope)} AND {updated}",
        binder,
    )
    # The newest message about a trace need not name its thread: another row does.
    traces = await _found(
        analytics,
        f"SELECT DISTINCT id FROM traces WHERE {_place(scope)} AND ({updated} OR {created})",
        binder,
    )
    of_traces = None if traces is None else await _threads_of(analytics, scope, traces)
    return None if rows is None or of_traces is None else set(rows) | of_traces


def _all_met(scope: Scope) -> list[Condition]:
    """Return the conditions that must all be met, what costs least to look for first."""
    flat: Filter = all_of(scope.filter)
    found = list(flat.children if isinstance(flat, And) else (flat,))
    if scope.search.strip():
        found.append(Condition(field="text", operator="contains", value=scope.search.strip()))
    plain = [n for n in found if isinstance(n, Condition)]
    return sorted(plain, key=lambda n: (n.field in {"text", *_OF_A_TRACE}, n.field == "text"))


async def _names(
    analytics: Analytics, scope: Scope, node: Condition, lifecycle: Lifecycle
) -> Names:
    """Return the threads that may meet a condition."""
    if node.operator in NEGATED or node.operator == "is_empty":
        return None
    if node.field == "id":
        if node.operator in {"=", "in"}:
            return {node.value} if node.operator == "=" else set(split_values(node.value))
        return await _by_id(analytics, scope, node, exact=True)
    if node.field == "tags":
        return await _by_tags(analytics, scope, node)
    if node.field == "status" and node.operator == "=" and node.value == "active":
        return await touched(analytics, scope, lifecycle.now_us - lifecycle.timeout_us - 1)
    if node.field.partition(".")[0] == "feedback_scores":
        return await _by_score(analytics, scope, node)
    if node.field == "text":
        return await _by_text(analytics, scope, node)
    if node.field in _OF_A_TRACE:
        asked = msgspec.structs.replace(node, field=_OF_A_TRACE[node.field])
        return await _by_traces(analytics, scope, asked, [asked.field])
    return None


async def _by_text(analytics: Analytics, scope: Scope, node: Condition) -> Names:
    # Of the one text that a filter looks for it is known already where it may be.
    texts = [n for n in conditions(scope.filter) if n.field == "text"]
    is_one = len(texts) + bool(scope.search.strip()) == 1
    if is_one and scope.said_within is None:
        return None
    said = Or(tuple(msgspec.structs.replace(node, field=name) for name in _SAID))
    within = scope.said_within if is_one else None
    found = await _by_traces(analytics, scope, said, _SAID, within=within)
    for ask in (_by_id, _by_tags):
        more = None if found is None else await ask(analytics, scope, node)
        found = None if found is None or more is None else found | more
    return found


async def _by_traces(
    analytics: Analytics,
    scope: Scope,
    condition: Filter,
    columns: Iterable[str],
    *,
    within: tuple[tuple[bytes, bytes, bytes], ...] | None = None,
) -> Names:
    """Return the threads of traces that meet a condition; of payloads only where words tell."""
    asked = Scope(workspace_id=scope.workspace_id, project_ids=scope.project_ids, filter=condition)
    if within is None:
        asked = await likely_hours.narrowed(analytics, "trace", asked)
    else:
        asked = msgspec.structs.replace(asked, within=within)
    read = filter_columns("trace", condition)
    if asked.within is None and any(name == "user" or is_wide(name) for name in read):
        return None
    binder = Binder()
    picked = ", ".join(named_column("trace", name, binder) for name in read)
    where = " AND ".join(sort_key_conditions("trace", asked))
    traces = await _found(
        analytics,
        f"SELECT DISTINCT id FROM (SELECT id, {picked} FROM traces WHERE {where}) "
        f"WHERE {compile_filter('trace', condition, binder)}",
        binder,
    )
    return None if traces is None else await _threads_of(analytics, scope, traces)


async def _threads_of(analytics: Analytics, scope: Scope, traces: list[bytes]) -> set[str]:
    """Return the threads that rows of these traces name."""
    if not traces:
        return set()
    rows = await analytics.query(
        f"SELECT DISTINCT thread_id FROM traces WHERE {_place(scope)} "
        f"AND id IN {id_list(traces)} AND thread_id != ''"
    )
    return {row[0] for row in rows}


async def _by_id(
    analytics: Analytics, scope: Scope, node: Condition, *, exact: bool = False
) -> Names:
    binder = Binder()
    condition = match_text("thread_id", node.operator, _valid(node), binder, exact=exact)
    return await _naming(analytics, scope, "traces", f"thread_id != '' AND ({condition})", binder)


async def _by_tags(analytics: Analytics, scope: Scope, node: Condition) -> Names:
    binder = Binder()
    condition = match_text("t_", node.operator, _valid(node), binder)
    return await _naming(
        analytics, scope, "threads", f"arrayExists(t_ -> {condition}, tags)", binder
    )


def _valid(node: Condition) -> str:
    """Return what is looked for without what UTF-8 does not have."""
    return node.value.encode("utf-8", "replace").decode()


async def _naming(
    analytics: Analytics, scope: Scope, table: str, condition: str, binder: Binder
) -> Names:
    """Return the threads that rows of a table name which meet a condition."""
    rows = await _found(
        analytics,
        f"SELECT DISTINCT thread_id FROM {table} WHERE {_place(scope)} AND {condition}",
        binder,
    )
    return None if rows is None else set(rows)


async def _by_score(analytics: Analytics, scope: Scope, node: Condition) -> Names:
    binder = Binder()
    names = filter_columns("thread", node, THREAD_FIELDS)
    rows = await _found(
        analytics,
        f"SELECT DISTINCT thread_ FROM ({scores_of(scope, names, binder)}) "
        f"WHERE {compile_filter('thread', node, binder, THREAD_FIELDS)}",
        binder,
    )
    return None if rows is None else set(rows)


async def _found(analytics: Analytics, sql: str, binder: Binder) -> list[Any] | None:
    """Return what one column of a query has, None of too many."""
    rows = await analytics.query(f"{sql} LIMIT {MOST + 1}", binder.params)
    return None if len(rows) > MOST else [row[0] for row in rows]


def _place(scope: Scope) -> str:
    place = Scope(workspace_id=scope.workspace_id, project_ids=scope.project_ids)
    return " AND ".join(sort_key_conditions("trace", place))
