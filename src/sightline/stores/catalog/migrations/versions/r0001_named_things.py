"""Workspaces, keys, projects, definitions, environments, configurations and settings."""

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision = None

# The default workspace of Opik's open-source server, made when its UUIDv7 says.
_DEFAULT_ID = bytes.fromhex("0190babc62a071d2832a0feffa4676eb")
_DEFAULT_CREATED_AT_US = int.from_bytes(_DEFAULT_ID[:6], "big") * 1000


def upgrade() -> None:
    workspaces = op.create_table(
        "workspaces",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_key", sa.Text, nullable=False),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workspaces"),
        sa.UniqueConstraint("name_key", name="uq_workspaces_name_key"),
    )
    op.bulk_insert(
        workspaces,
        [
            {
                "id": _DEFAULT_ID,
                "name": "default",
                "name_key": "default",
                "created_at_us": _DEFAULT_CREATED_AT_US,
            }
        ],
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("workspace_id", sa.LargeBinary(16), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("masked", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.Column("last_used_at_us", sa.BigInteger),
        sa.Column("revoked_at_us", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("key_hash", name="uq_api_keys_key_hash"),
    )
    op.create_index("ix_api_keys_workspace_id", "api_keys", ["workspace_id"])
    op.create_table(
        "projects",
        *_named("projects"),
        sa.Column("description", sa.Text),
        sa.Column("visibility", sa.Text, nullable=False),
        *_audited(),
    )
    op.create_table(
        "feedback_definitions",
        *_named("feedback_definitions"),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        *_audited(),
    )
    op.create_table(
        "environments",
        *_named("environments"),
        sa.Column("description", sa.Text),
        sa.Column("color", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        *_audited(),
    )
    op.create_table(
        "workspace_configurations",
        sa.Column("workspace_id", sa.LargeBinary(16), nullable=False),
        sa.Column("thread_timeout_s", sa.BigInteger),
        sa.Column("truncation_on_tables", sa.Boolean),
        sa.Column("color_map", sa.Text),
        sa.Column("last_updated_at_us", sa.BigInteger, nullable=False),
        sa.Column("last_updated_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_workspace_configurations"),
    )
    op.create_table(
        "settings",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("updated_at_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_settings"),
    )


def _named(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("workspace_id", sa.LargeBinary(16), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_key", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("workspace_id", "name_key", name=f"uq_{table}_name_key"),
    ]


def _audited() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("last_updated_at_us", sa.BigInteger, nullable=False),
        sa.Column("last_updated_by", sa.Text, nullable=False),
    ]
