"""Rows of broadcast batches: which generations wait in which blob, and how many jobs want them."""

from collections.abc import Collection

import msgspec
from sqlalchemy import Connection, delete, exists, func, select, update

from sightline.core.ids import Id
from sightline.stores.catalog.tables import broadcast_batches as batches
from sightline.stores.catalog.upserts import insert_or_skip


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """`first_us` and `last_us` are when its first and last generation ended.

    `pending` is the number of jobs that have not ended; `bytes` what the blob takes.
    """

    id: Id
    workspace_id: Id
    first_us: int
    last_us: int
    count: int
    bytes: int
    created_at_us: int
    blob: str
    pending: int


# One that has expired is only there until its object is deleted.
_KEPT = batches.c.expired_at_us.is_(None)
_FINISHED = (batches.c.pending <= 0) & _KEPT
_COLUMNS = tuple(batches.c[name] for name in Batch.__struct_fields__)


def insert_if_absent(connection: Connection, batch: Batch) -> bool:
    """Insert the batch; False when it is there already."""
    return insert_or_skip(connection, batches, [msgspec.structs.asdict(batch)]) > 0


def is_there(connection: Connection, id: Id) -> bool:
    """Say whether the batch was made; one that has expired was, too."""
    return bool(connection.execute(select(exists().where(batches.c.id == id))).scalar_one())


def get(connection: Connection, id: Id) -> Batch | None:
    row = connection.execute(select(*_COLUMNS).where(batches.c.id == id, _KEPT)).one_or_none()
    return Batch(**row._mapping) if row else None


def list_between(
    connection: Connection,
    workspace_id: Id,
    *,
    from_us: int,
    to_us: int,
    after: tuple[int, Id] | None,
    limit: int,
) -> list[Batch]:
    """Return batches of a workspace with generations that ended in `from_us ≤ t < to_us`.

    They come in the order of (`first_us`, `id`); `after` is the place of the last one seen.
    """
    query = select(*_COLUMNS).where(
        batches.c.workspace_id == workspace_id,
        batches.c.first_us < to_us,
        batches.c.last_us >= from_us,
        _KEPT,
    )
    if after is not None:
        first_us, id = after
        query = query.where(
            (batches.c.first_us > first_us)
            | ((batches.c.first_us == first_us) & (batches.c.id > id))
        )
    query = query.order_by(batches.c.first_us, batches.c.id).limit(limit)
    return [Batch(**row._mapping) for row in connection.execute(query)]


def count_between(connection: Connection, workspace_id: Id, *, from_us: int, to_us: int) -> int:
    """Return how many batches `list_between` would list in all."""
    query = select(func.count()).where(
        batches.c.workspace_id == workspace_id,
        batches.c.first_us < to_us,
        batches.c.last_us >= from_us,
        _KEPT,
    )
    return connection.execute(query).scalar_one()


def hold(connection: Connection, id: Id, jobs: int) -> bool:
    """Count `jobs` more (or, negative, fewer) that want the batch; False when it has expired."""
    changed = update(batches).where(batches.c.id == id, _KEPT)
    return connection.execute(changed.values(pending=batches.c.pending + jobs)).rowcount > 0


def list_finished(connection: Connection, *, before_us: int, limit: int) -> list[Batch]:
    """Return the oldest batches that nobody waits for and that were made before `before_us`."""
    query = (
        select(*_COLUMNS)
        .where(batches.c.created_at_us < before_us, _FINISHED)
        .order_by(batches.c.created_at_us, batches.c.id)
        .limit(limit)
    )
    return [Batch(**row._mapping) for row in connection.execute(query)]


def finished_bytes(connection: Connection) -> int:
    """Return the bytes of all batches that are kept for replay alone."""
    query = select(func.coalesce(func.sum(batches.c.bytes), 0)).where(_FINISHED)
    return int(connection.execute(query).scalar_one())


def expire(connection: Connection, ids: Collection[Id], *, now_us: int) -> list[Batch]:
    """Mark the batches that still nobody waits for; nobody can ask for them any more.

    Returns those that were marked. Their objects are to be deleted, and then the rows.
    """
    still = (
        select(batches.c.id)
        .where(batches.c.id.in_(list(ids)), _FINISHED)
        # Postgres: one that is asked for at this moment is not waited for, and not marked.
        .with_for_update(skip_locked=True)
        .cte("still")
    )
    marked = (
        update(batches)
        .where(batches.c.id.in_(select(still.c.id)))
        .values(expired_at_us=now_us)
        .returning(*_COLUMNS)
    )
    return [Batch(**row._mapping) for row in connection.execute(marked)]


def list_expired(connection: Connection, *, limit: int) -> list[Batch]:
    """Return batches that are marked and whose rows are still there."""
    query = select(*_COLUMNS).where(batches.c.expired_at_us.is_not(None)).limit(limit)
    return [Batch(**row._mapping) for row in connection.execute(query)]


def remove_expired(connection: Connection, ids: Collection[Id]) -> int:
    """Delete the rows of batches that are marked; return how many."""
    gone = delete(batches).where(batches.c.id.in_(list(ids)), batches.c.expired_at_us.is_not(None))
    return connection.execute(gone).rowcount
