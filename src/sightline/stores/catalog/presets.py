"""Rows of presets and their versions; a version is never changed."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, select, update

from sightline.core import codec
from sightline.core.ids import Id
from sightline.stores.catalog import notices
from sightline.stores.catalog.pages import MAX_SIZE, Page
from sightline.stores.catalog.tables import gateway_preset_versions, gateway_presets


class PresetRow(msgspec.Struct, frozen=True, kw_only=True):
    """A preset; `designated_version` is the one that calls use."""

    id: Id
    workspace_id: Id
    slug: str
    name: str
    description: str | None = None
    status: str = "active"
    designated_version: int = 1
    created_at_us: int
    created_by: str
    last_updated_at_us: int
    last_updated_by: str


class PresetVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What a preset was at one time; `config` are request fields."""

    id: Id
    preset_id: Id
    version: int
    system_prompt: str | None = None
    config: Mapping[str, Any] = {}
    created_at_us: int
    created_by: str


_COLUMNS = tuple(gateway_presets.c[name] for name in PresetRow.__struct_fields__)
_VERSION = tuple(gateway_preset_versions.c[name] for name in PresetVersion.__struct_fields__)


def list_page(
    connection: Connection, workspace_id: Id, *, offset: int, limit: int
) -> Page[PresetRow]:
    """Return a workspace's presets by slug."""
    here = gateway_presets.c.workspace_id == workspace_id
    total = connection.execute(
        select(func.count()).select_from(gateway_presets).where(here)
    ).scalar_one()
    query = select(*_COLUMNS).where(here).order_by(gateway_presets.c.slug)
    rows = connection.execute(query.offset(offset).limit(min(limit, MAX_SIZE)))
    return Page([PresetRow(**row._mapping) for row in rows], total)


def get(connection: Connection, workspace_id: Id, slug: str) -> PresetRow | None:
    query = select(*_COLUMNS).where(
        gateway_presets.c.workspace_id == workspace_id, gateway_presets.c.slug == slug
    )
    row = connection.execute(query).one_or_none()
    return PresetRow(**row._mapping) if row else None


def insert(connection: Connection, preset: PresetRow) -> None:
    """Insert one. Raises `ConflictError` (through the catalog) when its slug is taken."""
    notices.tell(connection, notices.GATEWAY)
    connection.execute(gateway_presets.insert().values(msgspec.structs.asdict(preset)))


def update_fields(connection: Connection, id: Id, changes: Mapping[str, Any]) -> bool:
    """Set the named columns; False when there is no such preset."""
    notices.tell(connection, notices.GATEWAY)
    changed = update(gateway_presets).where(gateway_presets.c.id == id)
    return connection.execute(changed.values(dict(changes))).rowcount > 0


def remove(connection: Connection, id: Id) -> None:
    """Delete one with its versions."""
    notices.tell(connection, notices.GATEWAY)
    connection.execute(
        delete(gateway_preset_versions).where(gateway_preset_versions.c.preset_id == id)
    )
    connection.execute(delete(gateway_presets).where(gateway_presets.c.id == id))


def add_version(connection: Connection, version: PresetVersion) -> None:
    """Add a version; its number must be new."""
    row = msgspec.structs.asdict(version) | {"config": codec.encode_text(version.config)}
    connection.execute(gateway_preset_versions.insert().values(row))


def versions(
    connection: Connection, preset_id: Id, *, offset: int = 0, limit: int = MAX_SIZE
) -> Page[PresetVersion]:
    """Return a preset's versions, newest first."""
    here = gateway_preset_versions.c.preset_id == preset_id
    total = connection.execute(
        select(func.count()).select_from(gateway_preset_versions).where(here)
    ).scalar_one()
    query = select(*_VERSION).where(here).order_by(gateway_preset_versions.c.version.desc())
    rows = connection.execute(query.offset(offset).limit(min(limit, MAX_SIZE)))
    return Page([_version(row._asdict()) for row in rows], total)


def get_version(connection: Connection, preset_id: Id, version: int) -> PresetVersion | None:
    query = select(*_VERSION).where(
        gateway_preset_versions.c.preset_id == preset_id,
        gateway_preset_versions.c.version == version,
    )
    row = connection.execute(query).one_or_none()
    return _version(row._asdict()) if row else None


def list_designated(
    connection: Connection, workspace_id: Id
) -> list[tuple[PresetRow, PresetVersion | None]]:
    """Return a workspace's presets, each with the version that calls use."""
    rows = list_page(connection, workspace_id, offset=0, limit=MAX_SIZE).items
    query = (
        select(*_VERSION)
        .join(gateway_presets, gateway_presets.c.id == gateway_preset_versions.c.preset_id)
        .where(
            gateway_presets.c.workspace_id == workspace_id,
            gateway_presets.c.designated_version == gateway_preset_versions.c.version,
        )
    )
    found = [_version(row._asdict()) for row in connection.execute(query)]
    by_preset = {version.preset_id: version for version in found}
    return [(row, by_preset.get(row.id)) for row in rows]


def _version(row: Mapping[str, Any]) -> PresetVersion:
    return PresetVersion(**{**row, "config": codec.decode(row["config"], dict[str, Any])})
