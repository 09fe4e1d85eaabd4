"""Rows of API keys. A key itself is never stored, only its SHA-256."""

from sqlalchemy import Connection, func, or_, select, update

from sightline.core.ids import Id
from sightline.domain.workspace import ApiKey
from sightline.stores.catalog import notices
from sightline.stores.catalog.pages import Page, window
from sightline.stores.catalog.tables import api_keys, workspaces


class KeyRecord(ApiKey, frozen=True, kw_only=True):
    """A key as it may be shown, and when it ends by itself."""

    expires_at_us: int | None = None


_QUERY = select(
    api_keys.c.id,
    api_keys.c.workspace_id,
    workspaces.c.name.label("workspace_name"),
    api_keys.c.name,
    api_keys.c.role,
    api_keys.c.masked,
    api_keys.c.created_at_us,
    api_keys.c.last_used_at_us,
    api_keys.c.revoked_at_us,
    api_keys.c.expires_at_us,
).join(workspaces, workspaces.c.id == api_keys.c.workspace_id)


def insert(connection: Connection, key: KeyRecord, key_hash: bytes) -> None:
    """Insert a key by its 32-byte hash."""
    notices.tell(connection, notices.KEYS)
    connection.execute(
        api_keys.insert().values(
            id=key.id,
            workspace_id=key.workspace_id,
            key_hash=key_hash,
            masked=key.masked,
            name=key.name,
            role=key.role,
            created_at_us=key.created_at_us,
            expires_at_us=key.expires_at_us,
        )
    )


def get(connection: Connection, id: Id) -> KeyRecord | None:
    row = connection.execute(_QUERY.where(api_keys.c.id == id)).one_or_none()
    return KeyRecord(**row._mapping) if row else None


def get_by_hash(connection: Connection, key_hash: bytes) -> KeyRecord | None:
    row = connection.execute(_QUERY.where(api_keys.c.key_hash == key_hash)).one_or_none()
    return KeyRecord(**row._mapping) if row else None


def list_page(
    connection: Connection, *, workspace_id: Id | None = None, page: int, size: int
) -> Page[KeyRecord]:
    """Return keys, newest first, of one workspace or of all."""
    query = _QUERY
    count = select(func.count()).select_from(api_keys)
    if workspace_id is not None:
        query = query.where(api_keys.c.workspace_id == workspace_id)
        count = count.where(api_keys.c.workspace_id == workspace_id)
    total = connection.execute(count).scalar_one()
    rows = connection.execute(window(query.order_by(api_keys.c.id.desc()), page, size))
    return Page([KeyRecord(**row._mapping) for row in rows], total)


def revoke(connection: Connection, id: Id, *, now_us: int) -> bool:
    """End a key; False when there is none or it had ended already."""
    notices.tell(connection, notices.KEYS)
    ended = update(api_keys).where(api_keys.c.id == id, api_keys.c.revoked_at_us.is_(None))
    return connection.execute(ended.values(revoked_at_us=now_us)).rowcount > 0


def any_active(connection: Connection, *, now_us: int) -> bool:
    """Say whether any key of any workspace is good now."""
    good = select(api_keys.c.id).where(
        api_keys.c.revoked_at_us.is_(None),
        or_(api_keys.c.expires_at_us.is_(None), api_keys.c.expires_at_us > now_us),
    )
    return connection.execute(good.limit(1)).first() is not None


def touch(connection: Connection, id: Id, *, now_us: int, at_least_us: int) -> None:
    """Note that a key was used now, unless it was within the last `at_least_us`."""
    used = api_keys.c.last_used_at_us
    stale = or_(used.is_(None), used <= now_us - at_least_us)
    connection.execute(
        update(api_keys).where(api_keys.c.id == id, stale).values(last_used_at_us=now_us)
    )
