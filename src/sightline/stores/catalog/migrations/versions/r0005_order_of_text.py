"""Text that lists are ordered by is compared by its bytes on Postgres too, as SQLite does it.

A database's own order is that of some language, and differs from one installation to the next.
"""

from alembic import op

revision = "r0005"
down_revision = "r0004"

_COLUMNS = {
    "workspaces": ("name_key",),
    "projects": ("name_key",),
    "feedback_definitions": ("name_key",),
    "environments": ("name_key",),
    "views": ("name_key",),
    "settings": ("key",),
    "attachments": ("entity_type", "file_name"),
    "jobs": ("kind", "key", "state"),
    "gateway_providers": ("slug",),
    "gateway_models": ("slug",),
    "gateway_presets": ("slug",),
    "destinations": ("name_key", "type"),
}


def upgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    for table, columns in _COLUMNS.items():
        # Rewrites the indexes and not the table.
        parts = ", ".join(f'ALTER COLUMN {name} TYPE text COLLATE "C"' for name in columns)
        op.execute(f"ALTER TABLE {table} {parts}")
