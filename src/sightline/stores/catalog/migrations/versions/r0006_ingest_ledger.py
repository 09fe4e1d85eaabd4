"""What became of the messages that clients sent."""

import sqlalchemy as sa
from alembic import op

revision = "r0006"
down_revision = "r0005"


def upgrade() -> None:
    op.create_table(
        "ingest_ledger",
        sa.Column("workspace_id", sa.LargeBinary(16), nullable=False),
        sa.Column("start_us", sa.BigInteger, nullable=False),
        sa.Column("project_id", sa.LargeBinary(16), nullable=False),
        sa.Column("face", sa.Text, nullable=False),
        sa.Column("client", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("messages", sa.BigInteger, nullable=False),
        sa.Column("last_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id",
            "start_us",
            "project_id",
            "face",
            "client",
            "outcome",
            name="pk_ingest_ledger",
        ),
    )
    op.create_index("ix_ingest_ledger_start_us", "ingest_ledger", ["start_us"])
