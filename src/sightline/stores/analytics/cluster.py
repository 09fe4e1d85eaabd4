"""How the tables lie on a cluster: what is sharded by what, which statement goes where (ADR 15).

On a cluster a table `x` is `Distributed` and holds nothing: it sends to and asks `x_local`, which
each shard has and its replicas copy. On one node there is only `x`.
"""

import re

import msgspec

from sightline.stores.analytics.sql import NEAR

# Everything about a trace is on one shard: its row, its spans, its own scores, comments and checks.
# What hangs on a span or a thread is by that, for a score does not say which trace it is about.
# What is worked out of a unit is on one shard with the moments at which the unit changed and that
# was done: whole on every node, each would answer by what it has heard of the others.
SHARDED_BY = {
    "traces": "sipHash64(id)",
    "spans": "sipHash64(trace_id)",
    "resting_traces": "sipHash64(id)",
    "resting_spans": "sipHash64(trace_id)",
    "feedback_scores": "sipHash64(entity_id)",
    "comments": "sipHash64(entity_id)",
    "guardrails": "sipHash64(entity_id)",
    "threads": "sipHash64(thread_id)",
    "rollup_units": "sipHash64(project_id, unit)",
    "rollups": "sipHash64(project_id, unit)",
    "score_sums": "sipHash64(project_id, unit)",
    "words": "sipHash64(project_id, unit)",
    "bounds": "sipHash64(project_id, unit)",
}
# A statement of a migration and the one table that it is about.
_STATEMENT = re.compile(
    r"(?P<verb>CREATE TABLE IF NOT EXISTS|ALTER TABLE) (?P<name>\w+) {on_cluster}"
)
# What a table without rows of its own has too.
_OF_COLUMNS = re.compile(r"(ADD|DROP|RENAME|COMMENT|MODIFY) COLUMN\b")
# What is for who stores rows: in which order they lie, and how a column is packed.
_ORDER = re.compile(r",\s*MODIFY ORDER BY \([^)]*\)")
_CODEC = re.compile(r"\s+CODEC\(\w+(?:\(\d+\))?(?:, \w+(?:\(\d+\))?)*\)")

_NEAR = re.compile(re.escape(NEAR) + r"(\w+)")


class Cluster(msgspec.Struct, frozen=True):
    """A cluster by the name that its servers know it by, and our database there.

    Names are written whole: other servers run a statement with a database of their own in mind.
    """

    name: str
    database: str

    def table(self, name: str) -> str:
        return f"`{self.database.replace('`', '``')}`.{name}"

    def local(self, name: str) -> str:
        """Return the part of a sharded table that a shard holds."""
        return self.table(f"{name}_local")

    def everywhere(self) -> str:
        return f"ON CLUSTER '{self.name}'"

    def spread(self, statement: str) -> list[str]:
        """Return what a migration's statement is on the cluster, engines still to be filled in.

        A table that is not sharded is whole on every node.
        """
        found = _STATEMENT.match(statement)
        if found is None:
            return [statement]
        verb, name = found.groups()
        rest = statement[found.end() :]
        if name not in SHARDED_BY:
            return [f"{verb} {self.table(name)} {self.everywhere()}{rest}"]
        own = f"{verb} {self.local(name)} {self.everywhere()}{rest}"
        whole = f"{verb} {self.table(name)} {self.everywhere()}"
        if verb.startswith("CREATE"):
            # Files from before it was sharded say that it is whole.
            return [own.replace("{whole_engine:", "{engine:"), self.over(name, name)]
        if _OF_COLUMNS.search(rest) is None:
            return [own]
        return [own, whole + _CODEC.sub("", _ORDER.sub("", rest))]

    def over(self, name: str, sharded: str) -> str:
        """Return the statement that makes the table `name` over the parts of a sharded one."""
        database = self.database.replace("\\", "\\\\").replace("'", "\\'")
        return (
            f"CREATE TABLE IF NOT EXISTS {self.table(name)} {self.everywhere()} "
            f"AS {self.local(sharded)}\nENGINE = Distributed("
            f"'{self.name}', '{database}', '{sharded}_local', {SHARDED_BY[sharded]})"
        )

    def query(self, sql: str) -> str:
        """Return a query with the tables that are said to be near by their names on a shard."""
        return _NEAR.sub(lambda found: self.local(found[1]), sql)

    def delete(self, table: str, where: str) -> str:
        """Return the statement that deletes rows of a sharded table, on all shards."""
        return f"DELETE FROM {self.local(table)} {self.everywhere()} WHERE {where}"

    def truncate(self, table: str) -> str:
        """Return the statement that deletes all rows of a sharded table: it itself has none."""
        return f"TRUNCATE TABLE {self.local(table)} {self.everywhere()}"
