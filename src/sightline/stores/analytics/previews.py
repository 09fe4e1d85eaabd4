"""What a table shows of rows whose keys are known: their own columns, long texts cut by the engine.

A payload, an entry of the metadata and the texts of an error are cut where they are read, so that
a page costs as little to send for rows of a megabyte as for rows of a kilobyte.
"""

from collections.abc import Collection, Sequence

from sightline.core.ids import Id
from sightline.stores.analytics import json_path
from sightline.stores.analytics.columns import TABLES, WIDE, Entity, base_column, column
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.pages import Key
from sightline.stores.analytics.rows import Columns, among_keys, key_columns, still_in, threads
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder

METADATA = "metadata."

_TIMES = frozenset(("start_time", "end_time", "created_at", "last_updated_at"))
_ERROR_TEXTS = ("exception_type", "message", "traceback")


async def load(
    analytics: Analytics,
    entity: Entity,
    workspace_id: Id,
    keys: Sequence[Key],
    columns: Collection[str],
    *,
    length: int,
    among: Scope | None = None,
) -> list[Columns]:
    """Return the entities' own columns in the order of at most 1,000 keys; times are Unix µs.

    Payloads are the first `length` characters of their JSON text, and so are the texts of
    `error_info`, which stays JSON. `metadata.<path>` is the JSON text at a path, "" where there is
    none, up to one character more than `length`, so that a cut one can be told. One that went away
    in between is left out, and with `among` one that is not of the scope's time and kinds.
    """
    if not keys:
        return []
    keyed = key_columns(entity)
    names = list(dict.fromkeys([*keyed, *columns]))
    binder = Binder()
    picked = [_picked(entity, name, length, binder) for name in names]
    rows = await analytics.query(
        f"SELECT {', '.join(f'{sql} AS c{i}' for i, sql in enumerate(picked))} "
        f"FROM {TABLES[entity]} FINAL PREWHERE {among_keys(entity, workspace_id, keys)} "
        f"{still_in(entity, among, binder)}{threads(keys, 'SETTINGS ')}",
        binder.params,
    )
    n = len(keyed)
    found = {tuple(row[:n]): dict(zip(names, row, strict=True)) for row in rows}
    asked = (
        (k.project_id, k.id) if entity == "trace" else (k.project_id, k.trace_id, k.id)
        for k in keys
    )
    return [found[key] for key in asked if key in found]


def _picked(entity: Entity, name: str, length: int, binder: Binder) -> str:
    if name.startswith(METADATA):
        return f"substringUTF8({_metadata(name.removeprefix(METADATA), binder)}, 1, {length + 1})"
    sql = base_column(entity, name, binder) or column(name)
    if name in _TIMES:
        return f"toUnixTimestamp64Micro({sql})"
    if name in WIDE:
        return f"substringUTF8({sql}, 1, {int(length)})"
    if name == "error_info":
        return _error(sql, length)
    return sql


def _metadata(path: str, binder: Binder) -> str:
    raw, many = json_path.raw_value("metadata", path, binder)
    return f"concat('[', arrayStringConcat({raw}, ','), ']')" if many else raw


def _error(sql: str, length: int) -> str:
    """Return the JSON of an error, its texts cut where it is longer than a text may be."""
    texts = ", ".join(
        f"'{name}', substringUTF8(JSONExtractString({sql}, '{name}'), 1, {int(length)})"
        for name in _ERROR_TEXTS
    )
    return f"if(lengthUTF8({sql}) <= {int(length)}, {sql}, toJSONString(map({texts})))"
