"""Rows of sessions: a browser that traded a key for a cookie. Only the token's SHA-256 is kept."""

import msgspec
from sqlalchemy import Connection, delete, select, update

from sightline.core.ids import Id
from sightline.stores.catalog import api_keys, notices
from sightline.stores.catalog.api_keys import KeyRecord
from sightline.stores.catalog.tables import sessions

# More browsers than one key's people have; the oldest give way.
MAX_PER_KEY = 50


class SessionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A session and the key that it stands for."""

    key: KeyRecord
    expires_at_us: int


def insert(
    connection: Connection, token_hash: bytes, key_id: Id, *, now_us: int, expires_at_us: int
) -> None:
    """Insert a session; take away what has expired, and the key's oldest beyond `MAX_PER_KEY`."""
    connection.execute(delete(sessions).where(sessions.c.expires_at_us <= now_us))
    kept = (
        select(sessions.c.created_at_us)
        .where(sessions.c.key_id == key_id)
        .order_by(sessions.c.created_at_us.desc())
    )
    oldest_kept_us = connection.execute(kept.offset(MAX_PER_KEY - 1).limit(1)).scalar()
    if oldest_kept_us is not None:
        connection.execute(
            delete(sessions).where(
                sessions.c.key_id == key_id, sessions.c.created_at_us <= oldest_kept_us
            )
        )
    connection.execute(
        sessions.insert().values(
            token_hash=token_hash,
            key_id=key_id,
            created_at_us=now_us,
            expires_at_us=expires_at_us,
            last_used_at_us=now_us,
        )
    )


def get(connection: Connection, token_hash: bytes) -> SessionRecord | None:
    query = select(sessions.c.key_id, sessions.c.expires_at_us)
    row = connection.execute(query.where(sessions.c.token_hash == token_hash)).one_or_none()
    key = api_keys.get(connection, row.key_id) if row else None
    return SessionRecord(key=key, expires_at_us=row.expires_at_us) if row and key else None


def remove(connection: Connection, token_hash: bytes) -> None:
    """End one session, if it is there."""
    notices.tell(connection, notices.KEYS)
    connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))


def remove_of_key(connection: Connection, key_id: Id) -> None:
    """End every session of a key."""
    notices.tell(connection, notices.KEYS)
    connection.execute(delete(sessions).where(sessions.c.key_id == key_id))


def touch(connection: Connection, token_hash: bytes, *, now_us: int) -> None:
    """Note that a session was used now."""
    connection.execute(
        update(sessions).where(sessions.c.token_hash == token_hash).values(last_used_at_us=now_us)
    )
