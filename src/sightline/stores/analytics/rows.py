"""Fetching what a page shows of rows whose keys are known: wide columns, for those rows alone."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

from sightline.core.ids import Id
from sightline.domain.filter import EntityType
from sightline.stores.analytics.columns import TABLES, WIDE, Entity, base_column, column
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.pages import Key
from sightline.stores.analytics.relation import kind_conditions, time_conditions
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sources import SPANS, source_sql
from sightline.stores.analytics.sql import Binder, id_list, id_literal

Columns = dict[str, Any]
"""A row by logical column; times are Unix µs, and `<payload>_cut` says that a payload was cut."""

# What a list shows of a payload.
TRUNCATED_LENGTH = 10_001
# The engine reads queries of up to 256 KiB, and ids are written out.
_MOST_KEYS = 1_000
# To share out so few rows among threads costs more than it spares.
_FEW = 200
_TIMES = frozenset(("start_time", "end_time", "created_at", "last_updated_at"))


async def load(
    analytics: Analytics,
    entity: Entity,
    workspace_id: Id,
    keys: Sequence[Key],
    columns: Collection[str],
    *,
    truncate: bool = False,
    length: int = TRUNCATED_LENGTH,
    among: Scope | None = None,
) -> list[Columns]:
    """Return the entities' own columns, in the order of the keys; `truncate` cuts at `length`.

    One that went away in between is left out, and with `among` one that is not of the scope's time
    and kinds. Raises `PayloadTooLargeError` when it all would not fit into memory.
    """
    if len(keys) > _MOST_KEYS:
        parts = await asyncio.gather(
            *(
                load(
                    analytics,
                    entity,
                    workspace_id,
                    some,
                    columns,
                    truncate=truncate,
                    length=length,
                    among=among,
                )
                for some in _runs(keys)
            )
        )
        return [row for part in parts for row in part]
    if not keys:
        return []
    binder = Binder()
    selected, given = picked(entity, columns, length if truncate else None, binder)
    rows = await analytics.query(
        f"SELECT {selected} FROM {TABLES[entity]} FINAL "
        f"PREWHERE {among_keys(entity, workspace_id, keys)} {still_in(entity, among, binder)}"
        f"SETTINGS max_result_bytes = {analytics.options.result_bytes}{threads(keys, ', ')}",
        binder.params,
    )
    n = len(key_columns(entity))
    found = {tuple(row[:n]): dict(zip(given, row, strict=True)) for row in rows}
    asked = (
        (k.project_id, k.id) if entity == "trace" else (k.project_id, k.trace_id, k.id)
        for k in keys
    )
    return [found[key] for key in asked if key in found]


async def by_id(
    analytics: Analytics,
    entity: Entity,
    workspace_id: Id,
    id: Id,
    columns: Collection[str],
    *,
    truncate: bool = False,
) -> list[Columns]:
    """Return the own columns of the entity with this id, or nothing; the fullest if the id is in
    two projects."""
    binder = Binder()
    selected, given = picked(entity, columns, TRUNCATED_LENGTH if truncate else None, binder)
    # Put in order here: a sharded table mixes up columns that it selects and sorts by (26.5).
    rows = await analytics.query(
        f"SELECT is_partial, toUnixTimestamp64Micro(last_updated_at), {selected} "
        f"FROM {TABLES[entity]} FINAL {where_id(workspace_id, id)} "
        f"SETTINGS max_result_bytes = {analytics.options.result_bytes}, max_threads = 1",
        binder.params,
    )
    fullest = sorted(rows, key=lambda row: (row[0], -row[1]))[:1]
    return [dict(zip(given, row[2:], strict=True)) for row in fullest]


def key_columns(entity: Entity) -> list[str]:
    return ["project_id", "id"] if entity == "trace" else ["project_id", "trace_id", "id"]


def where_id(workspace_id: Id, id: Id) -> str:
    """Return the condition that finds an entity by its id alone."""
    return f"PREWHERE workspace_id = {id_literal(workspace_id)} AND id = {id_literal(id)}"


def threads(asked: Sequence[object], begins: str) -> str:
    """Return what to set for a query about so many entities, nothing for many."""
    return f"{begins}max_threads = 1" if len(asked) <= _FEW else ""


def still_in(entity: Entity, scope: Scope | None, binder: Binder) -> str:
    """Return what is asked of merged rows that were named by what was written: the time and the
    kinds of the scope."""
    if scope is None:
        return ""
    where = [
        *time_conditions(scope.from_us, scope.to_us),
        *kind_conditions(entity, scope, binder),
    ]
    return f"WHERE {' AND '.join(where)} " if where else ""


def picked(
    entity: Entity, columns: Collection[str], length: int | None, binder: Binder
) -> tuple[str, list[str]]:
    """Return what to select, the columns of the key first, and how it is called; payloads are cut
    at `length`, if given."""
    found: list[str] = []
    given: list[str] = []
    for name in dict.fromkeys([*key_columns(entity), *columns]):
        sql = base_column(entity, name, binder) or column(name)
        given.append(name)
        if name in _TIMES:
            sql = f"toUnixTimestamp64Micro({sql})"
        elif name in WIDE and length is not None:
            cut = f"length({sql}) > {int(length)} AND lengthUTF8({sql}) > {int(length)}"
            found.append(f"if({cut}, substringUTF8({sql}, 1, {int(length)}), {sql})")
            given.append(f"{name}_cut")
            sql = cut
        found.append(sql)
    return ", ".join(f"{sql} AS c{i}" for i, sql in enumerate(found)), given


async def payload_bytes(
    analytics: Analytics,
    entity: Entity,
    workspace_id: Id,
    keys: Sequence[Key],
    columns: Collection[str],
) -> dict[Id, int]:
    """Return how many bytes the payloads among `columns` have, by id."""
    wide = [c for c in columns if c in WIDE]
    if not wide or not keys:
        return {}
    found: dict[Id, int] = {}
    for some in _runs(keys):
        rows = await analytics.query(
            f"SELECT id, {' + '.join(f'length({c})' for c in wide)} "
            f"FROM {TABLES[entity]} FINAL PREWHERE {among_keys(entity, workspace_id, some)}"
        )
        found.update((row[0], int(row[1])) for row in rows)
    return found


async def span_sums(
    analytics: Analytics, workspace_id: Id, trace_ids: Sequence[Id], columns: Sequence[str]
) -> dict[Id, Columns]:
    """Return what the traces' spans add up to: `usage`, `total_estimated_cost`, counts …"""
    return await of_source(analytics, SPANS, "trace", workspace_id, trace_ids, columns)


