"""Brings a cluster's tables that were whole on every node to its shards (ADR 15).

What is worked out of units was whole once. Of that only the marks come along: all units count as
changed just now, so they are read as they are until they are worked out anew. Processes of the
version before may run on meanwhile: they find each table by its name, and what they worked out
before holds no more, though they note it later.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sightline.stores.analytics.cluster import Cluster

# The units first: nothing is believed of the others that they do not say.
_WERE_WHOLE = ("rollup_units", "rollups", "words")
_KEY = "workspace_id, project_id, unit"
# As long as marks hold.
_AHEAD_US = 120_000_000


def reshard(
    command: Callable[[str], Any],
    rows: Callable[[str], Sequence[Any]],
    cluster: Cluster,
    schema: Iterable[str],
) -> None:
    """Shard those tables that are whole; goes on where another start ended.

    `schema` has the statements that made them, as they are now. Needs every node, once.
    """
    made = {name: _own(cluster, name, schema) for name in _WERE_WHOLE}
    names = [name for name, statements in made.items() if statements]
    engines = _engines(rows)
    behind = [name for name in names if engines.get(name) != "Distributed"]
    if behind:
        moves = []
        for name in behind:
            for statement in made[name]:
                command(statement)
            command(cluster.over(_new(name), name))
            if name in engines:
                moves.append(f"{cluster.table(name)} TO {cluster.table(_old(name))}")
            moves.append(f"{cluster.table(_new(name))} TO {cluster.table(name)}")
        if "rollup_units" in behind and "rollup_units" in engines:
            # So that no moment is without the marks.
            command(_copy(cluster, "rollup_units", _new("rollup_units")))
        command(f"RENAME TABLE {', '.join(moves)} {cluster.everywhere()}")
        engines = _engines(rows)
    if _old("rollup_units") in engines:
        command(_copy(cluster, _old("rollup_units"), "rollup_units"))
    for name in names:
        if _old(name) in engines:
            command(
                f"DROP TABLE IF EXISTS {cluster.table(_old(name))} {cluster.everywhere()} "
                "SETTINGS max_table_size_to_drop = 0"
            )


def _own(cluster: Cluster, name: str, schema: Iterable[str]) -> list[str]:
    """Return the statements that made a table's part on each shard."""
    local = cluster.local(name)
    starts = (f"CREATE TABLE IF NOT EXISTS {local} ", f"ALTER TABLE {local} ")
    return [statement for statement in schema if statement.startswith(starts)]


def _copy(cluster: Cluster, source: str, target: str) -> str:
    """Return the statement that copies marks, all as of now; twice is as once.

    A node alone may not have heard of all.
    """
    ahead_us = f"toUnixTimestamp64Micro(now64(6)) + {_AHEAD_US}"
    return (
        f"INSERT INTO {cluster.table(target)} ({_KEY}, changed_us) "
        f"SELECT {_KEY}, greatest(max(changed_us), {ahead_us}) "
        f"FROM clusterAllReplicas('{cluster.name}', {cluster.table(source)}) GROUP BY {_KEY}"
    )


def _engines(rows: Callable[[str], Sequence[Any]]) -> dict[str, str]:
    """Return the tables that there are, and their engines."""
    found = rows("SELECT name, engine FROM system.tables WHERE database = currentDatabase()")
    return dict(found)


def _new(name: str) -> str:
    return f"{name}_sharded"


def _old(name: str) -> str:
    return f"{name}_whole"
