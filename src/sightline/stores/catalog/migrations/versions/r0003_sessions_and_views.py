"""Sessions of people who signed in; saved views."""

import sqlalchemy as sa
from alembic import op

revision = "r0003"
down_revision = "r0002"


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("key_id", sa.LargeBinary(16), nullable=False),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.Column("expires_at_us", sa.BigInteger, nullable=False),
        sa.Column("last_used_at_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sessions"),
    )
    op.create_index("ix_sessions_key_id", "sessions", ["key_id", "created_at_us"])
    op.create_index("ix_sessions_expires_at_us", "sessions", ["expires_at_us"])
    op.create_table(
        "views",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("workspace_id", sa.LargeBinary(16), nullable=False),
        sa.Column("project_id", sa.LargeBinary(16), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_key", sa.Text, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("last_updated_at_us", sa.BigInteger, nullable=False),
        sa.Column("last_updated_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_views"),
        sa.UniqueConstraint("workspace_id", "project_id", "name_key", name="uq_views_name_key"),
    )