async def of_source(
    analytics: Analytics,
    source: str,
    entity: EntityType,
    workspace_id: Id,
    ids: Sequence[Id],
    columns: Sequence[str],
) -> dict[Id, Columns]:
    """Return joined columns of those of the entities that have any; a thread goes by its model
    id."""
    if not ids or not columns:
        return {}
    binder = Binder()
    inner = source_sql(source, entity, workspace_id, id_list(ids), columns, binder)
    rows = await analytics.query(
        f"SELECT hex(key_), {', '.join(map(column, columns))} FROM ({inner})"
        f"{threads(ids, ' SETTINGS ')}",
        binder.params,
    )
    return {bytes.fromhex(row[0]): dict(zip(columns, row[1:], strict=True)) for row in rows}


def _runs(keys: Sequence[Key]) -> list[Sequence[Key]]:
    return [keys[i : i + _MOST_KEYS] for i in range(0, len(keys), _MOST_KEYS)]


def among_keys(entity: Entity, workspace_id: Id, keys: Sequence[Key]) -> str:
    """Return the condition on the sort key. All its columns are named, so that little is read; as
    they are the same in every row of an entity, they may be tested before the rows are merged."""
    where = (
        f"workspace_id = {id_literal(workspace_id)} "
        f"AND project_id IN {id_list({k.project_id for k in keys})} "
    )
    if entity == "span":
        where += f"AND trace_id IN {id_list({k.trace_id for k in keys})} "
    return f"{where}AND id IN {id_list(k.id for k in keys)}"
