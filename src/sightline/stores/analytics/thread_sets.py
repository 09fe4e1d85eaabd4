"""Which threads a relation is restricted to, so that only their traces are read."""

import msgspec

from sightline.core.ids import Id
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import NEAR, Binder, id_list, id_literal


class ThreadSet(msgspec.Struct, frozen=True, kw_only=True):
    """Restricts a relation to threads by their ids.

    `lowest` and `highest` bound the ids of all their traces, which bounds what is read.
    """

    thread_ids: tuple[str, ...]
    lowest: Id | None = None
    highest: Id | None = None

    def of_traces(self, scope: Scope, binder: Binder) -> str:
        """Return the condition on rows of `traces`."""
        where = f"thread_id IN {binder.add(list(self.thread_ids), 'Array(String)')}"
        if self.lowest is None or self.highest is None:
            return where
        return f"id >= {id_literal(self.lowest)} AND id <= {id_literal(self.highest)} AND {where}"

    def of_rows(self, thread_id: str, binder: Binder) -> str:
        """Return the condition on what hangs on a thread, keyed by the column `thread_id`."""
        return f"{thread_id} IN {binder.add(list(self.thread_ids), 'Array(String)')}"


class TouchedSince(msgspec.Struct, frozen=True):
    """Restricts a relation to threads with a trace or a mark written since, in Unix µs."""

    since_us: int

    def of_traces(self, scope: Scope, binder: Binder) -> str:
        """Return the condition on rows of `traces`."""
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

    def of_traces(self, scope: Scope, binder: Binder) -> str:
        """Return the condition on rows of `traces`."""
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


Only = ThreadSet | TouchedSince | TurnBetween
