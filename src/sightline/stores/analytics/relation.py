"""Traces or spans as one relation of logical columns, filtered by a scope.

Everything that lists, counts, sums or charts stands on `relation()`: it returns a subquery with
one row an entity and exactly the columns asked for, and joins spans' sums, scores and guardrails
only when a column or a condition needs them:

    binder = Binder()
    sql = f"SELECT avg({column('duration')}) FROM {relation('trace', scope, ['duration'], binder)}"
    rows = await analytics.query(sql, binder.params)
"""

from collections.abc import Collection, Iterable, Sequence

from sightline.core.errors import UnprocessableError
from sightline.core.ids import NIL
from sightline.domain.filter import EVERYTHING, And, Filter, all_of
from sightline.stores.analytics.columns import TABLES, Entity, base_column, column, is_wide
from sightline.stores.analytics.filters import (
    SEARCHED,
    SomeSpan,
    check_filter,
    compile_filter,
    compile_search,
    filter_columns,
)
from sightline.stores.analytics.merged import merged, takes_resting
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sources import source_of, source_sql
from sightline.stores.analytics.sql import NEAR, Binder, id_list, id_literal
from sightline.stores.analytics.whereabouts import Range, Span, coarser, in_ms

# To look up a range in the index takes half a ms where there are thousands of granules.
_MOST_HINTS = 64
# An id begins with its ms, of 48 bits.
_PROJECT_MS = 1 << 48
_LAST = b"\xff" * 10


def relation(
    entity: Entity,
    scope: Scope,
    columns: Collection[str],
    binder: Binder,
    *,
    is_unique: bool = False,
) -> str:
    """Return `(SELECT …)`: one row an entity in scope with the logical columns asked for.

    Columns are named as `column()` writes them. Values the user typed are bound through `binder`.
    `is_unique` says that the caller knows each entity in scope to be one row already, so that
    merging would be for nothing. Raises `UnprocessableError` for an unknown column and
    `InvalidRequestError` for a wrong filter.
    """
    # Checked whole, before it is taken apart: an error names the place of what is wrong.
    check_filter(entity, scope.filter)
    own, joined = _split(entity, scope.filter)
    wanted = list(dict.fromkeys(columns)) or ["id"]
    needed = list(dict.fromkeys([*wanted, *filter_columns(entity, joined)]))
    sources: dict[str, list[str]] = {}
    base: list[str] = []
    for name in needed:
        source = source_of(entity, name)
        if source is None:
            base.append(name)
        else:
            sources.setdefault(source, []).append(name)
    rows = _own_rows(entity, scope, own, base, binder, with_id=bool(sources), is_unique=is_unique)
    if not sources:
        return rows
    ids = _ids(entity, scope, own, binder)
    picked = [f"e.{column(n)} AS {column(n)}" for n in base]
    joins = []
    spans = _spans(entity, scope)
    for i, (source, names) in enumerate(sources.items()):
        picked += [f"j{i}.{column(n)} AS {column(n)}" for n in names]
        inner = source_sql(source, entity, scope.workspace_id, ids, names, binder, spans=spans)
        joins.append(f"LEFT JOIN ({inner}) AS j{i} ON j{i}.key_ = e.key_")
    sql = f"SELECT {', '.join(picked)} FROM {rows} AS e {' '.join(joins)}"
    if joined.children:
        condition = compile_filter(entity, joined, binder, some_span=_some_span(entity, scope))
        sql = f"SELECT {', '.join(map(column, wanted))} FROM ({sql}) WHERE {condition}"
    return f"({sql})"


def key_conditions(entity: Entity, scope: Scope) -> list[str]:
    """Return the conditions on the sort key and the start time, which decide how much is read."""
    return sort_key_conditions(entity, scope) + time_conditions(scope.from_us, scope.to_us)


def sort_key_conditions(entity: Entity, scope: Scope) -> list[str]:
    """Return the conditions on the sort key, which is the same in every row of an entity."""
    where = [f"workspace_id = {id_literal(scope.workspace_id)}"]
    if scope.project_ids is not None:
        where.append(f"project_id IN {id_list(scope.project_ids)}")
    trace_column = "id" if entity == "trace" else "trace_id"
    if scope.trace_id is not None:
        where.append(f"{trace_column} = {id_literal(scope.trace_id)}")
    if scope.trace_ids is not None and entity == "span":
        where.append(f"trace_id IN {id_list(scope.trace_ids)}")
    if scope.ids is not None:
        where.append(f"id IN {id_list(scope.ids)}")
    if scope.within is not None:
        where.append(in_ranges(trace_column, scope.within))
    return where


