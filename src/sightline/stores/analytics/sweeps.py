"""Keys of all that is in a scope, for work that goes over everything.

By pages: one goes on below the key of the one before it. What is swept may change or go away
meanwhile: nothing that stays is passed over, and nothing comes twice. Or in any order at once,
into a file: for an order other than that of time each page would have to be sorted anew.
"""

from collections.abc import Callable, Sequence

import msgspec

from sightline.core.ids import Id
from sightline.domain.filter import Sort
from sightline.stores.analytics import resting
from sightline.stores.analytics.columns import Entity, column, is_wide
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.pages import Key
from sightline.stores.analytics.relation import relation
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder, id_list, id_literal
from sightline.stores.analytics.thread_columns import Lifecycle
from sightline.stores.analytics.thread_pages import FoundThread
from sightline.stores.analytics.thread_relation import matching
from sightline.stores.analytics.thread_sets import ThreadSet

# Long texts are put in order by their beginning.
_SORTED_LENGTH = 200
_THREAD = ("project_id", "id", "lowest_trace_id", "highest_trace_id", "thread_model_id")


class SweptThread(msgspec.Struct, frozen=True):
    """A thread and the id by which threads are swept: the newest first."""

    found: FoundThread
    thread_model_id: Id


async def threads(
    analytics: Analytics,
    scope: Scope,
    lifecycle: Lifecycle,
    *,
    before: Id | None = None,
    thread_ids: Sequence[str] | None = None,
    limit: int,
) -> list[SweptThread]:
    """Return threads in scope below `before`, the newest first; of `thread_ids` alone if given."""
    binder = Binder()
    model = column("thread_model_id")
    where = "" if before is None else f"WHERE {model} < {id_literal(before)} "
    only = None if thread_ids is None else ThreadSet(thread_ids=tuple(thread_ids))
    if only is None:
        scope = await resting.looked_up(analytics, "thread", scope)
    rows = await analytics.query(
        f"SELECT {', '.join(map(column, _THREAD))} "
        f"FROM {matching(scope, _THREAD, binder, lifecycle, only)} {where}"
        f"ORDER BY {model} DESC, {column('id')}, {column('project_id')} LIMIT {int(limit)}",
        binder.params,
    )
    return [SweptThread(FoundThread(*row[:4]), row[4]) for row in rows]


async def spans_of(
    analytics: Analytics,
    workspace_id: Id,
    trace_ids: Sequence[Id],
    *,
    after: Key | None = None,
    limit: int,
) -> list[Key]:
    """Return keys of the traces' spans, in the order of the ids of traces, then of spans."""
    if not trace_ids:
        return []
    where = f"workspace_id = {id_literal(workspace_id)} AND trace_id IN {id_list(trace_ids)}"
    if after is not None:
        place = ", ".join(map(id_literal, (after.trace_id, after.id, after.project_id)))
        where += f" AND (trace_id, id, project_id) > ({place})"
    rows = await analytics.query(
        "SELECT project_id, trace_id, id, toUnixTimestamp64Micro(start_time) "
        f"FROM spans FINAL PREWHERE {where} ORDER BY trace_id, id, project_id LIMIT {int(limit)}"
    )
    return [Key(*row) for row in rows]


async def models_of(
    analytics: Analytics, workspace_id: Id, trace_ids: Sequence[Id]
) -> dict[Id, list[str]]:
    """Return the models that the spans of traces name, by trace."""
    if not trace_ids:
        return {}
    rows = await analytics.query(
        "SELECT trace_id, arraySort(groupUniqArrayIf(model, model != '')) FROM spans FINAL "
        f"PREWHERE workspace_id = {id_literal(workspace_id)} AND trace_id IN {id_list(trace_ids)} "
        "GROUP BY trace_id"
    )
    return {row[0]: list(row[1]) for row in rows}


Write = Callable[[bytes], object]


async def write_sorted(
    analytics: Analytics, entity: Entity, scope: Scope, sorting: Sequence[Sort], write: Write
) -> None:
    """Write a line a trace or span in scope, in order; `read_keys` reads them.

    Missing values come last. Raises `UnprocessableError` for a column that there is not.
    """
    scope = await resting.looked_up(analytics, entity, scope)
    binder = Binder()
    trace_id = "id" if entity == "trace" else "trace_id"
    names = dict.fromkeys(["project_id", trace_id, "id", "start_time", *(s.field for s in sorting)])
    place = ", ".join(f"hex({column(name)})" for name in ("project_id", trace_id, "id"))
    await analytics.spool(
        f"SELECT {place}, toUnixTimestamp64Micro({column('start_time')}) "
        f"FROM {relation(entity, scope, list(names), binder)} ORDER BY {_order(sorting)}, "
        f"{column('start_time')} DESC, {column('id')} DESC, {column('project_id')}",
        binder.params,
        format="TabSeparated",
        write=write,
    )


async def write_sorted_threads(
    analytics: Analytics,
    scope: Scope,
    lifecycle: Lifecycle,
    sorting: Sequence[Sort],
    write: Write,
) -> None:
    """Write a line a thread in scope, in order; `read_threads` reads them."""
    scope = await resting.looked_up(analytics, "thread", scope)
    binder = Binder()
    names = list(dict.fromkeys([*_THREAD, *(s.field for s in sorting)]))
    await analytics.spool(
        f"SELECT {', '.join(f'hex({column(name)})' for name in _THREAD)} "
        f"FROM {matching(scope, names, binder, lifecycle)} ORDER BY {_order(sorting)}, "
        f"{column('id')}, {column('project_id')}",
        binder.params,
        format="TabSeparated",
        write=write,
    )


def read_keys(lines: Sequence[bytes]) -> list[Key]:
    """Return the keys that `write_sorted` wrote."""
    found = []
    for line in lines:
        project, trace, id, start_us = line.decode().split("\t")
        ids = bytes.fromhex(project), bytes.fromhex(trace), bytes.fromhex(id)
        found.append(Key(*ids, int(start_us)))
    return found


def read_threads(lines: Sequence[bytes]) -> list[SweptThread]:
    """Return the threads that `write_sorted_threads` wrote."""
    found = []
    for line in lines:
        project, id, lowest, highest, model = map(bytes.fromhex, line.decode().split("\t"))
        thread = FoundThread(project, id.decode("utf-8", "replace"), lowest, highest)
        found.append(SweptThread(thread, model))
    return found


def _order(sorting: Sequence[Sort]) -> str:
    by = []
    for sort in sorting:
        sql = column(sort.field)
        if is_wide(sort.field) or sort.field == "error_info":
            sql = f"substringUTF8({sql}, 1, {_SORTED_LENGTH})"
        by.append(f"{sql} {'DESC' if sort.descending else 'ASC'} NULLS LAST")
    return ", ".join(by)
