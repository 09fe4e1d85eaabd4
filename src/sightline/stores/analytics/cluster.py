"""How the tables lie on a cluster: what is sharded by what, which statement goes where (ADR 15).

On a cluster a table `x` is `Distributed` and holds nothing: it sends to and asks `x_local`, which
each shard has and its replicas copy. On one node there is only `x`.
"""

import re

# Everything about a trace is on one shard: its row, its spans, its own scores, comments and checks.
# What hangs on a span or a thread is by that, for a score does not say which trace it is about.
SHARDED_BY = {
    "traces": "sipHash64(id)",
    "spans": "sipHash64(trace_id)",
    "feedback_scores": "sipHash64(entity_id)",
    "comments": "sipHash64(entity_id)",
    "guardrails": "sipHash64(entity_id)",
    "threads": "sipHash64(thread_id)",
}
_TABLE = re.compile(r"(?P<verb>CREATE TABLE IF NOT EXISTS|ALTER TABLE) (?P<name>\w+) {on_cluster}")
# What a table without rows of its own has too.
_OF_COLUMNS = re.compile(r"(ADD|DROP|RENAME|COMMENT|MODIFY) COLUMN\b")
_STORED = re.compile(r"\s+CODEC\([^()]*(?:\([^()]*\)[^()]*)*\)")


def local(table: str) -> str:
    """Return the name of the part of a sharded table that a shard holds."""
    return f"{table}_local"


def spread(statement: str, cluster: str) -> list[str]:
    """Return what a migration's statement about one table is on a cluster.

    `{on_cluster}` is still in it. A table that is not sharded is whole on every node.
    """
    found = _TABLE.match(statement)
    if found is None or found["name"] not in SHARDED_BY:
        return [statement]
    name = found["name"]
    own = statement.replace(f"{name} {{on_cluster}}", f"{local(name)} {{on_cluster}}", 1)
    if found["verb"].startswith("CREATE"):
        return [
            own,
            f"CREATE TABLE IF NOT EXISTS {name} {{on_cluster}} AS {local(name)}\n"
            f"ENGINE = Distributed('{cluster}', currentDatabase(), '{local(name)}', "
            f"{SHARDED_BY[name]})",
        ]
    if _OF_COLUMNS.search(statement) is None:
        return [own]
    # How a column is packed is for who stores it.
    return [own, _STORED.sub("", statement)]


def delete_sql(table: str, where: str, cluster: str = "") -> str:
    """Return the statement that deletes rows of a table, on all shards."""
    if not cluster:
        return f"DELETE FROM {table} WHERE {where}"
    return f"DELETE FROM {local(table)} ON CLUSTER '{cluster}' WHERE {where}"
