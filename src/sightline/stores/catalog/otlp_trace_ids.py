"""Which of our traces an OpenTelemetry trace id became: the first writer decides."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, select, tuple_

from sightline.core.ids import Id
from sightline.stores.catalog.pages import MAX_IDS
from sightline.stores.catalog.tables import otlp_trace_ids
from sightline.stores.catalog.upserts import insert_or_skip

_table = otlp_trace_ids


def get_many(
    connection: Connection, workspace_id: Id, otel_ids: Collection[bytes]
) -> dict[bytes, Id]:
    """Return our trace ids of those 16-byte OpenTelemetry ids that are known."""
    found: dict[bytes, Id] = {}
    wanted = list(otel_ids)
    for start in range(0, len(wanted), MAX_IDS):
        query = select(_table.c.otel_trace_id, _table.c.trace_id).where(
            _table.c.workspace_id == workspace_id,
            _table.c.otel_trace_id.in_(wanted[start : start + MAX_IDS]),
        )
        found.update((row.otel_trace_id, row.trace_id) for row in connection.execute(query))
    return found


def put_many(
    connection: Connection, workspace_id: Id, ids: Mapping[bytes, Id], *, now_us: int
) -> dict[bytes, Id]:
    """Note new pairs and return what holds for every id asked: the first writer's pair."""
    # In one order everywhere, so that two transactions never wait for each other.
    rows = [
        {
            "workspace_id": workspace_id,
            "otel_trace_id": otel_id,
            "trace_id": ids[otel_id],
            "created_at_us": now_us,
        }
        for otel_id in sorted(ids)
    ]
    if insert_or_skip(connection, _table, rows) == len(rows):
        return dict(ids)
    return get_many(connection, workspace_id, ids)


def purge(connection: Connection, *, before_us: int, limit: int) -> int:
    """Forget up to `limit` pairs made before `before_us`, the oldest first; return how many."""
    key = (_table.c.workspace_id, _table.c.otel_trace_id)
    old = (
        select(*key)
        .where(_table.c.created_at_us < before_us)
        .order_by(_table.c.created_at_us)
        .limit(limit)
        # Postgres: what another process forgets just now is not waited for.
        .with_for_update(skip_locked=True)
        .cte("old")
    )
    gone = delete(_table).where(tuple_(*key).in_(select(*old.c))).returning(_table.c.workspace_id)
    return len(connection.execute(gone).all())
