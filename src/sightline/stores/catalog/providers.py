"""Rows of providers: where the gateway sends calls, and with which sealed credentials."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, select, update

from sightline.core.ids import Id
from sightline.stores.catalog import notices
from sightline.stores.catalog.tables import gateway_providers


class ProviderRow(msgspec.Struct, frozen=True, kw_only=True):
    """A provider of a workspace.

    `sealed` is the sealed JSON object `{"api_key", "headers", "options"}`; `shown` is the same
    object as JSON text with every secret masked.
    """

    id: Id
    workspace_id: Id
    slug: str
    name: str
    dialect: str
    base_url: str
    sealed: str | None = None
    shown: str = "{}"
    enabled: bool = True
    keeps_data: bool = False
    is_zdr: bool = False
    is_byok: bool = False
    created_at_us: int
    created_by: str
    last_updated_at_us: int
    last_updated_by: str


# More than anybody has; a bound for what is read at once.
MAX_PROVIDERS = 500
_COLUMNS = tuple(gateway_providers.c[name] for name in ProviderRow.__struct_fields__)


def list_all(connection: Connection, workspace_id: Id) -> list[ProviderRow]:
    """Return a workspace's providers by slug."""
    query = (
        select(*_COLUMNS)
        .where(gateway_providers.c.workspace_id == workspace_id)
        .order_by(gateway_providers.c.slug)
        .limit(MAX_PROVIDERS)
    )
    return [ProviderRow(**row._mapping) for row in connection.execute(query)]


def get(connection: Connection, workspace_id: Id, id: Id) -> ProviderRow | None:
    query = select(*_COLUMNS).where(
        gateway_providers.c.workspace_id == workspace_id, gateway_providers.c.id == id
    )
    row = connection.execute(query).one_or_none()
    return ProviderRow(**row._mapping) if row else None


def insert(connection: Connection, provider: ProviderRow) -> None:
    """Insert one. Raises `ConflictError` (through the catalog) when its slug is taken."""
    notices.tell(connection, notices.GATEWAY)
    connection.execute(gateway_providers.insert().values(msgspec.structs.asdict(provider)))


def update_fields(
    connection: Connection, workspace_id: Id, id: Id, changes: Mapping[str, Any]
) -> bool:
    """Set the named columns; False when there is no such provider."""
    notices.tell(connection, notices.GATEWAY)
    changed = update(gateway_providers).where(
        gateway_providers.c.workspace_id == workspace_id, gateway_providers.c.id == id
    )
    return connection.execute(changed.values(dict(changes))).rowcount > 0


def remove(connection: Connection, workspace_id: Id, id: Id) -> bool:
    """Delete one; False when there is no such provider."""
    notices.tell(connection, notices.GATEWAY)
    gone = delete(gateway_providers).where(
        gateway_providers.c.workspace_id == workspace_id, gateway_providers.c.id == id
    )
    return connection.execute(gone).rowcount > 0
