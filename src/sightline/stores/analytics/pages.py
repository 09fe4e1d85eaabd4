"""Finding the rows of a page, and counting, on narrow columns alone.

Newest first is the order that people page in, so it must not cost more in a large project than in
a small one: the newest rows are looked for in a window of time, which grows until it holds a page.
Where the window begins is a guess; that it holds enough rows is checked.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from functools import partial
from typing import NamedTuple
from weakref import WeakKeyDictionary

import msgspec

from sightline.core.errors import InvalidRequestError
from sightline.core.ids import Id, time_ms
from sightline.domain.filter import EVERYTHING, Sort
from sightline.stores.analytics import candidates, narrowing, newest, resting
from sightline.stores.analytics.columns import TABLES, Entity, column, entry, is_wide
from sightline.stores.analytics.engine import Analytics, Row
from sightline.stores.analytics.relation import is_whole, relation
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder, id_literal

NEWEST_FIRST = (Sort("start_time"),)

_COMMON = (
    "id name start_time end_time duration ttft input output metadata tags error_info error_type "
    "usage.* total_estimated_cost feedback_scores.* source environment created_at last_updated_at "
    "created_by last_updated_by"
).split()
_OF_TRACES = (
    "thread_id span_count llm_span_count providers span_feedback_scores.* visibility_mode"
).split()
SORTABLE: dict[Entity, list[str]] = {
    "trace": [*_COMMON, *_OF_TRACES],
    "span": [*_COMMON, *"trace_id parent_span_id type model provider".split()],
}

# Long texts are put in order by their beginning.
_SORTED_LENGTH = 200
_FIRST_WINDOW_US = 15 * 60 * 1_000_000
_GROWTH = 8
# After so many windows without a page of what meets a filter, all that may meet it is named: one
# column of all rows as they were written is read faster than those of a larger window are merged.
_LOOKED = 1
# So many rows are merged faster than it is seen which of them are at rest.
_NEAR = 2_000
_LONGEST_WINDOW_US = 3 * 366 * 86_400 * 1_000_000


class Also(msgspec.Struct, frozen=True):
    """What rows must meet beside the scope: a condition over logical columns."""

    columns: tuple[str, ...] = ()
    where: Callable[[Binder], str] = lambda binder: "1"

    @property
    def is_nothing(self) -> bool:
        return not self.columns


class Key(msgspec.Struct, frozen=True):
    """Where a trace or span is stored; `trace_id` is the id itself for a trace."""

    project_id: Id
    trace_id: Id
    id: Id
    start_time_us: int


def check_sorting(entity: Entity, sorting: Sequence[Sort]) -> None:
    """Raise `InvalidRequestError` for a field by which one cannot sort."""
    for sort in sorting:
        found = entry(sort.field)
        name = f"{found[0]}.*" if found else sort.field
        if name not in SORTABLE[entity]:
            raise InvalidRequestError(
                f"Invalid sorting field `{sort.field}`",
                hint=f"Possible: {', '.join(SORTABLE[entity])}",
            )


async def find(
    analytics: Analytics,
    entity: Entity,
    scope: Scope,
    *,
    limit: int,
    offset: int = 0,
    total: Awaitable[int] | None = None,
    now_us: int,
) -> list[Key]:
    """Return a page of keys, the newest first; for another order see `ordered.find`.

    `total` is the number of rows in scope, if somebody is counting them anyway.
    """
    # The total of a whole project may be near enough only, and there one need not search.
    known = None if is_whole(scope) else total
    return await find_newest(
        analytics, entity, scope, limit=limit, offset=offset, total=known, now_us=now_us
    )


async def find_in_order(
    analytics: Analytics,
    entity: Entity,
    scope: Scope,
    *,
    sorting: Sequence[Sort],
    limit: int,
    offset: int = 0,
    also: Also | None = None,
) -> list[Key]:
    """Return a page of keys by any logical columns, those of equal value newest first.

    Raises `UnprocessableError` for an unknown column.
    """
    also = also or Also()
    binder = Binder()
    names = list(dict.fromkeys([*(s.field for s in sorting), *also.columns]))
    by = [f"{sort_value(s.field)} {'DESC' if s.descending else 'ASC'} NULLS LAST" for s in sorting]
    rows = await analytics.query(
        f"SELECT {_picked(entity)} FROM {relation(entity, scope, _columns(entity, names), binder)} "
        f"WHERE {also.where(binder)} ORDER BY {', '.join(by)}, "
        f"{column('start_time')} DESC, {column('id')} DESC, {column('project_id')} "
        f"LIMIT {int(limit)} OFFSET {int(offset)}",
        binder.params,
    )
    return [Key(*row) for row in rows]


def sort_value(name: str) -> str:
    """Return the SQL of what is compared of a logical column."""
    sql = column(name)
    is_long = is_wide(name) or name == "error_info"
    return f"substringUTF8({sql}, 1, {_SORTED_LENGTH})" if is_long else sql


async def find_newest(
    analytics: Analytics,
    entity: Entity,
    scope: Scope,
    *,
    limit: int,
    offset: int = 0,
    after: tuple[int, Id] | None = None,
    total: Awaitable[int] | None = None,
    also: Also | None = None,
    now_us: int,
) -> list[Key]:
    """Return keys by start time and id, both descending, from below `after` on.

    `total` as in `find`: where few rows meet a filter, to know how many spares looking for more.
    """
    also = also or Also()
    if after is not None:
        to_us = after[0] + 1 if scope.to_us is None else min(scope.to_us, after[0] + 1)
        scope = msgspec.structs.replace(scope, to_us=to_us)
    if offset > _NEAR:
        scope = await resting.looked_up(analytics, entity, scope)
    rows: list[Row] = []
    looked, few = 0, None
    is_text = candidates.looks_for_text(entity, scope)
    merged = partial(_merged, analytics, entity, limit, offset, after, also)
    async for from_us in _window_starts(analytics, entity, scope, limit + offset, now_us):
        if looked == _LOOKED and scope.filter != EVERYTHING and not is_text:
            named = await candidates.narrowed(analytics, entity, scope)
            few = named if named.ids is not None and scope.ids is None else None
        looked += 1
        window = few or msgspec.structs.replace(scope, from_us=from_us)
        if few is None and (is_text or scope.filter != EVERYTHING):
            window = await narrowing.began(analytics, entity, window)
        is_plain = after is None and also.is_nothing and newest.is_the_way(window, limit + offset)
        rows = await (
            _look(analytics, entity, window, limit, offset, merged) if is_plain else merged(window)
        )
        if few is not None or len(rows) >= limit:
            break
        if total is not None and len(rows) >= await total - offset:
            break
    if after is None and also.is_nothing and len(rows) >= limit:
        remember(analytics, entity, scope, limit + offset, now_us - rows[-1][3])
    return [Key(*row) for row in rows]


async def _look(
    analytics: Analytics,
    entity: Entity,
    window: Scope,
    limit: int,
    offset: int,
    merged: Callable[[Scope], Awaitable[list[Row]]],
) -> list[Row]:
    """Return a page of the newest in a window of time; fewer when it does not hold a page."""
    found = await newest.written(analytics, entity, window, limit + offset)
    rows = await merged(candidates.named(window, found.ids))
    if found.before_us is None or (len(rows) >= limit and rows[-1][3] > found.before_us):
        return rows
    return await merged(window)


async def _merged(
    analytics: Analytics,
    entity: Entity,
    limit: int,
    offset: int,
    after: tuple[int, Id] | None,
    also: Also,
    window: Scope,
) -> list[Row]:
    binder = Binder()
    where = [also.where(binder)]
    if after is not None:
        where.append(
            f"(start_us_ < {int(after[0])} OR (start_us_ = {int(after[0])} "
            f"AND {column('id')} < {id_literal(after[1])}))"
        )
    return await analytics.query(
        f"SELECT {_picked(entity)} AS start_us_ "
        f"FROM {relation(entity, window, _columns(entity, also.columns), binder)} "
        f"WHERE {' AND '.join(where)} "
        f"ORDER BY {column('start_time')} DESC, {column('id')} DESC, {column('project_id')} "
        f"LIMIT {int(limit)} OFFSET {int(offset)}",
        binder.params,
    )


async def count(analytics: Analytics, entity: Entity, scope: Scope) -> int:
    """Return how many entities are in scope."""
    scope = await candidates.narrowed(analytics, entity, scope)
    scope = await resting.looked_up(analytics, entity, scope)
    binder = Binder()
    rows = await analytics.query(
        f"SELECT count() FROM {relation(entity, scope, ['id'], binder)}", binder.params
    )
    return int(rows[0][0])


async def exists(analytics: Analytics, entity: Entity, scope: Scope) -> bool:
    """Say whether anything is in scope, without counting it."""
    binder = Binder()
    rows = await analytics.query(
        f"SELECT 1 FROM {relation(entity, scope, ['id'], binder)} LIMIT 1", binder.params
    )
    return bool(rows)


async def locate(analytics: Analytics, entity: Entity, workspace_id: Id, id: Id) -> Key | None:
    """Return where an entity is, by its id alone; the fullest if the id is in two projects."""
    trace = "id" if entity == "trace" else "trace_id"
    rows = await analytics.query(
        f"SELECT project_id, {trace}, id, toUnixTimestamp64Micro(start_time) "
        f"FROM {TABLES[entity]} FINAL PREWHERE workspace_id = {id_literal(workspace_id)} "
        f"AND id = {id_literal(id)} ORDER BY is_partial, last_updated_at DESC LIMIT 1"
    )
    return Key(*rows[0]) if rows else None


async def first_window(
    analytics: Analytics, entity: Entity, scope: Scope, rows: int, now_us: int
) -> int | None:
    """Return since when so many of the newest began, most likely; the scope's own beginning when
    that is no later."""
    starts = _window_starts(analytics, entity, scope, rows, now_us)
    try:
        return await anext(starts)
    finally:
        await starts.aclose()


async def _window_starts(
    analytics: Analytics,
    entity: Entity,
    scope: Scope,
    rows: int,
    now_us: int,
) -> AsyncGenerator[int | None]:
    """Yield ever earlier beginnings for the search, the scope's own last."""
    end_us = now_us if scope.to_us is None else min(scope.to_us, now_us)
    whole_us = _LONGEST_WINDOW_US if scope.from_us is None else end_us - scope.from_us
    if scope.ids is None and scope.trace_id is None and not scope.is_few:
        tried_us = _remembered(analytics, entity, scope, rows) or 0
        if 0 < tried_us < whole_us:
            yield end_us - tried_us
        # Ids are made when a trace starts or a little later; spans start after their trace.
        age_us = await age_of_nth(analytics, entity, scope, rows, end_us)
        width_us = whole_us if age_us is None else max(age_us + _FIRST_WINDOW_US, tried_us)
        if width_us < whole_us:
            if width_us > tried_us:
                yield end_us - width_us
            # A window that most likely holds everything would be read twice.
            oldest_us = await age_of_nth(analytics, entity, scope, 0, end_us, newest=False)
            whole_us = min(whole_us, oldest_us or whole_us)
            width_us *= _GROWTH
        while width_us < whole_us:
            yield end_us - width_us
            width_us *= _GROWTH
    yield scope.from_us


