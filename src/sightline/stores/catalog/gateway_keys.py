"""Rows of gateway keys: who may call through the gateway, and up to what. Only hashes are kept."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Connection, func, or_, select, update

from sightline.core import codec
from sightline.core.ids import Id
from sightline.domain.gateway import LimitReset
from sightline.stores.catalog import notices
from sightline.stores.catalog.gateway_spend import to_nano, to_usd
from sightline.stores.catalog.pages import MAX_IDS, MAX_SIZE, Page
from sightline.stores.catalog.tables import gateway_keys, workspaces


class GatewayKey(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway key as it may be shown. `key_hash` is its SHA-256, `label` how it looks."""

    id: Id
    workspace_id: Id
    workspace_name: str = ""
    key_hash: bytes
    label: str
    name: str
    is_management: bool = False
    disabled: bool = False
    limit_usd: Decimal | None = None
    limit_reset: LimitReset | None = None
    include_byok_in_limit: bool = False
    allowed_models: tuple[str, ...] | None = None
    rpm: int | None = None
    tpm: int | None = None
    metadata: Mapping[str, Any] | None = None
    expires_at_us: int | None = None
    last_used_at_us: int | None = None
    created_at_us: int
    created_by: str
    last_updated_at_us: int
    last_updated_by: str
    deleted_at_us: int | None = None

    @property
    def hash(self) -> str:
        """The id under which the API knows the key."""
        return self.key_hash.hex()


_STORED = tuple(
    name
    for name in GatewayKey.__struct_fields__
    if name not in {"workspace_name", "limit_usd", "allowed_models", "metadata"}
)
_QUERY = select(
    *(gateway_keys.c[name] for name in _STORED),
    gateway_keys.c.limit_nano_usd,
    gateway_keys.c.allowed_models,
    gateway_keys.c.metadata,
    workspaces.c.name.label("workspace_name"),
).join(workspaces, workspaces.c.id == gateway_keys.c.workspace_id)


def insert(connection: Connection, key: GatewayKey) -> None:
    """Insert one. Raises `ConflictError` (through the catalog) when there is one of that hash."""
    row = {name: getattr(key, name) for name in _STORED}
    more = _values(
        {
            "limit_usd": key.limit_usd,
            "allowed_models": key.allowed_models,
            "metadata": key.metadata,
        }
    )
    connection.execute(
        gateway_keys.insert().values(**row, **more, usage_nano_usd=0, byok_usage_nano_usd=0)
    )


def get_by_hash(connection: Connection, key_hash: bytes) -> GatewayKey | None:
    """Return the key of that hash, of whatever workspace, unless it was deleted."""
    query = _QUERY.where(
        gateway_keys.c.key_hash == key_hash, gateway_keys.c.deleted_at_us.is_(None)
    )
    row = connection.execute(query).one_or_none()
    return _key(row._asdict()) if row else None


def get_by_hashes(connection: Connection, hashes: Collection[bytes]) -> dict[bytes, GatewayKey]:
    """Return the keys of those hashes by their hash, without those that were deleted."""
    wanted = list(hashes)
    found: dict[bytes, GatewayKey] = {}
    for start in range(0, len(wanted), MAX_IDS):
        query = _QUERY.where(
            gateway_keys.c.key_hash.in_(wanted[start : start + MAX_IDS]),
            gateway_keys.c.deleted_at_us.is_(None),
        )
        for row in connection.execute(query):
            key = _key(row._asdict())
            found[key.key_hash] = key
    return found


def ids_of(connection: Connection, hashes: Collection[str]) -> dict[str, Id]:
    """Return the ids of keys by the hex of their hash, deleted ones too."""
    wanted = [bytes.fromhex(text) for text in hashes]
    found: dict[str, Id] = {}
    for start in range(0, len(wanted), MAX_IDS):
        query = select(gateway_keys.c.key_hash, gateway_keys.c.id).where(
            gateway_keys.c.key_hash.in_(wanted[start : start + MAX_IDS])
        )
        found |= {row.key_hash.hex(): row.id for row in connection.execute(query)}
    return found


def list_page(
    connection: Connection,
    workspace_id: Id,
    *,
    offset: int,
    limit: int,
    include_disabled: bool = True,
    expired_at_us: int | None = None,
) -> Page[GatewayKey]:
    """Return keys, newest first, without those that were deleted or ended by `expired_at_us`."""
    here = [gateway_keys.c.workspace_id == workspace_id, gateway_keys.c.deleted_at_us.is_(None)]
    if not include_disabled:
        here.append(gateway_keys.c.disabled.is_(False))
    if expired_at_us is not None:
        ends = gateway_keys.c.expires_at_us
        here.append(or_(ends.is_(None), ends > expired_at_us))
    total = connection.execute(
        select(func.count()).select_from(gateway_keys).where(*here)
    ).scalar_one()
    query = _QUERY.where(*here).order_by(gateway_keys.c.id.desc())
    rows = connection.execute(query.offset(offset).limit(min(limit, MAX_SIZE)))
    return Page([_key(row._asdict()) for row in rows], total)


def limits_sum(connection: Connection, workspace_id: Id) -> Decimal:
    """Return the sum of the limits of the workspace's keys, USD."""
    query = select(func.coalesce(func.sum(gateway_keys.c.limit_nano_usd), 0)).where(
        gateway_keys.c.workspace_id == workspace_id, gateway_keys.c.deleted_at_us.is_(None)
    )
    return to_usd(int(connection.execute(query).scalar_one()))


def update_fields(connection: Connection, id: Id, changes: Mapping[str, Any]) -> bool:
    """Set the fields of `GatewayKey` that are named; False when there is no such key."""
    notices.tell(connection, notices.GATEWAY_KEYS)
    changed = update(gateway_keys).where(
        gateway_keys.c.id == id, gateway_keys.c.deleted_at_us.is_(None)
    )
    return connection.execute(changed.values(_values(changes))).rowcount > 0


def _values(changes: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(changes)
    if "limit_usd" in values:
        limit = values.pop("limit_usd")
        values["limit_nano_usd"] = None if limit is None else to_nano(limit)
    for name in ("allowed_models", "metadata"):
        if values.get(name) is not None:
            values[name] = codec.encode_text(values[name])
    return values


def _key(row: Mapping[str, Any]) -> GatewayKey:
    values = dict(row)
    limit = values.pop("limit_nano_usd")
    models, more = values.pop("allowed_models"), values.pop("metadata")
    return GatewayKey(
        **values,
        limit_usd=None if limit is None else to_usd(limit),
        allowed_models=None if models is None else codec.decode(models, tuple[str, ...]),
        metadata=None if more is None else codec.decode(more, dict[str, Any]),
    )