def in_ranges(trace_column: str, ranges: Iterable[Range]) -> str:
    """Return the condition that a row is in one of the ranges: `Scope.within`.

    It takes the first and the last ms of a range as a whole. To test a row takes as long, some
    40 ns, whatever the number of ranges.
    """
    by_project = in_ms(ranges)
    if not by_project:
        return "0"
    # All of them on one line, on which projects follow each other.
    begins = [n * _PROJECT_MS for n in range(len(by_project))]
    place = _made_ms(trace_column)
    if len(by_project) > 1:
        projects = ", ".join(map(id_literal, by_project))
        place += f" + transform(project_id, [{projects}], {begins}, toUInt64(0))"
    spans = [
        (begin + first, begin + last)
        for begin, found in zip(begins, by_project.values(), strict=True)
        for first, last in found
    ]
    where = [f"project_id IN {id_list(by_project)}"]
    # All that is in the ranges is in what the index is asked for, and no row is tested against:
    # what is read of an entity in part would be merged to something that it never was.
    if len(by_project) <= _MOST_HINTS:
        most = _MOST_HINTS // len(by_project)
        hints = [
            f"project_id = {id_literal(project)} AND {_between(trace_column, found, most)}"
            for project, found in by_project.items()
        ]
        where.append(f"indexHint({' OR '.join(hints)})")
    return f"({' AND '.join([*where, _is_in(place, spans)])})"


def made_in(trace_column: str, ranges: Iterable[Range]) -> str:
    """Return the same of the ids alone, in whatever project a row is."""
    spans = in_ms((NIL, first, last) for _, first, last in ranges).get(NIL)
    if not spans:
        return "0"
    hint = f"indexHint({_between(trace_column, spans, _MOST_HINTS)})"
    return f"({hint} AND {_is_in(_made_ms(trace_column), spans)})"


def _made_ms(trace_column: str) -> str:
    return f"intDiv(byteSwap(reinterpretAsUInt64({trace_column})), 65536)"


def _is_in(place: str, spans: Iterable[Span]) -> str:
    starts, edges = [], [0]
    for first, last in spans:
        starts.append(first)
        edges += (first, last + 1)
    return f"roundDown({place}, {edges}) IN ({', '.join(map(str, starts))})"


def _between(trace_column: str, spans: Sequence[Span], most: int) -> str:
    said = (
        f"{trace_column} BETWEEN {id_literal(first.to_bytes(6, 'big') + bytes(10))} "
        f"AND {id_literal(last.to_bytes(6, 'big') + _LAST)}"
        for first, last in coarser(spans, most)
    )
    return f"({' OR '.join(said)})"


def is_whole(scope: Scope) -> bool:
    """Say whether the sort key alone decides what is in scope."""
    return (
        scope.filter == EVERYTHING
        and not scope.search.strip()
        and scope.from_us is None
        and scope.to_us is None
        and scope.span_type is None
        and scope.sources is None
        and not scope.hidden_sources
        and scope.within is None
    )


def time_conditions(from_us: int | None, to_us: int | None, start: str = "start_time") -> list[str]:
    """Return conditions for from ≤ start_time < to."""
    where = []
    if from_us is not None:
        where.append(f"{start} >= fromUnixTimestamp64Micro(toInt64({int(from_us)}), 'UTC')")
    if to_us is not None:
        where.append(f"{start} < fromUnixTimestamp64Micro(toInt64({int(to_us)}), 'UTC')")
    return where


def written_time_conditions(scope: Scope) -> list[str]:
    """Return the conditions that a row as it was written says a start in the scope's time.

    By the whole column: the value alone (`start_time_v.x`) is not what the index of starts knows,
    and all starts of a project would be read.
    """
    return time_conditions(scope.from_us, scope.to_us)


def kind_conditions(entity: Entity, scope: Scope, binder: Binder) -> list[str]:
    """Return the conditions on `type` and `source`, which tables and hours call the same."""
    where = []
    if scope.span_type is not None and entity == "span":
        where.append(f"type = {binder.add(scope.span_type)}")
    if scope.sources is not None:
        where.append(f"has({binder.add(list(scope.sources), 'Array(String)')}, source)")
    if scope.hidden_sources:
        hidden = binder.add(list(scope.hidden_sources), "Array(String)")
        where.append(f"NOT has({hidden}, source)")
    return where