class _Page(NamedTuple):
    """A page that was found: so many rows began within so long."""

    rows: int
    age_us: int


# Where a project's last page began is where its next one begins, most likely: it spares asking.
_found: WeakKeyDictionary[Analytics, dict[tuple[Entity, Id], _Page]] = WeakKeyDictionary()
_MAX_REMEMBERED = 10_000


def remember(analytics: Analytics, entity: Entity, scope: Scope, rows: int, age_us: int) -> None:
    """Note that so many of the newest in scope began within so long."""
    anywhere = msgspec.structs.replace(scope, from_us=None, hidden_sources=())
    if not is_whole(anywhere) or not _is_newest_of_one(scope):
        return
    pages = _found.setdefault(analytics, {})
    if len(pages) >= _MAX_REMEMBERED:
        pages.clear()
    pages[entity, scope.project_ids[0]] = _Page(rows, age_us)  # type: ignore[index]


def _remembered(analytics: Analytics, entity: Entity, scope: Scope, rows: int) -> int | None:
    """Return how far back to look first; under a filter that is the least there is to look at."""
    if not _is_newest_of_one(scope):
        return None
    page = _found.get(analytics, {}).get((entity, scope.project_ids[0]))  # type: ignore[index]
    return page.age_us + _FIRST_WINDOW_US if page is not None and page.rows >= rows else None


