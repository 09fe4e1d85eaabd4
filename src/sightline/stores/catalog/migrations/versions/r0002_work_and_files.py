"""Jobs, attachments, OpenTelemetry trace ids; keys may expire."""

import sqlalchemy as sa
from alembic import op

revision = "r0002"
down_revision = "r0001"


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("expires_at_us", sa.BigInteger))
    op.create_table(
        "attachments",
        sa.Column("workspace_id", sa.LargeBinary(16), nullable=False),
        sa.Column("entity_type", sa.Text, nullable=False),
        sa.Column("entity_id", sa.LargeBinary(16), nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("project_id", sa.LargeBinary(16), nullable=False),
        sa.Column("mime_type", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("last_updated_at_us", sa.BigInteger, nullable=False),
        sa.Column("last_updated_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id", "entity_type", "entity_id", "file_name", name="pk_attachments"
        ),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("run_at_us", sa.BigInteger, nullable=False),
        sa.Column("lease_until_us", sa.BigInteger),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("last_error", sa.Text),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.Column("finished_at_us", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("kind", "key", name="uq_jobs_key"),
    )
    op.create_index("ix_jobs_due", "jobs", ["state", "run_at_us", "id", "kind"])
    op.create_table(
        "otlp_trace_ids",
        sa.Column("workspace_id", sa.LargeBinary(16), nullable=False),
        sa.Column("otel_trace_id", sa.LargeBinary(16), nullable=False),
        sa.Column("trace_id", sa.LargeBinary(16), nullable=False),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "otel_trace_id", name="pk_otlp_trace_ids"),
    )
    op.create_index("ix_otlp_trace_ids_created_at_us", "otlp_trace_ids", ["created_at_us"])
