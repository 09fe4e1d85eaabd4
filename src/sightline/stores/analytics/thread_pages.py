"""Pages of threads, in two steps: find them on narrow columns, then fetch what is shown of them."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from sightline.core.ids import Id
from sightline.domain.filter import Sort
from sightline.domain.thread import Thread, ThreadKey
from sightline.stores.analytics import resting, rows, thread_candidates
from sightline.stores.analytics.columns import column
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.pages import Key
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder, id_literal
from sightline.stores.analytics.thread_columns import Lifecycle
from sightline.stores.analytics.thread_relation import (
    bounded,
    is_plain,
    matching,
    reads_spans,
    relation,
    spans_of,
    turns_between,
)
from sightline.stores.analytics.thread_sets import Only, ThreadSet, with_turns

NEWEST_FIRST = (Sort("last_updated_at"),)
_KEY = ("project_id", "id", "lowest_trace_id", "highest_trace_id")


class FoundThread(msgspec.Struct, frozen=True):
    """A thread that a search found; all its traces lie between the two ids."""

    project_id: Id
    thread_id: str
    lowest_trace_id: Id
    highest_trace_id: Id

    @property
    def key(self) -> ThreadKey:
        return ThreadKey(self.project_id, self.thread_id)


async def find(
    analytics: Analytics,
    scope: Scope,
    lifecycle: Lifecycle,
    *,
    sorting: Sequence[Sort] = NEWEST_FIRST,
    limit: int,
    offset: int = 0,
    only: ThreadSet | None = None,
) -> tuple[list[FoundThread], int]:
    """Return a page of the threads in scope, in order, and how many there are in all.

    Missing values come last, whichever way one sorts. `only` names threads, if no others are
    wanted. Raises `InvalidRequestError` for a wrong filter.
    """
    if only is None:
        only = await thread_candidates.named(analytics, scope, lifecycle)
    return await find_among(
        analytics, scope, lifecycle, only, sorting=sorting, limit=limit, offset=offset
    )


async def find_among(
    analytics: Analytics,
    scope: Scope,
    lifecycle: Lifecycle,
    only: Only | None,
    *,
    sorting: Sequence[Sort],
    limit: int,
    offset: int,
) -> tuple[list[FoundThread], int]:
    """Return what `find` does, of the threads that are named, or of all."""
    binder = Binder()
    order = list(sorting) or list(NEWEST_FIRST)
    columns = [*_KEY, *(s.field for s in order)]
    if only is None:
        scope = await resting.looked_up(analytics, "thread", scope)
        if reads_spans(scope.filter, columns):
            only = await bounded(analytics, scope, lifecycle)
    by = [f"{column(s.field)} {'DESC' if s.descending else 'ASC'} NULLS LAST" for s in order]
    answer = await analytics.query(
        f"SELECT {', '.join(map(column, _KEY))}, count() OVER () AS total_ "
        f"FROM {matching(scope, columns, binder, lifecycle, only)} "
        f"ORDER BY {', '.join(by)}, {column('id')}, {column('project_id')} "
        f"LIMIT {int(limit)} OFFSET {int(offset)}",
        binder.params,
    )
    if answer or not offset:
        return [FoundThread(*row[:4]) for row in answer], answer[0][4] if answer else 0
    return [], await count(analytics, scope, lifecycle)


async def count(analytics: Analytics, scope: Scope, lifecycle: Lifecycle) -> int:
    """Return how many threads are in scope. Raises `InvalidRequestError` for a wrong filter."""
    only = await thread_candidates.named(analytics, scope, lifecycle)
    if only is None:
        scope = await resting.looked_up(analytics, "thread", scope)
    binder = Binder()
    if is_plain(scope):
        sql = f"SELECT uniqExact(project_id, thread_id) {turns_between(scope, binder)}"
    else:
        sql = f"SELECT count() FROM {matching(scope, ['id'], binder, lifecycle, only)}"
    return int((await analytics.query(sql, binder.params))[0][0])


async def find_before(
    analytics: Analytics, scope: Scope, lifecycle: Lifecycle, *, before: Id | None, limit: int
) -> list[FoundThread]:
    """Return threads in scope, newest `thread_model_id` first, from below `before` on."""
    only = await thread_candidates.named(analytics, scope, lifecycle)
    if only is None:
        scope = await resting.looked_up(analytics, "thread", scope)
    binder = Binder()
    model = column("thread_model_id")
    where = f"WHERE {model} < {id_literal(before)} " if before is not None else ""
    answer = await analytics.query(
        f"SELECT {', '.join(map(column, _KEY))} "
        f"FROM {matching(scope, [*_KEY, 'thread_model_id'], binder, lifecycle, only)} {where}"
        f"ORDER BY {model} DESC, {column('id')}, {column('project_id')} LIMIT {int(limit)}",
        binder.params,
    )
    return [FoundThread(*row) for row in answer]


_SHOWN = (
    "project_id",
    "id",
    "thread_model_id",
    "start_time",
    "end_time",
    "duration",
    "number_of_messages",
    "status",
    "tags",
    "environment",
    "created_at",
    "created_by",
    "last_updated_at",
    "last_updated_by",
    "first_trace_id",
    "last_trace_id",
)


async def load(
    analytics: Analytics,
    workspace_id: Id,
    found: Sequence[FoundThread],
    lifecycle: Lifecycle,
    *,
    truncate: bool,
    length: int = rows.TRUNCATED_LENGTH,
    without: Collection[str] = (),
) -> list[Thread]:
    """Return these threads with their messages and sums, in the order given.

    `truncate` cuts messages at `length`. `without` names what is left empty, to spare reading it:
    `first_message`, `last_message`, `usage`, `total_estimated_cost`. One that went away in between
    is left out.
    """
    if not found:
        return []
    scope = Scope(workspace_id=workspace_id, project_ids=tuple({f.project_id: None for f in found}))
    only = ThreadSet(
        thread_ids=tuple({f.thread_id: None for f in found}),
        lowest=min(f.lowest_trace_id for f in found),
        highest=max(f.highest_trace_id for f in found),
    )
    only = await with_turns(analytics, scope, only)
    summed = [name for name in _SUMS if name not in without]
    if only.trace_ids is None:
        figures, sums = await asyncio.gather(
            _figures(analytics, scope, lifecycle, only), _sums(analytics, scope, only, summed)
        )
    else:
        figures, by_trace = await asyncio.gather(
            _figures(analytics, scope, lifecycle, only, with_turns=True),
            rows.span_sums(analytics, workspace_id, only.trace_ids, summed),
        )
        sums = {key: _added_up(row["trace_ids"], by_trace) for key, row in figures.items()}
    shown = [row for f in found if (row := figures.get(f.key)) is not None]
    cut = length if truncate else None
    first_keys = [] if "first_message" in without else _trace_keys(shown, "first_trace_id")
    last_keys = [] if "last_message" in without else _trace_keys(shown, "last_trace_id")
    first, last = await asyncio.gather(
        _payloads(analytics, scope, "input", first_keys, cut),
        _payloads(analytics, scope, "output", last_keys, cut),
    )
    return [_thread(row, first, last, sums) for row in shown]


# What the spans of a thread add up to.
_SUMS = {"usage": "sumMap(s.usage_)", "total_estimated_cost": "sum(s.total_estimated_cost_)"}

Row = dict[str, Any]
Payloads = dict[tuple[Id, Id], tuple[str, bool]]


def _thread(
    row: Row,
    first: Payloads,
    last: Payloads,
    sums: dict[ThreadKey, Row],
) -> Thread:
    key = ThreadKey(row["project_id"], row["id"])
    of_spans = sums.get(key, {})
    first_message, first_cut = first.get((key.project_id, row["first_trace_id"]), ("", False))
    last_message, last_cut = last.get((key.project_id, row["last_trace_id"]), ("", False))
    return Thread(
        id=key.thread_id,
        project_id=key.project_id,
        thread_model_id=row["thread_model_id"],
        start_time_us=row["start_time"],
        end_time_us=row["end_time"],
        duration=row["duration"],
        first_trace_id=row["first_trace_id"],
        last_trace_id=row["last_trace_id"],
        first_message=first_message,
        is_first_message_truncated=first_cut,
        last_message=last_message,
        is_last_message_truncated=last_cut,
        number_of_messages=row["number_of_messages"],
        status=row["status"],
        usage=of_spans.get("usage", {}),
        total_estimated_cost=of_spans.get("total_estimated_cost"),
        tags=list(row["tags"]),
        environment=row["environment"],
        created_at_us=row["created_at"],
        created_by=row["created_by"],
        last_updated_us=row["last_updated_at"],
        last_updated_by=row["last_updated_by"],
    )


_TIMES = frozenset(("start_time", "end_time", "created_at", "last_updated_at"))


async def _figures(
    analytics: Analytics,
    scope: Scope,
    lifecycle: Lifecycle,
    only: ThreadSet,
    *,
    with_turns: bool = False,
) -> dict[ThreadKey, Row]:
    binder = Binder()
    shown = (*_SHOWN, "trace_ids") if with_turns else _SHOWN
    picked = [
        f"toUnixTimestamp64Micro({column(name)})" if name in _TIMES else column(name)
        for name in shown
    ]
    answer = await analytics.query(
        f"SELECT {', '.join(picked)} FROM {relation(scope, shown, binder, lifecycle, only)}",
        binder.params,
    )
    return {ThreadKey(row[0], row[1]): dict(zip(shown, row, strict=True)) for row in answer}


def _added_up(trace_ids: Sequence[Id], by_trace: Mapping[Id, Row]) -> Row:
    """Return what the spans of a thread add up to, from the sums of its traces."""
    usage: Counter[str] = Counter()
    cost: Decimal | None = None
    for found in (by_trace[id] for id in trace_ids if id in by_trace):
        usage.update(found.get("usage", {}))
        added = found.get("total_estimated_cost")
        if added is not None:
            cost = added if cost is None else cost + added
    return {"usage": dict(sorted(usage.items())), "total_estimated_cost": cost}


async def _sums(
    analytics: Analytics, scope: Scope, only: ThreadSet, names: Sequence[str]
) -> dict[ThreadKey, Row]:
    """Return what the spans of threads of very many turns add up to."""
    if not names:
        return {}
    binder = Binder()
    spans = spans_of(scope, ", ".join(f"{name} AS {name}_" for name in names), binder, only)
    sums = ", ".join(_SUMS[name] for name in names)
    answer = await analytics.query(
        f"SELECT x.project_, x.thread_, {sums} FROM {spans} GROUP BY x.project_, x.thread_",
        binder.params,
    )
    return {ThreadKey(row[0], row[1]): dict(zip(names, row[2:], strict=True)) for row in answer}


async def _payloads(
    analytics: Analytics, scope: Scope, name: str, keys: Sequence[Key], length: int | None
) -> Payloads:
    """Return (project, trace) → the payload and whether it was cut, at `length` if at all."""
    found = await rows.load(
        analytics,
        "trace",
        scope.workspace_id,
        keys,
        [name],
        truncate=length is not None,
        length=length or 0,
    )
    return {(r["project_id"], r["id"]): (r[name], bool(r.get(f"{name}_cut"))) for r in found}


def _trace_keys(shown: Sequence[Row], name: str) -> list[Key]:
    return [Key(r["project_id"], r[name], r[name], 0) for r in shown]