def _is_newest_of_one(scope: Scope) -> bool:
    """Say whether this is about one project up to now."""
    return scope.to_us is None and scope.project_ids is not None and len(scope.project_ids) == 1


async def age_of_nth(
    analytics: Analytics,
    entity: Entity,
    scope: Scope,
    n: int,
    end_us: int,
    *,
    newest: bool = True,
) -> int | None:
    """Return how long before `end_us` the nth newest (or oldest) entity of a project began, in µs.

    A guess from the end of the sort key: an id says when it was made, and one that does not counts
    as made at the end. None when there are fewer than n.
    """
    if scope.project_ids is None or len(scope.project_ids) != 1:
        return 0
    trace = "id" if entity == "trace" else "trace_id"
    where = f"workspace_id = {id_literal(scope.workspace_id)} "
    where += f"AND project_id = {id_literal(scope.project_ids[0])} "
    if scope.to_us is not None and scope.to_us >= 0:
        prefix = (scope.to_us // 1000 + 1).to_bytes(8, "big")[2:]
        where += f"AND {trace} < {id_literal(prefix + bytes(10))} "
    way = "DESC" if newest else "ASC"
    rows = await analytics.query(
        f"SELECT {trace} FROM {TABLES[entity]} WHERE {where}"
        f"ORDER BY workspace_id {way}, project_id {way}, {trace} {way} LIMIT 1 OFFSET {int(n)}"
    )
    if not rows:
        return None
    made_ms = time_ms(rows[0][0])
    return 0 if made_ms is None else max(0, end_us - made_ms * 1000)


def _columns(entity: Entity, more: Sequence[str] = ()) -> list[str]:
    trace = [] if entity == "trace" else ["trace_id"]
    return ["project_id", *trace, "id", "start_time", *more]


def _picked(entity: Entity) -> str:
    trace = column("id" if entity == "trace" else "trace_id")
    return (
        f"{column('project_id')}, {trace} AS trace_, {column('id')}, "
        f"toUnixTimestamp64Micro({column('start_time')})"
    )