def _own_rows(
    entity: Entity,
    scope: Scope,
    own: And,
    names: Collection[str],
    binder: Binder,
    *,
    with_id: bool = False,
    is_unique: bool = False,
    is_near: bool = False,
) -> str:
    """Return the entity's rows of its own table, with the conditions that need no join."""
    conditions = _own_conditions(entity, scope, own, binder)
    # A condition that looks elsewhere looks at all shards, and so must what it is part of.
    near = NEAR if is_near and not any("(SELECT" in c for c in conditions) else ""
    read = dict.fromkeys(names)
    if conditions:
        read |= dict.fromkeys(filter_columns(entity, own))
        if scope.search.strip():
            read |= dict.fromkeys(SEARCHED)
    picked = []
    for name in read:
        sql = base_column(entity, name, binder)
        if sql is None:
            raise UnprocessableError(f"Unknown column `{name}` of a {entity}")
        picked.append(f"{sql} AS {column(name)}" if sql != name else column(name))
    if with_id:
        picked.append("concat(id, '') AS key_")
    # Rows at rest have no payloads.
    is_at_rest = takes_resting(scope) and not any(map(is_wide, read))
    rows = merged(entity, scope) if is_at_rest else f"{near}{TABLES[entity]}"
    if not is_at_rest and not is_unique:
        rows += " FINAL"
    where = _table_conditions(entity, scope, binder, is_at_rest=is_at_rest)
    sql = f"SELECT {', '.join(picked)} FROM {rows} {where}"
    if conditions:
        out = [column(n) for n in names] + (["key_"] if with_id else [])
        sql = f"SELECT {', '.join(out)} FROM ({sql}) WHERE {' AND '.join(conditions)}"
    return f"({sql})"


def _table_conditions(entity: Entity, scope: Scope, binder: Binder, *, is_at_rest: bool) -> str:
    """Return `[PREWHERE …] WHERE …`.

    Conditions on the sort key may be tested before rows are merged, which spares reading the rest
    where a few entities are named. All others hold of the merged row alone.
    """
    key = " AND ".join(sort_key_conditions(entity, scope))
    where = [
        *time_conditions(scope.from_us, scope.to_us),
        *kind_conditions(entity, scope, binder),
    ]
    is_placed = scope.ids is not None or scope.trace_id is not None or scope.within is not None
    if is_at_rest or not is_placed:
        return f"WHERE {' AND '.join([key, *where])}"
    return f"PREWHERE {key}" + (f" WHERE {' AND '.join(where)}" if where else "")


def _own_conditions(entity: Entity, scope: Scope, own: And, binder: Binder) -> list[str]:
    found = []
    if own.children:
        found.append(compile_filter(entity, own, binder, some_span=_some_span(entity, scope)))
    if scope.search.strip():
        found.append(compile_search(scope.search, binder))
    return found


def _ids(entity: Entity, scope: Scope, own: And, binder: Binder) -> str | None:
    """Return what the sources are restricted to: at least the ids in scope, cheaply found."""
    if scope.ids is not None:
        return id_list(scope.ids)
    if entity == "trace" and scope.trace_id is not None:
        return id_list((scope.trace_id,))
    reads_wide = bool(scope.search.strip()) or any(map(is_wide, filter_columns(entity, own)))
    # What is joined to a trace lies where the trace does.
    is_near = entity == "trace"
    if own.children and not reads_wide:
        return _own_rows(entity, scope, own, ["id"], binder, is_near=is_near)
    if entity == "span" and scope.from_us is None and scope.trace_id is None:
        # A workspace has far fewer scores than a project has spans.
        return None
    # Without FINAL this is a superset, which costs less to find: some row of each entity says the
    # start time that the merged row has.
    where = " AND ".join(key_conditions(entity, scope))
    return f"(SELECT id FROM {NEAR if is_near else ''}{TABLES[entity]} WHERE {where})"


def _spans(entity: Entity, scope: Scope) -> str:
    """Return what gives the merged rows of spans that traces in scope may have, in whatever
    projects those are."""
    if entity == "span" or scope.within is None or scope.ids is not None:
        return merged("span", scope)
    return merged("span", scope, made_in("trace_id", scope.within))


def _some_span(entity: Entity, scope: Scope) -> SomeSpan:
    """Return what asks for the traces in scope that have a span of some kind.

    A set of ids is made faster than the values of each trace's spans are put together.
    """
    where = [f"workspace_id = {id_literal(scope.workspace_id)}"]
    if scope.ids is not None:
        where.append(f"trace_id IN {id_list(scope.ids)}")
    elif scope.trace_id is not None:
        where.append(f"trace_id = {id_literal(scope.trace_id)}")
    elif scope.from_us is not None or scope.to_us is not None:
        within = " AND ".join(key_conditions(entity, scope))
        where.append(f"trace_id IN (SELECT id FROM {NEAR}{TABLES[entity]} WHERE {within})")
    spans = f"SELECT trace_id FROM {_spans(entity, scope)} WHERE {' AND '.join(where)}"
    return lambda condition: f"{column('id')} IN ({spans} AND {condition})"


def _split(entity: Entity, tree: Filter) -> tuple[And, And]:
    """Split a filter into what the entity's own row decides and what needs a join."""
    flat = all_of(tree)
    children = flat.children if isinstance(flat, And) else (flat,)
    own: list[Filter] = []
    joined: list[Filter] = []
    for child in children:
        names = filter_columns(entity, child)
        target = joined if any(source_of(entity, n) for n in names) else own
        target.append(child)
    return And(tuple(own)), And(tuple(joined))
