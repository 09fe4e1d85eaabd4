"""Rows of workspace configurations: one a workspace, made when first set."""

import msgspec
from sqlalchemy import Connection, delete, select

from sightline.core import codec
from sightline.core.ids import Id
from sightline.stores.catalog.tables import workspace_configurations
from sightline.stores.catalog.upserts import upsert

_table = workspace_configurations


class WorkspaceConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """What a workspace has set; None where it has not."""

    thread_timeout_s: int | None = None
    truncation_on_tables: bool | None = None
    color_map: dict[str, str] | None = None


def get(connection: Connection, workspace_id: Id) -> WorkspaceConfiguration | None:
    row = connection.execute(select(_table).where(_table.c.workspace_id == workspace_id)).first()
    if row is None:
        return None
    colors = None if row.color_map is None else codec.decode(row.color_map, dict[str, str])
    return WorkspaceConfiguration(
        thread_timeout_s=row.thread_timeout_s,
        truncation_on_tables=row.truncation_on_tables,
        color_map=colors,
    )


def put(
    connection: Connection,
    workspace_id: Id,
    configuration: WorkspaceConfiguration,
    *,
    user: str,
    now_us: int,
) -> None:
    """Replace the whole configuration."""
    colors = configuration.color_map
    row = {
        "workspace_id": workspace_id,
        "thread_timeout_s": configuration.thread_timeout_s,
        "truncation_on_tables": configuration.truncation_on_tables,
        "color_map": None if colors is None else codec.encode_text(colors),
        "last_updated_at_us": now_us,
        "last_updated_by": user,
    }
    upsert(connection, _table, row)


def remove(connection: Connection, workspace_id: Id) -> bool:
    """Forget the configuration; False when there was none."""
    gone = delete(_table).where(_table.c.workspace_id == workspace_id)
    return connection.execute(gone).rowcount > 0
