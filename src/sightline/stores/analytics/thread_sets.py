"""Which threads a relation is restricted to, so that only their traces are read."""

import msgspec

from sightline.core.ids import Id
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.relation import sort_key_conditions
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import NEAR, Binder, id_list, id_literal

# More traces than this are not named one by one.
_MOST_TURNS = 5_000


class ThreadSet(msgspec.Struct, frozen=True, kw_only=True):
    """Restricts a relation to threads by their ids.

    `lowest` and `highest` bound the ids of all their traces, and `trace_ids` names those, and maybe
    others: either bounds what is read.
    """

    thread_ids: tuple[str, ...]
    lowest: Id | None = None
    highest: Id | None = None
    trace_ids: tuple[Id, ...] | None = None

    def of_key(self, trace_id: str = "id") -> str:
        """Return the condition on the ids of traces, in `traces` or in `spans`, "" for none. It is
        met by all rows of a trace or by none, so it may be tested before they are merged."""
        if self.trace_ids is not None:
            return f"{trace_id} IN {id_list(self.trace_ids)}"
        if self.lowest is None or self.highest is None:
            return ""
        return Between(self.lowest, self.highest).of_key(trace_id)

    def of_traces(self, scope: Scope, binder: Binder) -> str:
        """Return the condition on merged rows of `traces`."""
        return f"thread_id IN {binder.add(list(self.thread_ids), 'Array(String)')}"

    def of_rows(self, thread_id: str, binder: Binder) -> str:
        """Return the condition on what hangs on a thread, keyed by the column `thread_id`."""
        return f"{thread_id} IN {binder.add(list(self.thread_ids), 'Array(String)')}"


class Between(msgspec.Struct, frozen=True):
    """Restricts a relation to threads of which all traces lie between two ids."""

    lowest: Id
    highest: Id

    def of_key(self, trace_id: str = "id") -> str:
        """Return the condition on the ids of traces, as `ThreadSet` does."""
        lowest, highest = id_literal(self.lowest), id_literal(self.highest)
        return f"{trace_id} >= {lowest} AND {trace_id} <= {highest}"

    def of_traces(self, scope: Scope, binder: Binder) -> str:
        """Return the condition on merged rows of `traces`."""
        return "thread_id != ''"

    def of_rows(self, thread_id: str, binder: Binder) -> str:
        """Return the condition on what hangs on a thread: the join picks them."""
        return "1"


class TouchedSince(msgspec.Struct, frozen=True):
    """Restricts a relation to threads with a trace or a mark written since, in Unix µs."""

    since_us: int

    def of_key(self, trace_id: str = "id") -> str:
        """Return no condition on the ids of traces."""
        return ""

    def of_traces(self, scope: Scope, binder: Binder) -> str:
        """Return the condition on merged rows of `traces`."""
        where = f"workspace_id = {id_literal(scope.workspace_id)}"
        since = f"fromUnixTimestamp64Micro(toInt64({int(self.since_us)}), 'UTC')"
        # The newest message about a trace need not name its thread: the merged row does.
        touched = (
            f"id IN (SELECT id FROM {NEAR}traces WHERE {where} "
            f"AND (last_updated_at >= {since} OR created_at >= {since}))"
        )
        return (
            # Said aloud, for the engine makes a union of sharded tables global twice.
            "thread_id != '' AND (project_id, thread_id) GLOBAL IN ("
            f"SELECT project_id, thread_id FROM traces FINAL WHERE {where} AND {touched} "
            f"UNION ALL SELECT project_id, thread_id FROM threads "
            f"WHERE {where} AND last_updated_at >= {since})"
        )

    def of_rows(self, thread_id: str, binder: Binder) -> str:
        """Return the condition on what hangs on a thread: the join picks them."""
        return "1"


class TurnBetween(msgspec.Struct, frozen=True):
    """Restricts a relation to threads with a turn in a time range, from ≤ t < to in Unix µs.

    Rows are read as they are written, so that a thread too many may be among them: a relation
    whose scope has the same range leaves it out.
    """

    from_us: int | None
    to_us: int | None

    def of_key(self, trace_id: str = "id") -> str:
        """Return no condition on the ids of traces."""
        return ""

    def of_traces(self, scope: Scope, binder: Binder) -> str:
        """Return the condition on merged rows of `traces`."""
        return f"thread_id != '' AND thread_id IN {self._ids(scope)}"

    def of_rows(self, thread_id: str, binder: Binder) -> str:
        """Return the condition on what hangs on a thread: the join picks them."""
        return "1"

    def _ids(self, scope: Scope) -> str:
        where = [f"workspace_id = {id_literal(scope.workspace_id)}"]
        if scope.project_ids is not None:
            where.append(f"project_id IN {id_list(scope.project_ids)}")
        for sign, at_us in ((">=", self.from_us), ("<", self.to_us)):
            if at_us is not None:
                moment = f"fromUnixTimestamp64Micro(toInt64({int(at_us)}), 'UTC')"
                where.append(f"start_time {sign} {moment}")
        return f"(SELECT thread_id_v.x FROM traces WHERE {' AND '.join(where)})"


Only = ThreadSet | Between | TouchedSince | TurnBetween


async def with_turns(analytics: Analytics, scope: Scope, only: ThreadSet) -> ThreadSet:
    """Return the same threads with the ids of their traces, unless those are too many.

    Some row of each of their traces says the thread that the merged row says. As of now: what
    comes while it is used may be left out.
    """
    if not only.thread_ids:
        return msgspec.structs.replace(only, trace_ids=())
    binder = Binder()
    place = Scope(workspace_id=scope.workspace_id, project_ids=scope.project_ids)
    where = [*sort_key_conditions("trace", place), only.of_traces(scope, binder)]
    if only.of_key():
        where.append(only.of_key())
    rows = await analytics.query(
        f"SELECT DISTINCT id FROM traces WHERE {' AND '.join(where)} LIMIT {_MOST_TURNS + 1}",
        binder.params,
    )
    if len(rows) > _MOST_TURNS:
        return only
    return msgspec.structs.replace(only, trace_ids=tuple(bytes(row[0]) for row in rows))
